"""Tickets as a page of the desk finds them: with charger, place, policy and the former owner."""

from typing import Any

from django.db.models import Model, QuerySet

from accounts.models import User
from chargers.models import Charger, Installation, Tenure
from records.bundle import at_once
from records.put_together import part
from support import permissions
from support.models import Policy, Ticket

_BESIDE = {"policy": "policies", "former_tenure": "tenures", "charger": "chargers"}


def find(user: User, **which: Any) -> list[Ticket]:
    """Return the tickets that a person may see of those with these values, the first first.

    One question to the database, whatever is beside a ticket. People come with a reading of it.
    """
    rows = at_once(part(_rows, permissions.is_desk(user), user=user.pk, **which))
    beside = {field: _by_key(rows[name]) for field, name in _BESIDE.items()}
    places = _by_key(rows["places"])
    for charger in rows["chargers"]:
        charger.installation = places.get(charger.installation_id)
    for ticket in rows["tickets"]:
        for field, found in beside.items():
            setattr(ticket, field, found.get(getattr(ticket, f"{field}_id")))
    return rows["tickets"]


def _rows(is_desk: bool, user: int, **which: Any) -> dict[str, QuerySet]:
    theirs = Ticket.objects.at_the_desk() if is_desk else Ticket.objects.with_a_side(user)
    tickets = theirs.filter(**which)
    chargers = Charger.objects.filter(pk__in=tickets.values("charger"))
    return {
        "tickets": tickets.order_by("pk"),
        "policies": Policy.objects.filter(pk__in=tickets.values("policy")),
        "tenures": Tenure.objects.filter(pk__in=tickets.values("former_tenure")),
        "chargers": chargers,
        "places": Installation.objects.filter(pk__in=chargers.values("installation")),
    }


def _by_key(rows: list[Model]) -> dict[int, Model]:
    return {row.pk: row for row in rows}
