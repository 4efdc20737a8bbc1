"""The desk's yes: approvals, second looks, release; and contests after it."""

import secrets
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import User
from chargers.models import Hold
from chargers.services import holds, tenures
from records import clock
from records.models import Event
from records.put_together import Part, part
from support import permissions, rules
from support.machine import State
from support.models import Approval, Contest, ContestVote, Decision, EvidenceItem, Ticket
from support.notifications import notify
from support.permissions import VOTES_NEEDED, decides, is_party, may_work, require
from support.rules import EvidenceKind, Tier
from support.services import closing, dossiers, routing, training
from support.services.facts import facts_from, keep_basis, policy_of
from support.services.progress import (
    advance,
    advance_others,
    release_due,
    reroute_others,
    schedule_release,
    tell_approved,
    void_approvals,
)
from support.services.saving import require_fresh, save_and_record


class NotEnough(ValidationError):
    """The evidence does not carry the outcome: ``missing`` says what is short."""

    def __init__(self, missing: list[str]):
        self.missing = [str(line) for line in missing]
        super().__init__([_("This cannot be approved yet."), *self.missing])


@transaction.atomic
def approve(*, ticket_id: int, by: User, facts_version: int, note: str = "") -> Ticket:
    """Add one approval; the last one needed starts the wait for release.

    Raises Stale if the facts have changed since ``facts_version``, TransitionNotAllowed if the
    ticket is not under review or frozen, PermissionDenied if ``by`` may not approve it, and
    NotEnough, naming what is missing, if the evidence does not carry the outcome.
    """
    ticket = Ticket.objects.lock(ticket_id)
    now = clock.now()
    dossier = dossiers.read(ticket, now, _so_far(ticket, by))
    dossiers.keep(ticket, approvals=dossier.rows["approvals"])
    standing = len(permissions.standing(ticket))
    require(ticket.approve, by)
    if ticket.state not in (State.IN_REVIEW, State.SECOND_REVIEW):
        raise TransitionNotAllowed(_("This ticket is not under review."))
    require_fresh(ticket, facts_version)
    if not (standing or dossier.rows["given"] or ticket.picked_by_hand):
        _flag_as_chosen(ticket, by, now)
    facts = facts_from(dossier)
    tier = _require_decidable(dossier, facts, by)
    if ticket.is_training:
        return training.end(ticket, act=training.APPROVED, by=by, at=now)
    Approval.objects.create(
        ticket=ticket, by=by, at=now, facts_version=ticket.facts_version, note=note.strip()
    )
    needed = rules.people_needed(tier, dossier.policy)
    del ticket._prefetched_objects_cache["approvals"]
    ticket.approve(tier=tier, standing=standing + 1, needed=needed, at=now)
    keep_basis(dossier, facts)
    if ticket.state == State.APPROVED:
        _draw_second_look(ticket, standing + 1)
    save_and_record(ticket, "approved", at=now, by=by, note=note.strip(), tier=int(tier))
    if ticket.state == State.APPROVED:
        tell_approved(ticket, at=now)
        schedule_release(ticket, at=now)
    return ticket


def _so_far(ticket: Ticket, by: User) -> Part:
    """Ask, with what facts are made of, for approvals, holds, and how the ticket came to ``by``."""
    who = {"person": by.pk, "uid": str(by.uid)}
    about = {"ticket": ticket.pk, "charger": ticket.charger_id, "stream": ticket.stream}
    return part(_rows_so_far, **about, **who)


def _rows_so_far(ticket, charger, stream, person, uid) -> dict[str, QuerySet]:
    given_to = KeyTextTransform("to_person", "data")
    given = Q(kind="drawn", actor=person) | Q(kind="assigned", given_to=uid)
    return {
        "approvals": Approval.objects.filter(ticket=ticket),
        "given": Event.objects.alias(given_to=given_to).filter(given, stream=stream)[:1],
        "holds": Hold.objects.filter(charger=charger, lifted_at=None),
    }


def _flag_as_chosen(ticket: Ticket, by: User, at: datetime) -> None:
    """Count the first approval of a ticket that nobody gave to this person as picked by hand.

    The next ticket is drawn: whoever approves one that they neither drew nor were given chose it.
    """
    ticket.picked_by_hand = True
    save_and_record(ticket, "picked_by_hand", at=at, by=by)


