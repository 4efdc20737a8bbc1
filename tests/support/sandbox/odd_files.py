"""Pictures, documents and other files of odd kinds, made at random for ``never_seen``."""

import gzip
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable

import pikepdf
import pillow_heif
from PIL import Image, PngImagePlugin

from tests.support.sandbox import files

CANARY = b"CANARY-never-to-be-seen-0123456789"
MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "YCbCr", "HSV")
SIDES = ((1, 1), (1, 3000), (4000, 2), (17, 33), (640, 480), (900, 700))
Dice = random.Random


# --- Pictures ---


def _image(dice: Dice) -> Image.Image:
    mode, size = dice.choice(MODES), dice.choice(SIDES)
    image = Image.effect_noise(size, 80) if dice.random() < 0.5 else Image.new("L", size, 120)
    if mode in ("YCbCr", "HSV", "CMYK", "RGBA", "P"):
        image = image.convert("RGB")
    if mode == "I;16":
        return image.convert("I").point(lambda shade: shade * 256).convert("I;16")
    return image.convert(mode)


def _exif(dice: Dice) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E] = CANARY.decode()
    exif[0x0112] = dice.choice((0, 1, 3, 6, 8, 9, 65535))
    if dice.random() < 0.5:
        exif.get_ifd(0x8825).update({1: "N", 2: (59.0, 54.0, 7.5), 3: "E", 4: (10.0, 45.0, 1.0)})
    return exif


def photo(dice: Dice) -> bytes:
    target, image = io.BytesIO(), _image(dice)
    image = image if image.mode in ("1", "L", "RGB", "CMYK", "YCbCr") else image.convert("RGB")
    extra = {"comment": CANARY, "progressive": dice.random() < 0.5, "icc_profile": CANARY * 9}
    keep = {name: value for name, value in extra.items() if dice.random() < 0.5}
    image.save(target, "JPEG", exif=_exif(dice), quality=dice.choice((5, 60, 95)), **keep)
    return target.getvalue() + CANARY * dice.choice((0, 1, 200))


def png(dice: Dice) -> bytes:
    target, image, words = io.BytesIO(), _image(dice), PngImagePlugin.PngInfo()
    words.add_text("Comment", CANARY.decode() * dice.choice((1, 9)), zip=dice.random() < 0.5)
    words.add_itxt("XML:com.adobe.xmp", f"<x:xmpmeta>{CANARY.decode()}</x:xmpmeta>")
    image = (
        image
        if image.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
        else image.convert("RGB")
    )
    image.save(target, "PNG", pnginfo=words, exif=_exif(dice))
    return target.getvalue() + CANARY * dice.choice((0, 3))


def png_of_any_size(dice: Dice) -> bytes:
    """Any width, height, depth and colour in the header, and too few or too many rows."""
    width, height = (dice.choice((0, 1, 300, 7000, 60_000, 2**31 - 1)) for _side in range(2))
    depth, colour = dice.choice((1, 2, 4, 8, 16, 3)), dice.choice((0, 2, 3, 4, 6, 7))
    bomb = zlib.compress(bytes(dice.choice((0, 3000, 30_000_000))), 9)
    text = b"zTXtComment\0\0" + bomb
    extra = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    return files.png(width, height, depth=depth, colour=colour, rows=bytes(4000), extra=extra)


def webp(dice: Dice) -> bytes:
    target, frames = io.BytesIO(), [_image(dice).convert("RGBA") for _frame in range(3)]
    frames = [frame.resize((120, 90)) for frame in frames]
    more = {"save_all": True, "append_images": frames[1:]} if dice.random() < 0.4 else {}
    frames[0].save(
        target, "WEBP", exif=_exif(dice), xmp=CANARY, lossless=dice.random() < 0.3, **more
    )
    return target.getvalue() + CANARY * dice.choice((0, 1))


def heic(dice: Dice) -> bytes:
    target = io.BytesIO()
    image = _image(dice).convert("RGB").resize((160, 120))
    made = pillow_heif.from_pillow(image)
    if dice.random() < 0.3:
        made.add_from_pillow(image.rotate(90))
    made.save(target, quality=30, exif=_exif(dice).tobytes())
    return target.getvalue()


