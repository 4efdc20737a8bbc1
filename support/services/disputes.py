"""Stopping and judging: objections, disputes, freezes."""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import User
from chargers.models import Charger
from chargers.services import holds
from records import clock
from records.models import Event
from support.machine import State
from support.models import Answer, Deadline, Decision, Dispute, Letter, Ticket
from support.notifications import notify
from support.permissions import may_work, require
from support.services import deadlines, training
from support.services.facts import is_bare, rivals
from support.services.progress import (
    advance,
    advance_others,
    close_if_judged,
    put_routing,
    void_approvals,
)
from support.services.saving import require_fresh, save_and_record
from support.services.wording import require_silence


@transaction.atomic
def object_at_desk(*, ticket_id: int, by: User, words: str) -> Ticket:
    """An agent stops a ticket: stopping is easy, and needs words for whoever judges.

    Raises PermissionDenied for a party who works at the desk: they have a party's ways, once each.
    """
    if not words.strip():
        raise ValidationError({"words": _("Write why, for the senior who decides.")})
    ticket = Ticket.objects.lock(ticket_id)
    if not may_work(ticket, by):
        raise PermissionDenied(_("This step is not yours to take."))
    require(ticket.object, by)
    if ticket.is_training:
        return training.end(ticket, act="objected", by=by, at=clock.now())
    return stop(ticket, at=clock.now(), by=by, note=words)


@transaction.atomic
def stop_by_letter(*, letter: Letter) -> Ticket:
    """The stop code of a letter was entered: an objection of the household, without a name."""
    ticket = Ticket.objects.lock(letter.ticket_id)
    if not ticket.is_open:
        raise TransitionNotAllowed(_("This request is closed already: nothing is granted on it."))
    if ticket.state == State.DISPUTED:
        return ticket
    return stop(ticket, at=clock.now(), by_what="party", letter=str(letter.uid))


def stop(
    ticket: Ticket,
    *,
    at: datetime,
    by: User | None = None,
    by_what: str = "",
    note: str = "",
    **data,
) -> Ticket:
    """Send an open ticket into dispute. A bare claim is stopped alone; else the charger is.

    The caller holds the locks and has checked who.
    """
    bare = not ticket.charger_id or is_bare(ticket, at)
    void_approvals(ticket, at=at, why="objection")
    ticket.object()
    kinds = (Deadline.Kind.RELEASE, Deadline.Kind.SILENCE, Deadline.Kind.REMINDER)
    deadlines.cancel(ticket, *kinds, at=at)
    save_and_record(ticket, "objected", at=at, by=by, by_what=by_what, note=note, **data)
    if not bare:
        open_dispute(ticket.charger, [ticket], at=at)
    return ticket


def open_dispute(charger: Charger, tickets: list[Ticket], *, at: datetime) -> Dispute:
    """Return the charger's open dispute, made if there is none, with these tickets in it."""
    dispute = Dispute.objects.filter(charger=charger, closed_at=None).first()
    dispute = dispute or Dispute.objects.create(charger=charger, opened_at=at)
    dispute.tickets.add(*tickets)
    holds.place(charger=charger, kind="dispute", at=at)
    return dispute


def join_rivals(ticket: Ticket, *, at: datetime) -> bool:
    """Two claims on one charger that are both more than bare become one dispute. True if so."""
    if not ticket.charger_id or not ticket.is_open or is_bare(ticket, at):
        return False
    others = rivals(ticket, at)
    if not others:
        return False
    for each in (ticket, *(Ticket.objects.lock(other.pk) for other in others)):
        if each.state != State.DISPUTED:
            stop(each, at=at, by_what="system", rival=True)
    open_dispute(ticket.charger, [ticket, *others], at=at)
    return True


