"""Who comes in to the desk, and which tickets they find there."""

import functools
from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts import sessions
from records import moment
from support import permissions
from support.models import Ticket
from support.reading import finding


def open_to(*roles: str) -> Callable:
    """Return the gate of pages for staff of these roles, with both factors.

    For anybody else signed in there is no such page. All of it is read at one moment; an act begins
    another behind its lock.
    """

    def gated(view: Callable) -> Callable:
        staffed = sessions.staff_only(view)

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
    """Return a ticket with what is beside it, for who may see both sides.

    Raises Http404 for one that this person may not see, PermissionDenied for a party.
    """
    found = finding.find(request.user, **which)
    if not found:
        raise Http404
    ticket = found[0]
    if permissions.is_party(ticket, request.user):
        raise PermissionDenied(
            _("You are a party to this request, so somebody else at the desk works on it.")
        )
    return ticket
