"""Files that nobody has seen: made and spoilt at random, the same ones for the same seed.

    python -m tests.support.sandbox.never_seen FOLDER --count 2000 --seed 7 [--samples FOLDER]

Each file carries a canary wherever its format has room for words: no picture may show its bytes.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from tests.support.sandbox.odd_files import MAKERS, Dice, page, pdf_plain, photo, zipped
from tests.support.sandbox.real_shapes import SHAPES

NAMES = (
    "{}.jpg", "{}.PDF", "{}", "{} ", "-{}.png", "{}.jpg.exe", "\u202e{}gpj.pdf", "{}\u200b.heic",
    "{}'\"<b>&.webp", "{}%00.jpg", "{}\n.pdf", "..{}..", "{}" + "n" * 180, "Å{}ß漢🔌.jpeg",
    "עותק של {}.pdf", "\u2067عقد{}\u2069.heic",
)  # fmt: skip


def make(dice: Dice, samples: list[Path] = ()) -> tuple[str, bytes]:
    """Return what kind of file it is, and its bytes; about half of them are spoilt."""
    makers = list((MAKERS | SHAPES).items())
    if samples and dice.random() < 0.4:
        kind, content = "sample", dice.choice(samples).read_bytes()[: 4 * 1024 * 1024]
        return f"{kind}-spoilt", spoil(dice, content, samples)
    name, maker = dice.choice(makers)
    content = maker(dice)
    return (f"{name}-spoilt", spoil(dice, content)) if dice.random() < 0.5 else (name, content)


def write(folder: Path, *, count: int, seed: int, samples: list[Path] = ()) -> Iterator[Path]:
    """Write so many files under odd names; yield each."""
    for number in range(count):
        dice = Dice(f"{seed}/{number}")
        kind, content = make(dice, samples)
        path = folder / dice.choice(NAMES).format(f"{number:05d}-{kind}")
        path.write_bytes(content)
        yield path


# --- Spoiling ---


def spoil(dice: Dice, content: bytes, samples: list[Path] = ()) -> bytes:
    """Return a file with a few things done to it."""
    for _step in range(dice.choice((1, 1, 2, 3))):
        content = dice.choice(SPOILS)(dice, content, samples)
    return content


def flipped(dice: Dice, content: bytes, _samples) -> bytes:
    spoilt = bytearray(content)
    for _bit in range(dice.choice((1, 4, 40))):
        if spoilt:
            spoilt[dice.randrange(len(spoilt))] ^= 1 << dice.randrange(8)
    return bytes(spoilt)


def head_flipped(dice: Dice, content: bytes, samples) -> bytes:
    return flipped(dice, content[:300], samples) + content[300:]


def truncated(dice: Dice, content: bytes, _samples) -> bytes:
    return content[: dice.randrange(len(content) + 1)]


def cut(dice: Dice, content: bytes, _samples) -> bytes:
    at = dice.randrange(len(content) + 1)
    return content[:at] + content[at + dice.choice((1, 100, 5000)) :]


def doubled(dice: Dice, content: bytes, _samples) -> bytes:
    at = dice.randrange(len(content) + 1)
    piece = content[at : at + dice.choice((4, 400, 4000))]
    return content[:at] + piece * dice.choice((2, 9)) + content[at:]


def zeroed(dice: Dice, content: bytes, _samples) -> bytes:
    at, length = dice.randrange(len(content) + 1), dice.choice((2, 64, 4096))
    return content[:at] + bytes(length) + content[at + length :]


def numbers_grown(dice: Dice, content: bytes, _samples) -> bytes:
    """Make a number in a text, or four bytes, enormous."""
    digits = [at for at in range(len(content)) if content[at : at + 1].isdigit()]
    if digits and dice.random() < 0.6:
        at = dice.choice(digits)
        return (
            content[:at] + dice.choice((b"99999999", b"-1", b"1e30", b"4294967295")) + content[at:]
        )
    at = dice.randrange(len(content) + 1)
    return (
        content[:at] + dice.choice((b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff")) + content[at + 4 :]
    )


def spliced(dice: Dice, content: bytes, samples) -> bytes:
    other = (
        dice.choice(samples).read_bytes() if samples else dice.choice(list(MAKERS.values()))(dice)
    )
    at, into = dice.randrange(len(content) + 1), dice.randrange(len(other) + 1)
    return content[:at] + other[into : into + 2 * 1024 * 1024]


def polyglot(dice: Dice, content: bytes, _samples) -> bytes:
    other = dice.choice(
        (zipped(dice), page(dice), pdf_plain(dice), photo(dice), b"#!/bin/sh\nid\n")
    )
    return content + other if dice.random() < 0.7 else other + content


SPOILS = (
    flipped, head_flipped, truncated, cut, doubled, zeroed, numbers_grown, spliced, polyglot,
)  # fmt: skip


def main() -> None:
    """Write files into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--samples", type=Path)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    samples = (
        sorted(path for path in given.samples.rglob("*") if path.is_file()) if given.samples else []
    )
    made = sum(
        1 for _path in write(given.folder, count=given.count, seed=given.seed, samples=samples)
    )
    print(f"{made} files in {given.folder}")


if __name__ == "__main__":
    main()
