"""What an owner does who leaves: ticks what is seen to, offers several chargers at once."""

from collections.abc import Iterable
from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import User
from chargers.models import Charger, Tenure
from records import clock
from support.models import LeavingTick, Ticket
from support.services import offers


@transaction.atomic
def tick(*, tenure_id: int, by: User, kinds: Iterable[str]) -> None:
    """Keep which things of the list are seen to; one that is ticked already keeps its day.

    Raises PermissionDenied unless the tenure is ``by``'s own as owner, ValidationError for a kind
    that is not on the list.
    """
    tenure = Tenure.objects.select_for_update(no_key=True, of=("self",)).get(pk=tenure_id)
    if tenure.person_id != by.pk or tenure.role != Tenure.Role.OWNER:
        raise PermissionDenied
    wanted = set(kinds)
    if not wanted <= set(LeavingTick.Kind.values):
        raise ValidationError({"done": _("Choose from the list.")})
    ticks = LeavingTick.objects.filter(tenure=tenure)
    ticks.exclude(kind__in=wanted).delete()
    known = set(ticks.values_list("kind", flat=True))
    now = clock.now()
    new = [LeavingTick(tenure=tenure, kind=kind, done_at=now) for kind in wanted - known]
    LeavingTick.objects.bulk_create(new)


@transaction.atomic
def offer_all(
    *,
    charger_ids: Iterable[int],
    by: User,
    to_name: str,
    to_email: str,
    take_over_date: date | None = None,
) -> list[Ticket]:
    """Offer several chargers to one person: all of them, or, where one cannot be, none.

    The receiver gets one mail about them all.

    Raises ValidationError: by field for what was typed, on ``chargers`` naming the charger that
    cannot be offered and why; Throttled as ``offers.offer``.
    """
    to = {"to_name": to_name, "to_email": to_email, "take_over_date": take_over_date}
    chargers = Charger.objects.filter(pk__in=set(charger_ids)).order_by("pk")
    made = [_offer(charger, by, to) for charger in chargers]
    if made:
        offers.tell(made, at=clock.now())
    return made


def _offer(charger: Charger, by: User, to: dict) -> Ticket:
    try:
        return offers.offer(charger_id=charger.pk, by=by, told=False, **to)
    except (PermissionDenied, TransitionNotAllowed) as refusal:
        why = str(refusal)
    except ValidationError as error:
        if hasattr(error, "error_dict"):
            raise
        why = error.messages[0]
    raise ValidationError({"chargers": f"{charger.serial}: {why}"})
