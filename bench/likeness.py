"""How fast a picture is found among a million others, and how: by its bands, not one by one.

    python -m bench.likeness [--pictures 1000000] [--tickets 20000]

Starts the tests' own PostgreSQL and fills a database of its own. Four in five pictures are like no
other; one in five is a page of one of fifty printed forms, give or take two bits, since forms and
labels look alike. Asks for each kind and prints one line of JSON with the plan's nodes; fails when
a plan has more than one picture in a hundred in its hands for each that it is asked about.
"""

import argparse
import json
import os
import statistics
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # noqa: E402

django.setup()

from django.db import connection, connections  # noqa: E402

from bench import tickets  # noqa: E402
from support.models import EvidenceItem, Picture  # noqa: E402
from support.services import likeness  # noqa: E402
from tests import databases  # noqa: E402

ASKED = 40
_HASHES = """
    WITH form AS MATERIALIZED (
        SELECT n AS kind, ('x' || md5('form' || n))::bit(64) AS phash FROM generate_series(0, 49) n
    ), made AS (
        SELECT i.id AS item_id, n AS number, g, CASE WHEN g %% 5 > 0
            THEN ('x' || md5('picture' || g))::bit(64)
            ELSE form.phash # (1::bigint << (g / 5 %% 60)::int)::bit(64)
                            # (1::bigint << (g / 7 %% 60)::int)::bit(64) END AS phash
        FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM support_evidenceitem) i
        CROSS JOIN generate_series(1, %(each)s) n
        CROSS JOIN LATERAL (SELECT i.place * %(each)s + n AS g) numbered
        JOIN form ON form.kind = g / 5 %% 50
        WHERE g <= %(pictures)s
    )
    INSERT INTO support_picture (uid, item_id, number, file_key, veiled_key, content_type, width,
        height, phash, band_1, band_2, band_3, band_4, text_hash, covers)
    SELECT gen_random_uuid(), item_id, number, 'x', '', 'image/jpeg', 1, 1, phash::bigint,
        (phash & x'000000000000ffff')::bigint, (phash >> 16 & x'000000000000ffff')::bigint,
        (phash >> 32 & x'000000000000ffff')::bigint, (phash >> 48 & x'000000000000ffff')::bigint,
        CASE WHEN g %% 5 = 0 THEN ('x' || md5('text' || g))::bit(64)::bigint END, '[]'
    FROM made
"""


def main() -> None:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=1_000_000)
    parser.add_argument("--tickets", type=int, default=20_000)
    arguments = parser.parse_args()
    databases.make(connections["default"].settings_dict["NAME"])
    tickets.fill(arguments.tickets)
    fill(arguments.pictures)
    found = {"pictures": Picture.objects.count(), "kinds": {}}
    for name, rest in (("like no other", 1), ("a page of a form", 0)):
        found["kinds"][name] = asked(rest)
    most = max(each["looked_at_each"] for each in found["kinds"].values())
    found["passed"] = most <= arguments.pictures / 100
    print(json.dumps(found))
    raise SystemExit(0 if found["passed"] else 1)


def fill(pictures: int) -> None:
    """Make the pictures, spread over the items that are there."""
    each = -(-pictures // EvidenceItem.objects.count())
    with connections["owner"].cursor() as cursor:
        cursor.execute(_HASHES, {"pictures": pictures, "each": each})
        cursor.execute("ANALYZE support_picture")


def asked(rest: int) -> dict:
    """Look for pictures of one kind; the times, and what the plan did."""
    rows = Picture.objects.filter(phash__isnull=False).select_related("item__ticket")
    chosen = [
        row.item
        for row in rows.order_by("uid")[: 40 * ASKED]
        if (row.text_hash is None) == bool(rest)
    ]
    seconds = []
    for item in chosen[:ASKED]:
        began = time.monotonic()
        likeness.near(item)
        seconds.append(time.monotonic() - began)
    with connection.cursor() as cursor:
        values = likeness.asked_for(chosen[0])
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {likeness.NEAR}", values)
        plan = cursor.fetchone()[0][0]["Plan"]
    nodes = list(nodes_of(plan))
    ranked = sorted(seconds)
    return {
        "asked": len(seconds),
        "p50_ms": round(statistics.median(ranked) * 1000, 2),
        "slowest_ms": round(ranked[-1] * 1000, 2),
        "nodes": [node["Node Type"] for node in nodes],
        "looked_at_each": sum(map(looked_at, nodes)) // max(1, chosen[0].pictures.count()),
    }


def looked_at(node: dict) -> int:
    """Return how many pictures a step had in hand, those that it put aside with them."""
    if node.get("Relation Name") != "support_picture":
        return 0
    put_aside = sum(node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
    return round((node["Actual Rows"] + put_aside) * node["Actual Loops"])


def nodes_of(plan: dict):
    """Yield each step of a plan."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes_of(below)


if __name__ == "__main__":
    main()
