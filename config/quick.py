"""What the desk's pages show is drawn by Jinja: templates/quick; so are inputs and fields anywhere.

Django's own templates take several times as long for the same words. They draw everything else,
and ask for a part of the quick set by the tag ``quick``.
"""

from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.template import defaultfilters
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.translation import gettext
from jinja2 import Environment, pass_context
from jinja2.runtime import Context

from records import dates
from support.drawing import errors_of, fields_of, filters_of
from support.templatetags import desk, support_forms

FILTERS = ("capfirst", "filesizeformat", "linebreaks", "linebreaksbr")


def environment(**options) -> Environment:
    """Return the environment of templates/quick: nothing in it but what its templates ask for."""
    made = Environment(**options, trim_blocks=True, lstrip_blocks=True)  # noqa: S701 - given: on
    made.globals.update(
        _=gettext,
        url=url,
        counted=desk.counted,
        moment=support_forms.moment,
        token=support_forms.token,
        keyed=support_forms.keyed,
        errors_of=errors_of,
        fields_of=fields_of,
        filters_of=filters_of,
    )
    made.filters.update({name: defaultfilters.register.filters[name] for name in FILTERS})
    made.filters.update(
        date=local_date,
        day=day,
        when=when,
        iso=iso,
        spaced=support_forms.spaced,
        icon=desk.icon,
        label=desk.label,
        due=desk.due,
        due_short=desk.due_short,
    )
    return made


def url(name: str, *args: UUID | str) -> str:
    """Return the address of a page, as ``{% url %}`` does, of a row's uid or code."""
    kinds = tuple(map(type, args))
    return _pattern(name, kinds, get_script_prefix(), settings.ROOT_URLCONF).format(*args)


# What stands in a pattern where a row's own uid or code will.
_STANDS = {UUID: UUID(int=0), str: "the-code-of-a-row"}


@lru_cache(maxsize=256)
def _pattern(name: str, kinds: tuple[type, ...], prefix: str, urls: str) -> str:
    """Return an address with a gap for each argument: Django looks a name up slowly."""
    address = reverse(name, args=[_STANDS[kind] for kind in kinds])
    for kind in kinds:
        address = address.replace(str(_STANDS[kind]), "{}", 1)
    return address


def local_date(at: date | datetime | None, form: str) -> str:
    """Return a day or a moment in the place's time and the page's language."""
    return defaultfilters.date(timezone.template_localtime(at), form)


@pass_context
def day(context: Context, at: date | datetime) -> str:
    """Return a day, that of a moment in the place's time."""
    return dates.day(at.astimezone(context.resolve("zone")) if isinstance(at, datetime) else at)


@pass_context
def when(context: Context, at: datetime) -> str:
    """Return day, time and zone, as a list of what happened has them."""
    local = at.astimezone(context.resolve("zone"))
    return f"{dates.day(local)}, {local:%H:%M %Z}"


@pass_context
def iso(context: Context, at: datetime) -> str:
    """Return a moment in the place's time, for machines."""
    return at.astimezone(context.resolve("zone")).isoformat()
