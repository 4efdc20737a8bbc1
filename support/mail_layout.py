"""The one layout of every mail: the same paragraphs as plain text, and as HTML out of MJML.

The MJML is compiled once a process, before anything is filled in: nothing that people typed ever
meets its parser. Its colours and typefaces are the tokens of handover.css, read from there.
"""

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template as Pattern

import mrml
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, Engine, Template
from django.utils import translation
from django.utils.translation import get_language_info

from support.languages import ASKED_BY

WIDTH = 76
# A paragraph of one line that begins so is a code: large, alone.
CODE_MARK = "= "
_SOURCE = Path(settings.BASE_DIR) / "templates" / "emails" / "layout.mjml"
_TOKEN = re.compile(r"(?<![\w-])--([a-z][a-z-]{0,40}): ([^;{}\n]{1,200});")

Paragraphs = list[list[str]]


@dataclass(frozen=True)
class Action:
    """The one link of a mail; ``tongues`` are the languages that its page can be read in."""

    url: str
    label: str
    tongues: tuple[str, ...] = ()

    def in_each_language(self) -> list[dict[str, str]]:
        """Return the same page in each language, called by its own name there."""
        named = [(code, get_language_info(code)["name_local"]) for code in self.tongues]
        return [
            {
                "code": code,
                "label": name[:1].upper() + name[1:],
                "url": f"{self.url}?{ASKED_BY}={code}",
            }
            for code, name in named
        ]


def paragraphs(text: str) -> Paragraphs:
    """Return a text's paragraphs, each as its lines."""
    blocks = re.split(r"\n\s*\n", text.strip())
    return [[line.strip() for line in block.splitlines()] for block in blocks if block.strip()]


def as_text(body: Paragraphs, foot: Paragraphs, action: Action | None) -> str:
    """Return the plain text: short lines, the link on a line of its own, the languages last."""
    way = [[f"{action.label}:", action.url]] if action else []
    tongues = [f"{t['label']}: {t['url']}" for t in action.in_each_language()] if action else []
    parts = ["\n".join(map(_wrapped, lines)) for lines in [*body, *way, ["--"], *foot]]
    return "\n\n".join([*parts, *(["\n".join(tongues)] if tongues else [])]) + "\n"


def as_html(subject: str, body: Paragraphs, foot: Paragraphs, action: Action | None) -> str:
    """Return the HTML: everything that is filled in is escaped here."""
    shapes = [_shape(lines) for lines in body]
    about = {
        "subject": subject,
        "preview": " ".join(body[0]) if body else "",
        "brand": settings.BRAND,
        "blocks": shapes,
        "action": action,
        "tongues": action.in_each_language() if action else [],
        "foot": [_shape(lines) for lines in foot],
        "language": translation.get_language(),
    }
    return _compiled().render(Context(about))


@cache
def _compiled() -> Template:
    """Return the layout as a template of Django's, with our tokens in it."""
    source = Pattern(_SOURCE.read_text()).substitute(_tokens())
    # No fonts: for a typeface that it knows, MJML would have the mail fetch it from elsewhere.
    html = mrml.to_html(source, None, mrml.RenderOptions(fonts={})).content
    return Template(html, engine=Engine(autoescape=True))


def _tokens() -> dict[str, str]:
    """Return the tokens of the style sheet, ``--go-ink`` as go_ink, the evening's as dark_go_ink.

    Double quotes become single ones: they stand in attributes.
    """
    sheet = Path(finders.find("support/handover.css")).read_text()
    light, dark = re.findall(r":root \{(.*?)\}", sheet, flags=re.S)[:2]
    found = {**_named("", light), **_named("dark_", dark)}
    return {name: value.replace('"', "'") for name, value in found.items()}


def _named(prefix: str, rules: str) -> Iterable[tuple[str, str]]:
    return {prefix + name.replace("-", "_"): value for name, value in _TOKEN.findall(rules)}


def _shape(lines: list[str]) -> dict:
    """Return a paragraph for the HTML part: a list when every line begins with a dash."""
    if len(lines) == 1 and lines[0].startswith(CODE_MARK):
        return {"code": lines[0].removeprefix(CODE_MARK)}
    if all(line.startswith("- ") for line in lines):
        return {"points": [line[2:] for line in lines]}
    return {"lines": lines}


def _wrapped(line: str) -> str:
    if line.startswith(CODE_MARK):
        return "    " + line.removeprefix(CODE_MARK)
    return textwrap.fill(
        line,
        WIDTH,
        break_long_words=False,
        break_on_hyphens=False,
        subsequent_indent="  " if line.startswith("- ") else "",
    )
