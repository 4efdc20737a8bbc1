"""A name is found however it is written, and ordinary words are not names."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support import screening
from support.folding import Text, words_of
from support.screened import Facts, Sides

OWNER = Facts(
    names={"Kari Sørlie-Åsen"},
    mails={"kari.asen@mail.example"},
    phones={"+47 912 34 567"},
    streets={"Ole Bulls gate", "Storgata"},
)


def hits(text, others=OWNER, own=None):
    both = Sides(others, own or Facts())
    read = Text(text)
    spans = [*screening._fixed(read, both), *screening._typed(read, both)]
    return sorted({span.what for span in spans})


@pytest.mark.parametrize(
    "text",
    [
        "Kari Sørlie-Åsen lives there",
        "KARI SORLIE ASEN lives there",
        "the key is with KariSørlieÅsen.",
        "Åsen, Kari Sørlie",
        "K a r i  S ø r l i e  Å s e n",
        "ask Åsens neighbour",
        "ask \u0430\u0441\u0435n? no: \u00c5s\u0435n",  # Cyrillic e
        "A\u030asen said so",  # A and a combining ring
        "\u200bÅ\u200bs\u200be\u200bn",  # zero width spaces
        "Å-s-e-n said so",
        "we asked asen",
        "we asked Kari",
        "4sen said so",
        "write to Kari.Asen@Mail.Example",
        "write to kari.asen (at) mail dot example",
        "write to kari.asen @ mail.example",
        "kariasen at the usual place",
        "call 91234567",
        "call 91 23 45 67",
        "call +47-912-34-567",
        "call 0047 (912) 34.567",
        "call 9\u200912\u200934\u2009567",
        "call \u0669\u0661\u0662\u0663\u0664\u0665\u0666\u0667",  # Arabic digits
        "call 9123456 7",
        "at Ole Bulls gate 5",
        "at ole bulls gt. 5",
        "at OLE-BULLS-GATE",
        "in Stor gata 3",
        "in Storgt. 3",
        "in St\u043ergata",  # Cyrillic o
    ],
)
def test_whatever_the_spelling_it_is_found(text):
    assert hits(text)


@pytest.mark.parametrize(
    "text",
    [
        "Please send the photo again, in good light.",
        "The serial number ends in 567, the code is amber-otter-4821.",
        "By Monday 12 April 2027 10:00 you hear from us.",
        "A large storage box is in the way.",
        "The old gate is closed; ask at the office.",
        "Send it to help@handover.example or call 22 00 00 00.",
        "karios, karies, basen, asenov",
    ],
)
def test_what_is_no_name_is_left_alone(text):
    assert hits(text) == []


def test_a_surname_that_is_a_word_counts_with_its_capital_only():
    facts = Facts(names={"Mary Long"})

    assert hits("It takes a long time.", facts) == []
    assert hits("We asked Long.", facts) == ["long"]


def test_what_the_reader_knows_of_themself_is_no_hit():
    mine = Facts(names={"Per Åsen"}, streets={"Storgt."}, phones={"91234567"})

    assert hits("Dear Per Åsen, about Storgata 3, call 912 34 567", own=mine) == []
    assert hits("Kari told us", own=mine) == ["kari"]


NAMES = st.text(
    st.characters(whitelist_categories=("Lu", "Ll"), max_codepoint=0x24F), min_size=4, max_size=9
).filter(lambda name: len("".join(words_of(name))) >= 4 and len(words_of(name)) == 1)
WAYS = {
    "as it is": lambda name: name,
    "shouted": str.upper,
    "whispered and reversed": lambda name: " ".join(reversed(name.lower().split())),
    "together": lambda name: name.replace(" ", ""),
    "hyphen": lambda name: name.replace(" ", "-"),
    "two lines": lambda name: name.replace(" ", ",\n  "),
    "apart": lambda name: unicodedata.normalize("NFD", name),
    "letters apart": " ".join,
    "zero width": "\u200b".join,
    "no accents": lambda name: " ".join(words_of(name)),
    "bold": lambda name: name.translate(
        {ord("a") + n: 0x1D41A + n for n in range(26)}
        | {ord("A") + n: 0x1D400 + n for n in range(26)}
    ),
}


@settings(max_examples=60, deadline=None)
@given(first=NAMES, last=NAMES, digits=st.text("0123456789", min_size=8, max_size=11))
def test_no_generated_person_gets_through(first, last, digits):
    first, last = first.title(), last.title()
    facts = Facts(
        names={f"{first} {last}"}, phones={digits}, mails={f"{words_of(last)[0]}@x.example"}
    )
    for way, write in WAYS.items():
        text = f"We heard from {write(f'{first} {last}')}. Then nothing."
        assert hits(text, facts), (way, text)
    for part in (digits, " ".join(digits), f"+47 {digits[:3]}-{digits[3:]}"):
        assert hits(f"Call {part} please", Facts(phones={digits})), part
