"""What follows by itself when facts change: complete, reopen, the owner's yes, release."""

from datetime import datetime, timedelta

from chargers.models import Charger
from chargers.services import holds, proposals, tenures
from records import outbox
from support import rules
from support.machine import CLOSED, UNDER_WAY, State
from support.models import Answer, Deadline, Dispute, EvidenceItem, Ticket
from support.notifications import notify
from support.rules import Tier
from support.services import clocks, closing, deadlines, dossiers, uses
from support.services.classes import leased_until
from support.services.facts import facts_from, facts_of, keep_basis, owner_of, policy_of
from support.services.saving import save_and_record

RETRY = timedelta(hours=1)


def advance(ticket: Ticket, *, at: datetime, changed: bool = True) -> Ticket:
    """Take every step that the facts now allow, in the caller's transaction and lock.

    ``changed`` is False for what reopens nothing: an approval, a notice, a yes to this ticket.
    """
    if not ticket.charger_id or ticket.state in (State.SUBMITTED, State.DISPUTED, *CLOSED):
        return ticket
    dossier = dossiers.read(ticket, at)
    facts = facts_from(dossier)
    if changed and ticket.state in (State.SECOND_REVIEW, State.APPROVED):
        reopen(ticket, at=at, why="facts_changed")
    if ticket.state in (State.AWAITING_OWNER, State.COLLECTING) and evidence_complete(ticket):
        ticket.complete_evidence()
        save_and_record(ticket, "evidence_complete", at=at, facts=False)
    tier = rules.tier(facts)
    _keep_queue_tier(ticket, tier)
    held = ticket.charger.open_holds().exists()
    if ticket.state in UNDER_WAY and rules.owner_decides(facts, tier) and not held:
        keep_basis(dossier, facts)
        _carry_consent(ticket, tier, at)
    elif ticket.state == State.APPROVED:
        schedule_release(ticket, at=at)
    return ticket


def _keep_queue_tier(ticket: Ticket, tier: Tier) -> None:
    """Keep the tier by which the queue filters. Nothing is decided on it."""
    if ticket.queue_tier != tier:
        ticket.queue_tier = tier
        Ticket.objects.filter(pk=ticket.pk).update(queue_tier=tier)


def evidence_complete(ticket: Ticket) -> bool:
    """Tell whether the desk has everything that the claim requires, and every answer."""
    if ticket.messages.filter(waits=True, answered_at=None).exists():
        return False
    standing = list(ticket.items.filter(replaced_by=None))
    open_states = (EvidenceItem.State.REQUESTED, EvidenceItem.State.RETURNED)
    if any(item.state in open_states for item in standing):
        return False
    seen = (EvidenceItem.State.READY, EvidenceItem.State.ACCEPTED)
    there = {item.kind for item in standing if item.state in seen}
    needed = set(rules.required_items(ticket.claim, named_consent=bool(ticket.offered_by_id)))
    return needed <= there


def reopen(ticket: Ticket, *, at: datetime, why: str) -> None:
    """Back to review: approvals void, kept on record."""
    void_approvals(ticket, at=at, why=why)
    ticket.reopen()
    deadlines.cancel(ticket, Deadline.Kind.RELEASE, at=at)
    save_and_record(ticket, "reopened", at=at, why=why)


def void_approvals(ticket: Ticket, *, at: datetime, why: str) -> int:
    """Make the standing approvals void; return how many."""
    return ticket.standing_approvals().update(voided_at=at, void_reason=why)


def _carry_consent(ticket: Ticket, tier: Tier, at: datetime) -> None:
    """The owner's yes carries the tier: approved, and at once released in this transaction."""
    void_approvals(ticket, at=at, why="owner_decided")
    ticket.consent(tier=tier, at=at)
    save_and_record(ticket, "consented", at=at, tier=int(tier))
    if tier == Tier.AT_ONCE and not _waits_for_date(ticket, at):
        release_now(ticket, at=at)
    else:
        tell_approved(ticket, at=at)
        schedule_release(ticket, at=at)


def _waits_for_date(ticket: Ticket, at: datetime) -> bool:
    if not ticket.take_over_date:
        return False
    return at.astimezone(clocks.place_of(ticket).zone).date() < ticket.take_over_date


