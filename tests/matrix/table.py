"""The authorisation matrix as it is written in tests/matrix.yaml, and the addresses that exist."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import yaml
from django.urls import URLPattern, URLResolver, get_resolver

FILE = Path(__file__).parent.parent / "matrix.yaml"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
REFUSED = ("sign-in", "factor", 403, 404, 405)
ALLOWED = ("page", "go", "form", "moved-on", "done")
OPTIONS = {"names", "send", "with", "state"}


@dataclass(frozen=True)
class Url:
    """One pattern of the resolver: ``support:ticket``, with the address it stands for."""

    name: str
    route: str
    takes: tuple[str, ...]
    pattern: URLPattern


@dataclass
class Entry:
    """One entry of the table: rows by method, and what its address names."""

    key: str
    names: str = ""
    rows: dict[str, list[tuple[str, tuple[str, ...], object]]] = field(default_factory=dict)
    send: dict = field(default_factory=dict)
    extra: dict = field(default_factory=dict)

    def outcome(self, method: str, actor: str, relation: str, groups) -> object:
        """Return what the last fitting line of a method's row says; None where none fits."""
        found = None
        for who, whose, says in self.rows.get(method, ()):
            if actor in groups.get(who, {who}) and relation in (whose or (relation,)):
                found = says
        return found


@dataclass(frozen=True)
class Table:
    actors: dict[str, str]
    groups: dict[str, frozenset[str]]
    relations: dict[str, str]
    things: dict[str, list[str]]
    entries: dict[str, Entry]
    sees: dict[str, list[str]]

    def may_see(self, actor: str, what: str) -> bool:
        """Tell whether a field, ``holder.field``, is among those that an actor reads anywhere."""
        rows = [row for who, row in self.sees.items() if actor in self.groups.get(who, {who})]
        return any(fnmatchcase(what, pattern) for row in rows for pattern in row)

    def entry_of(self, url: Url) -> Entry | None:
        """Return the entry of an address: by its very name, or by the longest pattern."""
        if url.name in self.entries:
            return self.entries[url.name]
        fitting = [key for key in self.entries if fnmatchcase(url.name, key)]
        return self.entries[max(fitting, key=len)] if fitting else None

    def relations_of(self, entry: Entry) -> list[str]:
        """Return in which relations an address can stand to whoever asks; "" when it names none."""
        return self.things[entry.names] if entry.names else [""]


@cache
def read(path: Path = FILE) -> Table:
    """Read the table. Raises AssertionError, with the place, for what cannot be understood."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    groups = {name: frozenset(_members(name, data)) for name in data["groups"]}
    entries = {key: _entry(key, body, data) for key, body in data["urls"].items()}
    of_people = (data["actors"], groups, data["relations"], data["things"])
    return Table(*of_people, entries, data["sees"])


def _members(name: str, data: dict) -> Iterator[str]:
    for member in data["groups"][name]:
        if member in data["groups"]:
            yield from _members(member, data)
        else:
            assert member in data["actors"], f"group {name}: who is {member}?"
            yield member


def _entry(key: str, body: dict, data: dict) -> Entry:
    entry = Entry(key, names=body.get("names", ""), send=body.get("send", {}))
    assert entry.names in ("", *data["things"]), f"{key}: what is a {entry.names}?"
    for word, row in body.items():
        if word in OPTIONS:
            entry.extra[word] = row
            continue
        assert word in METHODS, f"{key}: {word} is no method"
        entry.rows[word] = list(_lines(f"{key} {word}", row, data))
    if "GET" in entry.rows:
        entry.rows.setdefault("HEAD", entry.rows["GET"])
    return entry


def _lines(where: str, row: object, data: dict) -> Iterator[tuple[str, tuple, object]]:
    """Yield (who, whose, outcome) of a row: a door's name, lines in { }, or several of them."""
    if isinstance(row, list):
        for each in row:
            yield from _lines(where, each, data)
        return
    if isinstance(row, str):
        assert row in data["doors"], f"{where}: there is no door {row}"
        yield from _lines(where, data["doors"][row], data)
        return
    for cell, says in row.items():
        who, _space, whose = cell.partition(" ")
        assert who in data["actors"] or who in data["groups"], f"{where}: who is {who}?"
        known = {name: (name,) for name in data["relations"]} | data["whose"] | {"": ()}
        assert whose in known, f"{where}: {whose} is no relation"
        assert says in (*REFUSED, *ALLOWED), f"{where}: {says} is no outcome"
        yield who, tuple(known[whose]), says


def urls() -> list[Url]:
    """Return every address of the resolver; without a name of its own it goes by its route."""
    return list(_walk(get_resolver(), (), ""))


def _walk(resolver: URLResolver, spaces: tuple[str, ...], before: str) -> Iterator[Url]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = (pattern.namespace,) if pattern.namespace else ()
            yield from _walk(pattern, spaces + inner, route)
        else:
            name = ":".join((*spaces, pattern.name or route))
            yield Url(name, route, tuple(pattern.pattern.converters), pattern)