@transaction.atomic
def decide(
    *,
    ticket_id: int,
    by: User,
    facts_version: int,
    uphold: bool,
    words: str,
    words_to_objector: str = "",
    note: str = "",
    reason: str = "objection",
) -> Ticket:
    """Judge one ticket of a dispute: uphold the objection (rejected) or dismiss it (in review).

    Each side gets its own words. Raises ValidationError without words to the claimant when the
    objection is upheld, PermissionDenied for a party or an approver, Stale.
    """
    ticket = Ticket.objects.lock(ticket_id)
    require(ticket.uphold, by)
    require_fresh(ticket, facts_version)
    if uphold and not words.strip():
        raise ValidationError({"words": _("Write the reason, in words for the claimant.")})
    require_silence(ticket, reader=ticket.claimant, words=words)
    objector = _objector(ticket)
    require_silence(ticket, reader=objector, words_to_objector=words_to_objector)
    now = clock.now()
    kind = Decision.Kind.UPHELD if uphold else Decision.Kind.DISMISSED
    Decision.objects.create(
        ticket=ticket,
        kind=kind,
        by=by,
        at=now,
        reason=reason if uphold else "",
        words=words,
        words_to_objector=words_to_objector,
        note=note,
    )
    if uphold:
        ticket.uphold(reason=reason, at=now)
        deadlines.cancel(ticket, at=now)
        save_and_record(ticket, "objection_upheld", at=now, by=by)
        notify("rejected", at=now, ticket=ticket, person=ticket.claimant, reason=reason)
    else:
        ticket.dismiss()
        ticket.answers.filter(void_at=None, dispute__isnull=False).update(void_at=now)
        save_and_record(ticket, "objection_dismissed", at=now, by=by)
    _tell_objector(ticket, objector, at=now)
    close_if_judged(ticket.charger, at=now)
    _go_on(ticket, at=now)
    return ticket


def _tell_objector(ticket: Ticket, objector: User | None, *, at: datetime) -> None:
    if objector:
        about = {"ticket": ticket, "charger": ticket.charger, "person": objector}
        notify("objection_decided", at=at, **about)


def _go_on(ticket: Ticket, *, at: datetime) -> None:
    """After a verdict: route what never was, and let the charger's other tickets go on too."""
    if ticket.state == State.SUBMITTED:
        put_routing(ticket, at=at)
    advance(ticket, at=at)
    if ticket.charger_id:
        advance_others(ticket.charger, at=at, but=ticket)


def _objector(ticket: Ticket) -> User | None:
    """Return who objected last, by a standing answer; None for the desk, a letter or a rival."""
    objections = Answer.objects.filter(
        charger=ticket.charger_id, void_at=None, kind__in=Answer.OBJECTIONS
    )
    last = objections.exclude(party=None).order_by("-at").first()
    return last.party if last else None


def withdraw_objection(charger: Charger, objection: Answer, *, at: datetime) -> None:
    """An objector takes the objection back: what it alone stopped goes on where it was.

    What somebody else stopped as well (the desk, a letter, a rival claim) stays in dispute. The
    caller holds the charger's lock.
    """
    Answer.objects.filter(pk=objection.pk).update(void_at=at)
    for pk in Ticket.objects.filter(charger=charger, state=State.DISPUTED).values_list("pk"):
        ticket = Ticket.objects.lock(pk[0])
        if not _stopped_only_by(ticket, objection) or rivals(ticket, at):
            continue
        ticket.dismiss()
        save_and_record(ticket, "objection_withdrawn", at=at, by=objection.party, by_what="party")
        close_if_judged(charger, at=at)
        _go_on(ticket, at=at)


def _stopped_only_by(ticket: Ticket, objection: Answer) -> bool:
    """Tell whether nobody but this party keeps the ticket stopped: no letter, no second voice."""
    last = Event.objects.filter(stream=ticket.stream, kind="objected").order_by("number").last()
    if last is None or ticket.letters.filter(stopped_at__gte=last.at).exists():
        return False
    objections = Answer.objects.filter(
        charger=objection.charger_id, kind__in=Answer.OBJECTIONS, needs_confirmation=False
    )
    theirs = objections.filter(party=objection.party_id, as_board=objection.as_board)
    others = objections.filter(void_at=None).exclude(pk__in=theirs.values("pk"))
    said = {str(uid) for uid in theirs.values_list("uid", flat=True)}
    return last.data.get("answer") in said and not others.exists()