def _require_decidable(dossier: dossiers.Dossier, facts: rules.Facts, by: User) -> Tier:
    """Return the tier; refuse when frozen (409), not enough (422), or a looker-up (403)."""
    tier, ticket = rules.tier(facts), dossier.ticket
    if tier == Tier.SAFETY or dossier.rows["holds"]:
        raise TransitionNotAllowed(_("It is frozen or disputed: nothing can be approved now."))
    if tier == Tier.NOT_YET:
        raise NotEnough(rules.missing(facts))
    looked_up = ticket.items.filter(
        kind=EvidenceKind.REGISTER_EXTRACT, state=EvidenceItem.State.ACCEPTED, decided_by=by
    )
    if rules.Class.REGISTER in facts.classes and looked_up.exists():
        raise PermissionDenied(_("You looked it up in the land register: someone else approves."))
    return tier


def _draw_second_look(ticket: Ticket, standing: int) -> None:
    """A tenth of what one person approved is looked at again; two people have looked already."""
    drawn = secrets.randbelow(100) < policy_of(ticket)["second_look_percent"]
    if standing == 1 and drawn:
        ticket.second_look = Ticket.SecondLook.WANTED


@transaction.atomic
def send_back(*, ticket_id: int, by: User, facts_version: int, note: str) -> Ticket:
    """The second person sees it otherwise: back to review, the first approval void."""
    if not note.strip():
        raise ValidationError({"note": _("Write what the first reviewer should look at.")})
    ticket = Ticket.objects.lock(ticket_id)
    require(ticket.send_back, by)
    require_fresh(ticket, facts_version)
    now = clock.now()
    void_approvals(ticket, at=now, why="sent_back")
    ticket.send_back()
    Decision.objects.create(
        ticket=ticket, kind=Decision.Kind.SENT_BACK, by=by, at=now, note=note.strip()
    )
    return save_and_record(ticket, "sent_back", at=now, by=by, note=note)


@transaction.atomic
def second_look(
    *, ticket_id: int, by: User, facts_version: int, fine: bool, note: str = ""
) -> Ticket:
    """Look at an approved ticket again before its release; not fine reopens it.

    Raises PermissionDenied for a party or an approver, TransitionNotAllowed when none was drawn.
    """
    ticket = Ticket.objects.lock(ticket_id)
    if is_party(ticket, by) or not decides(by) or ticket.approvals.filter(by=by).exists():
        raise PermissionDenied(_("Someone who did not approve it takes the second look."))
    require_fresh(ticket, facts_version)
    wanted = ticket.second_look == Ticket.SecondLook.WANTED
    if ticket.state != State.APPROVED or not wanted:
        raise TransitionNotAllowed(_("No second look is wanted here."))
    now = clock.now()
    if not fine:
        void_approvals(ticket, at=now, why="second_look")
        ticket.reopen()
        return save_and_record(ticket, "reopened", at=now, by=by, note=note, why="second_look")
    ticket.second_look, ticket.second_look_by = Ticket.SecondLook.PASSED, by
    save_and_record(ticket, "looked_again", at=now, by=by, facts=False)
    return release_due(ticket, at=now)


@transaction.atomic
def contest(*, ticket_id: int, by: User, words: str) -> Ticket:
    """Contest a completed hand-over: the former owner, or staff, within 90 days."""
    ticket = Ticket.objects.lock(ticket_id)
    require(ticket.contest, by)
    return contest_hand_over(ticket, by=by, note=words)


