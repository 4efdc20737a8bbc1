"""Erasing a person (GDPR Art. 17): what stands against it, what goes, what stays, step by step."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from chargers.models import Charger, Hold, Proposal, Tenure
from records import clock, events, outbox
from support.models import Erasure, EvidenceItem, Message, Ticket
from support.permissions import may_erase
from support.services.erasure_steps import STEPS


def stands_against(person: User, at: datetime) -> list[str]:
    """Return, in plain words, why a person cannot be erased now; empty when they can."""
    tickets = Ticket.objects.open().filter(Q(claimant=person) | Q(offered_by=person))
    held = Hold.objects.filter(charger__in=_chargers_of(person), lifted_at=None)
    named = Proposal.objects.filter(person=person, state=Proposal.State.OPEN)
    reasons = (
        (person.erased_at, _("They have been erased already.")),
        (tickets.exists(), _("A request or an offer of theirs is open: let it end first.")),
        (
            Tenure.objects.current(at).filter(person=person).exists(),
            _("A charger is in their name, or they may use one: it has to be handed over first."),
        ),
        (
            held.exists(),
            _("A dispute, freeze or contest is open about a charger that was theirs."),
        ),
        (named.exists(), _("A change of what is on record about them waits for a decision.")),
        (person.boards.exists(), _("They are the board of a shared garage.")),
        (
            person.memberships.filter(ends_at=None).exists(),
            _("They speak for an installer's firm."),
        ),
        (
            person.is_superuser or person.staff_roles.filter(ends_at=None).exists(),
            _("They work here: end their parts first."),
        ),
    )
    return [words for stands, words in reasons if stands]


@dataclass(frozen=True)
class Line:
    """One kind of thing, how many of it there are, and, where it stays, why."""

    what: str
    count: int
    why: str = ""


@dataclass(frozen=True)
class Preview:
    """What an erasure would do: what goes, what stays, what stands against it now."""

    goes: list[Line]
    stays: list[Line]
    against: list[str]


def preview(person: User, at: datetime) -> Preview:
    """Return what erasing a person would do. Changes nothing."""
    tickets = Ticket.objects.filter(claimant=person)
    messages = Message.objects.filter(ticket__in=tickets)
    files = EvidenceItem.objects.filter(ticket__in=tickets).exclude(file_key="")
    goes = [
        Line(_("name, mail address and language"), int(not person.erased_at)),
        Line(_("phone numbers, addresses and earlier contacts"), person.contact_points.count()),
        Line(_("what they typed in their requests"), tickets.filter(forgotten_at=None).count()),
        Line(_("files that they sent: the key is destroyed"), files.count()),
        Line(_("messages, reasons and notes about their requests"), messages.count()),
        Line(_("addresses of mails to them"), person.notices.exclude(email="").count()),
    ]
    claims = _("claims about the decision can be raised for 36 months (Art. 17(3)(e))")
    pin = _("a PIN can never be changed: who could see it is told to its owner as a number")
    stays = [
        Line(_("decisions and events, as a pseudonym"), tickets.count(), claims),
        Line(_("the exposure register, as a pseudonym"), person.reveals.count(), pin),
        Line(_("the charger's place in the registry"), _chargers_of(person).count(),
             _("it is the place's, whoever lives there")),
    ]  # fmt: skip
    return Preview(goes, stays, stands_against(person, at))


def _chargers_of(person: User):
    claimed = Ticket.objects.filter(claimant=person).values("charger")
    held = Tenure.objects.filter(person=person).values("charger")
    return Charger.objects.filter(Q(pk__in=claimed) | Q(pk__in=held))


@transaction.atomic
def ask(*, person_id: int, by: User | None) -> Erasure:
    """Put an erasure under way, or return the one that is. ``by`` is None for the schedule.

    Raises PermissionDenied for anyone but a privacy officer, and for one who would erase
    themself; ValidationError when the person has been erased.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=person_id)
    now = clock.now()
    if by is not None and not may_erase(by, person):
        raise PermissionDenied(_("Only a privacy officer may do this, and not to themself."))
    if person.erased_at:
        raise ValidationError(_("They have been erased already."))
    erasure = person.erasures.filter(done_at=None, cancelled_at=None).first()
    if erasure:
        return erasure
    erasure = Erasure.objects.create(person=person, asked_by=by, asked_at=now)
    _record(erasure, "erasure_asked", at=now, by=by)
    if by is not None:
        outbox.put("erase", f"erase:{erasure.uid}", at=now, erasure_uid=erasure.uid)
    return erasure


def erase_from_outbox(*, key: str, erasure_uid: str) -> None:
    """Outbox handler: erase at once, if nothing stands against it; else the nightly run tries."""
    erase(Erasure.objects.get(uid=erasure_uid).pk)


@transaction.atomic
def cancel(*, erasure_id: int, by: User) -> Erasure:
    """Take back an erasure that still waits. ValidationError once it has begun."""
    erasure = Erasure.objects.select_for_update(of=("self",)).get(pk=erasure_id)
    if not may_erase(by, erasure.person):
        raise PermissionDenied(_("Only a privacy officer may do this, and not to themself."))
    if erasure.done_at or (erasure.cancelled_at is None and not erasure.person.is_active):
        raise ValidationError(_("It has begun already and cannot be taken back."))
    if erasure.cancelled_at is None:
        erasure.cancelled_at = clock.now()
        erasure.save(update_fields=["cancelled_at"])
        _record(erasure, "erasure_cancelled", at=erasure.cancelled_at, by=by)
    return erasure


def erase(erasure_id: int) -> bool:
    """Erase the person if nothing stands against it; False when it waits.

    Step by step, each a transaction of its own that finds its work done when it is repeated: a
    run that was killed is simply run again. From the first step on the person cannot sign in;
    the last one takes their name and address, by which the others look for them.
    """
    if not _begin(erasure_id):
        return False
    person = Erasure.objects.select_related("person").get(pk=erasure_id).person
    at = clock.now()
    for step in STEPS:
        _patiently(step, person, at)
    return _finish(erasure_id)


def run_waiting() -> int:
    """Try every erasure that waits or was cut off; return how many were done."""
    waiting = Erasure.objects.filter(done_at=None, cancelled_at=None).order_by("pk")
    return sum(erase(pk) for pk in list(waiting.values_list("pk", flat=True)))


@transaction.atomic
def _begin(erasure_id: int) -> bool:
    erasure = Erasure.objects.select_for_update(of=("self",)).get(pk=erasure_id)
    if erasure.done_at or erasure.cancelled_at:
        return False
    person = User.objects.select_for_update(no_key=True).get(pk=erasure.person_id)
    if stands_against(person, clock.now()):
        return False
    User.objects.filter(pk=person.pk).update(is_active=False)
    return True


def _patiently(step: Callable[[User, datetime], None], person: User, at: datetime) -> None:
    """Run one step; it may look through whole tables."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
        step(person, at)


@transaction.atomic
def _finish(erasure_id: int) -> bool:
    erasure = Erasure.objects.select_for_update(of=("self",)).get(pk=erasure_id)
    if erasure.done_at:
        return False
    now = clock.now()
    User.objects.filter(pk=erasure.person_id, erased_at=None).update(erased_at=now)
    erasure.done_at = now
    erasure.save(update_fields=["done_at"])
    _record(erasure, "person_erased", at=now)
    return True


def _record(erasure: Erasure, kind: str, *, at: datetime, by: User | None = None) -> None:
    stream, by_what = f"person:{erasure.person.uid}", "person" if by else "system"
    events.record(stream, kind, at=at, actor=by, by_what=by_what, erasure=erasure.uid)
