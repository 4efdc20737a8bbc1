"""Input that breaks software, and how to see in a page that it was not escaped."""

import json
import random
from collections import Counter

import html5lib
from hypothesis import strategies

from tests.chargers.registry_files import SAMPLES

TAG, ATTRIBUTE = "q7tag", "q7attribute"
OWN = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\x1b[31m",
    "x\r\nBcc: a@example.com\r\n\r\nbody",
    "\u202eexe.gpj",
    "\ud800",
    "\udfff\ud800",
    "0" * 10_000,
    "9" * 400,
    "-1",
    "1e999",
    "NaN",
    "2147483648",
    "9223372036854775808",
    "ß" * 300,
    f"<{TAG} {ATTRIBUTE}=1>",
    f"\"><{TAG}>'><{TAG}>",
    f'" {ATTRIBUTE}=1 x="',
    f"' {ATTRIBUTE}=1 x='",
    f"</textarea><{TAG}></title><{TAG}></script><{TAG}>",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{ 7919 * 104729 }}{% debug %}{% load i18n %}",
    "${7*191}<%= 7*191 %>#{7*191}",
    "' OR 1=1 --",
    "'; DROP TABLE support_ticket; --",
    "٣٤٥",
    "ﷺ" * 100,
    "9999-99-99",
    "0000-00-00",
    "../../etc/passwd",
    "%s%s%n%00",
    "=cmd|'/c calc'!A1",
    "｛\ufeff\ufffe\uffff",
    "a" + "\u0301" * 2_000,
    "[]",
    '{"$gt": ""}',
    "None",
    "true",
]
FILE = SAMPLES / "text" / "blns.json"


def strings(number: int, seed: int = 7) -> list[str]:
    """Return our own strings, and so many of the list of naughty strings where it is at hand."""
    listed = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else []
    return OWN + random.Random(seed).sample(listed, min(len(listed), number))


def sendable(text: str) -> str:
    """Return text as it can be put on a wire: a lone surrogate becomes the bytes of one."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1") if _is_lone(text) else text


def _is_lone(text: str) -> bool:
    return any("\ud800" <= sign <= "\udfff" for sign in text)


def generated():
    """Return a strategy of values: texts of every kind, numbers, dates, pieces of pages."""
    marks = strategies.sampled_from([sendable(text) for text in OWN])
    text = strategies.text(strategies.characters(exclude_categories=["Cs"]), max_size=60)
    return strategies.one_of(
        marks,
        text,
        strategies.builds(lambda a, b: f"{a}<{TAG} {ATTRIBUTE}='{b}'>", text, text),
        strategies.integers().map(str),
        strategies.floats().map(str),
        strategies.datetimes().map(str),
        strategies.uuids().map(str),
    )


# What stands in a page only when what was typed was not escaped: signs that escaping takes away.
RAW = (f"<{TAG}", f'" {ATTRIBUTE}=', f"' {ATTRIBUTE}=", "<script>alert(", "<img src=x")
COMPUTED = str(7919 * 104729)  # long enough to stand in no code, nonce or uid by chance


def raw(html: str) -> list[str]:
    """Return what was typed and stands there as it was: quick, for the short form."""
    return [sign for sign in (*RAW, COMPUTED) if sign in html]


def shape(tree) -> Counter:
    """Return how often each element, attribute and kind of address is in a page."""
    found: Counter = Counter()
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        found[element.tag] += 1
        for name, value in element.attrib.items():
            found[f"@{name}"] += 1
            if name in ("href", "src", "action", "formaction") and _runs(value):
                found[f"{name}: script"] += 1
    return found


def _runs(address: str) -> bool:
    return address.strip().lower().startswith(("javascript:", "vbscript:", "data:text"))


def unescaped(html: str) -> list[str]:
    """Return what in a page can only have come from input: our tag, a handler, a script."""
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    found = shape(tree)
    wrong = [name for name in found if TAG in name or ATTRIBUTE in name]
    wrong += [name for name in found if name.startswith("@on") or name.endswith(": script")]
    wrong += ["a template was run"] if COMPUTED in html else []
    scripts = tree.iter("script")
    inline = [s for s in scripts if "src" not in s.attrib and s.get("type") != "application/json"]
    return wrong + ["an inline script" for s in inline if "nonce" not in s.attrib]
