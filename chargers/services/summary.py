"""What the registry holds, by country and source, and which tiers requests may expect."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime

from django.db import connection

# Source: known from the maker's pages, only from our CSV, or only from a ticket. A contact is
# missing without a mail address, shared when it is a firm's too or another owner's.
_SQL = """
WITH firm_mail AS (
    SELECT email FROM accounts_installerfirm WHERE email <> ''
), mail AS (
    SELECT user_id, lower(value) AS email FROM accounts_contactpoint
    WHERE kind = 'email' AND valid_to IS NULL
), doubled AS (
    SELECT email FROM mail GROUP BY email HAVING count(DISTINCT user_id) > 1
), owner AS (
    SELECT t.charger_id, t.established_at IS NOT NULL AS established, u.email = '' AS missing,
        u.email <> '' AND (u.email IN (SELECT email FROM firm_mail)
            OR u.email IN (SELECT email FROM doubled)) AS shared,
        EXISTS (SELECT 1 FROM accounts_contactpoint p WHERE p.user_id = u.id
            AND p.kind = 'post' AND p.valid_to IS NULL) AS has_post
    FROM chargers_tenure t JOIN accounts_user u ON u.id = t.person_id
    WHERE t.role = 'owner' AND t.starts_at <= %(now)s
        AND (t.ends_at IS NULL OR t.ends_at > %(now)s)
), charger AS (
    SELECT coalesce(i.country, '') AS country,
        CASE WHEN c.registered_at IS NULL THEN 'ticket' WHEN c.external_id <> '' THEN c.vendor
            ELSE 'csv' END AS source,
        c.owner_state, p.id IS NOT NULL AS has_pin,
        coalesce(o.missing, false) AS missing, coalesce(o.shared, false) AS shared,
        CASE
            WHEN c.registered_at IS NULL OR (i.kind = 'shared' AND i.board_id IS NULL)
                THEN 'not_yet'
            WHEN coalesce(i.country, '') = '' OR i.street = '' OR i.postal_code = '' THEN 'high'
            WHEN c.owner_state = 'unknown' THEN 'normal'
            WHEN c.owner_state IN ('none', 'released') THEN 'low'
            WHEN o.missing OR o.shared OR o.missing IS NULL
                THEN CASE WHEN o.has_post THEN 'normal' ELSE 'high' END
            WHEN o.established THEN 'at_once'
            ELSE 'low'
        END AS tier
    FROM chargers_charger c
    LEFT JOIN chargers_installation i ON i.id = c.installation_id
    LEFT JOIN chargers_pin p ON p.charger_id = c.id
    LEFT JOIN owner o ON o.charger_id = c.id
    WHERE c.vendor <> 'training'
)
SELECT country, source, count(*),
    count(*) FILTER (WHERE has_pin),
    count(*) FILTER (WHERE owner_state = 'known'),
    count(*) FILTER (WHERE owner_state = 'none'),
    count(*) FILTER (WHERE owner_state = 'released'),
    count(*) FILTER (WHERE owner_state = 'unknown'),
    count(*) FILTER (WHERE missing), count(*) FILTER (WHERE shared),
    count(*) FILTER (WHERE tier = 'at_once'), count(*) FILTER (WHERE tier = 'low'),
    count(*) FILTER (WHERE tier = 'normal'), count(*) FILTER (WHERE tier = 'high'),
    count(*) FILTER (WHERE tier = 'not_yet')
FROM charger GROUP BY country, source ORDER BY country, source
"""


@dataclass(frozen=True)
class Line:
    """The chargers of one country from one source, counted.

    The tiers are the best that a request may expect: evidence and flags may raise them.
    ``not_yet``: known only from a ticket, or in a shared garage without a board.
    """

    country: str
    source: str
    chargers: int
    pins: int
    owner_known: int
    owner_none: int
    owner_released: int
    owner_unknown: int
    contact_missing: int
    contact_shared: int
    at_once: int
    low: int
    normal: int
    high: int
    not_yet: int

    def as_dict(self) -> dict:
        """Return the line as plain data."""
        return asdict(self)


COLUMNS = tuple(field.name for field in fields(Line))


def summarise(*, at: datetime) -> list[Line]:
    """Count the registry as it is at ``at``, a line for each country and source."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"now": at})
        return [Line(*row) for row in cursor.fetchall()]


def total(lines: list[Line]) -> Line:
    """Add the lines up."""
    sums = [sum(getattr(line, name) for line in lines) for name in COLUMNS[2:]]
    return Line("", "", *sums)
