"""What an agreed proposal does, kind by kind."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import ContactPoint, User, normalise_email
from chargers.models import Charger, Installation, OwnerState, Proposal, Tenure
from chargers.services import members, tenures
from records import outbox

ADDRESS = (
    "street",
    "house_number",
    "house_letter",
    "unit",
    "postal_code",
    "city",
    "country",
)
INSTALLATION_FIELDS = {"name", "kind", "time_zone", "contact_email", *ADDRESS}
FIRM_FIELDS = {"email", "phone"}


def stream_of(proposal: Proposal) -> str:
    """Return the stream of what the proposal is about."""
    for name in ("charger", "installation", "firm", "person"):
        if thing := getattr(proposal, name):
            return f"{name}:{thing.uid}"
    raise ValidationError(_("A proposal is about something."))


def chargers_of(proposal: Proposal) -> QuerySet[Charger]:
    """Return the chargers that a proposal touches: none of them may be held."""
    if proposal.charger_id:
        return Charger.objects.filter(pk=proposal.charger_id)
    if proposal.installation_id:
        return Charger.objects.filter(installation=proposal.installation_id)
    if proposal.kind == Proposal.Kind.OWNER_CONTACT:
        owned = Tenure.objects.owners().filter(person=proposal.person, ends_at=None)
        return Charger.objects.filter(pk__in=owned.values("charger"))
    served = Tenure.objects.service().filter(firm=proposal.firm, ends_at=None)
    return Charger.objects.filter(
        Q(pk__in=served.values("charger")) | Q(installation__in=served.values("installation"))
    )


def lock(proposal: Proposal) -> None:
    """Lock what the proposal touches, in one order; a firm's many chargers are not locked."""
    if proposal.kind != Proposal.Kind.FIRM_CONTACT:
        list(chargers_of(proposal).select_for_update(of=("self",), no_key=True).order_by("pk"))


def is_held(proposal: Proposal) -> bool:
    """Tell whether a dispute, freeze or contest is open on a charger that it touches."""
    return chargers_of(proposal).filter(holds__isnull=False, holds__lifted_at=None).exists()


def apply(*, proposal: Proposal, at: datetime) -> None:
    """Make the change. The caller holds the locks. Raises ValidationError when it cannot be."""
    APPLY[proposal.kind](proposal, at)


def _apply_owner(proposal: Proposal, at: datetime) -> None:
    """``person`` becomes the owner, unestablished; nobody does when the source declares none."""
    charger, origin = proposal.charger, f"proposal:{proposal.uid}"
    if proposal.person:
        tenures.follow_source(charger=charger, person=proposal.person, at=at, origin=origin)
    else:
        tenures.end_ownership(charger=charger, at=at, origin=origin, state=OwnerState.NONE)
    outbox.put("owner_changed", f"owner-changed:{origin}", at=at, charger_uid=charger.uid)


def _apply_owner_contact(proposal: Proposal, at: datetime) -> None:
    """``new`` is {"email" | "phone" | "post": value}: the old row ends, a new one begins."""
    for kind, value in proposal.new.items():
        if kind not in ContactPoint.Kind.values:
            raise ValidationError(_("There is no such kind of contact."))
        if kind == ContactPoint.Kind.EMAIL:
            _keep_email(proposal.person, at)
            value = _take_email(proposal.person, value)
        contacts = ContactPoint.objects.filter(user=proposal.person, kind=kind, valid_to=None)
        contacts.exclude(value=value).update(valid_to=at)
        contacts.get_or_create(
            user=proposal.person,
            kind=kind,
            value=value,
            valid_to=None,
            defaults={"valid_from": at, "source": f"proposal:{proposal.uid}"},
        )


def _keep_email(person: User, at: datetime) -> None:
    """Put the old address among those on record: who signed up by a code has it nowhere else."""
    about = {"user": person, "kind": ContactPoint.Kind.EMAIL, "value": person.email}
    if person.email and not ContactPoint.objects.filter(**about).exists():
        since = min(person.joined_at, at - timedelta(seconds=1))
        ContactPoint.objects.create(**about, valid_from=since, valid_to=at, source="sign-in")


def _take_email(person: User, value: str) -> str:
    """Make this the person's address, which a code has yet to prove."""
    value = normalise_email(value)
    validate_email(value)
    if User.objects.filter(email=value).exclude(pk=person.pk).exists():
        raise ValidationError(_("Somebody else has this address."))
    # Whoever is signed in by the old address is out with the next request.
    User.objects.filter(pk=person.pk).update(email=value, proved_at=None, epoch=F("epoch") + 1)
    return value


def _apply_firm_contact(proposal: Proposal, at: datetime) -> None:
    """``new`` is {"email": ..., "phone": ...}."""
    _set_fields(proposal.firm, proposal.new, FIRM_FIELDS, contact_changed_at=at)


def _apply_firm_member(proposal: Proposal, at: datetime) -> None:
    """``new`` is {"email": ..., "name": ...}: that person speaks for ``firm`` from now on."""
    members.begin(firm=proposal.firm, at=at, **proposal.new)


def _apply_service_firm(proposal: Proposal, at: datetime) -> None:
    """``firm`` gets service access to the charger or installation, the others there lose it."""
    place = {"charger": proposal.charger, "installation": proposal.installation}
    ending = Tenure.objects.service().current(at).filter(**place)
    for tenure in ending.exclude(firm=proposal.firm):
        tenure.ends_at = at
        tenure.save(update_fields=["ends_at"])
    if proposal.installation:
        proposal.installation.firm = proposal.firm
        proposal.installation.save(update_fields=["firm", "updated_at"])
    if proposal.firm and not ending.filter(firm=proposal.firm).exists():
        source = f"proposal:{proposal.uid}"
        Tenure.objects.create(
            role=Tenure.Role.SERVICE_ACCESS,
            firm=proposal.firm,
            starts_at=at,
            source=source,
            **place,
        )


def _apply_installation(proposal: Proposal, at: datetime) -> None:
    """A charger moves to ``new["installation"]`` (uid), or an installation's fields change."""
    if proposal.charger:
        moved_to = Installation.objects.filter(uid=proposal.new["installation"]).first()
        if moved_to is None:
            raise ValidationError(_("That installation is not on record."))
        proposal.charger.installation = moved_to
        proposal.charger.save(update_fields=["installation"])
    else:
        _set_fields(proposal.installation, proposal.new, INSTALLATION_FIELDS)


def _set_fields(thing, new: dict, allowed: set[str], **fields) -> None:
    if not set(new) <= allowed:
        raise ValidationError(_("This field is not changed by a proposal."))
    for name, value in (new | fields).items():
        setattr(thing, name, value)
    thing.save(update_fields=[*new, *fields])


APPLY: dict[str, Callable[[Proposal, datetime], None]] = {
    Proposal.Kind.OWNER: _apply_owner,
    Proposal.Kind.OWNER_CONTACT: _apply_owner_contact,
    Proposal.Kind.FIRM_CONTACT: _apply_firm_contact,
    Proposal.Kind.FIRM_MEMBER: _apply_firm_member,
    Proposal.Kind.SERVICE_FIRM: _apply_service_firm,
    Proposal.Kind.INSTALLATION: _apply_installation,
}
