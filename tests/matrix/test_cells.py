"""Every cell of tests/matrix.yaml, tried at the product's own doors."""

import pytest

from tests.matrix import cells, table
from tests.matrix.world import World

MATRIX = table.read()
URLS = [url for url in table.urls() if not url.name.startswith("admin:") and MATRIX.entry_of(url)]


def test_the_world_has_one_of_everything():
    assert [thing for thing in MATRIX.things if not World.has(thing)] == []


def leaks(cell, answer, world) -> list[str]:
    """Return what an answer shows that this actor reads nowhere; a PIN is never shown by a GET."""
    seen = world.seen(cell.actor, answer.content.decode(errors="replace"))
    shown = [what for what in sorted(seen) if not MATRIX.may_see(cell.actor, what)]
    if cell.method != "POST":
        shown += [what for what in sorted(seen) if what.endswith(".pin")]
    return [f"{cell}: shows {shown}"] if shown else []


@pytest.mark.parametrize("url", URLS, ids=lambda url: url.name)
def test_an_address_answers_everybody_as_the_table_says(url, world):
    require_as_told(cells.of_url(url, MATRIX, world), world)


@pytest.mark.security
@pytest.mark.parametrize("url", URLS, ids=lambda url: url.name)
def test_an_address_answers_everybody_about_everything(url, world):
    require_as_told(cells.of_url(url, MATRIX, world, all_=True), world)


def require_as_told(tried, world) -> None:
    wrong, alike = [], {}
    for cell in tried:
        answer = cells.run(cell, world)
        if not cells.fits(cell, answer, MATRIX):
            wrong.append(f"{cell}: {answer.outcome} {answer.location}, not {cell.expected}")
        changed = answer.changed - cells.leaves_something(cell, answer)
        if changed and not cells.may_change(cell, answer):
            wrong.append(f"{cell}: {answer.outcome}, but it changed {sorted(changed)}")
        if cell.expected == "done" and cells.fits(cell, answer, MATRIX) and not answer.changed:
            wrong.append(f"{cell}: nothing was done")
        if answer.outcome in table.ALLOWED:
            wrong += leaks(cell, answer, world)
        if answer.outcome in table.REFUSED and cell.method in ("GET", "POST"):
            same = alike.setdefault((cell.method, cell.actor, answer.outcome), {})
            same[cell.relation] = cells.bare(answer, cell.kwargs)
    for who, answers in alike.items():
        if "none" in answers and len(set(answers.values())) > 1:
            differs = [r for r, a in answers.items() if a != answers["none"]]
            wrong.append(f"{who}: {differs} is told from what does not exist")
    assert wrong == [], f"{len(wrong)} cells:\n" + "\n".join(wrong)
