"""Refusals that a door answers in a way of its own."""

from datetime import datetime

from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

PAGE = "chargers/refused.html"


class Refused(TransitionNotAllowed):
    """Not now, or not any more: the text says why, in plain words."""

    http_status = 409
    template = PAGE


class Paused(Refused):
    """A dispute, freeze or contest is open on the charger."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This charger is being looked into, so nothing about it begins or is shown just "
                "now. Customer service can tell you more."
            )
        )


class ContactChanged(Refused):
    """The person's contact is too new to see, share or hand over anything."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "The contact on record was changed less than 30 days ago. To keep strangers out, "
                "a PIN is neither shown nor shared until 30 days have passed."
            )
        )


class Unestablished(Refused):
    """The owner is known only from an import; ``ready_at`` is when that ends, None: not begun."""

    def __init__(self, ready_at: datetime | None) -> None:
        self.ready_at = ready_at
        super().__init__(
            _(
                "We know you as the owner only from the maker's register. Before the first look "
                "we tell every contact on record and wait 72 hours."
            )
        )


class NotFresh(Exception):
    """The sign-in is older than five minutes: the door asks for a new one and comes back."""

    http_status = 403
    template = PAGE

    def __init__(self) -> None:
        super().__init__(_("Sign in again first: this needs a sign-in from the last 5 minutes."))


class TooMany(Exception):
    """The looks of a day are used up."""

    http_status = 429
    template = PAGE


class NoPin(Exception):
    """We hold no PIN of this charger."""

    http_status = 404
    template = PAGE

    def __init__(self) -> None:
        super().__init__(
            _(
                "We do not hold the PIN of this charger. Its owner sees it in the maker's app: "
                "choose the charger, then the gear, then General settings. It is also in the "
                "manual and on the packaging."
            )
        )
