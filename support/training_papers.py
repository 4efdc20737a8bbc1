"""What a planted forgery sends: a photo of a label, an agreement. Of nobody and nowhere."""

import secrets
from dataclasses import dataclass
from datetime import date
from io import BytesIO

import segno
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from support.letterpress import PLAIN, printable, register_fonts

WIDTH, HEIGHT = 1400, 1000


@dataclass(frozen=True)
class Agreement:
    """What stands in an agreement; ``signed`` by both, or by nobody."""

    buyer: str
    seller: str
    address: str
    day: date
    signed: bool = True


# Language: title, property, seller, buyer, take-over, date and signatures.
_WORDS = {
    "nb": ("KJØPEKONTRAKT", "Eiendom", "Selger", "Kjøper", "Overtakelse", "Underskrifter"),
    "sv": ("KÖPEKONTRAKT", "Fastighet", "Säljare", "Köpare", "Tillträde", "Underskrifter"),
    "da": ("KØBSAFTALE", "Ejendom", "Sælger", "Køber", "Overtagelse", "Underskrifter"),
    "de": ("KAUFVERTRAG", "Objekt", "Verkäufer", "Käufer", "Übergabe", "Unterschriften"),
    "en": ("PURCHASE AGREEMENT", "Property", "Seller", "Buyer", "Taken over on", "Signatures"),
}


def label_photo(*, serial: str, request_code: str) -> bytes:
    """Return a photo (JPEG) of a station's label with a code on a piece of paper beside it."""
    picture = _wall()
    draw = ImageDraw.Draw(picture)
    left, top = 60 + secrets.randbelow(80), 100 + secrets.randbelow(120)
    draw.rounded_rectangle((left, top, left + 620, top + 460), 24, fill=(234, 234, 229))
    _write(draw, (left + 40, top + 40), "EV CHARGER", 50)
    _write(draw, (left + 40, top + 150), serial, 70)
    _write(draw, (left + 40, top + 290), "230 V~  32 A  IP54", 34)
    draw.rectangle((left + 40, top + 370, left + 380, top + 420), fill=(120, 118, 112))
    picture.paste(_code(serial), (left + 430, top + 270))
    _draw_note(draw, request_code)
    turned = picture.rotate(secrets.randbelow(7) - 3, expand=False, fillcolor=(96, 98, 100))
    content = BytesIO()
    turned.save(content, "JPEG", quality=84)
    return content.getvalue()


def _wall() -> Image.Image:
    """Return a background of its own: no two walls are the same."""
    shade = Image.new("L", (6, 4))
    shade.putdata([40 + secrets.randbelow(120) for _patch in range(24)])
    wall = shade.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    return Image.merge("RGB", (wall, wall, wall))


def _draw_note(draw: ImageDraw.ImageDraw, request_code: str) -> None:
    left, top = 790 + secrets.randbelow(40), 330 + secrets.randbelow(160)
    corners = [(left, top), (left + 540, top - 20), (left + 548, top + 190), (left + 8, top + 205)]
    draw.polygon(corners, fill=(250, 248, 240))
    _write(draw, (left + 30, top + 60), request_code, 46, (10, 30, 120))


def _code(serial: str) -> Image.Image:
    """Return the code that stations carry on their label."""
    drawn = BytesIO()
    segno.make(serial, error="m", micro=False).save(drawn, kind="png", scale=6)
    return Image.open(drawn).convert("RGB")


def _write(draw, at: tuple[int, int], words: str, size: int, colour=(22, 22, 22)) -> None:
    draw.text(at, words, fill=colour, font=ImageFont.load_default(size))


def agreement(said: Agreement, *, language: str) -> bytes:
    """Return a purchase agreement (PDF) in one of the desk's languages; English for another."""
    register_fonts()
    title, place, seller, buyer, day, signatures = _WORDS.get(language, _WORDS["en"])
    lines = (
        f"{place}: {said.address}",
        f"{seller}: {said.seller}",
        f"{buyer}: {said.buyer}",
        f"{day}: {said.day:%d.%m.%Y}",
        # What tells one deal from another on the same printed form.
        f"No. {_number(8)}  /  {_number(4)} - {_number(4)}  /  {_number(7)}  /  {_number(6)}",
        f"{signatures}:",
    )
    content = BytesIO()
    canvas = Canvas(content, pagesize=A4)
    canvas.setCreator("Writer")
    canvas.setProducer("PDF")
    canvas.setFont(PLAIN, 20)
    canvas.drawString(25 * mm, A4[1] - 35 * mm, title)
    canvas.setFont(PLAIN, 12)
    for number, line in enumerate(lines):
        canvas.drawString(25 * mm, A4[1] - (55 + 12 * number) * mm, printable(line))
    _draw_signatures(canvas, (said.seller, said.buyer) if said.signed else ())
    canvas.save()
    return content.getvalue()


def _number(digits: int) -> int:
    return 10 ** (digits - 1) + secrets.randbelow(9 * 10 ** (digits - 1))


def _draw_signatures(canvas: Canvas, names: tuple[str, ...]) -> None:
    top = A4[1] - 125 * mm
    for left in (25 * mm, 110 * mm):
        canvas.line(left, top, left + 70 * mm, top)
    canvas.setFont("Times-Italic", 20)
    for left, name in zip((28 * mm, 113 * mm), names, strict=False):
        canvas.drawString(left, top + 3 * mm, name)
