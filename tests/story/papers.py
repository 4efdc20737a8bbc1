"""What people send: a photo of the label beside the request code, agreements, leases."""

from datetime import date
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas


def label_photo(serial: str, request_code: str) -> tuple[str, bytes, str]:
    """Return a photo (JPEG) of a label with the code on paper beside it: name, bytes, type."""
    dice = Random(serial + request_code)
    # No two walls, and no two people's hands, are the same.
    shade = Image.new("L", (6, 4))
    shade.putdata([dice.randrange(30, 170) for _patch in range(24)])
    wall = shade.resize((1200, 800), Image.Resampling.BICUBIC)
    picture = Image.merge("RGB", (wall, wall, wall))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((80, 120, 620, 520), 24, fill=(235, 235, 230))
    draw.text((120, 160), "CHARGER", fill=(20, 20, 20), font=_font(48))
    draw.text((120, 260), serial, fill=(20, 20, 20), font=_font(72))
    draw.text((120, 400), "PIN  (covered)", fill=(120, 120, 120), font=_font(36))
    draw.polygon([(660, 300), (1160, 270), (1170, 480), (670, 510)], fill=(250, 248, 240))
    draw.text((690, 360), request_code, fill=(10, 30, 120), font=_font(44))
    content = BytesIO()
    picture.save(content, "JPEG", quality=80)
    return "IMG_2041.jpg", content.getvalue(), "image/jpeg"


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)


def agreement(*, buyer: str, seller: str, address: str, day: date) -> tuple[str, bytes, str]:
    """Return a purchase agreement (PDF)."""
    lines = [
        "PURCHASE AGREEMENT",
        f"Property: {address}",
        f"Seller: {seller}",
        f"Buyer: {buyer}",
        f"Taken over on {day.isoformat()}",
        "Signed by both sides.",
    ]
    return "agreement.pdf", _pdf(lines), "application/pdf"


def lease(*, tenant: str, address: str, until: date) -> tuple[str, bytes, str]:
    """Return a lease (PDF)."""
    lines = [
        "LEASE",
        f"Home: {address}",
        f"Tenant: {tenant}",
        f"Until {until.isoformat()}",
        "Signed by both sides.",
    ]
    return "lease.pdf", _pdf(lines), "application/pdf"


def _pdf(lines: list[str]) -> bytes:
    content = BytesIO()
    canvas = Canvas(content, pagesize=A4)
    for number, line in enumerate(lines):
        canvas.setFont("Helvetica-Bold" if number == 0 else "Helvetica", 14)
        canvas.drawString(25 * mm, A4[1] - (40 + 12 * number) * mm, line)
    canvas.save()
    return content.getvalue()
