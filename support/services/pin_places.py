"""Which of the words on a picture are a PIN: asked by the background, told as places."""

from collections.abc import Callable, Iterable, Sequence

from django.db.models import Q

from chargers import pins, serials
from chargers.models import Charger, Pin
from support.models import Ticket
from support.sandbox import Barcode, Word
from support.signs import serials_in

MOST_SERIALS = 10


def pin_places(
    ticket: Ticket, words: Sequence[Word], codes: Sequence[Barcode] = ()
) -> Callable[[list[str]], list[int]]:
    """Return what tells which of some words are a PIN: of this request's charger, or of one whose
    serial stands in the picture.
    """
    sealed = list(_pins(ticket, [read.text for read in (*words, *codes)]))

    def places(candidates: list[str]) -> list[int]:
        shown: set[int] = set()
        for pin in sealed:
            shown |= set(
                pins.to_cover(
                    charger_uid=pin.charger.uid,
                    ciphertext=bytes(pin.ciphertext),
                    candidates=candidates,
                )
            )
        return sorted(shown)

    return places


def _pins(ticket: Ticket, texts: Iterable[str]):
    keys = {serials.lookup_key(serial) for text in texts for serial in serials_in(text)}
    keys = {ticket.lookup_key, *sorted(keys)[:MOST_SERIALS]} - {""}
    here = Q(lookup_key__in=keys) | Q(pk=ticket.charger_id)
    return Pin.objects.filter(charger__in=Charger.objects.filter(here)).select_related("charger")
