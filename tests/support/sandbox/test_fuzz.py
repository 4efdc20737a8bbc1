"""Files spoilt at random: each ends in one verdict, in bounds, whatever is in it."""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.sandbox import Verdict, open_file
from tests.support.sandbox import files

SEEDS = (
    files.written("Buyer: Demo Person", "two"),
    files.raw(b"<</S/JavaScript/JS(x)>>", root=b"/OpenAction 5 0 R"),
    files.photo(size=(200, 150)),
    files.photo("PNG", size=(90, 90)),
    files.photo("WEBP", size=(90, 90)),
    files.png(64, 64, depth=16, colour=6, rows=(b"\0" + bytes(64 * 8)) * 64),
)


@st.composite
def spoilt(draw):
    """A good file with pieces cut, doubled, overwritten or another file behind it."""
    content = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        piece = draw(st.binary(max_size=12))
        how = draw(st.sampled_from(["write", "cut", "insert", "end", "append"]))
        if how == "write":
            content[at : at + len(piece)] = piece
        elif how == "cut":
            del content[at : at + draw(st.integers(1, 300))]
        elif how == "insert":
            content[at:at] = piece * draw(st.integers(1, 50))
        elif how == "end":
            del content[at:]
        else:
            content += draw(st.sampled_from(SEEDS))
    return bytes(content)


def check(content):
    opened = open_file(io.BytesIO(content))
    assert opened.verdict in Verdict
    assert (opened.verdict == Verdict.ACCEPTED) == bool(opened.pages) == (opened.reason is None)
    assert opened.seconds <= 15
    assert opened.peak_bytes <= 1_200_000_000


BOUNDS = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=15, **BOUNDS)
@given(spoilt())
def test_a_spoilt_file_ends_in_one_verdict(content):
    check(content)


@pytest.mark.long
@settings(max_examples=1500, **BOUNDS)
@given(spoilt())
def test_many_spoilt_files_end_in_one_verdict(content):
    check(content)
