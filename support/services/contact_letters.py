"""A letter about a proposed contact: the notice to an owner who has no mail address on record."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from chargers.models import Proposal
from chargers.services import proposals
from records import clock, outbox
from support.models import Letter


def await_arrival(letter: Letter, *, at: datetime) -> None:
    """Let the seven days of the proposal begin when the printed letter counts as arrived."""
    key = f"letter-arrived:{letter.uid}"
    outbox.put("letter_arrived", key, at=at, due_at=letter.arrives_at, letter_uid=letter.uid)


@transaction.atomic
def arrived_from_outbox(*, key: str, letter_uid: str) -> None:
    """Outbox handler: the owner has had the notice, unless they stopped it in the meantime."""
    letter = Letter.objects.select_related("proposal").get(uid=letter_uid)
    if letter.stopped_at is None:
        proposals.noticed(proposal=letter.proposal, at=clock.now())


def stop(letter: Letter) -> None:
    """The owner's no, by the stop code. The caller holds the charger's lock.

    Raises ValidationError on ``stop_code`` when the change was made already: that takes a person.
    """
    if proposals.object_to(proposal=letter.proposal).state == Proposal.State.APPLIED:
        words = _("This change was made already. Call us or write to us, so that we look at it.")
        raise ValidationError({"stop_code": words})
