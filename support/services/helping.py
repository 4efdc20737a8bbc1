"""Counting how many people were helped before they asked for anything."""

from django.db import transaction
from django.db.models import F

from records import clock
from support.models import Helped


@transaction.atomic
def count(*, way: str) -> None:
    """Add one to today's number. Nothing about the person is kept, so nobody is counted twice
    only by asking: the number is a measure, not a fact.

    Raises ValueError for a way that is none of Helped.Way.
    """
    way = Helped.Way(way)
    row, _made = Helped.objects.get_or_create(day=clock.now().date(), way=way)
    Helped.objects.filter(pk=row.pk).update(count=F("count") + 1)
