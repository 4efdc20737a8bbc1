"""Where a request comes from, which only proxies of our own may say for somebody else."""

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """Return the client's network address.

    Each of our PROXIES adds one entry to the right of X-Forwarded-For, so the first that we can
    believe is that many from the right; what a client wrote further left counts for nothing.
    """
    if not settings.PROXIES:
        return request.META.get("REMOTE_ADDR", "")
    told = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    believed = told[-settings.PROXIES :]
    return believed[0].strip() or request.META.get("REMOTE_ADDR", "")
