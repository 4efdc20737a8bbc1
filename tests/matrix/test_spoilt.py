"""Every form once, with what breaks software in all its fields; at length in tests/security."""

from tests.matrix.world import World
from tests.security import fields, naughty

# To be escaped; and no template: whoever ran it as one would stumble over a tag that none knows.
TAGS = f"<{naughty.TAG} {naughty.ATTRIBUTE}=1>\"'><{naughty.TAG}>{{% q7 %}}"


def spoilt(names: list[str], number: int) -> dict[str, str]:
    """Return a form with another string in each field, and something to escape in all of them."""
    texts = (naughty.OWN[(number + place) % len(naughty.OWN)] for place in range(len(names)))
    return {name: naughty.sendable(text) + TAGS for name, text in zip(names, texts, strict=True)}


def test_no_form_breaks_or_shows_what_was_typed_as_page(world: World):
    posts, wrong = fields.posts(), []
    for number, url in enumerate(posts):
        cell = fields.allowed(url, world)
        assert cell is not None, f"nobody may send {url.name}: see tests/matrix.yaml"
        sent = spoilt(list(world.typed(cell)) or list(fields.names()), number)
        wrong += fields.problems_of(world, cell, sent, naughty.raw)
    assert len(posts) > 50
    assert wrong == [], "\n".join(wrong[:20])
