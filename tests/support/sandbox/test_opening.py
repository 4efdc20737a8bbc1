"""A stranger's file in, plain pictures or a reason out."""

import io

import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from support.sandbox import Opened, Reason, Verdict, open_file


def pdf(*pages, **options):
    target = io.BytesIO()
    canvas = Canvas(target, **options)
    for text in pages:
        canvas.drawString(100, 700, text)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def test_a_pdf_becomes_a_picture_a_page_with_its_words_in_place():
    opened = open_file(io.BytesIO(pdf("Buyer: Demo Person", "second")))

    assert (opened.verdict, opened.reason) == (Verdict.ACCEPTED, None)
    assert [page.number for page in opened.pages] == [1, 2]
    word = opened.pages[0].words[0]
    assert word.text == "Buyer:"
    # 100 points from the left, 700 from the bottom of an A4 page of 595 x 842.
    assert word.box[0] == pytest.approx(100 / 595, abs=0.01)
    assert word.box[1] == pytest.approx((842 - 708) / 842, abs=0.02)
    assert Image.open(io.BytesIO(opened.pages[0].content)).size == (1414, 2000)


def test_what_was_found_survives_the_way_to_the_database_and_back():
    opened = open_file(io.BytesIO(pdf("text")))

    assert Opened.from_dict(opened.to_dict()).to_dict() == opened.to_dict()


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", Reason.EMPTY), (b"hello", Reason.NOT_TAKEN), (b"%PDF-1.7\n", Reason.DAMAGED)],
)
def test_what_cannot_be_opened_is_returned_with_its_reason(content, reason):
    opened = open_file(io.BytesIO(content))

    assert (opened.verdict, opened.reason, opened.pages) == (Verdict.RETURNED, reason, [])
