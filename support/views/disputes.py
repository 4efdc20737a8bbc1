"""Disputes: both sides beside each other; and repeated stops, which wait for a senior's word."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from records import clock
from records.access import saw
from support import permissions, queues, reading, saved_views
from support.models import Answer, Dispute, Freeze, Picture, Question, Ticket
from support.reading import finding
from support.services import answers, letters, questions
from support.views.desk import panel_of
from support.views.gate import desk_only
from support.views.once import once
from support.views.verbs import VERBS

NEWEST = 200


@dataclass(frozen=True)
class Side:
    """One claim in a dispute: all that is known of it, and the verdict's form where it is open."""

    reading: reading.Reading
    panel: object | None


@desk_only
@require_safe
def dispute(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show a dispute: the owner on record and every claim, each with the same questions."""
    found = get_object_or_404(Dispute.objects.select_related("charger"), uid=uid)
    tickets = finding.find(request.user, disputes=found.pk)
    if any(permissions.is_party(ticket, request.user) for ticket in tickets):
        raise PermissionDenied(_("You are a party to this dispute, so somebody else decides it."))
    now = clock.now()
    saw(actor=request.user, what="dispute", subject=f"dispute:{found.uid}")
    readings = [reading.read(ticket, user=request.user, at=now) for ticket in tickets]
    page = {
        "dispute": found,
        "sides": [Side(each, panel_of(VERBS["decide"], each, {})) for each in readings],
        "owner": readings[0].owner if readings else None,
        "objections": found.objections.select_related("party").order_by("at"),
        "shown": _with_picture(tickets),
        "answers": readings[0].answers if readings else [],
        "questions": _asked(tickets),
        "why_silent": questions.why_silent(found),
        "asks": not found.closed_at and permissions.decides(request.user),
    }
    return render(request, "support/desk/dispute.html", page)


def _asked(tickets: list[Ticket]) -> list[Question]:
    rows = Question.objects.filter(ticket__in=tickets).select_related("by", "party", "firm")
    return list(rows.order_by("-at"))


def _with_picture(tickets: list[Ticket]) -> set[int]:
    """Return the keys of the items of which there is a picture to lay beside the other side's."""
    pictures = Picture.objects.filter(item__ticket__in=tickets, number=1).exclude(file_key="")
    return set(pictures.values_list("item", flat=True))


@desk_only
@require_safe
def stops(request: HttpRequest) -> HttpResponse:
    """Show the repeated objections and freezes that stop nothing until they are confirmed."""
    open_tickets = Prefetch("charger__tickets", Ticket.objects.open(), to_attr="open_tickets")
    waiting = saved_views.stops_to_confirm().exclude(kind=Answer.Kind.SAFETY)
    waiting = waiting.select_related("charger", "party").prefetch_related(open_tickets)
    freezes = Freeze.objects.filter(needs_confirmation=True, lifted_at=None)
    freezes = freezes.select_related("charger", "ticket", "by")
    page = {
        "stops": waiting.order_by("at")[:NEWEST],
        "freezes": freezes.order_by("opened_at")[:NEWEST],
        "is_senior": permissions.plays(request.user, "senior"),
        "is_officer": permissions.plays(request.user, "safety_officer"),
    }
    return render(request, "support/desk/stops.html", page)


@desk_only
@require_POST
@once
def confirm_stop(request: HttpRequest, uid: UUID) -> HttpResponse:
    """A senior confirms a repeated objection: from now on it stops."""
    found = get_object_or_404(Answer, uid=uid)
    answers.confirm_stop(answer_id=found.pk, by=request.user)
    messages.success(request, _("Confirmed: it stops every open request on this charger."))
    return redirect("support:desk-stops")


@desk_only
@require_safe
def undelivered(request: HttpRequest) -> HttpResponse:
    """Show what did not go out: failed or returned notices, and outbox rows out of attempts."""
    notices = queues.undelivered_notices().select_related("ticket", "person", "firm")
    page = {
        "notices": notices.order_by("-made_at")[:NEWEST],
        "parked": queues.parked_rows()[:NEWEST],
        "held": letters.held()[:NEWEST],
    }
    return render(request, "support/desk/undelivered.html", page)
