"""The samples through the real pipeline: a few here, all of them in the long form."""

from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from support.sandbox import FlagCode, Reason, Verdict
from support.sandbox.inside import barcodes, photos
from tests.support.sandbox.samples import (
    SAMPLES,
    barcode_samples,
    expected_text,
    needs_samples,
    open_and_check,
)

FLOORS = {"qrcode": 0.92, "datamatrix": 0.96, "code128": 0.98}


def test_every_well_formed_pdf_is_accepted_but_the_locked_one():
    paths = sorted((SAMPLES / "pdf").iterdir())

    found = {path.name: open_and_check(path) for path in paths}

    print(f"{len(paths)} PDFs tried")
    locked = found.pop("libreoffice-writer-password.pdf")
    assert (locked.verdict, locked.reason) == (Verdict.RETURNED, Reason.LOCKED)
    assert {opened.verdict for opened in found.values()} == {Verdict.ACCEPTED}
    attached = {flag.code for flag in found["with-attachment.pdf"].flags}
    assert FlagCode.EMBEDDED_FILES in attached


def test_every_scripted_pdf_is_flagged():
    for path in sorted((SAMPLES / "pdf-hostile").iterdir()):
        opened = open_and_check(path)
        assert opened.verdict != Verdict.RETURNED
        assert FlagCode.JAVASCRIPT in {flag.code for flag in opened.flags}


@pytest.mark.parametrize("name", ["landscape", "portrait"])
def test_each_orientation_is_upright(name):
    upright = Image.open(SAMPLES / "images-orientation" / f"{name}_1.jpg").convert("RGB")
    upright = upright.resize((90, 90))

    for number in range(2, 9):
        path = SAMPLES / "images-orientation" / f"{name}_{number}.jpg"
        turned = photos.upright(Image.open(path)).resize((90, 90))
        difference = sum(ImageStat.Stat(ImageChops.difference(upright, turned)).mean)
        assert difference < 15, path.name


def test_codes_are_read_at_the_floors_and_none_where_none_is():
    for kind, paths in barcode_samples().items():
        read = [_codes(path) for path in paths]
        if kind == "falsepositives":
            assert [codes for codes in read if codes] == []
            continue
        hits = sum(expected_text(path) in codes for path, codes in zip(paths, read, strict=True))
        print(f"{kind}: {hits} of {len(paths)}")
        assert hits >= FLOORS[kind] * len(paths)


def _codes(path: Path) -> list[str]:
    image = photos.upright(Image.open(path))
    return [code["text"] for code in barcodes.find(image, thorough=True)]


@pytest.mark.long
def test_every_sample_ends_in_a_verdict():
    folders = ("pdf", "pdf-hostile", "images", "images-orientation", "barcodes", "text")
    paths = [path for name in folders for path in sorted((SAMPLES / name).rglob("*.*"))]

    found = [open_and_check(path) for path in paths]

    print(f"{len(found)} files tried, slowest {max(opened.seconds for opened in found):.1f} s")


pytestmark = needs_samples
