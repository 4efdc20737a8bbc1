"""JPEG, PNG, WebP and HEIC: decoded within bounds, turned upright, made plain sRGB."""

import io
import warnings
from functools import cache

import pillow_heif
from PIL import Image, ImageCms, ImageOps

from . import limits, sniffing
from .codes import FlagCode, Reason
from .failing import NotOpened
from .pictures import Page, bounded, finish

_FORMATS = {
    sniffing.JPEG: ("JPEG",),
    sniffing.PNG: ("PNG",),
    sniffing.WEBP: ("WEBP",),
    sniffing.HEIC: ("HEIF",),
}
# A picture of so many pixels in so few bytes was made to be a bomb: no camera, no screenshot.
_BOMB_PIXELS = 4 * limits.PIXELS
_BOMB_PIXELS_A_BYTE = 200
_GPS_TAG, _GPS_FIELDS = 0x8825, {1, 2, 3, 4}
_SRGB = ImageCms.createProfile("sRGB")
# Decoded larger than this, a picture is reduced before anything else is done with it.
_WORKING_PIXELS = 16_000_000


@cache
def prepare() -> None:
    """Load what decoding needs while files can still be opened."""
    Image.preinit()
    Image.init()
    pillow_heif.register_heif_opener(thumbnails=False)
    pillow_heif.options.DECODE_THREADS = 1
    Image.MAX_IMAGE_PIXELS = limits.PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)


def open_photo(data: bytes, kind: str, flag) -> list[Page]:
    """Return the one picture that a photo shows. Raises NotOpened."""
    image = _opened(data, kind)
    _flag_what_it_carries(image, data, kind, flag)
    try:
        grey = _fine_grey(data, image) if kind == sniffing.JPEG else None
        if kind == sniffing.JPEG:
            image.draft(None, bounded(*image.size) if grey else _working(image.size))
        image.load()
        plain = upright(image)
    except MemoryError:
        raise
    except Exception as error:  # every decoder has failures of its own
        raise NotOpened(Reason.DAMAGED) from error
    return [finish(plain, seek_codes=True, thorough=True, fine=grey)]


def _opened(data: bytes, kind: str) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=_FORMATS[kind])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NotOpened(_too_many(error, data)) from error
    except MemoryError:
        raise
    except Exception as error:
        raise NotOpened(Reason.DAMAGED) from error


def _too_many(error: Exception, data: bytes) -> Reason:
    """Tell the photo of a very good camera from a flood of pixels."""
    pixels = max(int(word) for word in str(error).replace("(", "").split() if word.isdigit())
    flood = pixels > _BOMB_PIXELS and pixels > _BOMB_PIXELS_A_BYTE * len(data)
    return Reason.BOMB if flood else Reason.TOO_MANY_PIXELS


def _fine_grey(data: bytes, image: Image.Image) -> Image.Image | None:
    """Return a large JPEG's shades alone, fine enough for codes; None for one that is small.

    A JPEG decoder gives a half or a quarter of the size, or shades without colours, for a part of
    the work: all of it in colours is needed for nothing.
    """
    high, shown = image.size, bounded(*image.size)
    if image.mode not in ("RGB", "L") or high[0] < 2 * shown[0] or high[1] < 2 * shown[1]:
        return None
    grey = _opened(data, sniffing.JPEG)
    grey.draft("L", _working(high))
    grey.load()
    return upright(grey)


def _working(size: tuple[int, int]) -> tuple[int, int]:
    """Return the size from which a JPEG decoder may pick a cheaper one, never smaller."""
    pixels = size[0] * size[1]
    return size if pixels <= _WORKING_PIXELS else (size[0] // 2, size[1] // 2)


def upright(image: Image.Image) -> Image.Image:
    """Return the first frame as it is meant to be seen: turned, on white, plain 8-bit sRGB."""
    profile = image.info.get("icc_profile")
    try:
        turned = ImageOps.exif_transpose(image)
    except MemoryError:
        raise
    except Exception:  # a broken EXIF block says nothing about how it was held
        turned = image.copy()
    turned.info.clear()
    turned = _eight_bits(turned)
    if turned.width * turned.height > _WORKING_PIXELS:
        turned = _halved(turned)
    return _plain(turned, profile)


def _halved(image: Image.Image) -> Image.Image:
    """Return a picture at half its size; one of few colours has shades in between then."""
    if image.mode == "1":
        image = image.convert("L")
    elif image.mode == "P":
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image.reduce(2)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Bring 16-bit and floating shades of grey to 8 bits by their range."""
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda value: value / 257).convert("L")
    if image.mode in ("I", "F"):
        low, high = image.getextrema()
        scale = 257 if high <= 65_535 and low >= 0 else max(1, (high - low) / 255)
        base = 0 if scale == 257 else low
        return image.point(lambda value: value * (1 / scale) - base / scale).convert("L")
    return image


def _plain(image: Image.Image, profile: bytes | None) -> Image.Image:
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, image).convert("RGB")
    if profile and image.mode in ("RGB", "CMYK", "L"):
        image = _in_srgb(image, profile)
    return image.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, given, _SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, ValueError, OSError, TypeError):
        return image


def _flag_what_it_carries(image: Image.Image, data: bytes, kind: str, flag) -> None:
    frames = getattr(image, "n_frames", 1)
    is_set = kind == sniffing.HEIC or image.format == "MPO"
    if frames > 1:
        code = FlagCode.SEVERAL_PICTURES if is_set else FlagCode.ANIMATED
        flag(code, **{"pictures" if is_set else "frames": frames})
    if _has_place(image):
        flag(FlagCode.GPS)
    tail = data[sniffing.end_of_picture(data, kind) :]
    if b"%PDF-" in tail:
        flag(FlagCode.SEVERAL_DOCUMENTS, kind="pdf")
    elif tail.strip(b"\0\r\n") and image.format != "MPO":  # there the other pictures follow
        flag(FlagCode.TRAILING_DATA, bytes=len(tail))


def _has_place(image: Image.Image) -> bool:
    """Say whether the photo tells where it was taken; the place itself is not read."""
    try:
        place = image.getexif().get_ifd(_GPS_TAG)
    except MemoryError:
        raise
    except Exception:
        return False
    return bool(_GPS_FIELDS & set(place))
