"""What of a place may be shown to whom: a source's words about a flat may name who lived there."""

import re

from accounts.models import User
from chargers import streets
from chargers.models import Charger, Tenure

# A word as names have them: "H0203", "2" and "B" are none.
_WORD = re.compile(r"[^\W\d_]{3,}")


def unit_for(charger: Charger, user: User) -> str:
    """Return the flat or bay as this person may read it; "" where it names somebody else (I9).

    Somebody else is who ever had a part in the charger or its place, or was let see its PIN.
    """
    words = set(streets.fold(" ".join(_WORD.findall(charger.unit))).split())
    if not words:
        return charger.unit
    tenures = Tenure.objects.on(charger).exclude(person=None).exclude(person=user.pk)
    names = [*tenures.values_list("person__name", flat=True)]
    names += charger.shares.values_list("to_name", flat=True)
    others = set(streets.fold(" ".join(names)).split())
    own = set(streets.fold(user.name).split())
    return "" if words & (others - own) else charger.unit