def contest_hand_over(ticket: Ticket, *, by: User, note: str) -> Ticket:
    """Suspend the new owner's looks at the PIN until two seniors agree. The caller holds the locks.

    Raises TransitionNotAllowed after 90 days, when the tenure it made has ended, or for a party's
    second contest.
    """
    now = clock.now()
    if ticket.state == State.CONTESTED:
        return ticket
    if ticket.state != State.COMPLETED or ticket.outcome != rules.Outcome.OWNERSHIP:
        raise TransitionNotAllowed(_("This hand-over cannot be contested."))
    if now > ticket.decided_at + timedelta(days=policy_of(ticket)["contest_days"]):
        raise TransitionNotAllowed(_("The 90 days for an objection have passed. Call us."))
    if ticket.tenure is None or ticket.tenure.ends_at:
        raise TransitionNotAllowed(_("The charger has changed hands again since. Call us."))
    if not may_work(ticket, by) and ticket.contests.filter(by=by).exists():
        raise TransitionNotAllowed(_("You contested it once, and it was decided. Call us."))
    Contest.objects.create(ticket=ticket, by=by, opened_at=now)
    ticket.contest()
    holds.place(charger=ticket.charger, kind="contest", at=now)
    save_and_record(ticket, "contested", at=now, by=by, note=note)
    notify("contest_opened", at=now, ticket=ticket, charger=ticket.charger, person=ticket.claimant)
    return ticket


@transaction.atomic
def vote(*, ticket_id: int, by: User, restore: bool, note: str) -> Ticket:
    """A senior's view of a contest; two that agree decide: it stays, or it is given back."""
    if not note.strip():
        raise ValidationError({"note": _("Write the reasons for your view.")})
    ticket = Ticket.objects.lock(ticket_id)
    require(ticket.confirm, by)
    found = ticket.contests.filter(closed_at=None).first()
    if ticket.state != State.CONTESTED or found is None:
        raise TransitionNotAllowed(_("This hand-over is not contested."))
    if found.by_id == by.pk:
        raise PermissionDenied(_("You contested it: two others decide."))
    now = clock.now()
    ContestVote.objects.update_or_create(
        contest=found, by=by, defaults={"restore": restore, "note": note.strip(), "at": now}
    )
    if found.votes.filter(restore=restore).count() < VOTES_NEEDED:
        return save_and_record(ticket, "contest_vote", at=now, by=by, restore=restore)
    return _close_contest(ticket, found, by, restore, now)


def _close_contest(
    ticket: Ticket, found: Contest, by: User, restore: bool, now: datetime
) -> Ticket:
    Contest.objects.filter(pk=found.pk).update(closed_at=now, restored=restore)
    holds.lift(charger=ticket.charger, kind="contest", at=now)
    if restore:
        ticket.restore()
        save_and_record(ticket, "restored", at=now, by=by)
        closing.give_up(ticket.charger, at=now)
        _give_back(ticket, now)
        reroute_others(ticket.charger, at=now)
    else:
        ticket.confirm()
        save_and_record(ticket, "confirmed", at=now, by=by)
        closing.finish(ticket, at=now)
        advance_others(ticket.charger, at=now, but=ticket)
    parties = [ticket.claimant]
    if ticket.former_tenure:
        parties.append(ticket.former_tenure.person)
    for person in parties:
        notify(
            "contest_closed",
            at=now,
            ticket=ticket,
            charger=ticket.charger,
            person=person,
            restored=restore,
        )
    return ticket


def _give_back(ticket: Ticket, now: datetime) -> None:
    """The former owner's tenure starts anew; where there was none, nobody holds the charger."""
    if ticket.former_tenure:
        tenures.give_back(
            charger=ticket.charger, to_tenure=ticket.former_tenure, at=now, origin=ticket.stream
        )
    else:
        tenures.end_ownership(charger=ticket.charger, at=now, origin=ticket.stream, state="unknown")


@transaction.atomic
def release(*, ticket_id: int) -> Ticket:
    """Release an approved ticket if its time has come; else leave it as it is."""
    ticket = Ticket.objects.lock(ticket_id)
    return release_due(ticket, at=clock.now())


@transaction.atomic
def reconsider(*, ticket_id: int) -> Ticket:
    """Look at a ticket again after a notice arrived or failed. Nothing is reopened by that.

    An owner whom no mail reaches is written to.
    """
    ticket = Ticket.objects.lock(ticket_id)
    now = clock.now()
    if ticket.is_open and ticket.charger_id and ticket.state != State.SUBMITTED:
        routing.write_to_owner(ticket, now)
    return advance(ticket, at=now, changed=False)


def reconsider_from_outbox(*, key: str, ticket_id: int) -> None:
    """Outbox handler: a notice of this ticket arrived, failed or bounced."""
    reconsider(ticket_id=ticket_id)
