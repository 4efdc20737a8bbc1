"""Reports about the desk's work: decisions by agent, and how fast each was taken."""

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q

from support.models import TrainingCase
from support.reports.shape import Period, percent

# Faster than this nobody has read a page (U-17).
TOO_FAST = timedelta(seconds=8)
# Every decision with the last time before it that its maker opened the ticket; then the whole team
# and each agent. Who decided in a country whose figures are off counts in the team's line alone.
_DECISIONS = """
    WITH made AS (
        SELECT a.by_id, a.ticket_id, a.at, 'approved' AS what FROM support_approval a
        WHERE a.at >= %(start)s AND a.at < %(end)s
        UNION ALL
        SELECT d.by_id, d.ticket_id, d.at, d.kind FROM support_decision d
        WHERE d.at >= %(start)s AND d.at < %(end)s
    ), read AS (
        SELECT CASE WHEN t.country = ANY(%(off)s) THEN NULL ELSE made.by_id END AS agent,
            made.what, made.at - opened.at AS took
        FROM made JOIN support_ticket t ON t.id = made.ticket_id
        LEFT JOIN LATERAL (
            SELECT x.at FROM records_access x
            WHERE x.actor_id = made.by_id AND x.what = 'ticket'
                AND x.subject = 'ticket:' || t.uid
                AND x.at <= made.at AND x.at > made.at - INTERVAL '1 day'
            ORDER BY x.at DESC LIMIT 1
        ) opened ON true
    )
    SELECT GROUPING(agent), agent, count(*), count(*) FILTER (WHERE what = 'approved'),
        count(*) FILTER (WHERE what = 'rejected'),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY took),
        count(*) FILTER (WHERE took < %(fast)s)
    FROM read GROUP BY GROUPING SETS ((), (agent)) ORDER BY 1 DESC, 3 DESC, 2
"""


def agents(period: Period) -> list[list]:
    """Agent, decisions, approvals, rejections, median seconds from opening, too fast to be read.

    The whole team comes first, under an empty key; agents under their own. Countries in
    settings.AGENT_FIGURES_OFF count in the team's line alone.
    """
    limits = {"start": period.start, "end": period.end, "fast": TOO_FAST}
    with connection.cursor() as cursor:
        cursor.execute(_DECISIONS, limits | {"off": list(settings.AGENT_FIGURES_OFF)})
        found = cursor.fetchall()
    rows = [_line(*row) for row in found if row[0] or row[1]]
    return rows if rows and rows[0][1] else []


def _line(is_team: int, agent: int | None, n: int, yes: int, no: int, median, fast: int) -> list:
    seconds = round(median.total_seconds()) if median is not None else None
    return [None if is_team else agent, n, yes, no, seconds, fast]


def catch(period: Period) -> list[list]:
    """Agent, planted forgeries that they decided, caught, approved, share caught.

    The whole team first, as in ``agents``; those of AGENT_FIGURES_OFF count in its line alone.
    """
    decided = TrainingCase.objects.filter(decided_at__gte=period.start, decided_at__lt=period.end)
    numbers = {"n": Count("pk"), "ok": Count("pk", filter=Q(caught=True))}
    team = decided.aggregate(**numbers)
    if not team["n"]:
        return []
    shown = decided.exclude(ticket__country__in=settings.AGENT_FIGURES_OFF).values("decided_by")
    rows = shown.annotate(**numbers).order_by("-n", "decided_by")
    return [_caught(None, team), *(_caught(row["decided_by"], row) for row in rows)]


def _caught(agent: int | None, row: dict) -> list:
    return [agent, row["n"], row["ok"], row["n"] - row["ok"], percent(row["ok"], row["n"])]
