"""The serial of a row: the field without which nothing is taken."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from chargers import serials
from chargers.vendors.protocol import ChargerSaid, Problem, RowRefused


def clean_serial(said: ChargerSaid, field: str) -> ChargerSaid:
    """Normalise the row's serial in place, and warn of one we do not know. Raises RowRefused."""
    try:
        typed = serials.normalise(said.serial)
    except ValidationError as error:
        cure = _("Give the serial number on the label.")
        raise RowRefused(field, " ".join(error.messages), cure) from None
    known = serials.recognise(typed)
    if known.is_meter:
        cure = _("Nothing to do: meters have no PIN.")
        raise RowRefused(field, _("is the serial of a meter, not of a station"), cure)
    said.serial = serials.correct(typed)
    said.model = known.model or said.model
    if not known.known:
        _warn(said, field, _("looks like no serial we know"), _("Compare it with the label."))
    elif said.serial != typed:
        _warn(said, field, _("was read with 0 for O and 1 for I"), _("Correct it in the source."))
    return said


def _warn(said: ChargerSaid, field: str, reason: str, cure: str) -> None:
    said.warnings.append(Problem(field, reason, cure, refused=False))
