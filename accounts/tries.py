"""How often a password or second factor may be wrong. Counted before it is looked at.

Five in a quarter of an hour for one address, fifty for one network. Whoever guesses cannot lock
the person out: a code mailed to the address gives this browser five tries of its own.
"""

import hashlib
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import codes
from accounts.models import FailedProof, normalise_email

WINDOW = timedelta(minutes=15)
PER_ADDRESS, PER_NETWORK = 5, 50


def spend(*, email: str, network: str, vouched_by: str = "") -> None:
    """Count one try; ``vouched_by`` is the uid of the mailed code that was proved in this browser.

    Raises ValidationError, alike for every address, when there is none left.
    """
    if _count(email, network):
        return
    if vouched_by and codes.count_try(uid=vouched_by) is not None:
        return
    words = _(
        "That was wrong too often. Wait a quarter of an hour, or sign in with a code from your"
        " mail first: then you can go on in this browser at once."
    )
    raise ValidationError(words, code="too_many")


def succeed(*, email: str) -> None:
    """Forget the wrong tries of an address: the person has shown who they are."""
    FailedProof.objects.filter(subject=_hash(f"address:{normalise_email(email)}")).delete()


@transaction.atomic(durable=True)
def _count(email: str, network: str) -> bool:
    now = timezone.now()
    limits = {
        _hash(f"address:{normalise_email(email)}"): PER_ADDRESS,
        _hash(f"network:{network}"): PER_NETWORK,
    }
    _wait_for_turn(sorted(limits))
    FailedProof.objects.filter(subject__in=limits, at__lte=now - WINDOW).delete()
    if any(_recent(subject, now) >= limit for subject, limit in limits.items()):
        return False
    FailedProof.objects.bulk_create(FailedProof(subject=subject, at=now) for subject in limits)
    return True


def _recent(subject: str, now: datetime) -> int:
    return FailedProof.objects.filter(subject=subject, at__gt=now - WINDOW).count()


def _wait_for_turn(subjects: list[str]) -> None:
    """Let parallel guesses be counted one after the other."""
    with connection.cursor() as cursor:
        for subject in subjects:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 3))", [subject])


def _hash(text: str) -> str:
    return hashlib.sha256(b"accounts.tries:" + text.encode()).hexdigest()
