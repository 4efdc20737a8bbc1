"""Files in the shapes that phones, scanners and offices really make, at random, for ``never_seen``.

Honest unless ``never_seen`` spoils them: at the very bounds too (40 and 41 megapixels, 50 and 51
pages, 15 MB and a byte more), where a wrong answer would turn an honest resident away.
"""

import io
from collections.abc import Callable

import pikepdf
import pillow_heif
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from support.sandbox.inside import limits
from tests.support.sandbox import files
from tests.support.sandbox.odd_files import CANARY, Dice

XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" pdfaid:part="2" '
    b'pdfaid:conformance="B" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="%s"/>'
    b'</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)
CAMERAS = ((4032, 3024), (3024, 4032), (4000, 3000), (4624, 3468), (2048, 1536), (1179, 2556))


def _scene(dice: Dice, size: tuple[int, int]) -> Image.Image:
    """A wall with soft light, as large as is asked for and made quickly."""
    patch = Image.effect_noise((64, 48), dice.choice((10, 60))).convert("RGB")
    return patch.resize(size, Image.Resampling.BILINEAR)


def _saved(image: Image.Image, kind: str, **options) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def phone_photo(dice: Dice) -> bytes:
    """A photo of a phone: large, turned by its EXIF, progressive or not, with a place and XMP."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = CANARY.decode(), dice.choice((1, 3, 6, 8))
    exif.get_ifd(0x8825).update({1: "N", 2: (59.0, 54.0, 7.5), 3: "E", 4: (10.0, 45.0, 1.0)})
    options = {"exif": exif, "quality": dice.choice((60, 85)), "progressive": dice.random() < 0.3}
    image = _scene(dice, dice.choice(CAMERAS))
    if dice.random() < 0.2:
        image = image.convert(dice.choice(("L", "CMYK")))
    return _saved(image, "JPEG", **options)


def motion_photo(dice: Dice) -> bytes:
    """A photo with a film behind it, as some phones append one."""
    film = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + CANARY * dice.choice((1, 900))
    return phone_photo(dice) + film


def burst(dice: Dice) -> bytes:
    """Several pictures in one HEIC, as a phone's burst or live photo."""
    image = _scene(dice, (640, 480))
    made = pillow_heif.from_pillow(image)
    for _shot in range(dice.choice((1, 4))):
        made.add_from_pillow(image.rotate(dice.choice((90, 180))))
    target = io.BytesIO()
    made.save(target, quality=40, primary_index=dice.choice((0, 1)))
    return target.getvalue()


def screenshot(dice: Dice) -> bytes:
    """A long screenshot, with an alpha channel, or an animated PNG."""
    image = _scene(dice, (1179, dice.choice((2556, 9000)))).convert("RGBA")
    more = {"save_all": True, "append_images": [image.rotate(180)]} if dice.random() < 0.3 else {}
    return _saved(image, "PNG", compress_level=1, **more)


def at_forty_megapixels(dice: Dice) -> bytes:
    """A photo just within the bound of pixels, or just over it."""
    size = dice.choice(((8000, 5000), (8001, 5000), (5000, 8000), (8200, 5000)))
    if dice.random() < 0.5:
        return _saved(Image.new("1", size, 1), "PNG")
    return _saved(Image.new(dice.choice(("L", "RGB")), size, 200), "JPEG", quality=30)


def at_fifteen_megabytes(dice: Dice) -> bytes:
    """A file just within the bound of bytes, or one over it; what fills it says nothing."""
    content = dice.choice((files.photo(), files.written("Kjøper: Demo")))
    return content.ljust(limits.FILE_BYTES + dice.choice((0, 1)), b"\0")


def scan(dice: Dice) -> bytes:
    """A PDF of a scanner or a phone's print: pages that are pictures, turned and cut."""
    target = io.BytesIO()
    shots = [_scene(dice, (1240, 1754)) for _shot in range(dice.choice((1, 2)))]
    pages = dice.choice((1, 3, 12, limits.PAGES, limits.PAGES + 1))
    shots = [shots[number % len(shots)] for number in range(pages)]
    if pages > 12:
        shots = [shot.resize((310, 438)) for shot in shots]
    shots[0].save(target, "PDF", save_all=True, append_images=shots[1:], producer=CANARY.decode())
    with pikepdf.open(io.BytesIO(target.getvalue())) as document:
        for page in document.pages:
            page.Rotate = dice.choice((0, 90, 180, 270))
            if dice.random() < 0.3:
                page.UserUnit = dice.choice((1, 2, 0.5))
                page.CropBox = [10, 10, 400, 500]
        again = io.BytesIO()
        document.save(again, linearize=dice.random() < 0.5)
    return again.getvalue()


def archived_form(dice: Dice) -> bytes:
    """A PDF/A with a form that was filled in, in any of several writings."""
    target = io.BytesIO()
    canvas = Canvas(target)
    for number in range(dice.choice((1, 4))):
        canvas.drawString(70, 700, dice.choice(("Kjøper: Demo", "שוכר: דמו", "المشتري: تجربة")))
        canvas.acroForm.textfield(name=f"field{number}", x=70, y=600, value="Storgata 12B, 0155")
        canvas.acroForm.checkbox(name=f"tick{number}", x=70, y=560, checked=True)
        canvas.showPage()
    canvas.save()
    with pikepdf.open(io.BytesIO(target.getvalue())) as document:
        kept = document.make_stream(XMP % CANARY)
        kept.Type, kept.Subtype = pikepdf.Name.Metadata, pikepdf.Name.XML
        document.Root.Metadata = kept
        again = io.BytesIO()
        document.save(again, static_id=True, linearize=dice.random() < 0.5)
    return again.getvalue()


SHAPES: dict[str, Callable[[Dice], bytes]] = {
    "phone": phone_photo, "motion": motion_photo, "burst": burst, "screenshot": screenshot,
    "forty": at_forty_megapixels, "fifteen": at_fifteen_megabytes, "scan": scan,
    "archived": archived_form,
}  # fmt: skip
