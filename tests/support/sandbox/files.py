"""Files made for the tests, byte by byte: honest ones, odd ones and hostile ones."""

import io
import struct
import zlib

from PIL import Image
from reportlab.pdfgen.canvas import Canvas

# The antivirus makers' test file, in two parts so that no scanner takes these tests away.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-" + rb"ANTIVIRUS-TEST-FILE!$H+H*"


def written(*pages, **options):
    """A PDF with a line of text a page."""
    target = io.BytesIO()
    canvas = Canvas(target, **options)
    for text in pages:
        canvas.drawString(100, 700, text)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def stream(content, entries=b""):
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(content), content)


def packed(content, entries=b""):
    return stream(zlib.compress(content, 9), entries + b"/Filter/FlateDecode")


def raw(*objects, root=b"", page=b"", content=b"0 0 m 99 99 l S", trailer=b""):
    """A PDF of one page with entries of the catalogue and page, and further objects from 5 on."""
    page = page if b"/Resources" in page else page + b"/Resources<<>>"
    body = [
        b"<</Type/Catalog/Pages 2 0 R%s>>" % root,
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R%s>>" % page,
        stream(content),
        *objects,
    ]
    return objects_as_pdf(body, trailer)


def objects_as_pdf(objects, trailer=b""):
    made, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (size, trailer, len(made))
    return made + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end


def of_pages(count):
    kids = b" ".join(b"%d 0 R" % (number + 4) for number in range(count))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 3 0 R>>"
    tree = b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count)
    return objects_as_pdf([b"<</Type/Catalog/Pages 2 0 R>>", tree, stream(b""), *[page] * count])


def deep_tree(depth):
    nodes = [
        b"<</Type/Pages/Kids[%d 0 R]/Count 1/Parent %d 0 R>>" % (number + 3, max(2, number + 1))
        for number in range(depth)
    ]
    leaf = b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 100 100]>>" % (depth + 1)
    return objects_as_pdf([b"<</Type/Catalog/Pages 2 0 R>>", *nodes, leaf])


def with_image(image):
    """A PDF that shows one image object over its page."""
    return raw(
        image, page=b"/Resources<</XObject<</I 5 0 R>>>>", content=b"595 0 0 842 0 0 cm /I Do"
    )


def jbig2_giant(side=200_000):
    first = struct.pack(">IBBI", 0, 48, 1, 19) + struct.pack(">IIIIBH", side, side, 0, 0, 0, 0)
    region = struct.pack(">IBBI", 1, 38, 1, 26) + struct.pack(">IIIIB", side, side, 0, 0, 0)
    entries = b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 1" % (side, side)
    entries += b"/ColorSpace/DeviceGray/Filter/JBIG2Decode"
    return with_image(stream(first + region + bytes(9), entries))


def png(width, height, *, depth=8, colour=2, rows=b"", extra=b""):
    def chunk(kind, content):
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(rows, 1))
        + chunk(b"IEND", b"")
    )


def photo(kind="JPEG", *, size=(300, 200), colour=(30, 120, 40), mode="RGB", **options):
    target = io.BytesIO()
    Image.new(mode, size, colour).save(target, kind, **options)
    return target.getvalue()
