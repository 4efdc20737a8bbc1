"""Print files that were made: taking one letter out of them again."""

import csv
import os
from io import BytesIO, StringIO
from pathlib import Path

import pikepdf
from django.conf import settings


def take_out(uids: set[str]) -> int:
    """Take letters out of every print file that still lies there; return how many there were.

    The PDF is written before its list, each whole or not at all; done again it finds none.
    """
    folder = Path(settings.LETTERS_DIR)
    lists = sorted(folder.glob("????-??-??/*.csv")) if uids and folder.is_dir() else []
    return sum(_take_out_of(path, uids) for path in lists)


def _take_out_of(path: Path, uids: set[str]) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    left = [row for row in rows if row[0] not in uids]
    if len(left) == len(rows):
        return 0
    pdf = path.with_suffix(".pdf")
    if not left:
        pdf.unlink(missing_ok=True)
        path.unlink()
        return len(rows)
    keep = {int(row[-1]) for row in left}
    with pikepdf.open(pdf) as pages:
        # A run that died between the two files has taken its pages out already.
        if len(pages.pages) == len(rows):
            for number in range(len(rows), 0, -1):
                if number not in keep:
                    del pages.pages[number - 1]
            pages.remove_unreferenced_resources()
            _put(pdf, _bytes_of(pages))
    table = StringIO()
    numbered = [[*row[:-1], str(number)] for number, row in enumerate(left, 1)]
    csv.writer(table).writerows([head, *numbered])
    _put(path, table.getvalue().encode())
    return len(rows) - len(left)


def _bytes_of(pages: pikepdf.Pdf) -> bytes:
    content = BytesIO()
    pages.save(content)
    return content.getvalue()


def _put(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        os.fsync(file.fileno())
    unfinished.replace(path)