def several(dice: Dice) -> bytes:
    target, image = io.BytesIO(), _image(dice).convert("RGB")
    image.save(target, "MPO", save_all=True, append_images=[image.rotate(180)], exif=_exif(dice))
    return target.getvalue()


def jpeg_of_any_size(dice: Dice) -> bytes:
    """A good JPEG whose frame says another size."""
    content = bytearray(files.photo(size=(64, 48)))
    at = content.find(b"\xff\xc0")
    struct.pack_into(">HH", content, at + 5, dice.randrange(65536), dice.randrange(65536))
    return bytes(content)


# --- Documents ---


def pdf_plain(dice: Dice) -> bytes:
    text = dice.choice(
        ("Kjøper: Demo", "\u202eright to left\u202c", "PIN 4821", "x" * 3000, "\x00\x01")
    )
    pages = [f"{text} {number}" for number in range(dice.choice((1, 2, 7)))]
    return files.written(*pages, pageCompression=dice.choice((0, 1))) + CANARY * dice.choice((0, 1))


def pdf_deep(dice: Dice) -> bytes:
    depth = dice.choice((50, 600, 20_000))
    nested = b"[" * depth + b"]" * depth if dice.random() < 0.5 else b"<</A" * depth + b">>" * depth
    return dice.choice(
        (
            lambda: files.raw(nested),
            lambda: files.raw(root=b"/Odd " + nested),
            lambda: files.raw(content=b"q " * depth + b"0 0 m 9 9 l S " + b"Q " * depth),
            lambda: files.deep_tree(depth),
            lambda: files.of_pages(dice.choice((0, 1, 50, 51, 3000))),
        )
    )()


def pdf_forms(dice: Dice) -> bytes:
    """Forms that draw each other: a chain, a loop, or a tree that doubles at every step."""
    count, form = dice.choice((2, 12, 28)), b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]"
    made = []
    for number in range(count):
        following = (
            5 + (number + 1) % count if dice.random() < 0.3 else min(5 + number + 1, 4 + count)
        )
        resources = b"/Resources<</XObject<</F %d 0 R>>>>" % following
        made.append(files.stream(b"/F Do " * dice.choice((1, 2, 2)), form + resources))
    return files.raw(*made, page=b"/Resources<</XObject<</F 5 0 R>>>>", content=b"/F Do")


def pdf_painted(dice: Dice) -> bytes:
    """Patterns, shadings and lines in great numbers, or over absurd boxes."""
    box = dice.choice(
        (b"[0 0 595 842]", b"[0 0 1e9 1e9]", b"[0 0 -5 -5]", b"[0 0 .001 .001]", b"[0 0 1 99999]")
    )
    tile = (
        b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep .01/YStep .01/Resources<<>>"
    )
    shade = (
        b"<</ShadingType 1/ColorSpace/DeviceRGB/Domain[0 1 0 1]/Matrix[600 0 0 800 0 0]/Function"
        b"<</FunctionType 4/Domain[0 1 0 1]/Range[0 1 0 1 0 1]/Length 14>>>>"
    )
    content = dice.choice(
        (
            b"/Pattern cs /P scn 0 0 595 842 re f",
            b"/S sh",
            b"0 0 m 595 842 l S " * dice.choice((10, 200_000)),
            b"1e38 w -1e38 1e38 m 1e38 -1e38 l S [1e-9 1e-9] 0 d 0 0 m 595 842 l S",
            b"BI /W 60000 /H 60000 /BPC 8 /CS /RGB ID xx EI",
        )
    )
    names = b"/Resources<</Pattern<</P 5 0 R>>/Shading<</S 6 0 R>>>>"
    made = files.raw(files.stream(b"0 0 1 1 re f", tile), shade, page=names, content=content)
    return made.replace(b"[0 0 595 842]", box)


