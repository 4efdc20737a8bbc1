"""Every form that can be sent: who may, every name of a field, what its answer may not show."""

from collections.abc import Callable
from functools import cache

from django import forms
from django.apps import apps

from tests.matrix import cells, table
from tests.matrix.cells import Cell
from tests.matrix.fingerprint import savepoint
from tests.matrix.world import World
from tests.security import naughty

APPS = ("accounts", "records", "chargers", "support")
PLAIN = ("next", "kind", "verb", "resend", "language", "proof-digits", "proof-passkey", "after")
# Forms for whoever is half-way in (the world's browsers of these names).
HALF_WAY = {"accounts:code": "code-awaited", "accounts:second": "factor-awaited"}
# Forms that these would only tire: they end the session, or begin nothing new.
LEFT_OUT = ("accounts:sign-out", "language")


@cache
def names() -> tuple[str, ...]:
    """Return the name of every field of every form."""
    table.urls()  # loads every view, and so every form
    found, known = set(PLAIN), [forms.Form, forms.ModelForm]
    while known:
        each = known.pop()
        known += each.__subclasses__()
        if each.__module__.partition(".")[0] in APPS:
            found |= set(each.base_fields)
    return tuple(sorted(found))


@cache
def columns() -> tuple[str, ...]:
    """Return the name of every field of every model."""
    found = set()
    for label in APPS:
        for model in apps.get_app_config(label).get_models():
            for each in model._meta.concrete_fields:
                found |= {each.name, each.attname}
    return tuple(sorted(found))


def posts() -> list[table.Url]:
    """Return every address that takes a form, about something that the world has."""
    matrix, found = table.read(), []
    for url in table.urls():
        entry = matrix.entry_of(url)
        is_there = not entry.names or World.has(entry.names)
        if "POST" in entry.rows and is_there and not url.name.startswith("admin:"):
            found.append(url)
    return [url for url in found if url.name not in LEFT_OUT]


def allowed(url: table.Url, world: World) -> Cell | None:
    """Return a cell of somebody who may send this form, about something that is there."""
    if who := HALF_WAY.get(url.name):
        return Cell(url, table.read().entry_of(url), who, "", "POST", "form")
    best = None
    for cell in cells.of_url(url, table.read(), world):
        if cell.method != "POST" or cell.expected not in table.ALLOWED or cell.relation == "none":
            continue
        if cell.expected == "done":
            return cell
        best = best or cell
    return best


def problems_of(
    world: World, cell: Cell, sent: dict, find: Callable = naughty.unescaped
) -> list[str]:
    """Send a form and look at the answer, and at the pages that show what was kept."""
    with savepoint():
        answer = world.browsers[cell.actor].client().post(cell.path, sent)
        found = look(answer, find)
        if answer.status_code == 302 and answer["Location"].startswith("/"):
            after = world.browsers[cell.actor].client()
            after.cookies.update(answer.cookies)
            found += look(after.get(answer["Location"]), find)
            if code := cell.kwargs.get("request_code"):
                agent = world.browsers["senior"].client()
                found += look(agent.get(f"/desk/tickets/{code}/"), find)
    return [f"{cell}: {what} with {sent!r:.300}" for what in found]


def look(answer, find: Callable = naughty.unescaped) -> list[str]:
    """Return what is wrong with an answer: that it is none, or what ``find`` sees in its page."""
    if answer.status_code >= 500:
        return [str(answer.status_code)]
    if answer.streaming:
        b"".join(answer)  # to its end: what it reads from is closed
        return []
    if "html" not in answer.headers.get("Content-Type", ""):
        return []
    return find(answer.content.decode())
