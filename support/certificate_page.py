"""The transfer certificate on paper: one page, in the language it is asked for."""

from io import BytesIO

import segno
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from records import dates
from support.letterpress import (
    BODY,
    BOLD,
    CODE,
    GREEN,
    GREY,
    HEAD,
    HEIGHT,
    LEFT,
    PLAIN,
    RIGHT,
    draw_mark,
    drawn_text,
    printable,
    reach,
    register_fonts,
)
from support.models import Certificate

BLACK = HexColor("#000000")
LABEL_WIDTH = 58 * mm
QR_SIZE = 34 * mm


def lines(certificate: Certificate) -> list[tuple[str, str]]:
    """Return what a certificate says, by name: on paper and on the page that checks it alike."""
    said = (
        (_("Reference"), certificate.reference),
        (_("Charger"), certificate.model),
        (_("Serial number"), certificate.serial),
        (_("At"), certificate.address),
        (_("New owner"), certificate.name),
        (_("Handed over on"), dates.day(certificate.handed_over_date)),
        (_("Proved at the maker's side on"), dates.day(certificate.proved_date)),
    )
    return [(name, value) for name, value in said if value]


def pdf_of(certificate: Certificate, *, code: str, address: str, page: str) -> bytes:
    """Return the certificate as PDF.

    ``code`` is printed as it is typed; ``page`` is where it is typed, ``address`` the same page
    with the code, for a phone.
    """
    register_fonts()
    content = BytesIO()
    canvas = Canvas(content, pagesize=A4, invariant=1, lang=get_language())
    canvas.setTitle(f"{_('Transfer certificate')} {certificate.reference}")
    canvas.setAuthor(settings.BRAND)
    draw_mark(canvas, folds=False)
    height = drawn_text(_("Transfer certificate"), HEAD, 4)(canvas, HEIGHT - 52 * mm)
    said = _("This charger was handed over to a new owner, and the maker's side followed.")
    height = drawn_text(said, BODY, 22)(canvas, height)
    height = _draw_lines(canvas, certificate, height)
    _draw_check(canvas, code=code, address=address, page=page, height=height - 6 * mm)
    _draw_foot(canvas)
    canvas.showPage()
    canvas.save()
    return content.getvalue()


def _draw_lines(canvas: Canvas, certificate: Certificate, height: float) -> float:
    canvas.setStrokeColor(HexColor("#c9cfc8"))
    canvas.setLineWidth(0.5)
    for name, value in lines(certificate):
        canvas.line(LEFT, height + 5 * mm, RIGHT, height + 5 * mm)
        canvas.setFillColor(GREY)
        canvas.setFont(PLAIN, 9.5)
        canvas.drawString(LEFT, height, printable(name))
        canvas.setFillColor(BLACK)
        used = _fitting(canvas, printable(value), height)
        height -= used
    return height


def _fitting(canvas: Canvas, value: str, height: float) -> float:
    """Draw a value, in two lines where it is long; return the height that it took."""
    words, row, down = value.split(), "", 0.0
    canvas.setFont(BOLD, 10.5)
    for word in words:
        longer = f"{row} {word}".strip()
        if row and canvas.stringWidth(longer, BOLD, 10.5) > RIGHT - LEFT - LABEL_WIDTH:
            canvas.drawString(LEFT + LABEL_WIDTH, height - down, row)
            row, down = word, down + 5 * mm
        else:
            row = longer
    canvas.drawString(LEFT + LABEL_WIDTH, height - down, row)
    return down + 10 * mm


def _draw_check(canvas: Canvas, *, code: str, address: str, page: str, height: float) -> None:
    """Draw how anybody checks it: the code, where it is typed, and the same for a phone."""
    top, deep = height, QR_SIZE + 8 * mm
    canvas.setStrokeColor(GREEN)
    canvas.setLineWidth(1.2)
    canvas.roundRect(LEFT, top - deep, RIGHT - LEFT, deep, 2 * mm)
    _draw_qr(canvas, address, left=RIGHT - QR_SIZE - 4 * mm, bottom=top - deep + 4 * mm)
    canvas.setFillColor(BLACK)
    canvas.setFont(BOLD, 11)
    canvas.drawString(LEFT + 5 * mm, top - 9 * mm, printable(_("Is this paper genuine?")))
    canvas.setFont(PLAIN, 9.5)
    canvas.drawString(LEFT + 5 * mm, top - 16 * mm, printable(_("Type this code at:")))
    canvas.drawString(LEFT + 5 * mm, top - 21.5 * mm, printable(page))
    canvas.setFont(CODE, 13)
    canvas.drawString(LEFT + 5 * mm, top - 30 * mm, code)
    canvas.setFillColor(GREY)
    canvas.setFont(PLAIN, 8.5)
    compare = _("The page must say the same as this paper.")
    canvas.drawString(LEFT + 5 * mm, top - 37 * mm, printable(compare))


def _draw_qr(canvas: Canvas, text: str, *, left: float, bottom: float) -> None:
    rows = list(segno.make(text, error="m").matrix)
    side = QR_SIZE / len(rows)
    canvas.setFillColor(BLACK)
    for down, row in enumerate(rows):
        for right, dark in enumerate(row):
            if dark:
                # A hair wider than its square: no white lines between them.
                x, y = left + right * side, bottom + QR_SIZE - (down + 1) * side
                canvas.rect(x, y, side * 1.02, side * 1.02, stroke=0, fill=1)


def _draw_foot(canvas: Canvas) -> None:
    said = [
        _("It tells of that day. Who owns the charger now, it does not tell."),
        _("It opens nothing, and no PIN stands on it: the PIN is for the owner alone."),
        _("To reach a person: %(how)s") % {"how": reach()},
    ]
    canvas.setFillColor(GREY)
    canvas.setFont(PLAIN, 8.5)
    for number, line in enumerate(said):
        canvas.drawString(LEFT, 30 * mm - number * 12, printable(line))
