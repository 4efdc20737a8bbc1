"""Who holds a charger: the only code that ends owner tenures, grants and their shares."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import InstallerFirm, User
from chargers.models import Charger, Grant, OwnerState, Share, Tenure
from chargers.permissions import firm_ids, is_owner, since_hand_over
from chargers.refusals import Refused
from chargers.services.holds import refuse_while_held, require_transaction
from records import clock, events


def change_owner(*, charger: Charger, to: User, at: datetime, origin: str) -> Grant:
    """Hand the charger over: end what the old owner had, start the new tenure and its grant.

    The caller holds the charger's lock and read ``at`` after it. ``origin`` names the ticket,
    e.g. ``ticket:<uid>``. Service access to this charger ends with it, unless renewed. Raises
    Paused while a hold is open, Refused when ``to`` is the owner already.
    """
    require_transaction()
    refuse_while_held(charger)
    before = _require_other(charger, to, at)
    _end_service(charger, at)
    tenure = _start(charger, to, at, origin, established_at=at, proof_awaited=True)
    grant = Grant.objects.create(
        charger=charger, person=to, tenure=tenure, origin=origin, starts_at=at
    )
    _record_change(charger, before, tenure, at, origin)
    _record(charger, "grant_opened", at, grant=grant.uid)
    return grant


def follow_source(*, charger: Charger, person: User, at: datetime, origin: str) -> Tenure:
    """Follow an agreed proposal: the person becomes the owner, unestablished and without a grant.

    The caller holds the charger's lock. Raises as ``change_owner``.
    """
    require_transaction()
    refuse_while_held(charger)
    before = _require_other(charger, person, at)
    tenure = _start(charger, person, at, origin)
    _record_change(charger, before, tenure, at, origin)
    return tenure


def give_back(*, charger: Charger, to_tenure: Tenure, at: datetime, origin: str) -> Tenure:
    """Undo a hand-over after a contest: the former owner's tenure starts anew, as it was.

    The caller holds the charger's lock; the contest's hold may still be open.
    """
    require_transaction()
    if to_tenure.charger_id != charger.pk or to_tenure.role != Tenure.Role.OWNER:
        raise Refused(_("This is not a former owner of the charger."))
    before = _require_other(charger, to_tenure.person, at)
    tenure = _start(charger, to_tenure.person, at, origin, established_at=to_tenure.established_at)
    _record_change(charger, before, tenure, at, origin)
    return tenure


def end_ownership(*, charger: Charger, at: datetime, origin: str, state: str) -> Tenure | None:
    """End the owner's tenure with nobody to follow; ``state`` is an OwnerState, not known.

    The caller holds the charger's lock. Returns the tenure that ended, if there was one.
    """
    require_transaction()
    before = _end_owner(charger, at)
    set_owner_state(charger=charger, state=state)
    _record_change(charger, before, None, at, origin)
    return before


def give_use(
    *, charger: Charger, person: User, at: datetime, ends_at: datetime, origin: str
) -> Tenure:
    """Let a person charge here until ``ends_at``: a right to use, never to the PIN.

    The caller holds the charger's lock. A use of the same origin is returned as it is. Raises
    Paused while a hold is open.
    """
    require_transaction()
    refuse_while_held(charger)
    use = {"charger": charger, "person": person, "role": Tenure.Role.CHARGING_USER}
    tenure, is_new = Tenure.objects.get_or_create(
        **use, source=origin, defaults={"starts_at": at, "ends_at": ends_at}
    )
    if is_new:
        _record(charger, "use_given", at, tenure=tenure.uid, origin=origin)
    return tenure


def uses_of(charger: Charger, at: datetime) -> list[Tenure]:
    """Return the uses that a ticket gave on this charger and that hold at ``at``."""
    uses = charger.tenures.filter(role=Tenure.Role.CHARGING_USER, source__startswith="ticket:")
    return list(uses.current(at).order_by("starts_at"))


def end_use(*, charger: Charger, tenure_uid: str, at: datetime) -> Tenure:
    """End a use of this charger at ``at``; one that has ended stays as it is.

    The caller holds the charger's lock.
    """
    require_transaction()
    tenure = charger.tenures.get(uid=tenure_uid, role=Tenure.Role.CHARGING_USER)
    if tenure.ends_at is None or tenure.ends_at > at:
        _end(tenure, at)
        _record(charger, "use_ended", at, tenure=tenure.uid)
    return tenure


def give_service(*, charger: Charger, firm: InstallerFirm, at: datetime, origin: str) -> Tenure:
    """Give a firm service access to this charger: how a new owner renews it.

    The caller holds the charger's lock. Raises Paused while a hold is open.
    """
    require_transaction()
    refuse_while_held(charger)
    tenure = charger.tenures.service().current(at).filter(firm=firm).first()
    if tenure is None:
        tenure = Tenure.objects.create(
            role=Tenure.Role.SERVICE_ACCESS, charger=charger, firm=firm, starts_at=at, source=origin
        )
        _record(charger, "service_given", at, tenure=tenure.uid, origin=origin)
    return tenure


@transaction.atomic
def renew_service(*, charger: Charger, by: User) -> Tenure:
    """Let the firm that served here before the hand-over in again, as the owner wishes.

    Raises PermissionDenied for anyone but the owner, Paused while a hold is open,
    Refused when no firm's access has lapsed.
    """
    charger = Charger.objects.lock(charger.pk)
    now = clock.now()
    if not is_owner(charger, by, now):
        raise PermissionDenied
    firm = lapsed_firm(charger, now)
    if firm is None:
        raise Refused(_("No installer's access has ended here."))
    return give_service(charger=charger, firm=firm, at=now, origin=f"owner:{by.uid}")


@transaction.atomic
def give_up_service(*, tenure_uid: str, by: User) -> Tenure:
    """End a firm's service access as one of its people wishes: the job is done.

    That of an installation ends for all its chargers. Ended already it stays as it is. Raises
    PermissionDenied for anybody who does not speak for the firm.
    """
    rows = Tenure.objects.select_for_update(of=("self",), no_key=True).service()
    tenure = rows.filter(uid=tenure_uid).first()
    now = clock.now()
    if tenure is None or tenure.firm_id not in firm_ids(by, now):
        raise PermissionDenied
    if tenure.ends_at is None or tenure.ends_at > now:
        _end(tenure, now)
        here = (
            tenure.charger.stream if tenure.charger else f"installation:{tenure.installation.uid}"
        )
        events.record(here, "service_given_up", at=now, actor=by, tenure=tenure.uid)
    return tenure


def lapsed_firm(charger: Charger, at: datetime) -> InstallerFirm | None:
    """Return the firm that served here last, if the hand-over ended its access to this PIN."""
    counts = since_hand_over(charger)
    service = Tenure.objects.on(charger).service().exclude(firm=None).select_related("firm")
    if not counts or service.current(at).filter(counts).exists():
        return None
    last = service.exclude(counts).order_by("-starts_at").first()
    return last and last.firm


def set_owner_state(*, charger: Charger, state: str) -> None:
    """Say what is known of the owner (OwnerState). The caller holds the charger's lock."""
    require_transaction()
    charger.owner_state = OwnerState(state)
    charger.save(update_fields=["owner_state"])


