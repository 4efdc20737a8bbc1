"""The start page."""

from django.shortcuts import render


def start(request):
    """What this is for, where a PIN is found, and the way to a request."""
    return render(request, "support/start.html")
