"""Places as their reader may know them."""

from django import template

from chargers.services import places

register = template.Library()
register.filter("unit_for", places.unit_for)
