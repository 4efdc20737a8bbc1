"""What the desk's pages show again and again, cheaply: icons, due times, look-ups, counts."""

from datetime import datetime
from functools import lru_cache

from django import template
from django.db.models import Model
from django.template import Context, engines
from django.utils import timezone
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext_lazy, trans_real
from django.utils.translation import gettext as _
from jinja2 import pass_context
from jinja2.runtime import Context as JinjaContext
from lucide.templatetags.lucide import lucide
from markupsafe import Markup

from records import dates
from support.desk_keys import ACTIONS
from support.models import DeskSettings, Ticket

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str, size: int = 16) -> SafeString:
    """Return one of the set's icons; a word stands beside it, so it is hidden from readers."""
    return lucide(name, size=size, aria_hidden="true")


@pass_context
def label(context: JinjaContext, row: Model, field: str) -> str:
    """Return a field's words, as ``get_<field>_display`` does: looked up once, not for each row."""
    return _label(type(row), field, getattr(row, field), context.resolve("language"))


@lru_cache(maxsize=512)
def _label(model: type[Model], field: str, value: object, language: str) -> str:
    return str(dict(model._meta.get_field(field).flatchoices).get(value, value))


# How many there are of something, in words.
_COUNTED = {
    "covered": ngettext_lazy("%(count)s place covered", "%(count)s places covered", "count"),
    "differing": ngettext_lazy("%(count)s line differs", "%(count)s lines differ", "count"),
    "earlier": ngettext_lazy("%(count)s earlier item", "%(count)s earlier items", "count"),
    "flags": ngettext_lazy("%(count)s note on the file", "%(count)s notes on the file", "count"),
    "pages": ngettext_lazy("%(count)s page", "%(count)s pages", "count"),
}


def counted(what: str, count: int) -> str:
    """Say how many there are of something a page counts."""
    return _COUNTED[what] % {"count": count}


# By markupsafe: Django's format_html takes twice as long, and a queue has fifty of them.
_LATE = Markup('<span class="late">%s %s</span>')
_TIME = Markup('<time datetime="%s">%s</time>')


@pass_context
def due(context: JinjaContext, ticket: Ticket, now: datetime, order: str) -> Markup | str:
    """Return when a ticket comes up in a view: "Tuesday 14:00" this week, else the date as well."""
    at = getattr(ticket, order) or ticket.due_at or ticket.next_word_at
    if at is None:
        return "–"
    local = at.astimezone(context.resolve("zone"))
    day = WEEKDAYS[local.weekday()] if _is_near(local, now) else f"{dates.day(local)},"
    words = f"{day} {local:%H:%M}"
    if at < now and order != "snoozed_until" and ticket.is_open:
        late = _("overdue: %(when)s") % {"when": words}
        return _LATE % (icon("clock-alert", 14), late)
    return _TIME % (local.isoformat(timespec="minutes"), words)


@pass_context
def due_short(context: JinjaContext, ticket: Ticket, now: datetime, order: str) -> Markup | str:
    """Return the same where there is little room: "Tue 14:00", "12 Nov"."""
    at = getattr(ticket, order) or ticket.due_at or ticket.next_word_at
    if at is None:
        return "–"
    local = at.astimezone(context.resolve("zone"))
    day = f"{WEEKDAYS_ABBR[local.weekday()]} {local:%H:%M}"
    words = day if _is_near(local, now) else date_format(local, "j M")
    if at < now and order != "snoozed_until" and ticket.is_open:
        said = _("overdue: %(when)s") % {"when": words}
        return _LATE % (icon("clock-alert", 14), said)
    return words


def _is_near(local: datetime, now: datetime) -> bool:
    """Tell whether a day of the week names it, where it is told."""
    return abs((local.date() - now.astimezone(local.tzinfo).date()).days) < 7


@register.simple_tag(takes_context=True)
def quick(context: Context, name: str, **more: object) -> SafeString:
    """Draw a part of templates/quick with what the page knows, and ``more``.

    Language and time zone are asked for once, not for each word and moment. No name of a page
    hides one of the set.
    """
    parts = engines["quick"]
    place = {"language": get_language(), "zone": timezone.get_current_timezone()}
    known = context.flatten() | more | parts.env.globals | place
    known["_"] = trans_real.catalog().gettext
    drawn = parts.get_template(name).render(known)
    return mark_safe(drawn)  # noqa: S308 - escaped there, value by value


@register.simple_tag(takes_context=True)
def keys_help(context: Context) -> SafeString:
    """Draw each key with what it does, as the person at this page likes them."""
    around, request = context.get("around"), context.get("request")
    if around is None and getattr(request, "user", None) is not None:
        kept = DeskSettings.objects.filter(user=request.user.pk).first()
        on, changed = (kept.keys_on, kept.keys) if kept else (True, {})
    else:
        on, changed = (around.keys_on, around.keys) if around else (False, {})
    keys = tuple(changed.get(each.name) or each.key for each in ACTIONS)
    return _keys_help(on, keys, get_language())


@lru_cache(maxsize=64)
def _keys_help(on: bool, keys: tuple[str, ...], language: str) -> SafeString:
    """Draw them once: most people leave the keys as they come."""
    rows = list(zip(keys, ACTIONS, strict=True))
    return quick(Context({"keys_on": on, "rows": rows}), "support/desk/keys_help.html")
