"""T-12, T-13: one purpose, one party, one charger; and no log that holds a way in."""

import itertools
import logging

from django.test import Client
from django.urls import reverse

from support.models import Link
from support.services import links
from tests.matrix.fingerprint import savepoint

PAGES = {"owner": "support:answer", "firm": "support:firm-answer", "offer": "support:offer"}


def all_links(world) -> list[Link]:
    """Return two links of each purpose: other parties, other chargers."""
    parties = {"owner": ("owner", "other"), "firm": ("installer", "other")}
    parties["offer"] = ("receiver", "other")
    return [world.link(kind, world.people[who]) for kind, two in parties.items() for who in two]


def test_only_the_diagonal_of_token_purpose_party_and_charger_works(world):
    found, opened = all_links(world), set()
    for link in found:
        with savepoint():
            client = Client()
            client.get(reverse("support:link", args=[links.token(link)]))
            for other, (purpose, page) in itertools.product(found, PAGES.items()):
                status = client.get(reverse(page, args=[other.uid])).status_code
                assert status in (200, 403)
                if status == 200:
                    opened.add((link.uid, other.uid, purpose))
    assert opened == {(link.uid, link.uid, link.purpose) for link in found}


def test_a_token_signed_for_another_purpose_or_link_opens_nothing(world):
    found = all_links(world)
    for link, other in itertools.permutations(found, 2):
        name, signature = links.token(link).split("."), links.token(other).split(".")
        mixed = f"{name[0]}.{signature[1]}"
        answer = Client().get(reverse("support:link", args=[mixed]))
        assert answer.status_code == 404, (link, other)


def test_no_log_holds_a_token(world, caplog):
    caplog.set_level(logging.INFO)
    token = links.token(all_links(world)[0])
    for tried in (token, token[:-3], f"{token}x"):
        Client().get(reverse("support:link", args=[tried]))

    assert len(caplog.records) >= 2, "nothing was logged: proves nothing"
    assert not [r for r in caplog.records if token[:20] in r.getMessage()]
