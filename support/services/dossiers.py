"""The rows that the facts of a ticket are made of, fetched together. Reads only.

A decision's dossier is read anew behind its locks; a page's is read once for all it shows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from accounts.models import ContactPoint, FirmMember, InstallerFirm, User
from chargers.models import Charger, Tenure
from chargers.services.standing import points_changed
from records.bundle import at_once
from records.put_together import Part, part
from support import machine, numbers, rules
from support.machine import State
from support.models import (
    Answer,
    Decision,
    Dispute,
    EvidenceItem,
    FirmAnswer,
    Freeze,
    Letter,
    Notice,
    Policy,
    Reuse,
    Ticket,
)
from support.services import pretended

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Dossier:
    """All that counts for one ticket of a charger, at one moment."""

    ticket: Ticket
    at: datetime
    rows: dict[str, list]
    people: dict[int, User]
    points: dict[int, list[ContactPoint]]
    firms: dict[int, InstallerFirm]

    @property
    def charger(self) -> Charger | None:
        return self.ticket.charger

    @property
    def policy(self) -> dict[str, int]:
        """The stricter of the policy the ticket began under and today's."""
        return numbers.stricter([self.ticket.policy.data, self.rows["policies"][0].data])

    @property
    def tenures(self) -> list[Tenure]:
        """Every tenure there ever was, of the charger and of its installation."""
        return self.rows["tenures"]

    @property
    def owners(self) -> list[Tenure]:
        """Every owner tenure there ever was on the charger itself."""
        return [t for t in self.tenures if t.role == Tenure.Role.OWNER and t.charger_id]

    @property
    def tenure(self) -> Tenure | None:
        """The owner's, at this moment."""
        return next((t for t in self.owners if _holds(t, self.at)), None)

    @property
    def items(self) -> list[EvidenceItem]:
        """The ticket's items that no better one has replaced."""
        return [item for item in self.own("items") if item.stands]

    @property
    def answers(self) -> list[Answer]:
        """What owner and board said about the charger and what stands."""
        return self.rows["answers"]

    @property
    def firm_answers(self) -> list[FirmAnswer]:
        """The ticket's answers of installers that stand."""
        return [answer for answer in self.own("firm_answers") if answer.void_at is None]

    @property
    def letters(self) -> list[Letter]:
        return self.own("letters")

    @property
    def notices(self) -> list[Notice]:
        return self.own("notices")

    @property
    def decisions(self) -> list[Decision]:
        return self.own("decisions")

    @property
    def disputes(self) -> list[Dispute]:
        return self.rows["disputes"]

    @property
    def freezes(self) -> list[Freeze]:
        """The freezes in force on the ticket or its charger, the oldest first."""
        return [f for f in self.rows["freezes"] if f.charger_id or f.ticket_id == self.ticket.pk]

    @property
    def open_others(self) -> list[Ticket]:
        """The other open tickets of the charger."""
        here = (t for t in self.rows["others"] if t.state in machine.OPEN)
        return [ticket for ticket in here if ticket.pk != self.ticket.pk]

    @property
    def rejected(self) -> list[Ticket]:
        """The other tickets of the charger that were rejected."""
        here = (t for t in self.rows["others"] if t.state == State.REJECTED)
        return [ticket for ticket in here if ticket.pk != self.ticket.pk]

    def own(self, name: str) -> list:
        """Return the rows of one name that are the ticket's own."""
        return [row for row in self.rows[name] if row.ticket_id == self.ticket.pk]

    def contact_changed(self, person_id: int) -> bool:
        """Tell whether a person's mail or post address is new, and not their first."""
        return points_changed(self.points.get(person_id, []), self.at)

    def of(self, other: Ticket) -> "Dossier":
        """Return the dossier of another open ticket of the same charger."""
        other.charger = self.charger
        return replace(self, ticket=other)


def _holds(tenure: Tenure, at: datetime) -> bool:
    return tenure.starts_at <= at and (tenure.ends_at is None or tenure.ends_at > at)


def read(ticket: Ticket, at: datetime, *more: Part) -> Dossier:
    """Read a ticket's dossier, with ``more`` rows where a page shows them.

    Two statements: the rows, and the people and firms that they name.
    """
    rows = at_once(rows_of(ticket, at), *more)
    place = ticket.charger.installation if ticket.charger_id else None
    itself = {"ticket": [ticket], "place": [place] if place else []}
    people, firms = set(), set()
    for each in (*rows.values(), *itself.values()):
        people |= _named(each, User)
        firms |= _named(each, InstallerFirm)
    reached = {ticket.claimant_id, ticket.offered_by_id, place.board_id if place else None}
    reached |= {t.person_id for t in rows["tenures"] if t.role == Tenure.Role.OWNER}
    keys = {"people": people, "reached": reached, "firms": firms}
    found = at_once(part(_named_rows, **{name: sorted(k - {None}) for name, k in keys.items()}))
    dossier = Dossier(
        ticket=ticket,
        at=at,
        rows=rows,
        people={person.pk: person for person in found["people"]},
        points=_by_user(found["points"]),
        firms={firm.pk: firm for firm in found["firms"]},
    )
    for each in (*rows.values(), *itself.values()):
        _introduce(each, dossier)
    if ticket.is_training:
        rows["notices"] = pretended.notices(ticket, dossier.tenure)
    return dossier


