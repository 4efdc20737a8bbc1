"""Numbers in documents and codes: covered in the picture that staff get, gone from what is kept."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from support import covering
from support.models import EvidenceItem
from support.sandbox import Barcode, Picture, Word
from support.sandbox.reading import read_pictures
from support.services import checking, findings, pictures, taking
from tests.chargers.world import PIN
from tests.factories import asked, make_agent, place_charger
from tests.support.label_photos import label_photo

NO_PIN = lambda candidates: []  # noqa: E731
# Fictitious, with right check digits; each as the country writes it, in one word and in several.
NUMBERS = ("010107 50160", "01010750160", "811228-9874", "120387-1123", "36 574 261 809")


def check(ticket, upload, kind):
    item = taking.add_file(ticket_id=ticket.pk, by=ticket.claimant, kind=kind, upload=upload)
    checking.check_from_outbox(key="", item_uid=str(item.uid))
    return EvidenceItem.objects.get(pk=item.pk)


def seen(item, number=1):
    """What staff get of a page, as Pillow reads it."""
    picture = item.pictures.get(number=number)
    with pictures.show(picture=picture, to=make_agent(), as_staff=True) as content:
        return content.read()


def digits_in(text):
    return "".join(filter(str.isdigit, text))


def words(*texts, top=0.1):
    """Words of a document, side by side as they are printed."""
    placed, left = [], 0.1
    for text in texts:
        placed.append(Word(text, (left, top, 0.012 * len(text), 0.015)))
        left += 0.012 * len(text) + 0.006
    return placed


def hidden(*texts):
    found = covering.find(words(*texts), pin_places=NO_PIN)
    return " ".join(word.text for word in found.words), [cover.why for cover in found.covers]


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("born 010107 50160 in Oslo", "born •••••• ••••• in Oslo"),
        ("Steuer-ID 36 574 261 809 Berlin", "Steuer-ID •• ••• ••• ••• Berlin"),
        ("personnr 811228 - 9874", "personnr •••••• • ••••"),
        ("Fødselsnummer: 01010112345", "Fødselsnummer: •••••••••••"),
        ("PIN code: 48 21 of it", "PIN code: •• •• of it"),
        ("PIN : 0Q12AB", "PIN : ••••••"),
        ("PIN (4821)", "PIN (••••)"),
        ("fnr.01010750160", "fnr.•••••••••••"),
        ("０１０１０７ ５０１６０", "•••••• •••••"),
        ("Storgata 12 0155 Oslo", "Storgata 12 0155 Oslo"),
        ("paid 4 500 000 kroner on 12.05.2024", "paid 4 500 000 kroner on 12.05.2024"),
        ("PIN ZAP123456", "PIN ZAP123456"),
    ],
)
def test_a_number_that_runs_over_several_words_is_covered(line, left):
    assert hidden(*line.split(" "))[0] == left


def test_a_number_in_the_column_under_its_heading_is_covered():
    table = [*words("Model", "Serial", "PIN"), *words("Go___", "ZAP123456", "4821", top=0.13)]
    table[2:3] = [Word("PIN", (table[5].box[0], 0.1, 0.036, 0.015))]
    found = covering.find(table, pin_places=NO_PIN)

    assert [word.text for word in found.words][3:] == ["Go___", "ZAP123456", "••••"]


def test_a_word_of_a_document_is_covered_whole():
    """Its letters differ in width: where the number begins in it nobody can tell."""
    [word] = words("iiii:01010750160")
    [cover] = covering.find([word], pin_places=NO_PIN).covers

    assert cover.box[0] < word.box[0]
    assert cover.box[0] + cover.box[2] > word.box[0] + word.box[2]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("https://x.example/?s=ZAP123456&pin=4821", "https://x.example/?s=ZAP123456&pin=••••"),
        ("ZAP123456;0Q7F", "ZAP123456;••••"),
        ("ZAP123456", "ZAP123456"),
    ],
)
def test_a_code_with_the_pin_in_it_is_covered_whole_and_kept_without(text, left):
    code = Barcode(text, "qr", (0.5, 0.5, 0.1, 0.1))

    def places(candidates):
        return [at for at, candidate in enumerate(candidates) if candidate == "0Q7F"]

    found = covering.find([], [code], pin_places=places)

    assert [one.text for one in found.codes] == [left]
    assert [cover.box for cover in found.covers] == ([code.box] if "•" in left else [])


def test_thousands_of_labels_do_not_tie_it_up():
    """Done in a moment; looking at every line for every label would take a minute."""
    many = [Word("PIN", (0.1, n / 6000, 0.02, 0.0001)) for n in range(6000)]

    assert covering.find(many, pin_places=NO_PIN).covers == []


def agreement():
    target = BytesIO()
    canvas = Canvas(target)
    canvas.setFont("Helvetica", 13)
    canvas.drawString(70, 760, "Purchase agreement")
    for row, number in enumerate(NUMBERS):
        canvas.drawString(70, 720 - row * 40, f"Party {'ABCDE'[row]}: {number} of Oslo")
    canvas.drawString(70, 480, f"The door opens with {PIN} and nothing else")
    canvas.drawString(70, 440, "Take-over: 1 May 2026")
    canvas.save()
    return SimpleUploadedFile("agreement.pdf", target.getvalue(), "application/pdf")


@pytest.mark.django_db
@pytest.mark.real_sandbox
def test_an_agreement_made_on_a_computer_comes_out_covered():
    item = check(asked(place_charger(), items=()), agreement(), "purchase_agreement")
    shown = seen(item)
    size = Image.open(BytesIO(shown)).size
    page = Picture(1, shown, "image/jpeg", *size)
    [lines] = read_pictures([page])
    read = " ".join(line.text for line in lines)
    kept = " ".join(findings.read(item).pages[1].texts())

    assert "Purchase agreement" in read and "May 2026" in read and "nothing else" in read
    assert read.count("Oslo") == len(NUMBERS)
    for number in (*NUMBERS, PIN):
        assert digits_in(number) not in digits_in(read)
        assert digits_in(number) not in digits_in(kept)
    whys = [cover["why"] for cover in item.pictures.get().covers]
    assert sorted(whys) == ["person"] * len(NUMBERS) + ["pin"]


@pytest.mark.django_db
@pytest.mark.real_sandbox
def test_a_label_whose_code_tells_the_pin_shows_no_code_and_the_serial_is_known_all_the_same():
    charger = place_charger()
    ticket = asked(charger, items=())
    item = check(ticket, label_photo(serial="", qr=f"{charger.serial};{PIN}"), "label")
    shown = Image.open(BytesIO(seen(item))).convert("L").crop((550, 490, 640, 580))

    assert max(shown.tobytes()) < 40
    assert "serial" in item.signs
    assert PIN not in " ".join(findings.read(item).pages[1].texts())
