"""Every form, with what breaks software in its fields: never a 500, never unescaped.

The suite sends each form once (tests/matrix/test_spoilt.py); ``make security`` runs all of these.
"""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.matrix import table
from tests.matrix.cells import Cell
from tests.matrix.fingerprint import savepoint
from tests.matrix.world import World
from tests.security import fields, naughty

pytestmark = pytest.mark.security
POSTS = fields.posts()
GETS = [url for url in table.urls() if not url.name.startswith("admin:")]
QUERY = ("next", "view", "after", "q", "page", "kind", "state", "tier", "country", "period", "from")
HEADERS = {
    "Accept-Language": ("en", "nb;q=0.1", "*", "xx-\x7f", "a" * 5000, "../../x"),
    "Referer": ("http://evil.example/", "javascript:1", "//", "http://[", "\\\\x"),
    "X-Forwarded-For": ("127.0.0.1", "x" * 300, "1.1.1.1, ,,", "::1", "'"),
    "X-Forwarded-Host": ("evil.example",),
    "Cookie": ("session=\x7f; csrftoken=x", "session=" + "a" * 4000, "=;=;", "django_language=xx"),
    "Accept": ("application/json", "text/html;q=x", "*" * 900),
}
BODIES = {
    "application/json": (b"{", b"[]", b'{"answer": {"a": []}}', b"\xff\xfe", b"NaN"),
    "text/xml": (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',),
    "multipart/form-data": (b"no boundary",),
    "multipart/form-data; boundary=x": (b"--x\r\n\r\n", b"--x\r\nContent-Disposition: form-data"),
    "application/x-www-form-urlencoded": (b"a=%ff&%00=%00", b"&" * 500, b"%", b"=" * 99),
    "application/x-www-form-urlencoded; charset=utf-7": (b"a=+ADw-",),
    "application/octet-stream": (bytes(range(256)),),
    "": (b"",),
}
SHORT = settings(
    max_examples=3,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
LONG = settings(SHORT, max_examples=60, derandomize=False)


@pytest.fixture(scope="module", autouse=True)
def no_limits(world):
    """Let the limits of how often stand aside: they are tried in tests of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("accounts.throttles.spend", lambda *args, **kwargs: None)
        yield


def spoil(world: World, cell: Cell, texts: list[str], dice: random.Random) -> list[str]:
    """Send a form with each string in one good field, then in every field there is."""
    base, wrong = world.typed(cell), []
    for text in texts:
        text = naughty.sendable(text)
        known = [name for name in base if name != "facts_version"] or list(fields.names())
        wrong += fields.problems_of(world, cell, base | {dice.choice(known): text})
    for text in map(naughty.sendable, dice.sample(texts, min(len(texts), 2))):
        wrong += fields.problems_of(world, cell, dict.fromkeys(fields.names(), text))
        wrong += fields.problems_of(world, cell, base | {name: [text[:9], "x"] for name in base})
    wrong += fields.problems_of(world, cell, {})
    return wrong


@pytest.mark.parametrize("url", POSTS, ids=lambda url: url.name)
def test_no_form_breaks_or_shows_what_was_typed_as_page(url, world):
    cell = fields.allowed(url, world)
    assert cell is not None, f"nobody may send {url.name}: see tests/matrix.yaml"
    dice = random.Random(url.name)

    wrong = spoil(world, cell, dice.sample(naughty.strings(40), 6), dice)

    assert wrong == [], "\n".join(wrong[:20])


@pytest.mark.parametrize("url", POSTS, ids=lambda url: url.name)
def test_no_form_breaks_at_length(url, world):
    cell = fields.allowed(url, world)
    # All of our own strings; over all forms, each of the listed ones comes some ten times.
    texts = naughty.strings(60, seed=POSTS.index(url))
    wrong = spoil(world, cell, texts, random.Random(url.name))
    assert wrong == [], "\n".join(wrong[:20])


def try_generated(world: World, cell: Cell, how: settings) -> None:
    base = world.typed(cell)
    known = list(base) + list(fields.names())

    @how
    @given(st.dictionaries(st.sampled_from(known), naughty.generated(), min_size=1, max_size=5))
    def attempt(changes):
        wrong = fields.problems_of(world, cell, base | changes)
        assert wrong == [], "\n".join(wrong)

    attempt()


@pytest.mark.parametrize("url", POSTS, ids=lambda url: url.name)
def test_no_form_breaks_on_generated_values(url, world):
    try_generated(world, fields.allowed(url, world), SHORT)


@pytest.mark.parametrize("url", POSTS, ids=lambda url: url.name)
def test_no_form_breaks_on_many_generated_values(url, world):
    try_generated(world, fields.allowed(url, world), LONG)


def test_no_form_breaks_on_a_body_of_another_kind(world):
    wrong = []
    for number, url in enumerate(POSTS):
        if not (cell := fields.allowed(url, world)):
            continue
        kinds = [(kind, body) for kind, bodies in BODIES.items() for body in bodies]
        for kind, body in kinds[number % 6 :: 6]:
            wrong += problems_of_body(world, cell, kind, body)
    assert wrong == [], "\n".join(wrong[:20])


def problems_of_body(world: World, cell: Cell, kind: str, body: bytes) -> list[str]:
    with savepoint():
        client = world.browsers[cell.actor].client()
        found = fields.look(client.generic("POST", cell.path, body, content_type=kind))
    return [f"{cell}: {what} with {kind} {body[:60]!r}" for what in found]


def pages(world: World):
    """Yield one page of each address, by somebody who may open it, with its path."""
    matrix = table.read()
    for url in GETS:
        entry = matrix.entry_of(url)
        if "GET" not in entry.rows:
            continue
        for actor in matrix.actors:
            relation = matrix.relations_of(entry)[0]
            says = entry.outcome("GET", actor, relation, matrix.groups)
            kwargs = world.address(url, entry, actor, relation) if says == "page" else None
            if kwargs is not None:
                yield Cell(url, entry, actor, relation, "GET", says, kwargs)
                break


def test_no_page_breaks_on_strange_queries_and_headers(world):
    texts, wrong = naughty.strings(60), []
    for number, cell in enumerate(pages(world)):
        client = world.browsers[cell.actor].client()
        for name, values in HEADERS.items():
            value = values[number % len(values)]
            wrong += asked(world, cell, client, {}, **{name: value})
        for step in range(3):
            text = naughty.sendable(texts[(number * 3 + step) % len(texts)])
            wrong += asked(world, cell, client, dict.fromkeys(QUERY, text))
    assert wrong == [], "\n".join(wrong[:20])


def asked(world: World, cell: Cell, client, query: dict, **headers) -> list[str]:
    with savepoint():
        found = fields.look(client.get(cell.path, query, headers=headers))
    return [f"{cell}: {what} with {query or headers!r:.200}" for what in found]


def test_no_address_breaks_on_strange_parts(world):
    wrong = []
    for cell in pages(world):
        if not cell.kwargs:
            continue
        client = world.browsers[cell.actor].client()
        for text in ("%00", "%ff", "..%2f..", "a" * 3000, "%F0%9F%98%80", "-", "0", "<q7tag>"):
            part = str(next(iter(cell.kwargs.values())))
            with savepoint():
                found = fields.look(client.get(cell.path.replace(part, text)))
            wrong += [f"{cell}: {what} with {text[:40]}" for what in found]
    assert wrong == [], "\n".join(wrong[:20])
