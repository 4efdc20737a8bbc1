"""Who comes in to the desk, and which tickets they find there."""

import functools
from collections.abc import Callable
from contextlib import nullcontext

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts import sessions
from records import moment, safety
from support import permissions
from support.models import Ticket
from support.reading import finding


def open_to(*roles: str) -> Callable:
    """Return the gate of pages for staff of these roles, with both factors.

    For anybody else signed in there is no such page. A page that only shows is read at one moment.
    """

    def gated(view: Callable) -> Callable:
        @functools.wraps(view)
        def enter(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            with nullcontext() if request.method in safety.SAFE else moment.apart():
                return view(request, *args, **kwargs)

        staffed = sessions.staff_only(enter)

        @functools.wraps(view)
        def gate(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            with moment.one_moment():
                if request.user.is_authenticated and not permissions.plays(request.user, *roles):
                    raise Http404
                return staffed(request, *args, **kwargs)

        return gate

    return gated


desk_only = open_to(*permissions.DESK)


def find_ticket(request: HttpRequest, **which) -> Ticket:
    """Return a ticket with all that its page joins, for who may see both sides.

    Raises Http404 for one that this person may not see, PermissionDenied for a party.
    """
    found = finding.find(request.user, **which)
    if not found:
        raise Http404
    return _not_as_a_party(request, found[0])


def find_bare_ticket(request: HttpRequest, **which) -> Ticket:
    """Return the same without what only its page shows: for an act, which reads it anew itself."""
    tickets = Ticket.objects.select_related("charger__installation").visible_to(request.user)
    return _not_as_a_party(request, get_object_or_404(tickets, **which))


def _not_as_a_party(request: HttpRequest, ticket: Ticket) -> Ticket:
    if permissions.is_party(ticket, request.user):
        raise PermissionDenied(
            _("You are a party to this request, so somebody else at the desk works on it.")
        )
    return ticket
