"""The owner starts it: an offer to a named person, now or on a take-over date."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts import throttles
from accounts.models import User, normalise_email
from chargers.models import Charger, Installation
from chargers.refusals import Refused
from chargers.services.establishing import establish_if_due
from chargers.services.holds import refuse_while_held
from chargers.services.standing import contact_changed
from records import clock
from support.machine import State
from support.models import Deadline, EvidenceItem, Link, Notice, Ticket
from support.notifications import notify
from support.permissions import require
from support.rules import EvidenceKind
from support.services import deadlines, links
from support.services.facts import policy_of
from support.services.progress import advance
from support.services.saving import save_and_record
from support.services.tickets import make_draft, next_word, withdraw


@transaction.atomic
def offer(
    *,
    charger_id: int,
    by: User,
    to_name: str,
    to_email: str,
    take_over_date: date | None = None,
    told: bool = True,
) -> Ticket:
    """Offer a charger to a named person: a named consent, executed when they accept and show it.

    The receiver is written to, unless the caller does that for several (``told`` False). Raises
    PermissionDenied unless ``by`` is the established owner of a contact that has not just changed,
    Paused while a hold is open, ValidationError by field.
    """
    charger = Charger.objects.lock(charger_id)
    now = clock.now()
    _require_owner(charger, by, now)
    refuse_while_held(charger)
    problems = _problems(by, to_name, to_email, take_over_date, now)
    if problems:
        raise ValidationError(problems)
    open_ = Ticket.objects.filter(charger=charger, offered_by=by, state=State.OFFERED).first()
    if open_:
        raise ValidationError(_("This charger is on offer already. Cancel that offer first."))
    throttles.spend(throttles.OFFERS_BY_PERSON, str(by.uid))
    ticket = make_draft(
        claimant=_receiver(to_email, to_name),
        at=now,
        charger=charger,
        offered_by=by,
        take_over_date=take_over_date,
        claimant_name=to_name.strip(),
        serial_typed=charger.serial,
        serial=charger.serial,
        lookup_key=charger.lookup_key,
    )
    require(ticket.offer, by)
    ticket.offer()
    save_and_record(ticket, "offered", at=now, by=by)
    expires = now + timedelta(days=policy_of(ticket)["offer_days"])
    deadlines.schedule(ticket, Deadline.Kind.EXPIRY, expires, at=now)
    if told:
        tell([ticket], at=now)
    return ticket


def tell(made: list[Ticket], *, at: datetime) -> Notice:
    """Write one mail about offers to one person; its link opens them all (``together``).

    The caller holds the locks of the chargers.
    """
    first = made[0]
    to = {"ticket": first, "charger": first.charger, "at": at}
    link = links.make(purpose=Link.Purpose.OFFER, party=first.claimant, **to)
    about = to | {"person": first.claimant, "link": link}
    if len(made) == 1:
        return notify("offer_made", **about)
    return notify("offers_made", **about, offers=[ticket.uid for ticket in made])


def together(ticket: Ticket) -> list[Ticket]:
    """Return the offers that wait for this receiver's word, all of them from the same owner."""
    same = {"claimant": ticket.claimant_id, "offered_by": ticket.offered_by_id}
    rows = Ticket.objects.filter(**same, state=State.OFFERED).exclude(offered_by=None)
    return list(rows.select_related("charger").order_by("charger_id"))


def of_link(link: Link) -> list[Ticket]:
    """Return every offer that a receiver's link is about: its mails named it, or its page does."""
    told = link.notices.values_list("data", flat=True)
    named = [uid for data in told for uid in data.get("offers", [])]
    about = Q(pk=link.ticket_id) | Q(uid__in=named) | Q(state=State.OFFERED)
    same = {"claimant": link.party_id, "offered_by": link.ticket.offered_by_id}
    rows = Ticket.objects.filter(about, **same).select_related("charger")
    return list(rows.order_by("charger_id"))


def _require_owner(charger: Charger, by: User, now: datetime) -> None:
    tenure = charger.owner_tenure(now)
    if tenure is None or tenure.person_id != by.pk:
        raise PermissionDenied(_("Only the registered owner can hand a charger over."))
    if not establish_if_due(charger=charger, at=now):
        raise PermissionDenied(_("Show first that the charger is yours: ask to see its PIN."))
    if contact_changed(by, now):
        raise PermissionDenied(
            _("Your contact was changed in the last 30 days. Call us: we settle it with you.")
        )
    place = charger.installation
    if place and place.kind == Installation.Kind.SHARED and place.board_id is None:
        raise PermissionDenied(_("In a shared garage the board must be on record first. Call us."))


def _problems(by: User, to_name: str, to_email: str, date_: date | None, now) -> dict[str, str]:
    problems = {}
    if not to_name.strip():
        problems["to_name"] = _("Enter the name of the person who gets the charger.")
    if "@" not in to_email:
        problems["to_email"] = _("Enter their e-mail address.")
    elif normalise_email(to_email) == by.email:
        problems["to_email"] = _("This is your own address. Enter theirs.")
    if date_ and date_ < now.date():
        problems["take_over_date"] = _("Enter a day in the future, or leave it empty for now.")
    return problems


def _receiver(email: str, name: str) -> User:
    return User.objects.by_email(email) or User.objects.create_user(email, name=name.strip())


