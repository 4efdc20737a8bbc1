"""The read-only admin: every address of it, by every row of the table that speaks of the admin.

All of it goes through one gate (config/admin.py). So everybody is tried at one model's addresses,
and those who come nearest to the gate at every model's: its reader, an auditor, a superuser.
"""

import re
from itertools import product

import pytest
from django.apps import apps
from django.contrib.admin.utils import quote

from tests.matrix import cells, table
from tests.matrix.cells import Cell
from tests.matrix.table import Url
from tests.matrix.world import World

MATRIX = table.read()
URLS = [url for url in table.urls() if url.name.startswith("admin:")]
NEAREST = ("reader", "auditor", "superuser")
ONE_MODEL = "support_ticket"
# Nobody is to read it, wherever it stands in a row.
SECRETS = ("sealed", "ciphertext", "password", "session_data", "public_key")


@pytest.fixture(scope="module")
def full(world: World) -> World:
    """Return the world with a row in most tables."""
    made = set()
    for url in table.urls():
        entry = MATRIX.entry_of(url)
        if entry.names not in {"", *made}:
            world.address(url, entry, "claimant", "other")
            made.add(entry.names)
    return world


def path_of(url: Url) -> str | None:
    """Return an address of the admin about a row that is there; None where there is no row."""
    made = "/" + re.sub(r"\^\(\?P<app_label>.*", "support/", url.route)
    made = made.replace("(?P<url>.*)$", "nowhere/")
    if url.name == "admin:view_on_site":
        return made.replace("<path:content_type_id>", "1").replace("<path:object_id>", "1")
    if "<path:object_id>" in made:
        label, name = made.split("/")[2:4]
        row = apps.get_model(label, name)._base_manager.order_by("pk").first()
        return made.replace("<path:object_id>", quote(str(row.pk))) if row else None
    return made


def tried(url: Url) -> list[tuple[str, str]]:
    """Return who tries what: everybody everything at one model's addresses, and at no model's."""
    if ONE_MODEL in url.name or url.name.count("_") < 2:
        return list(product(MATRIX.actors, ("GET", "HEAD", "POST", "PUT", "DELETE")))
    return list(product(NEAREST, ("GET", "POST")))


@pytest.mark.parametrize("url", URLS, ids=lambda url: url.name)
def test_the_admin_is_read_by_its_reader_and_changed_by_nobody(url, full):
    path, entry, wrong = path_of(url), MATRIX.entry_of(url), []
    if path is None:
        assert url.takes, url
        return
    for actor, method in tried(url):
        expected = cells.expect(entry, method, actor, "", MATRIX)
        cell = Cell(url, entry, actor, "", method, expected)
        answer = cells.run(cell, full, path=path)
        if method in entry.rows and answer.outcome != cell.expected:
            wrong.append(f"{cell}: {answer.outcome} {answer.location}, not {cell.expected}")
        if answer.status >= 500 or answer.changed:
            wrong.append(f"{cell}: {answer.status}, changed {sorted(answer.changed)}")
        if answer.outcome == "page":
            wrong += leaks(cell, answer, full)
    assert wrong == [], "\n".join(wrong)


def leaks(cell: Cell, answer, world: World) -> list[str]:
    """Return what a page of the admin shows that nobody reads: PINs, keys, hashes."""
    text = answer.content.decode(errors="replace")
    found = {what for what in world.seen(cell.actor, text) if what.endswith(".pin")}
    secrets = (*SECRETS, "hash") if cell.url.name.startswith("admin:accounts") else SECRETS
    found |= {name for name in secrets if re.search(rf"(field|column)-{name}\b", text)}
    return [f"{cell}: shows {sorted(found)}"] if found else []


def test_most_tables_have_a_row_to_be_read(full):
    asked = [url for url in URLS if url.name.endswith("_change")]
    there = [url for url in asked if path_of(url)]
    assert len(there) > len(asked) / 2, [url.name for url in asked if url not in there]