def rows_of(ticket: Ticket, at: datetime) -> Part:
    """Return the question for everything that the facts of a ticket are made of."""
    return part(
        _rows,
        ticket=ticket.pk,
        charger=ticket.charger_id,
        place=ticket.charger.installation_id if ticket.charger_id else None,
        claimant=ticket.claimant_id,
        a_week_ago=at - WEEK,
    )


def _rows(ticket, charger, place, claimant, a_week_ago) -> dict[str, QuerySet]:
    here = _rows_here(ticket, charger, place)
    return _rows_of(ticket, charger) | here | _rows_elsewhere(claimant, a_week_ago)


def _rows_of(ticket: int, charger: int | None) -> dict[str, QuerySet]:
    """What was sent and said of the ticket, and of its rivals, which are looked at as it is."""
    # One plain list of keys: "this ticket or one of those" would be sought through every item.
    looked_at = Q(pk=ticket)
    if charger:
        claims = {"state__in": machine.OPEN, "outcome": rules.Outcome.OWNERSHIP}
        looked_at |= Q(charger=charger, **claims)
    concerned = Q(ticket__in=Ticket.objects.filter(looked_at).values("pk"))
    return {
        "items": EvidenceItem.objects.filter(concerned).order_by("made_at", "pk"),
        "letters": Letter.objects.filter(concerned).order_by("made_at"),
        "firm_answers": FirmAnswer.objects.filter(concerned).order_by("-at"),
        "notices": Notice.objects.filter(ticket=ticket).order_by("made_at"),
        "decisions": Decision.objects.filter(ticket=ticket).order_by("-at"),
        # Where its files, replaced ones too, are on somebody else's ticket as well.
        "reuses": Reuse.objects.filter(pk__in=_reuses_of(ticket))[:1],
    }


def _reuses_of(ticket: int) -> QuerySet:
    """Return the keys of its reuses: two look-ups, where an OR would read every reuse there is."""
    one = Reuse.objects.filter(one__ticket=ticket).values("pk")
    return one.union(Reuse.objects.filter(other__ticket=ticket).values("pk"), all=True)


def _rows_here(ticket: int, charger: int | None, place: int | None) -> dict[str, QuerySet]:
    """What is known of the charger."""
    others = Q(state__in=machine.OPEN) | Q(state=State.REJECTED)
    here = Q(ticket=ticket) | Q(charger=charger) if charger else Q(ticket=ticket)
    in_force = Freeze.objects.filter(here, lifted_at=None, needs_confirmation=False)
    rows = {
        "policies": Policy.objects.newest(),
        "tenures": Tenure.objects.at(charger, place) if charger else Tenure.objects.none(),
        "answers": Answer.objects.filter(charger=charger, void_at=None),
        "disputes": Dispute.objects.filter(charger=charger),
        "freezes": in_force.order_by("opened_at"),
        "others": Ticket.objects.filter(others, charger=charger).exclude(pk=ticket),
    }
    if charger is None:
        rows |= {name: rows[name].none() for name in ("answers", "disputes", "others")}
    return rows


def _rows_elsewhere(claimant: int, a_week_ago: datetime) -> dict[str, QuerySet]:
    """What is known of the claimant beside this charger."""
    week = Ticket.objects.filter(claimant=claimant, submitted_at__gt=a_week_ago)
    return {"recent": week.only("pk"), "memberships": FirmMember.objects.filter(user=claimant)}


def _named_rows(people: list[int], reached: list[int], firms: list[int]) -> dict[str, QuerySet]:
    """Who is named, and how those are reached whose contacts count."""
    points = ContactPoint.objects.filter(user__pk__any_of=reached)
    return {
        "people": User.objects.filter(pk__any_of=people),
        "points": points.order_by("-valid_from"),
        "firms": InstallerFirm.objects.filter(pk__any_of=firms).order_by("pk"),
    }


def keep(ticket: Ticket, **rows: list) -> None:
    """Keep rows with the ticket, as prefetch_related does: permissions ask for them again."""
    for name, found in rows.items():
        related = getattr(ticket, name).all()
        related._result_cache = found
        ticket._prefetched_objects_cache = getattr(ticket, "_prefetched_objects_cache", {})
        ticket._prefetched_objects_cache[name] = related


def _named(rows: list, model: type) -> set[int]:
    """Return the keys of the people, or firms, that rows name."""
    if not rows:
        return set()
    fields = [f for f in rows[0]._meta.concrete_fields if f.related_model is model]
    loaded = rows[0].__dict__
    return {getattr(row, f.attname) for f in fields if f.attname in loaded for row in rows}


def _introduce(rows: list, dossier: Dossier) -> None:
    """Put the ticket, people and firms into the rows that name them: none is asked for again."""
    if not rows:
        return
    ticket = {dossier.ticket.pk: dossier.ticket}
    known = {User: dossier.people, InstallerFirm: dossier.firms, Ticket: ticket}
    for field in rows[0]._meta.concrete_fields:
        if field.related_model not in known or field.attname not in rows[0].__dict__:
            continue
        there = known[field.related_model]
        for row in rows:
            if (found := there.get(getattr(row, field.attname))) is not None:
                setattr(row, field.name, found)


def _by_user(points: Iterable[ContactPoint]) -> dict[int, list[ContactPoint]]:
    """Return contact points by person, each person's newest first."""
    by_user: dict[int, list[ContactPoint]] = {}
    for point in points:
        by_user.setdefault(point.user_id, []).append(point)
    return by_user
