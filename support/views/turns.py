"""Whose turn it is: a page per request that anybody may be shown; nothing personal is on it."""

import base64
import binascii
import uuid

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from support.machine import State
from support.models import Ticket
from support.phases import phase_of


def address(ticket: Ticket) -> str:
    """Return the whole address of a request's page: nobody can guess it, and it opens no more."""
    name = base64.urlsafe_b64encode(ticket.uid.bytes).decode().rstrip("=")
    return settings.BASE_URL + reverse("support:turn", args=[_signer().sign(name)])


@require_safe
def turn(request: HttpRequest, token: str) -> HttpResponse:
    """Say whose turn it is and when the next word is due; not what was decided, nor for whom."""
    found = get_object_or_404(Ticket.objects.exclude(state=State.DRAFT), uid=_uid_in(token))
    page = {"phase": phase_of(found), "until": found.next_word_at, "country": found.country}
    return render(request, "support/turn.html", page)


def _uid_in(token: str) -> uuid.UUID:
    try:
        name = _signer().unsign(token)
        return uuid.UUID(bytes=base64.urlsafe_b64decode(f"{name}=="))
    except (BadSignature, binascii.Error, ValueError) as error:
        raise Http404 from error


def _signer() -> Signer:
    newest, *older = settings.LINK_KEYS
    return Signer(key=newest, salt="support.turn", sep=".", fallback_keys=older)