def tell_approved(ticket: Ticket, *, at: datetime) -> None:
    """Tell every channel on record that an approval was given and when it takes effect."""
    if ticket.fears_owner:
        return
    tenure = ticket.charger.owner_tenure(at)
    if tenure:
        notify("approved_told", at=at, ticket=ticket, charger=ticket.charger, person=tenure.person)
    place = ticket.charger.installation
    contact = place.contact_email.casefold() if place else ""
    if contact and not (tenure and tenure.person.email == contact):
        notify("approved_told", at=at, ticket=ticket, charger=ticket.charger, email=contact)


def schedule_release(ticket: Ticket, *, at: datetime) -> None:
    """Compute when an approved ticket may be released, and put its deadline there.

    While the clock has not started, or a notice of the approval is still under way, it looks
    again every hour.
    """
    ticket.release_at = release_time(ticket, at)
    Ticket.objects.filter(pk=ticket.pk).update(release_at=ticket.release_at)
    due_at = ticket.release_at or at + RETRY
    deadlines.schedule(ticket, Deadline.Kind.RELEASE, due_at, at=at)


def release_time(ticket: Ticket, at: datetime) -> datetime | None:
    """Return the release time of an approved ticket by today's facts; None while it is unknown."""
    owner = owner_of(ticket, ticket.charger.owner_tenure(at))
    return clocks.release_time(ticket, Tier(ticket.tier), owner, policy_of(ticket), at)


def release_due(ticket: Ticket, *, at: datetime) -> Ticket:
    """Release an approved ticket whose time has come, after looking at everything again.

    A higher tier, or fewer yeses than the tier needs, reopens it. A second look, an unread reply
    or a clock that was moved waits.
    """
    if ticket.state != State.APPROVED:
        return ticket
    facts = facts_of(ticket, at)
    tier = rules.tier(facts)
    if tier > ticket.tier or not carries(ticket, facts, Tier(ticket.tier)):
        reopen(ticket, at=at, why="facts_changed")
        return advance(ticket, at=at, changed=False)
    waits = ticket.second_look == Ticket.SecondLook.WANTED or ticket.unread_reply_at
    time = release_time(ticket, at)
    waits = waits or ticket.charger.open_holds().exists() or _owner_is_new(ticket, at)
    if waits or time is None or time > at:
        due_at = time if time and time > at else at + RETRY
        Ticket.objects.filter(pk=ticket.pk).update(release_at=time)
        deadlines.schedule(ticket, Deadline.Kind.RELEASE, due_at, at=at)
        return ticket
    return release_now(ticket, at=at)


def _owner_is_new(ticket: Ticket, at: datetime) -> bool:
    """The owner changed on record since the routing: it is about to be routed again."""
    tenure = ticket.charger.owner_tenure(at)
    return bool(tenure and ticket.routed_at) and tenure.starts_at > ticket.routed_at


def carries(ticket: Ticket, facts: rules.Facts, tier: Tier) -> bool:
    """Tell whether the yeses that stand are enough for the tier the ticket was approved at."""
    if ticket.by_owner:
        return rules.owner_decides(facts, rules.tier(facts))
    needed = rules.people_needed(tier, policy_of(ticket))
    return ticket.standing_approvals().count() >= needed


def release_now(ticket: Ticket, *, at: datetime) -> Ticket:
    """Hand the charger over. The caller has checked everything under the lock."""
    charger = ticket.charger
    ticket.former_tenure = charger.owner_tenure(at)
    ticket.release(at=at)
    if ticket.outcome == rules.Outcome.USE:
        ticket.tenure = _give_use(ticket, at)
    save_and_record(ticket, "released", at=at, tier=ticket.tier, by_owner=ticket.by_owner)
    if ticket.outcome == rules.Outcome.OWNERSHIP:
        grant = tenures.change_owner(
            charger=charger, to=ticket.claimant, at=at, origin=ticket.stream
        )
        Ticket.objects.filter(pk=ticket.pk).update(tenure=grant.tenure)
        ticket.tenure = grant.tenure
        proposals.explain(charger=charger, at=at, origin=ticket.stream)
    deadlines.cancel(ticket, at=at)
    closing.begin(ticket, at=at)
    _tell_released(ticket, at)
    if ticket.outcome == rules.Outcome.OWNERSHIP:
        reroute_others(charger, at=at, but=ticket)
    return ticket


