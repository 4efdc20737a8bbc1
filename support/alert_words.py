"""What each kind of alert says to administrators and auditors: what happened, and what to do."""

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _


class Words(NamedTuple):
    """A kind of alert in words."""

    what: str
    cure: str


WORDS = {
    "browsing": Words(
        _("A member of staff opened many tickets"),
        _("More than the desk's work explains, within an hour. Ask what it was for."),
    ),
    "idle_searches": Words(
        _("Searches that led to no ticket"),
        _("Somebody searched for people or chargers and opened nothing. Ask what it was for."),
    ),
    "decoy": Words(
        _("A decoy charger was touched"),
        _("Nobody has a reason to look for it. See who did, and what else they looked at."),
    ),
    "failed_reveals": Words(
        _("Several refused tries to see a PIN"),
        _("By one person, or at one charger. See who tried, and whether the owner knows of it."),
    ),
    "share_tries": Words(
        _("Five wrong codes ended a share"),
        _("Somebody had the link but not the code. The owner may have to be warned."),
    ),
    "many_reveals": Words(
        _("Unusually many PINs were shown"),
        _("To one person, at many chargers. See whether their work explains it."),
    ),
    "many_requests": Words(
        _("Unusually many requests"),
        _("On one charger, or by one person. See whether somebody is to be worn down."),
    ),
    "role_given": Words(
        _("Somebody is to get a new part at the desk"),
        _("Two administrators agree, and a day passes. Stop it if you know nothing of it."),
    ),
    "freeze_unreviewed": Words(
        _("A freeze was not looked at for a working day"),
        _("Somebody may be in danger. Have a safety officer look at it today."),
    ),
    "no_safety_officer": Words(
        _("Somebody reported danger, and there is no safety officer"),
        _("Give somebody who is trained for it the part of safety officer, today."),
    ),
    "factor_reset": Words(
        _("Somebody's second factor is to be reset"),
        _("Ask the person by another way whether they wanted it."),
    ),
}


def of(kind: str) -> Words:
    """Return the words for a kind; one without a line is shown by its name."""
    return WORDS.get(kind) or Words(kind.replace("_", " "), "")