def _require_acceptable(ticket: Ticket, now: datetime) -> None:
    if ticket.offered_by != ticket.charger.owner(now):
        raise TransitionNotAllowed(_("The charger has changed hands since: this offer is over."))
    same = Ticket.objects.open().filter(claimant=ticket.claimant_id, lookup_key=ticket.lookup_key)
    if same.exists():
        raise TransitionNotAllowed(
            _("You have a request of your own for this charger: withdraw it first.")
        )


@transaction.atomic
def accept(*, ticket_id: int, by: User) -> Ticket:
    """The receiver accepts, having proved the address by a code: then the label is asked for."""
    ticket, is_new = _accept(ticket_id, by)
    if is_new:
        _tell_accepted([ticket], at=clock.now())
    return ticket


def _accept(ticket_id: int, by: User) -> tuple[Ticket, bool]:
    """Accept one offer; tell whether that is news to the one who made it."""
    ticket = Ticket.objects.lock(ticket_id)
    if ticket.claimant_id == by.pk and ticket.submitted_at:
        return ticket, False
    require(ticket.accept, by)
    refuse_while_held(ticket.charger)
    now = clock.now()
    _require_acceptable(ticket, now)
    ticket.accept(at=now)
    ticket.country = ticket.charger.installation.country if ticket.charger.installation_id else ""
    ticket.next_word_at = next_word(ticket, now)
    EvidenceItem.objects.create(
        ticket=ticket, kind=EvidenceKind.LABEL, made_at=now, reason="needed"
    )
    save_and_record(ticket, "offer_accepted", at=now, by=by)
    expires = now + timedelta(days=policy_of(ticket)["collecting_days"])
    deadlines.schedule(ticket, Deadline.Kind.EXPIRY, expires, at=now)
    deadlines.schedule(ticket, Deadline.Kind.NEXT_WORD, ticket.next_word_at, at=now)
    return advance(ticket, at=now, changed=False), True


def _tell_accepted(accepted: list[Ticket], *, at: datetime) -> None:
    """Tell whoever made the offers, with one mail however many were accepted at once."""
    about = {"at": at, "ticket": accepted[0], "person": accepted[0].offered_by}
    if len(accepted) == 1:
        notify("offer_accepted", **about)
    else:
        notify("offers_accepted", **about, offers=[ticket.uid for ticket in accepted])


@transaction.atomic
def accept_all(*, ticket_ids: Iterable[int], by: User) -> tuple[list[Ticket], list[str]]:
    """Accept several offers; return those that were, and what stands against each other one.

    Where none can be accepted the first refusal is raised, as ``accept`` would.
    """
    rows = Ticket.objects.filter(pk__in=set(ticket_ids)).select_related("charger")
    accepted, refused, news = [], [], defaultdict(list)
    for ticket in rows.order_by("charger_id"):
        try:
            with transaction.atomic():
                done, is_new = _accept(ticket.pk, by)
        except (TransitionNotAllowed, Refused) as refusal:
            refused.append((ticket, refusal))
            continue
        accepted.append(done)
        if is_new:
            news[done.offered_by_id].append(done)
    if refused and not accepted:
        raise refused[0][1]
    for made in news.values():
        _tell_accepted(made, at=clock.now())
    return accepted, [f"…{ticket.serial[-3:]}: {refusal}" for ticket, refusal in refused]


@transaction.atomic
def decline_all(*, ticket_ids: Iterable[int], by: User) -> None:
    """Say no to offers; whoever made them hears it once. One that waits no more stays as it is."""
    waiting = Ticket.objects.filter(pk__in=set(ticket_ids), state=State.OFFERED)
    declined = defaultdict(list)
    for pk in waiting.order_by("charger_id").values_list("pk", flat=True):
        ticket = withdraw(ticket_id=pk, by=by, told=False)
        declined[ticket.offered_by_id].append(ticket)
    for over in declined.values():
        tell_over(over, at=clock.now(), why="declined")


def run_out(ticket: Ticket, *, at: datetime) -> None:
    """End an offer that nobody accepted in time, with all between the same two that ran out too.

    One mail to each side. The caller holds this offer's locks; another's charger that somebody
    works on just now is left to its own deadline, so that nobody waits here.
    """
    over = [ticket, *_run_out_with(ticket, at)]
    for one in over:
        one.expire(at=at)
        deadlines.cancel(one, at=at)
        save_and_record(one, "expired", at=at)
    said = {"at": at, "ticket": ticket, "offers": [one.uid for one in over]}
    notify("offers_expired", **said, person=ticket.claimant)
    tell_over(over, at=at, why="expired")


def _run_out_with(ticket: Ticket, at: datetime) -> list[Ticket]:
    due = {"kind": Deadline.Kind.EXPIRY, "done_at": None, "due_at__lte": at}
    late = Deadline.objects.filter(**due, ticket__in=[one.pk for one in together(ticket)])
    others = Ticket.objects.filter(deadlines__in=late).exclude(pk=ticket.pk)
    free = Charger.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    chargers = list(free.filter(pk__in=others.values("charger_id")).order_by("pk"))
    pks = others.filter(charger__in=chargers).order_by("charger_id").values_list("pk", flat=True)
    locked = [Ticket.objects.lock(pk) for pk in pks]
    return [one for one in locked if one.state == State.OFFERED]


def tell_over(over: list[Ticket], *, at: datetime, why: str) -> None:
    """Tell whoever made offers that nothing came of them: ``declined`` or ``expired``."""
    said = {"ticket": over[0], "person": over[0].offered_by, "why": why}
    notify("offers_over", at=at, **said, offers=[one.uid for one in over])
