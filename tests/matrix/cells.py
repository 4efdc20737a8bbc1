"""One cell of the matrix: an actor sends a method to an address, and what comes of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.urls import reverse

from tests.matrix import table as tables
from tests.matrix.fingerprint import Changes
from tests.matrix.table import Entry, Table, Url
from tests.matrix.world import World

# The methods that no address has are tried by one of each kind of actor, on what is their own.
ONE_OF_EACH = ("anonymous", "claimant", "owner-code", "agent", "administrator")
SEEN_FROM_AFAR = ("claimant", "owner", "agent", "senior", "safety-officer", "auditor", "superuser")
# A wrong try counts, though it is refused.
TRIES = {"accounts_code", "support_letter", "chargers_share"}
OWN_WORDS = re.compile(
    r'name="(?:form_key|csrfmiddlewaretoken)" value="\w+"|nonce="[^"]+"|[0-9a-f]{32}'
)


@dataclass
class Cell:
    """What was asked by whom, and what is to come of it."""

    url: Url
    entry: Entry
    actor: str
    relation: str
    method: str
    expected: object
    kwargs: dict = field(default_factory=dict)

    def __str__(self) -> str:
        whose = f" {self.relation}" if self.relation else ""
        return f"{self.method} {self.url.name} {self.actor}{whose}"

    @property
    def path(self) -> str:
        return reverse(self.url.name, kwargs=self.kwargs)


@dataclass
class Answer:
    """What came of a cell."""

    status: int
    outcome: object
    content: bytes
    location: str
    changed: set[str]


def of_url(url: Url, matrix: Table, world: World, *, all_: bool = False) -> Iterator[Cell]:
    """Yield the cells of an address, with what it names made; rivals and erased by examples."""
    entry = matrix.entry_of(url)
    for actor in matrix.actors:
        for relation in matrix.relations_of(entry):
            if not all_ and relation in ("rival", "erased") and actor not in SEEN_FROM_AFAR:
                continue
            kwargs = world.address(url, entry, actor, relation)
            if kwargs is None:
                continue
            for method in tables.METHODS:
                if is_tried(entry, method, actor, relation):
                    expected = expect(entry, method, actor, relation, matrix)
                    yield Cell(url, entry, actor, relation, method, expected, kwargs)


def is_tried(entry: Entry, method: str, actor: str, relation: str) -> bool:
    """Tell which cells are worth a request: all that the table names, the rest by examples."""
    if method != "HEAD" and method in entry.rows:
        return True
    return relation in ("", "own") and (method == "HEAD" or actor in ONE_OF_EACH)


def expect(entry: Entry, method: str, actor: str, relation: str, matrix: Table) -> object:
    """Return what the table says; a method that it does not name is refused with 405."""
    if method in entry.rows:
        return entry.outcome(method, actor, relation, matrix.groups)
    return 405


def doors_of(entry: Entry, actor: str, relation: str, matrix: Table) -> set:
    """Return how this actor may be refused instead of 405: as the door refuses what it has."""
    says = (entry.outcome(method, actor, relation, matrix.groups) for method in entry.rows)
    return {word for word in says if word in tables.REFUSED}


def run(cell: Cell, world: World, *, path: str = "") -> Answer:
    """Carry a cell out and take it back; ``path`` is where its address is not made by name."""
    path = path or cell.path
    client = world.browsers[cell.actor].client()
    sent = world.typed(cell) if cell.method == "POST" else {}
    changes = Changes()
    with changes.watched():
        send = getattr(client, cell.method.lower())
        response = send(path, sent) if cell.method == "POST" else send(path)
        content = b"".join(response) if response.streaming else response.content
    location = response.headers.get("Location", "")
    return Answer(response.status_code, outcome(response), content, location, changes.tables)


def outcome(response: HttpResponse) -> object:
    """Put an answer into the table's word for it."""
    if response.status_code in (301, 302):
        path = urlsplit(response["Location"]).path
        if path in (reverse("accounts:staff"), reverse("accounts:again")):
            return "factor"
        is_sign_in = path in (reverse("accounts:sign-in"), reverse("admin:login"))
        return "sign-in" if is_sign_in else "go"
    return {200: "page", 422: "form", 409: "moved-on"}.get(
        response.status_code, response.status_code
    )


def fits(cell: Cell, answer: Answer, matrix: Table) -> bool:
    """Tell whether a cell came out as the table says."""
    if cell.expected == "done":
        return answer.outcome in ("go", "page")
    if cell.method in cell.entry.rows:
        return answer.outcome == cell.expected
    return answer.outcome in {405} | doors_of(cell.entry, cell.actor, cell.relation, matrix)


def leaves_something(cell: Cell, answer: Answer) -> set[str]:
    """Return the tables that a refusal may write to: a wrong try counts, a code is mailed."""
    if answer.outcome == "form":
        return TRIES
    return {"accounts_code", "records_outboxrow"} if cell.actor.endswith("-old") else set()


def may_change(cell: Cell, answer: Answer) -> bool:
    """Tell whether rows may be changed by this cell: by nothing but a POST that was allowed."""
    return cell.method == "POST" and answer.outcome in ("go", "page")


def bare(answer: Answer, kwargs: dict) -> bytes:
    """Return all of an answer but what names the thing asked for, and each page's own keys."""
    text = f"{answer.status} {answer.location} {answer.content.decode(errors='replace')}"
    for value in map(str, kwargs.values()):
        for around in ("/{}/", "%2F{}%2F", "/{}.", "%2F{}."):
            text = text.replace(around.format(value), "NAMED")
        text = text.replace(value, "NAMED") if len(value) > 6 else text
    return OWN_WORDS.sub("KEY", text).encode()
