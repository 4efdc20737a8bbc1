"""Optical reading of our own pictures: turned photos too, and what happens where it is missing."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from support.documents import FactKind, facts_of
from support.sandbox import Source, cell, open_file, read_pictures, reading
from tests.support.sandbox import files

needs_reading = pytest.mark.skipif(
    not reading.is_installed(), reason="left out: requirements-reading.txt is not installed"
)
LABEL = "Station Pro\nSerial: ZPR123456\nPIN: 4821\n\namber-otter-4821"


def label(turned=0):
    image = Image.new("RGB", (1400, 1000), (225, 225, 220))
    font = ImageFont.load_default(56)
    ImageDraw.Draw(image).text((260, 260), LABEL, (25, 25, 30), font, spacing=18)
    target = io.BytesIO()
    image.rotate(turned, expand=True, fillcolor=(225, 225, 220)).save(target, "JPEG")
    return open_file(io.BytesIO(target.getvalue())).pages


@needs_reading
@pytest.mark.parametrize("turned", [0, 90])
def test_a_label_is_read_with_places_also_when_it_lies_on_its_side(turned):
    pages = label(turned)

    words = read_pictures(pages)
    facts = facts_of(pages, optical=words, expected_code="amber-otter-4821")

    values = {fact.kind: fact.value for fact in facts}
    assert values[FactKind.SERIAL] == "ZPR123456"
    assert values[FactKind.REQUEST_CODE] == "amber-otter-4821"
    assert {fact.source for fact in facts} == {Source.OPTICAL}
    pin = next(fact for fact in facts if fact.kind == FactKind.PIN)
    # The digits stand right of the middle of the third line; turned left, x is y from the right.
    across, down = 460 / 1400, 450 / 1000
    across, down = (down, 1 - across) if turned else (across, down)
    left, top, width, height = pin.box
    assert left <= across <= left + width
    assert top <= down <= top + height


def test_where_it_is_not_installed_nothing_is_read(monkeypatch):
    monkeypatch.setattr(reading, "_PACKAGES", ("no_such_package",))

    assert not reading.is_installed()
    assert read_pictures(open_file(io.BytesIO(files.photo())).pages) is None


@pytest.mark.parametrize("how", ["hang", "segfault", "noise", "lie_in_json"])
def test_a_reader_that_fails_leaves_the_picture_unread(monkeypatch, how):
    program = cell.Program("children", Path(__file__).parent)
    monkeypatch.setattr(reading, "PROGRAM", program)
    pages = open_file(io.BytesIO(files.photo())).pages
    monkeypatch.setattr(cell.limits, "WALL_SECONDS", 1.5)
    monkeypatch.setattr(cell, "_worked_and_waited_seconds", lambda pid: (1.0, 0.1))
    run = cell.run
    monkeypatch.setattr(cell, "run", lambda program, data: run(program, how.encode()))

    assert reading.read(pages).words == [None]
