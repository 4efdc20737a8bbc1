"""Photos of labels as phones take them: serial, code on paper, a QR code, an uncovered PIN."""

from io import BytesIO

import segno
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFont

TRAILER = b"CANARY-OF-THE-ORIGINAL-0123456789"


def label_photo(
    *, serial: str, code: str = "", pin: str = "", qr: str = "", shade: int = 96
) -> SimpleUploadedFile:
    """Return a JPEG of a label, with EXIF and a trailer that no picture of ours may carry."""
    picture = Image.new("RGB", (1400, 1000), (shade, shade + 6, shade + 12))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((80, 120, 760, 700), 24, fill=(236, 236, 231))
    draw.text((120, 160), "EV CHARGER", fill=(20, 20, 20), font=ImageFont.load_default(56))
    draw.text((120, 270), serial, fill=(20, 20, 20), font=ImageFont.load_default(72))
    if pin:
        draw.text((120, 400), f"PIN: {pin}", fill=(20, 20, 20), font=ImageFont.load_default(60))
    if qr:
        code_picture = BytesIO()
        segno.make_qr(qr, error="m").save(code_picture, kind="png", scale=6)
        picture.paste(Image.open(code_picture).convert("RGB"), (520, 460))
    if code:
        draw.rectangle((800, 300, 1380, 560), fill=(250, 248, 240))
        draw.text((820, 380), code, fill=(10, 30, 120), font=ImageFont.load_default(56))
    exif = Image.Exif()
    exif[0x010E] = TRAILER.decode()
    content = BytesIO()
    picture.save(content, "JPEG", quality=88, exif=exif)
    return SimpleUploadedFile("IMG_2041.jpg", content.getvalue() + TRAILER, "image/jpeg")
