"""A stranger's file in, plain pictures or a reason out."""

import io
import zipfile

import pikepdf
import pytest
from PIL import Image

from support.sandbox import Opened, Reason, Verdict, open_file
from support.sandbox.inside import limits
from support.sandbox.words import QUARANTINE_CAUSES, REASONS, explain
from tests.support.sandbox import files

ACCEPTED, RETURNED, QUARANTINED = Verdict.ACCEPTED, Verdict.RETURNED, Verdict.QUARANTINED


def opened(content):
    return open_file(io.BytesIO(content))


def zipped(name="a.txt", content=bytes(1_000_000)):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return target.getvalue()


def encrypted(user, owner):
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(files.written("private"))) as document:
        document.save(target, encryption=pikepdf.Encryption(user=user, owner=owner))
    return target.getvalue()


def test_a_pdf_becomes_a_picture_a_page_with_its_words_in_place():
    result = opened(files.written("Buyer: Demo Person", "second"))

    assert (result.verdict, result.reason) == (ACCEPTED, None)
    assert [page.number for page in result.pages] == [1, 2]
    word = result.pages[0].words[0]
    assert word.text == "Buyer:"
    # 100 points from the left, 700 from the bottom of an A4 page of 595 x 842.
    assert word.box[0] == pytest.approx(100 / 595, abs=0.01)
    assert word.box[1] == pytest.approx((842 - 708) / 842, abs=0.02)
    assert Image.open(io.BytesIO(result.pages[0].content)).size == (1414, 2000)
    assert Opened.from_dict(result.to_dict()).to_dict() == result.to_dict()


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_words_stand_where_the_picture_shows_them_on_a_turned_page(turn):
    with pikepdf.open(io.BytesIO(files.written("Corner"))) as document:
        document.pages[0].Rotate = turn
        target = io.BytesIO()
        document.save(target)

    page = opened(target.getvalue()).pages[0]

    left, top, width, height = page.words[0].box
    image = Image.open(io.BytesIO(page.content)).convert("L")
    sides = (left, top, left + width, top + height)
    area = image.crop(
        tuple(side * (image.width, image.height)[n % 2] for n, side in enumerate(sides))
    )
    everywhere = sum(image.point(lambda shade: shade < 128).histogram()[1:])
    inside = sum(area.point(lambda shade: shade < 128).histogram()[1:])
    assert everywhere
    assert inside > 0.9 * everywhere


