"""What stands around every page: refusals become pages, and personal pages are not kept."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django_fsm import TransitionNotAllowed

from config import views


class AnswerRefusals:
    """Answer the three refusals of the house, and a database that is away, with a page each."""

    def __init__(self, get_response: Callable) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            response = self.get_response(request)
        except (OperationalError, InterfaceError):
            response = views.unavailable(request)
        response["X-Robots-Tag"] = "noindex, nofollow"
        return keep_nothing(request, response)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the page for a refusal; None leaves the error to Django."""
        return answer(request, error)


answer_refusals = AnswerRefusals


def answer(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """Return the page that says what happened and what to do, or None for our own mistakes.

    An exception of our own says how it wants to be answered by ``http_status`` and ``template``.
    """
    if status := getattr(error, "http_status", None):
        template = getattr(error, "template", f"{status}.html")
        return render(request, template, {"error": error}, status=status)
    if isinstance(error, PermissionDenied):
        return views.forbidden(request, error)
    if isinstance(error, TransitionNotAllowed):
        return render(request, "409.html", {"error": error}, status=409)
    if isinstance(error, ValidationError):
        return render(request, "422.html", {"problems": error.messages}, status=422)
    if isinstance(error, (OperationalError, InterfaceError)):
        return views.unavailable(request)
    return None


def keep_nothing(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Tell browsers and proxies to store no page of anyone who has a session."""
    session = getattr(request, "session", None)
    if session is not None and (session.session_key or session.accessed):
        add_never_cache_headers(response)
        response["Cache-Control"] = "no-store, private"
    return response
