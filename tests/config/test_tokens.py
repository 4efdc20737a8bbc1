"""The colours of handover.css can be told apart: body 7:1, all words 4.5:1, controls 3:1."""

import re
from pathlib import Path

import pytest
from django.conf import settings

SHEET = Path(settings.BASE_DIR, "support/static/support/handover.css").read_text()
GROUNDS = ("paper", "sheet", "go-wash", "wait-wash", "stop-wash")
BODY, WORDS, EDGES = 7, 4.5, 3
PAIRS = [
    *(("ink", ground, BODY) for ground in GROUNDS),
    *(("soft", ground, BODY) for ground in ("paper", "sheet")),
    *((name, ground, WORDS) for name in ("go", "wait", "stop") for ground in ("paper", "sheet")),
    *((name, f"{name}-wash", WORDS) for name in ("go", "wait", "stop")),
    ("go-ink", "go", WORDS),
    ("go-ink", "go-press", WORDS),
    *(("edge", ground, EDGES) for ground in ("paper", "sheet")),
]


def tokens(scheme: str) -> dict[str, str]:
    """Return the colours of a scheme: dark is written over light."""
    blocks = re.findall(r":root \{(.*?)\}", SHEET, re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w+);", block)) for block in blocks[:2])
    assert light.keys() == dark.keys(), "a colour has no night"
    return dark if scheme == "dark" else light


def light_of(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    digits = colour[1:] if len(colour) == 7 else "".join(sign * 2 for sign in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((light_of(one), light_of(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_told_apart(scheme):
    colours = tokens(scheme)
    ratios = {(a, b): (contrast(colours[a], colours[b]), least) for a, b, least in PAIRS}

    assert {pair: r for pair, (r, least) in ratios.items() if r < least} == {}


def test_nothing_below_the_tokens_names_a_colour():
    rules = SHEET[SHEET.index("/* A clean sheet */") : SHEET.index("@media print")]

    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", rules) == []
