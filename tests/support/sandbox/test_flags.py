"""Every flag, by a file made to raise it; and no flag on an honest file."""

import io
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from support.sandbox import Flag, FlagCode, Verdict, cell, open_file, opening
from support.sandbox.words import describe, describe_protections
from tests.support.sandbox import files


def flags(content):
    opened = open_file(io.BytesIO(content))
    assert opened.verdict == Verdict.ACCEPTED, opened
    return {flag.code: flag.detail for flag in opened.flags}


def changed(content, change):
    """The PDF after a change by pikepdf."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        change(document)
        document.save(target)
    return target.getvalue()


def action(kind, more=b""):
    return files.raw(b"<</S/%s%s>>" % (kind, more), root=b"/OpenAction 5 0 R")


def signed(*, covers=True, later=b""):
    """A PDF with a signature value over the whole file, or over a part of it."""
    value = (
        b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached/Name(Demo Signer)"
        b"/M(D:20240501120000Z)/ByteRange[0 AAAAAAAAAA BBBBBBBBBB CCCCCCCCCC]/Contents<%s>>>"
    ) % (b"0" * 64)
    content = files.raw(
        b"<</Fields[6 0 R]/SigFlags 3>>",
        b"<</FT/Sig/T(s)/V 7 0 R>>",
        value,
        root=b"/AcroForm 5 0 R",
    )
    start = content.index(b"/Contents<0") + len(b"/Contents")
    end = content.index(b">", start) + 1
    rest = len(content) - end - (0 if covers else 50)
    for mark, number in ((b"A", start), (b"B", end), (b"C", rest)):
        content = content.replace(mark * 10, b"%010d" % number, 1)
    return content + later


UPDATE = b"\nxref\n0 0\ntrailer<</Size 5/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF"


def updated(content, times=1):
    for _ in range(times):
        start = int(content.rpartition(b"startxref")[2].split()[0])
        content += UPDATE % (start, len(content) + 1)
    return content


def layered(document):
    layer = document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="hidden"))
    document.Root.OCProperties = pikepdf.Dictionary(
        OCGs=[layer], D=pikepdf.Dictionary(OFF=[layer], Order=[layer])
    )


def of_sizes(document):
    document.add_blank_page(page_size=(200, 200))


def saved(kind="JPEG", **options):
    target = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(target, kind, **options)
    return target.getvalue()


def moving():
    frames = [Image.new("RGB", (300, 200), shade) for shade in ("red", "teal")]
    return saved("WEBP", save_all=True, append_images=frames)


def placed():
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (59.0, 54.0, 0.0)
    return saved(exif=exif)


def wordy():
    """A page of 7,000 words."""
    font = b"/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
    lines = (b"(" + b"a " * 100 + b") Tj T* ") * 70
    return files.raw(page=font, content=b"BT /F 3 Tf 3 TL 5 830 Td " + lines + b"ET")


def protected():
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(files.raw())) as document:
        document.save(target, encryption=pikepdf.Encryption(user="", owner="x"))
    return target.getvalue()


NO_IMAGE = b"<</Subtype/Image/Width(wide)/Height(high)>>"
PLAIN = files.raw()
RAISED = {
    FlagCode.JAVASCRIPT: action(b"JavaScript", b"/JS(app.alert\\(1\\))"),
    FlagCode.OPEN_ACTION: action(b"URI", b"/URI(https://example.com)"),
    FlagCode.LAUNCH_ACTION: action(b"Launch", b"/F(calc.exe)"),
    FlagCode.SUBMIT_ACTION: action(b"SubmitForm", b"/F(https://example.com)"),
    FlagCode.EMBEDDED_FILES: files.raw(files.stream(b"other", b"/Type/EmbeddedFile")),
    FlagCode.RICH_MEDIA: files.raw(b"<</Type/Annot/Subtype/RichMedia/Rect[0 0 9 9]>>"),
    FlagCode.XFA_FORM: files.raw(b"<</Fields[]/XFA(x)>>", root=b"/AcroForm 5 0 R"),
    FlagCode.FORM: files.raw(
        b"<</Fields[6 0 R]>>", b"<</FT/Tx/T(name)/V(x)>>", root=b"/AcroForm 5 0 R"
    ),
    FlagCode.HIDDEN_LAYERS: changed(PLAIN, layered),
    FlagCode.INCREMENTAL_UPDATES: updated(PLAIN, times=2),
    FlagCode.SIGNATURE: signed(),
    FlagCode.PRODUCER: files.raw(b"<</Producer(Demo Maker)>>", trailer=b"/Info 5 0 R"),
    FlagCode.DATES: files.raw(b"<</CreationDate(D:20240501)>>", trailer=b"/Info 5 0 R"),
    FlagCode.CHANGED_LATER: files.raw(
        b"<</CreationDate(D:20240501)/ModDate(D:20240601)>>", trailer=b"/Info 5 0 R"
    ),
    FlagCode.REPAIRED: PLAIN.replace(b"xref\n", b"xxxx\n"),
    FlagCode.SEVERAL_DOCUMENTS: PLAIN + b"\n" + files.raw(),
    FlagCode.PAGE_SIZES_DIFFER: changed(PLAIN, of_sizes),
    FlagCode.TRAILING_DATA: PLAIN + b"\nand more" * 9,
    FlagCode.LEADING_DATA: b"some words first\n" + PLAIN,
    FlagCode.BLANK: files.raw(content=b""),
    FlagCode.ENCRYPTED: protected(),
    FlagCode.ANIMATED: moving(),
    FlagCode.SEVERAL_PICTURES: saved(
        "MPO", save_all=True, append_images=[Image.new("RGB", (6, 4))]
    ),
    FlagCode.GPS: placed(),
    FlagCode.STRUCTURE_UNREAD: files.raw(NO_IMAGE),
    FlagCode.TEXT_CUT: wordy(),
}


@pytest.mark.parametrize("code", RAISED)
def test_each_flag_is_raised_and_has_words(code):
    raised = flags(RAISED[code])

    assert code in raised
    words = describe(Flag(code, raised[code]))
    assert words.endswith(".")
    assert "%(" not in words


def test_codes_are_not_sought_when_there_is_no_time_left(monkeypatch):
    program = cell.Program("children_in_a_hurry", Path(__file__).parent)
    monkeypatch.setattr(opening, "PROGRAM", program)

    assert FlagCode.CODES_NOT_SOUGHT in flags(files.written("one", "two"))


def test_there_is_a_file_for_every_flag():
    assert set(FlagCode) == {*RAISED, FlagCode.CODES_NOT_SOUGHT}


def test_an_object_that_is_not_what_it_says_hides_no_other():
    def hide(document):
        document.Root.AA = pikepdf.Dictionary(
            WC=pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="x()")
        )

    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(files.raw(NO_IMAGE))) as document:
        hide(document)
        document.Root.Odd = document.make_indirect(
            pikepdf.Dictionary(Subtype=pikepdf.Name.Image, Width="wide", Height="high")
        )
        document.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate)

    assert b"JavaScript" not in target.getvalue()
    assert {FlagCode.STRUCTURE_UNREAD, FlagCode.JAVASCRIPT} <= set(flags(target.getvalue()))


def test_an_honest_file_has_none():
    assert flags(PLAIN) == {}
    assert flags(files.photo()) == {}
    assert flags(files.photo("PNG")) == {}


def test_a_script_hidden_by_escapes_and_a_broken_table_is_found():
    hidden = action(b"J#61vaScript", b"/J#53(x)").replace(b"xref\n", b"xxxx\n")

    assert FlagCode.JAVASCRIPT in flags(hidden)


def test_a_script_deep_in_a_compressed_object_is_found():
    def hide(document):
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="x()")
        document.pages[0].AA = pikepdf.Dictionary(O=script)

    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(PLAIN)) as document:
        hide(document)
        document.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate)

    assert b"JavaScript" not in target.getvalue()
    assert FlagCode.JAVASCRIPT in flags(target.getvalue())


@pytest.mark.parametrize(
    ("content", "covers"),
    [(signed(), True), (signed(covers=False), False), (updated(signed()), False)],
)
def test_a_signature_says_whether_it_covers_the_whole_file(content, covers):
    raised = flags(content)

    assert raised[FlagCode.SIGNATURE]["covers_all"] is covers
    assert raised[FlagCode.SIGNATURE]["name"] == "Demo Signer"
    words = describe(Flag(FlagCode.SIGNATURE, raised[FlagCode.SIGNATURE]))
    assert "validity was not checked" in words
    assert ("does not cover" in words) is not covers


def test_a_document_behind_a_photo_is_told():
    assert flags(files.photo() + PLAIN)[FlagCode.SEVERAL_DOCUMENTS] == {"kind": "pdf"}


def test_a_picture_with_data_behind_it_is_told():
    assert flags(files.photo() + b"hidden" * 9)[FlagCode.TRAILING_DATA] == {"bytes": 54}


def test_the_second_picture_of_a_phones_photo_is_no_animation():
    raised = flags(RAISED[FlagCode.SEVERAL_PICTURES])

    assert raised == {FlagCode.SEVERAL_PICTURES: {"pictures": 2}}


@pytest.mark.parametrize("code", FlagCode)
def test_every_flag_has_words_even_without_detail(code):
    assert describe(Flag(code))


def test_what_is_not_in_force_is_said():
    said = describe_protections({"network": "namespace", "files": ""})

    assert said[0] == "no network"
    assert said[1] == "no files: not in force"
