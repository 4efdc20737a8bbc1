"""The files that the bench of evidence sends: photos as a phone takes them, agreements of pages."""

import io
import random

import segno
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from reportlab.pdfgen.canvas import Canvas

MEGAPIXELS_12 = (4032, 3024)
LINES = (
    "Purchase agreement",
    "Seller: Kari Demo",
    "Buyer: Per Sample",
    "Storgata 12B, 0155 Oslo",
    "Take-over: 1 May 2026",
)


class Album:
    """Photos of 12 megapixels of one station's label, each another one."""

    def __init__(self, serial: str, code: str) -> None:
        dice = random.Random(serial)
        shade = Image.new("L", (8, 6))
        shade.putdata([dice.randrange(60, 190) for _patch in range(48)])
        wall = shade.resize(MEGAPIXELS_12, Image.Resampling.BICUBIC)
        grain = Image.effect_noise(MEGAPIXELS_12, 24)
        wall = Image.blend(wall, grain, 0.25)
        self._wall = Image.merge("RGB", (wall, wall, wall)).filter(ImageFilter.GaussianBlur(1.5))
        picture = io.BytesIO()
        segno.make_qr(serial).save(picture, kind="png", scale=18)
        self._qr = Image.open(picture).convert("RGB")
        self._serial, self._code = serial, code

    def photo(self, number: int) -> bytes:
        """Return one photo (JPEG), turned a little."""
        image, font = self._wall.copy(), ImageFont.load_default(110)
        draw = ImageDraw.Draw(image)
        draw.rectangle((900, 700, 3100, 1700), fill=(240, 240, 235))
        draw.text((1000, 800), f"Station Pro\nSerial: {self._serial}", (20, 20, 20), font)
        draw.text((1000, 2000 + 20 * number), self._code, (30, 20, 90), font)
        image.paste(self._qr, (2500, 900))
        target = io.BytesIO()
        image.rotate(2 + number / 3, fillcolor=(90, 90, 90)).save(target, "JPEG", quality=85)
        return target.getvalue()


def agreement(pages: int, mark: str) -> bytes:
    """Return an agreement of so many pages of text; ``mark`` makes it another one."""
    target = io.BytesIO()
    canvas = Canvas(target)
    for number in range(pages):
        rest = (f"{number}.{at} as agreed in {mark}" for at in range(35))
        for row, line in enumerate((*LINES, *rest)):
            canvas.drawString(70, 790 - row * 18, f"{line} {'lorem ipsum ' * 4 if row > 4 else ''}")
        canvas.showPage()
    canvas.save()
    return target.getvalue()
