"""Who comes in to the desk, and which tickets they find there."""

import functools
from collections.abc import Callable
from contextlib import nullcontext

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts import sessions
from records import safety
from records.moment import one_moment
from support import permissions, reading
from support.models import Ticket


def open_to(*roles: str) -> Callable:
    """Return the gate of pages for staff of these roles, with both factors.

    For anybody else signed in there is no such page. A page that only shows is read at one moment.
    """

    def gated(view: Callable) -> Callable:
        staffed = sessions.staff_only(view)

        @functools.wraps(view)
        def gate(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            with one_moment() if request.method in safety.SAFE else nullcontext():
                if request.user.is_authenticated and not permissions.plays(request.user, *roles):
                    raise Http404
                return staffed(request, *args, **kwargs)

        return gate

    return gated


desk_only = open_to(*permissions.DESK)


def find_ticket(request: HttpRequest, **which) -> Ticket:
    """Return a ticket the desk may see; refuse parties, who must not see the other side."""
    ticket = get_object_or_404(reading.tickets().visible_to(request.user), **which)
    if permissions.is_party(ticket, request.user):
        raise PermissionDenied(
            _("You are a party to this request, so somebody else at the desk works on it.")
        )
    return ticket