NOT_OPENED = {
    "empty": (b"", RETURNED, Reason.EMPTY),
    "text": (b"hello", RETURNED, Reason.NOT_TAKEN),
    "html named .jpg": (b"<html><script>alert(1)</script>", RETURNED, Reason.NOT_TAKEN),
    "svg named .jpg": (b'<svg onload="alert(1)"/>', RETURNED, Reason.NOT_TAKEN),
    "gif": (files.photo("GIF"), RETURNED, Reason.NOT_TAKEN),
    "avif": (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", RETURNED, Reason.NOT_TAKEN),
    "zip bomb": (zipped(), RETURNED, Reason.NOT_TAKEN),
    "a byte over 15 MB": (
        files.photo().ljust(15 * 1024 * 1024 + 1, b"\0"),
        RETURNED,
        Reason.TOO_LARGE,
    ),
    "too large": (files.written("x") + bytes(15 * 1024 * 1024), RETURNED, Reason.TOO_LARGE),
    "program": (b"MZ" + bytes(99) + files.written("x"), QUARANTINED, Reason.PROGRAM),
    "script": (b"#!/bin/sh\n" + files.written("x"), QUARANTINED, Reason.PROGRAM),
    "pdf and zip": (files.written("x") + zipped(), QUARANTINED, Reason.POLYGLOT),
    "jpeg and zip": (files.photo() + zipped(), QUARANTINED, Reason.POLYGLOT),
    "jpeg and php": (files.photo() + b"<?php system(1);", QUARANTINED, Reason.POLYGLOT),
    "page and pdf": (b"<script>x</script>" + files.raw(), QUARANTINED, Reason.POLYGLOT),
    "pdf and page": (files.raw() + b"\n<html><script>x", QUARANTINED, Reason.POLYGLOT),
    "virus alone": (files.EICAR, QUARANTINED, Reason.INFECTED),
    "virus after photo": (files.photo() + files.EICAR, QUARANTINED, Reason.INFECTED),
    "virus in pdf": (files.raw(files.stream(files.EICAR)), QUARANTINED, Reason.INFECTED),
    "virus attached": (
        files.raw(files.packed(files.EICAR, b"/Type/EmbeddedFile")),
        QUARANTINED,
        Reason.INFECTED,
    ),
    "only a header": (b"%PDF-1.7\n", RETURNED, Reason.DAMAGED),
    "truncated photo": (files.photo(size=(900, 900))[:2000], RETURNED, Reason.DAMAGED),
    "truncated png": (files.photo("PNG", size=(900, 900))[:200], RETURNED, Reason.DAMAGED),
    "half a heic": (b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(500), RETURNED, Reason.DAMAGED),
    "locked": (encrypted("secret", "owner"), RETURNED, Reason.LOCKED),
    "51 pages": (files.of_pages(51), RETURNED, Reason.TOO_MANY_PAGES),
    "10,000 pages": (files.of_pages(10_000), RETURNED, Reason.TOO_MANY_PAGES),
    "deep page tree": (files.deep_tree(20_000), RETURNED, Reason.DAMAGED),
    "41 megapixels": (files.png(6500, 6500, depth=1, colour=0), RETURNED, Reason.TOO_MANY_PIXELS),
    "pixel flood": (files.png(60_000, 60_000, colour=0), QUARANTINED, Reason.BOMB),
    "jbig2 giant": (files.jbig2_giant(), QUARANTINED, Reason.BOMB),
}


@pytest.mark.parametrize("name", NOT_OPENED)
def test_what_is_not_opened_has_its_verdict_and_reason(name):
    content, verdict, reason = NOT_OPENED[name]

    result = opened(content)

    assert (result.verdict, result.reason, result.pages) == (verdict, reason, [])


def test_a_flate_bomb_ends_within_its_bounds():
    bomb = files.packed(files.packed(bytes(900_000_000)), b"/Filter/FlateDecode")
    content = files.raw(bomb, page=b"/Resources<<>>").replace(
        b"/Contents 4 0 R", b"/Contents 5 0 R"
    )

    result = opened(
        content.replace(b"/Filter/FlateDecode/Filter/FlateDecode", b"/Filter/FlateDecode")
    )

    assert result.verdict in Verdict
    assert result.seconds <= 15
    assert result.peak_bytes <= 1_200_000_000


ODD_BUT_ACCEPTED = {
    "junk before": b"\xef\xbb\xbf\r\n" + files.written("x"),
    "wrong extension": files.photo("PNG"),
    "owner's password only": encrypted("", "owner"),
    "50 pages": files.of_pages(50),
    "15 MB to the byte": files.photo().ljust(15 * 1024 * 1024, b"\0"),
    "40 megapixels": files.photo("PNG", size=(8000, 5000), mode="1", colour=1),
    "huge page": files.raw().replace(b"595 842", b"9999999 9999999"),
    "tiny page": files.raw().replace(b"595 842", b"1 1"),
    "loop of pages": files.raw().replace(b"[3 0 R]", b"[2 0 R 3 0 R]"),
    "without table": files.raw().replace(b"xref\n", b"xxxx\n"),
    "form in itself": files.raw(
        files.stream(b"/F Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]"),
        page=b"/Resources<</XObject<</F 5 0 R>>>>",
        content=b"/F Do",
    ),
}


@pytest.mark.parametrize("name", ODD_BUT_ACCEPTED)
def test_what_is_odd_but_honest_is_accepted(name):
    result = opened(ODD_BUT_ACCEPTED[name])

    assert (result.verdict, result.reason) == (ACCEPTED, None)
    assert result.pages
    for page in result.pages:
        assert max(page.width, page.height) <= limits.STRIP_PIXELS


def test_the_size_said_is_looked_at_before_anything_is_read():
    result = open_file(io.BytesIO(b"x"), size_bytes=5_000_000_000)

    assert result.reason == Reason.TOO_LARGE


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words_and_a_cure(reason):
    wrong, cure = explain(reason)

    assert wrong
    assert cure
    assert (reason in REASONS) != (reason in QUARANTINE_CAUSES)


def test_there_is_a_file_or_a_child_for_every_reason():
    by_file = {reason for _content, _verdict, reason in NOT_OPENED.values()}
    by_child = {Reason.CRASHED, Reason.TIMED_OUT, Reason.OUT_OF_MEMORY, Reason.MISBEHAVED}

    assert by_file | by_child == set(Reason)
