"""What every form of ours carries, and how a moment is told to people."""

import secrets
from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts import sessions
from records import clock, dates
from support import calendars
from support.reading.firms import firms_of
from support.staff_pages import Page, pages_of
from support.views.once import FIELD

register = template.Library()

_HIDDEN = '<input type="hidden" name="{}" value="{}">'
_CSRF = "csrfmiddlewaretoken"


@register.simple_tag
def form_key() -> SafeString:
    """Return the hidden field by which the same form, sent twice, is known."""
    return format_html(_HIDDEN, FIELD, secrets.token_hex(16))


def token(csrf_token: str) -> SafeString:
    """Return the hidden field of the page's token."""
    return format_html(_HIDDEN, _CSRF, csrf_token)


def keyed(csrf_token: str) -> SafeString:
    """Return both hidden fields that a form of the desk carries: token and key."""
    return format_html(_HIDDEN * 2, _CSRF, csrf_token, FIELD, secrets.token_hex(16))


@register.filter
def spaced(code: str) -> str:
    """Return a code of ours as words for the desk: ``owner_asked`` is "owner asked"."""
    return code.replace("_", " ")


@register.simple_tag(takes_context=True)
def staff_pages(context: dict) -> list[Page]:
    """Return the pages of a member of staff who has given both factors; nobody else's."""
    request = context.get("request")
    if request is None or not sessions.has_both_factors(request):
        return []
    return pages_of(request.user, clock.now())


@register.simple_tag(takes_context=True)
def speaks_for_firm(context: dict) -> bool:
    """Say whether somebody of a registered firm sits here; not asked of staff at work."""
    request = context.get("request")
    if request is None or not sessions.signed_in(request) or sessions.has_both_factors(request):
        return False
    return bool(firms_of(request.user, clock.now()))


@register.simple_tag
def moment(at: datetime | None, country: str = "", zone_name: str = "") -> SafeString | str:
    """Return date and time of a place, with its zone, for people and for machines."""
    if at is None:
        return ""
    local = timezone.localtime(at, calendars.zone(country, zone_name))
    words = _("%(date)s at %(time)s (%(zone)s)") % {
        "date": dates.weekday(local),
        "time": date_format(local, "H:i"),
        "zone": local.strftime("%Z"),
    }
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="minutes"), words)
