"""The forms of the desk as its pages draw them. What has nothing in it yet is drawn once.

How an empty field looks depends on its form, the kind of evidence and the language: on no person,
ticket or day. What was typed or is filled in, tokens and keys are never kept.
"""

from dataclasses import dataclass, field
from functools import lru_cache

from django.forms import BoundField
from django.template import engines, loader
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from support.desk_forms import DeskForm
from support.queue_forms import QueueForm

# Stands for the verb in what is kept, where it is part of an input's id: no text of ours has it.
_VERB = "\0"


@dataclass(frozen=True)
class Unsent:
    """A form that a page offers: its fields, ``without`` some, are empty but for ``first``."""

    form: type[DeskForm]
    verb: str
    kind: str = ""
    first: dict[str, object] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    is_bound = False

    def made(self) -> DeskForm:
        """Return the form itself."""
        made = _make(self.form, self.verb, self.kind, self.first)
        for name in self.without:
            del made.fields[name]
        return made


def fields_of(form: DeskForm | Unsent) -> SafeString:
    """Draw the fields of a form, row by row."""
    if isinstance(form, DeskForm):
        return _joined(map(_drawn, form.rows()))
    gone, drawn_once = set(form.without), _kept(form.form, form.kind, get_language())
    kept = [row for row in drawn_once if not gone.issuperset(row.names)]
    filled = {name for name, value in form.first.items() if value}
    anew = [number for number, row in enumerate(kept) if not filled.isdisjoint(row.names)]
    rows, verb = form.made().rows() if anew else (), escape(form.verb)
    return _joined(
        _drawn(rows[number]) if number in anew else verb.join(row.pieces)
        for number, row in enumerate(kept)
    )


def filters_of(form: QueueForm | None) -> SafeString:
    """Draw the filters of the queue; None is none set."""
    return _drawn_filters(form) if form else _kept_filters(get_language())


def errors_of(form: DeskForm | Unsent) -> SafeString:
    """Draw what is wrong with a form; nothing of one that was not sent."""
    if not form.is_bound or not form.errors:
        return SafeString()
    return loader.render_to_string("parts/error_summary.html", {"form": form})


@dataclass(frozen=True)
class _Row:
    """A row of empty fields: their names, and its HTML cut where the verb belongs."""

    names: tuple[str, ...]
    pieces: tuple[str, ...]


@lru_cache(maxsize=128)
def _kept(form: type[DeskForm], kind: str, language: str) -> tuple[_Row, ...]:
    """Draw each row of an empty form, once for each language."""
    rows = _make(form, _VERB, kind, {}).rows()
    return tuple(
        _Row(tuple(each.name for each in row), tuple(_drawn(row).split(_VERB))) for row in rows
    )


@lru_cache(maxsize=8)
def _kept_filters(language: str) -> SafeString:
    """Draw the filters with none set, once for each language."""
    return _drawn_filters(QueueForm({}))


def _drawn_filters(form: QueueForm) -> SafeString:
    drawn = engines["quick"].get_template("support/desk/filter_fields.html").render({"form": form})
    return mark_safe(drawn)  # noqa: S308 - escaped there, value by value


def _make(form: type[DeskForm], verb: str, kind: str, first: dict) -> DeskForm:
    about = {"kind": kind} if kind else {}
    return form(verb=verb, initial=first, **about)


def _drawn(row: tuple[BoundField, ...]) -> str:
    """Draw the fields of a row: one as every form does, two beside each other."""
    if len(row) == 1:
        return row[0].as_field_group()
    return engines["quick"].get_template("support/desk/beside.html").render({"fields": row})


def _joined(drawn) -> SafeString:
    return mark_safe("".join(drawn))  # noqa: S308 - drawn by templates that escape
