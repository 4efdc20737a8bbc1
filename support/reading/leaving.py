"""What an owner who leaves is shown: what still has access, and the requests they were told of."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chargers.models import Charger, Tenure
from chargers.services.exposure import open_shares
from support.machine import OPEN, State
from support.models import Answer, ClosingStep, LeavingTick, Notice, Ticket

# So long somebody who has left finds the list of what to see to.
KEPT = timedelta(days=90)
# By these mails an owner was told of a request; of others they must not learn here.
TELLS = ("owner_asked", "owner_reminded", "approved_told", "objection_decided", "withdrawn_owner")


@dataclass(frozen=True)
class Step:
    """One thing that still has access, and since when it has not; ``kind``: ticked by hand."""

    label: str | Promise
    done_at: datetime | None
    done: bool
    kind: str = ""


@dataclass(frozen=True)
class Told:
    """A request that the owner was told of, in words that say nothing of the other side."""

    ticket: Ticket
    words: str | Promise
    can_answer: bool


def tenure_of(user: User, charger_uid, at: datetime) -> Tenure | None:
    """Return the person's own time as owner of a charger; over for at most 90 days."""
    rows = Tenure.objects.filter(role=Tenure.Role.OWNER, person=user, charger__uid=charger_uid)
    tenure = rows.select_related("charger__installation").order_by("-starts_at").first()
    if tenure and tenure.ends_at and tenure.ends_at <= at - KEPT:
        return None
    return tenure


def seen_by_system(tenure: Tenure, at: datetime) -> list[Step]:
    """Return what the system ticks: our own register, shared PINs, the maker's side by import."""
    left = bool(tenure.ends_at and tenure.ends_at <= at)
    vacated = standing(tenure.charger, tenure.person, Answer.Kind.VACATED)
    here_at = tenure.ends_at if left else vacated.at if vacated else None
    shared = not left and open_shares(tenure.charger, at).exists()
    there = ClosingStep.objects.filter(
        ticket__former_tenure=tenure, kind=ClosingStep.Kind.OWNER_REMOVED
    ).first()
    there_at = there.done_at if there else None
    return [
        Step(_("The charger is no longer in your name here"), here_at, here_at is not None),
        Step(_("Nobody can open a PIN that you shared"), None, not shared),
        Step(_("You are out of the maker's register, by its next file"), there_at, bool(there_at)),
    ]


def by_hand(tenure: Tenure) -> list[Step]:
    """Return what only the person can see to, as they ticked it."""
    ticked = dict(tenure.leaving_ticks.values_list("kind", "done_at"))
    return [
        Step(label, ticked.get(kind), kind in ticked, kind)
        for kind, label in LeavingTick.Kind.choices
    ]


def standing(charger: Charger, person: User, kind: str) -> Answer | None:
    """Return the person's answer of this kind, if it counts now."""
    said = charger.answers.filter(party=person, as_board=False, void_at=None, kind=kind)
    return said.first()


def told_of(charger: Charger, owner: User) -> list[Told]:
    """Return the requests that this owner has had a mail about, the newest first."""
    notices = Notice.objects.filter(charger=charger, person=owner, kind__in=TELLS, failed_at=None)
    tickets = Ticket.objects.filter(pk__in=notices.values("ticket")).order_by("-pk")
    said = charger.answers.filter(party=owner, as_board=False, void_at=None).exists()
    return [Told(ticket, _words(ticket, said), ticket.state in OPEN) for ticket in tickets[:50]]


def _words(ticket: Ticket, said: bool) -> str | Promise:
    if ticket.state == State.APPROVED:
        return _("Approved: it changes hands unless you object")
    if ticket.state in OPEN:
        return _("You have answered; we check it") if said else _("Waits for your answer")
    if ticket.state in (State.COMPLETED, State.CONTESTED):
        return _("Completed")
    return _("Closed: nothing has changed")
