"""What staff may propose: a contact of an owner or a firm, and who speaks for a firm.

Never an owner. What is proposed has no authority: the old contact is told, seven days pass, and an
administrator who did not propose it agrees (proposals.py).
"""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import ContactPoint, InstallerFirm, Role, User, normalise_email
from accounts.roles import roles_of
from chargers.models import Proposal
from chargers.services import members, proposals, registry
from chargers.services.standing import contact_changed
from records import clock

PROPOSERS = (Role.AGENT, Role.SENIOR, Role.ADMINISTRATOR)
SHORTEST_REASON, LONGEST_REASON = 10, 1_000


def may_propose(user: User, at: datetime) -> bool:
    """Agents, seniors and administrators propose; whoever decides is somebody else."""
    return bool(roles_of(user, at) & set(PROPOSERS))


@transaction.atomic
def owner_contact(*, serial: str, contact: str, value: str, reason: str, by: User) -> Proposal:
    """Propose a contact (``contact`` is email, phone or post) of a charger's present owner.

    An owner without a mail address is told by a letter to their own postal address. Raises
    PermissionDenied for who may not propose; ValidationError, by field, where no owner is on
    record or none who could be told, or the value is none or the one on record.
    """
    at = _begin(by, reason)
    charger = registry.find(serial)
    owner = charger.owner(at) if charger else None
    if owner is None:
        raise ValidationError({"serial": _("No owner of such a charger is on record.")})
    if not owner.email:
        _require_post(owner, at)
    value = _contact(contact, value)
    old = _on_record(owner, contact)
    if value == old:
        raise ValidationError({"value": _("That is what is on record already.")})
    kind, new = Proposal.Kind.OWNER_CONTACT, {contact: value}
    return _propose(kind=kind, at=at, person=owner, old={contact: old}, new=new, by=by, why=reason)


@transaction.atomic
def firm_contact(*, firm: str, email: str = "", phone: str = "", reason: str, by: User) -> Proposal:
    """Propose another registered address or phone of a firm, which ``firm``, its address, names."""
    at = _begin(by, reason)
    found = _firm(firm)
    said = {"email": normalise_email(email), "phone": phone.strip()}
    new = {name: value for name, value in said.items() if value and value != getattr(found, name)}
    if not new:
        raise ValidationError({"email": _("Write what is to change: it is on record like this.")})
    old = {name: getattr(found, name) for name in new}
    kind = Proposal.Kind.FIRM_CONTACT
    return _propose(kind=kind, at=at, firm=found, old=old, new=new, by=by, why=reason)


@transaction.atomic
def firm_member(*, firm: str, email: str, name: str, reason: str, by: User) -> Proposal:
    """Propose that a person speaks for a firm. Nobody proposes themselves."""
    at = _begin(by, reason)
    found, email = _firm(firm), normalise_email(email)
    if email == by.email:
        raise PermissionDenied(_("Not for yourself."))
    if members.current().filter(firm=found, user__email=email).exists():
        raise ValidationError({"email": _("They speak for this firm already.")})
    kind, new = Proposal.Kind.FIRM_MEMBER, {"email": email, "name": name.strip()}
    return _propose(kind=kind, at=at, firm=found, new=new, by=by, why=reason)


def _begin(by: User, reason: str) -> datetime:
    at = clock.now()
    if not may_propose(by, at):
        raise PermissionDenied(_("Agents, seniors and administrators propose."))
    if not SHORTEST_REASON <= len(reason.strip()) <= LONGEST_REASON:
        raise ValidationError({"reason": _("Write why, in 10 to 1,000 signs.")})
    return at


def _firm(email: str) -> InstallerFirm:
    """Return the registered firm with this address: a name alone could be another's."""
    rows = InstallerFirm.objects.filter(registered_at__isnull=False).exclude(email="")
    found = list(rows.filter(email__iexact=email.strip())[:2])
    if len(found) != 1:
        raise ValidationError({"firm": _("No single firm with this address is registered.")})
    return found[0]


def _contact(contact: str, value: str) -> str:
    value = value.strip()
    if contact == ContactPoint.Kind.EMAIL:
        try:
            value = normalise_email(value)
            validate_email(value)
        except ValidationError as error:
            raise ValidationError({"value": error.messages}) from error
    return value


def _on_record(owner: User, contact: str) -> str:
    if contact == ContactPoint.Kind.EMAIL:
        return owner.email
    rows = ContactPoint.objects.filter(user=owner, kind=contact, valid_to=None)
    return rows.order_by("valid_from").values_list("value", flat=True).last() or ""


def _require_post(owner: User, at: datetime) -> None:
    """Refuse a first mail address where no letter could reach the owner, or a new address would."""
    if not _on_record(owner, ContactPoint.Kind.POST):
        words = _(
            "The owner has neither an e-mail nor a postal address of their own on record, so "
            "nobody could say no. They ask for the charger like a resident: a letter with a code "
            "goes to the address where it stands."
        )
        raise ValidationError({"serial": words})
    if contact_changed(owner, at):
        words = _("The owner's contact was changed in the last 30 days. Wait until they are over.")
        raise ValidationError({"serial": words})


def _propose(*, by: User, why: str, **change) -> Proposal:
    """Put it up, or say that the same was refused a short while ago."""
    proposal = proposals.propose(made_by=by, reason=why.strip(), **change)
    if proposal.state != Proposal.State.OPEN:
        raise ValidationError(
            _("The same was stopped less than 90 days ago. An administrator can tell you why.")
        )
    return proposal
