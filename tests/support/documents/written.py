"""Pages made of lines of text, as a PDF's own text or as optical reading gives them."""

from support.sandbox import Barcode, Picture, Source, Word

HEIGHT, LETTER = 0.012, 0.008


def page(*lines, number=1, codes=()):
    """A page whose lines stand under each other; three spaces part columns."""
    words = []
    for row, line in enumerate(lines):
        at = 0.08
        for column in line.split("   "):
            for word in column.split():
                box = (at, 0.05 + row * 0.025, len(word) * LETTER, HEIGHT)
                words.append(Word(word, box))
                at += (len(word) + 1) * LETTER
            at += 0.06
    return Picture(number, b"", "image/jpeg", 1414, 2000, words, list(codes))


def photo(*codes):
    """A photo: no text of its own, perhaps codes."""
    return Picture(1, b"", "image/jpeg", 2000, 1500, [], list(codes))


def read(*lines, confidence=0.97):
    """What optical reading gives: a line is one word."""
    return [
        [
            Word(
                line,
                (0.1, 0.1 + row * 0.05, len(line) * 0.01, 0.03),
                Source.OPTICAL,
                confidence,
            )
            for row, line in enumerate(lines)
        ]
    ]


def code(text, kind="qr"):
    return Barcode(text, kind, (0.5, 0.5, 0.1, 0.1))