def pdf_image(dice: Dice) -> bytes:
    """An image of any size behind any filter."""
    side = dice.choice((1, 500, 30_000, 200_000))
    kind = dice.choice(
        (b"/DCTDecode", b"/JPXDecode", b"/CCITTFaxDecode", b"/LZWDecode", b"/RunLengthDecode")
    )
    entries = b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8" % (side, side)
    entries += b"/ColorSpace" + dice.choice(
        (b"/DeviceRGB", b"/DeviceCMYK", b"[/Indexed/DeviceRGB 255 (x)]")
    )
    if dice.random() < 0.3:
        return files.jbig2_giant(side)
    if dice.random() < 0.5:
        return files.with_image(files.packed(bytes(min(side * side, 40_000_000)), entries))
    return files.with_image(files.stream(photo(dice), entries + b"/Filter" + kind))


def pdf_active(dice: Dice) -> bytes:
    action = dice.choice(
        (b"/JavaScript/JS(x)", b"/Launch/F(a.exe)", b"/SubmitForm/F(http://x.example)", b"/GoToE")
    )
    return files.raw(
        b"<</S%s>>" % action,
        files.packed(CANARY, b"/Type/EmbeddedFile"),
        b"<</Title(%s)/Producer(%s)/CreationDate(D:99999999)>>" % (CANARY, CANARY),
        root=dice.choice((b"/OpenAction 5 0 R", b"/AA<</WC 5 0 R>>", b"/AcroForm<</XFA 6 0 R>>")),
        trailer=b"/Info 7 0 R",
    )


def pdf_saved(dice: Dice) -> bytes:
    """Written by qpdf: object streams, encryption, many pages of a few."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf_plain(dice))) as document:
        document.pages.extend(list(document.pages) * dice.choice((0, 1, 8)))
        document.docinfo["/Title"] = CANARY.decode()
        lock = pikepdf.Encryption(owner="x", user=dice.choice(("", "", "secret")))
        document.save(
            target,
            object_stream_mode=dice.choice(list(pikepdf.ObjectStreamMode)),
            encryption=lock if dice.random() < 0.4 else None,
            linearize=dice.random() < 0.3,
        )
    return target.getvalue()


def pdf_bomb(dice: Dice) -> bytes:
    inner = zlib.compress(bytes(dice.choice((10_000, 80_000_000))), 9)
    for _layer in range(dice.choice((0, 1, 3))):
        inner = zlib.compress(inner, 9)
    layers = b"/Filter[" + b"/FlateDecode" * dice.choice((1, 2, 4, 40)) + b"]"
    made = files.raw(files.stream(inner, layers))
    return made.replace(b"/Contents 4 0 R", b"/Contents 5 0 R")


# --- Others ---


def zipped(dice: Dice) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../x", bytes(dice.choice((10, 5_000_000))))
    return target.getvalue()


def page(dice: Dice) -> bytes:
    return dice.choice(
        (
            b"<html><script>alert(1)</script>", b'<svg onload="x()"/>', b"<?php system(1);",
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        )
    )  # fmt: skip


def other(dice: Dice) -> bytes:
    return dice.choice(
        (
            lambda: b"", lambda: dice.randbytes(dice.choice((1, 20, 5000))), lambda: zipped(dice),
            lambda: gzip.compress(bytes(1_000_000)), lambda: page(dice), lambda: files.EICAR,
            lambda: files.photo("GIF"), lambda: files.photo("TIFF"), lambda: files.photo("BMP"),
            lambda: b"MZ" + bytes(300), lambda: b"\x7fELF" + bytes(300), lambda: b"{\\rtf1 x}",
            lambda: b"\0\0\0\x1cftypisom" + dice.randbytes(500), lambda: b"%PDF-",
            lambda: b"\xff\xd8\xff",
        )
    )()  # fmt: skip


MAKERS: dict[str, Callable[[Dice], bytes]] = {
    "photo": photo, "png": png, "png-size": png_of_any_size, "webp": webp, "heic": heic,
    "several": several, "jpeg-size": jpeg_of_any_size, "pdf": pdf_plain, "pdf-deep": pdf_deep,
    "pdf-forms": pdf_forms, "pdf-painted": pdf_painted, "pdf-image": pdf_image,
    "pdf-active": pdf_active, "pdf-saved": pdf_saved, "pdf-bomb": pdf_bomb, "other": other,
}  # fmt: skip
