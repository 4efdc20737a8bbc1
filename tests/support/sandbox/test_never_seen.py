"""Files never seen before, through ``try_evidence``: a few here, thousands in `make faults`."""

import io
import json
import os
from pathlib import Path

import pytest
from django.core.management import call_command
from PIL import Image

from support.sandbox import open_file, plain
from support.sandbox.inside import sniffing
from tests.chargers.registry_files import SAMPLES
from tests.support.sandbox import never_seen, real_shapes
from tests.support.sandbox.odd_files import CANARY

FEW, MANY = 30, 2_000
SEED = int(os.environ.get("NEVER_SEEN_SEED", "20261126"))
ENDS = {"accepted", "returned", "quarantined"}
# A machine too busy to open a file gives it back; one that cannot be read at all is a mistake here.
UNREAD = "could_not_read"
# JPEG (ITU T.81): the first segment; the length and depth of a frame, and its three components.
COMMON = (b"JFIF", b"\x00\x11\x08", b"\x03\x01\x22\x00\x02\x11\x01")


def tried(folder: Path, **how) -> list[dict]:
    """Run a folder through the command; return a row for each file."""
    told = folder / "told.json"
    call_command("try_evidence", str(folder / "files"), "--no-reading", f"--json={told}", **how)
    return json.loads(told.read_text())["files"]


def hold_to_promise(row: dict, pictures: Path) -> None:
    """Whatever the file was: one verdict, in bounds, and nothing of it but what it shows."""
    about = ascii((row["path"], row["verdict"], row["reason"]))
    assert row["verdict"] in ENDS and row["reason"] != UNREAD, about
    is_accepted = row["verdict"] == "accepted"
    assert is_accepted == bool(row["pages"]) == (row["reason"] is None), about
    assert row["seconds"] <= 15 and row["peak_bytes"] <= 1_200_000_000, about
    behind = trailer(Path(row["path"]).read_bytes())[:4096]
    pieces = [behind[at : at + 16] for at in range(0, max(0, len(behind) - 16), 16)]
    for page, name in zip(row["pages"], row.get("pictures", []), strict=True):
        content = (pictures / name).read_bytes()
        assert plain.size_of(content) == (page["width"], page["height"]), about
        assert CANARY not in content and CANARY[:16] not in content, about
        assert not [one for one in pieces if is_telling(one) and one in content], about
        with Image.open(pictures / name) as seen:
            seen.load()
            assert dict(seen.getexif()) == {}, about
            assert not {"icc_profile", "xmp", "comment", "photoshop"} & set(seen.info), about


def trailer(content: bytes) -> bytes:
    """Return what follows the end of a picture: nothing of it is in the one that we make."""
    return content[sniffing.end_of_picture(content, sniffing.content_type(content)) :]


def is_telling(piece: bytes) -> bool:
    """Leave out what is flat, how every JPEG begins, and how each frames a picture of its size."""
    return len(set(piece)) > 8 and not any(common in piece for common in COMMON)


def through(folder: Path, count: int, seed: int) -> dict[str, int]:
    (folder / "files").mkdir(parents=True)
    samples = [path for path in sorted(SAMPLES.rglob("*")) if path.is_file()]
    made = list(never_seen.write(folder / "files", count=count, seed=seed, samples=samples))
    rows = tried(folder, pictures=str(folder / "pictures"))
    assert len(rows) == len(made) == count
    for row in rows:
        hold_to_promise(row, folder / "pictures")
    return {end: sum(row["verdict"] == end for row in rows) for end in sorted(ENDS)}


def test_files_never_seen_end_in_one_verdict(tmp_path):
    through(tmp_path, FEW, SEED)


def test_the_same_seed_makes_the_same_files(tmp_path):
    """What failed can be looked at again."""
    made = [never_seen.make(never_seen.Dice(f"{SEED}/{number}")) for number in range(40)]
    again = [never_seen.make(never_seen.Dice(f"{SEED}/{number}")) for number in range(9)]

    assert [kind for kind, _content in made[:9]] == [kind for kind, _content in again]
    assert len({kind for kind, _content in made}) > 15


@pytest.mark.parametrize("shape", real_shapes.SHAPES)
def test_an_honest_file_of_every_shape_is_opened_or_told_why(shape):
    """At the bounds too: what is within is accepted, what is over is named by its bound."""
    content = real_shapes.SHAPES[shape](never_seen.Dice(f"{SEED}/{shape}"))

    opened = open_file(io.BytesIO(content))

    over = {"forty": "too_many_pixels", "fifteen": "too_large", "scan": "too_many_pages"}
    assert opened.reason in (None, over.get(shape)), (shape, opened)


@pytest.mark.long
def test_thousands_of_files_never_seen_end_in_one_verdict(tmp_path):
    total = dict.fromkeys(sorted(ENDS), 0)
    for piece in range(MANY // 100):
        for end, count in through(tmp_path / str(piece), 100, SEED + piece + 1).items():
            total[end] += count
    print(total)
