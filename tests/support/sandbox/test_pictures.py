"""Pictures come out upright, plain and bare of all that was not to be seen."""

import io
import random
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

from support.sandbox import FlagCode, Verdict, distance, open_file, plain
from tests.support.sandbox import files

CANARY = b"CANARY-0123456789-abcdef-CANARY"


def opened(content):
    return open_file(io.BytesIO(content))


def picture(result):
    assert result.verdict == Verdict.ACCEPTED, result
    return Image.open(io.BytesIO(result.pages[0].content))


def marked(size=(400, 300)):
    """White, with a red corner at the upper left."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 4, size[1] // 4), fill="red")
    return image


def saved(image, kind, **options):
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize(
    ("kind", "orientation"), [*(("JPEG", n) for n in range(1, 9)), ("WEBP", 6), ("PNG", 8)]
)
def test_each_orientation_is_upright(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = marked()
    if orientation in TURNS:
        image = image.transpose(TURNS[orientation])

    seen = picture(opened(saved(image, kind, exif=exif)))

    assert seen.size == (400, 300)
    red, green, _blue = seen.convert("RGB").getpixel((20, 20))
    assert red > 200
    assert green < 80


def test_a_heic_photo_becomes_a_jpeg():
    pillow_heif.register_heif_opener()

    result = opened(saved(marked(), "HEIF"))

    assert result.content_type == "image/heic"
    assert picture(result).getpixel((20, 20))[0] > 200


def test_sixteen_bits_become_eight():
    rows = b"".join(b"\0" + bytes((0x80, 0x12)) * 64 for _ in range(64))

    seen = picture(opened(files.png(64, 64, depth=16, colour=0, rows=rows)))

    assert seen.convert("L").getpixel((30, 30)) == pytest.approx(128, abs=3)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (files.photo(mode="CMYK", colour=(0, 255, 255, 0)), (254, 0, 0)),
        (files.photo("PNG", mode="RGBA", colour=(9, 9, 9, 0)), (255, 255, 255)),
        (files.photo("PNG", mode="LA", colour=(9, 0)), (255, 255, 255)),
        (files.photo("PNG", mode="P", colour=0), (0, 0, 0)),
        (files.photo("PNG", mode="1", colour=1), (255, 255, 255)),
        (files.photo("WEBP", mode="RGBA", colour=(0, 0, 0, 0)), (255, 255, 255)),
    ],
)
def test_every_mode_becomes_plain_colour_on_white(content, expected):
    seen = picture(opened(content))

    assert seen.mode == "RGB"
    assert seen.getpixel((50, 50)) == pytest.approx(expected, abs=12)


@pytest.mark.parametrize("mode", ["P", "I;16"])
def test_a_large_picture_of_few_or_many_shades_is_shown_smaller(mode):
    result = opened(files.photo("PNG", mode=mode, colour=0, size=(5000, 3300), compress_level=1))

    assert picture(result).size == (2000, 1320)


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_an_animation_shows_its_first_picture_and_says_so(kind):
    frames = [Image.new("RGB", (99, 99), colour) for colour in ("red", "blue", "lime")]

    result = opened(saved(frames[0], kind, save_all=True, append_images=frames[1:]))

    assert {flag.code for flag in result.flags} == {FlagCode.ANIMATED}
    assert picture(result).getpixel((50, 50))[0] > 200


def laden(kind):
    """A picture with place, EXIF, profile, comment and a trailer, canaries in each."""
    exif = Image.Exif()
    exif[0x010E] = CANARY.decode()
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (59.0, 54.0, 0.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = profile.replace(b"sRGB built-in", CANARY[:13])
    options = {"exif": exif, "icc_profile": profile}
    if kind == "PNG":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("Comment", CANARY.decode())
    elif kind == "JPEG":
        options["comment"] = CANARY
        options["xmp"] = b"<x:xmpmeta>" + CANARY + b"</x:xmpmeta>"
    return saved(marked(), kind, **options) + CANARY


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_no_picture_carries_anything_of_the_original_but_what_it_shows(kind):
    result = opened(laden(kind))

    assert FlagCode.GPS in {flag.code for flag in result.flags}
    assert "59" not in str([flag.detail for flag in result.flags])
    for page in result.pages:
        seen = Image.open(io.BytesIO(page.content))
        assert dict(seen.getexif()) == {}
        assert set(seen.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        for at in range(len(CANARY) - 16):
            assert CANARY[at : at + 16] not in page.content
        assert plain.size_of(page.content) == (page.width, page.height)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda good: good + b"x",
        lambda good: good[:2] + b"\xff\xe1\x00\x08Exif\0\0" + good[2:],
        lambda good: good[:2] + b"\xff\xfe\x00\x04hi" + good[2:],
        lambda good: good[:2] + b"\xff\xe2\x00\x0eICC_PROFILE\0" + good[2:],
        lambda good: good[:-2],
        lambda good: b"\x89PNG" + good,
        lambda good: b"",
    ],
)
def test_the_parent_takes_nothing_but_a_plain_picture(spoil):
    good = opened(files.photo()).pages[0].content

    assert plain.size_of(good) == (300, 200)
    assert plain.size_of(spoil(good)) is None


def scene(seed=3):
    dice = random.Random(seed)
    image = Image.new("RGB", (1200, 900), "white")
    draw = ImageDraw.Draw(image)
    for _ in range(25):
        left, top = dice.randrange(1100), dice.randrange(800)
        colour = tuple(dice.randrange(256) for _ in range(3))
        draw.rectangle((left, top, left + dice.randrange(300), top + dice.randrange(300)), colour)
    return image


def test_a_picture_is_known_again_after_saving_resizing_and_a_slight_crop():
    original = opened(saved(scene(), "PNG")).pages[0].phash
    again = {
        "saved": saved(scene(), "JPEG", quality=35),
        "smaller": saved(scene().resize((640, 480)), "JPEG"),
        "cropped": saved(scene().crop((8, 8, 1192, 892)), "PNG"),
    }
    for how, content in again.items():
        assert distance(original, opened(content).pages[0].phash) <= 6, how
    assert distance(original, opened(saved(scene(4), "PNG")).pages[0].phash) > 16


def test_empty_pictures_are_like_nothing():
    blank = opened(files.photo()).pages[0].phash

    assert distance(blank, blank) == 64


def test_a_path_is_opened_like_a_file(tmp_path: Path):
    path = tmp_path / "name with \u202e and \n.txt"
    path.write_bytes(files.photo())

    assert open_file(path).verdict == Verdict.ACCEPTED
