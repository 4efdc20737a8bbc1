"""Places and moments as their reader may know them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone

from chargers.services import places
from records import dates

register = template.Library()
register.filter("unit_for", places.unit_for)


@register.filter
def told_in(at: datetime | None, zone: str) -> str:
    """Return a moment in a zone, with the zone's name beside it."""
    if at is None:
        return ""
    local = timezone.localtime(at, ZoneInfo(zone))
    return f"{dates.weekday(local)}, {local:%H:%M (%Z)}"