def _give_use(ticket: Ticket, at: datetime):
    zone = clocks.place_of(ticket).zone
    last = leased_until(ticket, list(ticket.items.filter(replaced_by=None)))
    ends_at = datetime.combine(last + timedelta(days=1), datetime.min.time(), tzinfo=zone)
    return tenures.give_use(
        charger=ticket.charger,
        person=ticket.claimant,
        at=at,
        ends_at=ends_at,
        origin=ticket.stream,
    )


def _tell_released(ticket: Ticket, at: datetime) -> None:
    about = {"at": at, "ticket": ticket, "charger": ticket.charger}
    if ticket.outcome == rules.Outcome.USE:
        uses.begin(ticket, at=at)
        return
    notify("completed_claimant", person=ticket.claimant, **about)
    if ticket.former_tenure and not ticket.fears_owner:
        notify("completed_former", person=ticket.former_tenure.person, **about)


def reroute_others(
    charger: Charger, *, at: datetime, but: Ticket | None = None, why: str = "owner_changed"
) -> int:
    """Send the open tickets of a charger back to the start: its owner changed, or is known now.

    Answers and approvals are void. The caller holds the charger's lock. Returns how many.
    """
    answers = charger.answers.filter(void_at=None)
    (answers.exclude(ticket=but) if but else answers).update(void_at=at)
    others = Ticket.objects.open().filter(charger=charger).exclude(state=State.SUBMITTED)
    others = others.exclude(pk=but.pk) if but else others
    ids = list(others.order_by("pk").values_list("pk", flat=True))
    for pk in ids:
        ticket = Ticket.objects.lock(pk)
        reroute(ticket, at=at, why=why)
        close_if_judged(charger, at=at)
    return len(ids)


def close_if_judged(charger: Charger | None, *, at: datetime) -> None:
    """Close the charger's open dispute when no ticket in it is disputed any more.

    What was objected to a bare claim alone has had its verdict as well. The others go on.
    """
    if charger is None:
        return
    for dispute in Dispute.objects.filter(charger=charger, closed_at=None):
        if dispute.tickets.filter(state=State.DISPUTED, charger=charger).exists():
            continue
        Dispute.objects.filter(pk=dispute.pk).update(closed_at=at)
        holds.lift(charger=charger, kind="dispute", at=at)
        dispute.objections.filter(void_at=None).update(void_at=at)
    if not Ticket.objects.filter(charger=charger, state=State.DISPUTED).exists():
        judged = Answer.objects.filter(charger=charger, kind__in=Answer.OBJECTIONS)
        judged.filter(void_at=None, needs_confirmation=False).update(void_at=at)


def advance_others(charger: Charger, *, at: datetime, but: Ticket) -> None:
    """Let a charger's other tickets take the steps that a hold, lifted now, was keeping."""
    others = Ticket.objects.filter(charger=charger, state__in=UNDER_WAY).exclude(pk=but.pk)
    for pk in list(others.order_by("pk").values_list("pk", flat=True)):
        advance(Ticket.objects.lock(pk), at=at, changed=False)


def reroute(ticket: Ticket, *, at: datetime, why: str) -> None:
    """Back to submitted, to be routed again in the background; answers and approvals void."""
    ticket.answers.filter(void_at=None).update(void_at=at)
    ticket.firm_answers.filter(void_at=None).update(void_at=at)
    void_approvals(ticket, at=at, why=why)
    ticket.reroute()
    kinds = (Deadline.Kind.SILENCE, Deadline.Kind.REMINDER, Deadline.Kind.RELEASE)
    deadlines.cancel(ticket, *kinds, at=at)
    save_and_record(ticket, "rerouted", at=at, why=why)
    put_routing(ticket, at=at)


def put_routing(ticket: Ticket, *, at: datetime) -> None:
    """Ask the background to route a submitted ticket."""
    outbox.put("route", f"route:{ticket.uid}:{ticket.version}", at=at, ticket_id=ticket.pk)
