"""What stands around every page: refusals become pages, and personal pages are not kept."""

import logging
from collections.abc import Callable

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_fsm import TransitionNotAllowed

from config import views
from records import safety

log = logging.getLogger(__name__)


class AnswerRefusals:
    """Answers the three refusals of the house, and a database that is away, with a page each."""

    def __init__(self, get_response: Callable) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return views.bad_request(request)
        with safety.answering(request.method):
            response = self.get_response(request)
        if response.status_code == 405 and not response.streaming and not response.content:
            response.content = views.not_by_itself(request).content
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
    request.refusal = error
    if status := getattr(error, "http_status", None):
        template = getattr(error, "template", f"{status}.html")
        page = {"error": error, "back": views.page_before(request)}
        response = render(request, template, page, status=status)
        if retry_after := getattr(error, "retry_after", 0):
            response["Retry-After"] = str(retry_after)
        return response
    if isinstance(error, PermissionDenied):
        return views.forbidden(request, error)
    if isinstance(error, TransitionNotAllowed):
        return views.moved_on(request, error)
    if isinstance(error, ValidationError):
        return views.not_like_this(request, error)
    if isinstance(error, OperationalError | InterfaceError):
        return views.unavailable(request)
    if isinstance(error, DataError):
        # Something typed that no field of ours can hold: a form should have said so.
        log.error("data refused by PostgreSQL on %s", request.resolver_match, exc_info=error)
        return views.bad_request(request)
    return None


def keep_nothing(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Tell browsers and proxies to store no page of anyone who has a session."""
    session = getattr(request, "session", None)
    if session is not None and (session.session_key or session.modified):
        response["Cache-Control"] = "no-store, private"
    return response
