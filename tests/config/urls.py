"""The product's pages, and some that refuse in every way there is."""

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.db import DataError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST
from django_fsm import TransitionNotAllowed

from config import urls
from config.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500"]


class Stale(Exception):
    http_status = 409
    changes = ["The owner has answered."]
    kept = "My <b>words</b>"


class TooOften(Exception):
    http_status = 429

    def __str__(self):
        return "Five codes were wrong. Try again in ten minutes."


REFUSALS = {
    "who": PermissionDenied("You have approved this already."),
    "when": TransitionNotAllowed("approve"),
    "what": ValidationError(["The serial is too short.", "The code is missing."]),
    "stale": Stale(),
    "nothing": Http404(),
    "unreadable": SuspiciousOperation(),
    "too-big": RequestDataTooBig(),
    "too-often": TooOften(),
    "too-long": DataError("value too long for type character varying(10)"),
    "away": OperationalError("server closed the connection"),
    "mistake": RuntimeError("secret detail"),
}


def refuse(request: HttpRequest, how: str) -> HttpResponse:
    raise REFUSALS[how]


@require_POST
def only_post(request: HttpRequest) -> HttpResponse:
    return HttpResponse("done")


urlpatterns = [
    path("refuse/<how>/", refuse),
    path("only-post/", only_post),
    *urls.urlpatterns,
]