def cancel_shares(*, charger: Charger, at: datetime) -> None:
    """Cancel every share of this charger that nobody has opened yet."""
    for share in Share.objects.filter(charger=charger, opened_at=None, cancelled_at=None):
        share.cancelled_at = at
        share.save(update_fields=["cancelled_at"])
        _record(charger, "share_cancelled", at, share=share.uid)


def _require_other(charger: Charger, person: User, at: datetime) -> Tenure | None:
    """End the present owner's tenure and return it; refuse when it is this person's own."""
    tenure = charger.owner_tenure(at)
    if tenure and tenure.person_id == person.pk:
        raise Refused(_("This person is the owner already."))
    return _end_owner(charger, at)


def _end_owner(charger: Charger, at: datetime) -> Tenure | None:
    """End the owner's tenure, the grant and the shares that hang on it."""
    tenure = charger.owner_tenure(at)
    if tenure:
        tenure.ends_at = at
        tenure.save(update_fields=["ends_at"])
    for grant in Grant.objects.filter(charger=charger, ends_at=None):
        grant.ends_at = at
        grant.save(update_fields=["ends_at"])
        _record(charger, "grant_ended", at, grant=grant.uid)
    cancel_shares(charger=charger, at=at)
    return tenure


def _end_service(charger: Charger, at: datetime) -> None:
    """End service access to this very charger.

    That of a whole installation goes on for its other chargers; what began before the hand-over
    gives no right here (permissions.right_of). With the last of them it ends as well.
    """
    for tenure in charger.tenures.service().current(at):
        _end(tenure, at)
        _record(charger, "service_ended", at, tenure=tenure.uid)
    if charger.installation_id is None:
        return
    others = Charger.objects.filter(installation=charger.installation_id).exclude(pk=charger.pk)
    for tenure in charger.installation.tenures.service().current(at):
        if not others.exclude(grants__starts_at__gte=tenure.starts_at).exists():
            _end(tenure, at)
            _record(charger, "service_ended", at, tenure=tenure.uid)


def _end(tenure: Tenure, at: datetime) -> None:
    tenure.ends_at = at
    tenure.save(update_fields=["ends_at"])


def _start(charger: Charger, person: User, at: datetime, origin: str, **fields) -> Tenure:
    tenure = Tenure.objects.create(
        role=Tenure.Role.OWNER,
        charger=charger,
        person=person,
        starts_at=at,
        source=origin,
        **fields,
    )
    set_owner_state(charger=charger, state=OwnerState.KNOWN)
    return tenure


def _record_change(
    charger: Charger, before: Tenure | None, after: Tenure | None, at: datetime, origin: str
) -> None:
    _record(
        charger,
        "owner_changed",
        at,
        ended=before and before.uid,
        began=after and after.uid,
        origin=origin,
    )


def _record(charger: Charger, kind: str, at: datetime, **data) -> None:
    events.record(charger.stream, kind, at=at, by_what="system", **data)
