"""Who has a say in a charger: its owner now and before, its board, its installer, who asked for it.

Plain functions of (charger, user) over one question to the database. Imports no models.
"""

from typing import NamedTuple

from django.db import connection

from records import clock, moment

# In SQL: it is asked with every page and act of the desk.
_SAY = """
WITH owned AS (
    SELECT starts_at, ends_at FROM chargers_tenure
    WHERE charger_id = %(charger)s AND role = 'owner' AND person_id = %(user)s
)
SELECT
    EXISTS (SELECT 1 FROM owned
        WHERE starts_at <= %(now)s AND (ends_at IS NULL OR ends_at > %(now)s)),
    EXISTS (SELECT 1 FROM owned),
    EXISTS (SELECT 1 FROM accounts_firmmember m
        WHERE m.user_id = %(user)s AND m.ends_at IS NULL AND (
            EXISTS (SELECT 1 FROM chargers_tenure t WHERE t.firm_id = m.firm_id
                AND (t.charger_id = %(charger)s OR t.installation_id = %(place)s))
            OR EXISTS (SELECT 1 FROM chargers_installation p
                WHERE p.firm_id = m.firm_id AND p.id = %(place)s))),
    EXISTS (SELECT 1 FROM support_ticket WHERE charger_id = %(charger)s
        AND (claimant_id = %(user)s OR offered_by_id = %(user)s))
"""


class Say(NamedTuple):
    """What say a person has in a charger."""

    owns: bool = False
    ever_owned: bool = False
    speaks_for_firm: bool = False
    asked: bool = False


@moment.remembered
def say_in(charger, user) -> Say:
    """Return a person's say in a charger, in one question to the database."""
    if not charger:
        return Say()
    about = {"charger": charger.pk, "place": charger.installation_id, "user": user.pk}
    with connection.cursor() as cursor:
        cursor.execute(_SAY, about | {"now": clock.now()})
        return Say(*cursor.fetchone())


def is_owner(charger, user) -> bool:
    """The registered owner of a charger now; of none, nobody is."""
    return say_in(charger, user).owns


def is_board(charger, user) -> bool:
    """The board of the shared garage that a charger is in."""
    place = charger.installation if charger else None
    return bool(place and place.board_id == user.pk)


def is_firm_member(charger, user) -> bool:
    """A member of a firm with service access here, or of the place's own firm."""
    return say_in(charger, user).speaks_for_firm


def holds_here(charger, user) -> bool:
    """The owner, the board, the installer of a charger: whoever has a say in it."""
    said = say_in(charger, user)
    return said.owns or said.speaks_for_firm or is_board(charger, user)


def ever_owned(charger, user) -> bool:
    """An owner of a charger, now or before: PostgreSQL takes no approval of theirs either."""
    return say_in(charger, user).ever_owned
