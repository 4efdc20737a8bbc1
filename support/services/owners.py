"""What chargers asks to have told: somebody begins to see, saw, or is to see a PIN; a proposal."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import ContactPoint, User
from chargers.models import Charger, Proposal, Reveal, Share, Tenure
from chargers.services import access, changes
from records import clock
from support.models import Letter, Notice
from support.notifications import notify
from support.services import letters


@transaction.atomic
def send_establish_notice_from_outbox(*, key: str, tenure_uid: str) -> None:
    """Outbox handler: tell every channel on record before the owner's first look."""
    tenure = Tenure.objects.select_related("person", "charger__installation").get(uid=tenure_uid)
    charger = Charger.objects.lock(tenure.charger_id)
    now = clock.now()
    _write(tenure, now)
    channels = _channels(tenure.person, charger)
    if not channels:
        access.stop_establishing(charger=charger, at=now, reason="no_channel")
    for email in channels:
        person = tenure.person
        _once("establish_notice", key, at=now, charger=charger, person=person, email=email,
              tenure=tenure_uid)  # fmt: skip


def _write(tenure: Tenure, now: datetime) -> None:
    """Post is a channel as well; the letter's code would establish the owner sooner."""
    since = tenure.establishing_since or now
    if tenure.letters.filter(made_at__gte=since).exists():
        return
    try:
        letters.send(tenure=tenure, to=Letter.To.OWNER, at=now)
    except ValidationError:
        return  # no post address on record


@transaction.atomic
def send_reveal_notice_from_outbox(*, key: str, reveal_uid: str) -> None:
    """Outbox handler: tell the owner of the moment that their PIN was looked at."""
    reveal = Reveal.objects.select_related("charger").get(uid=reveal_uid)
    owner = reveal.charger.owner(reveal.at)
    if owner:
        about = {"charger": reveal.charger, "person": owner, "email": owner.email}
        _once("reveal_notice", key, at=clock.now(), **about, reveal=reveal_uid)


@transaction.atomic
def send_share_made_from_outbox(*, key: str, share_uid: str) -> None:
    """Outbox handler: tell the person an owner named that they may look, with the owner's code."""
    share = Share.objects.select_related("charger").get(uid=share_uid)
    person = User.objects.by_email(share.to_email)
    about = {"charger": share.charger, "person": person, "email": share.to_email}
    _once("share_made", key, at=clock.now(), **about, share=share_uid)


@transaction.atomic
def send_proposal_notice_from_outbox(*, key: str, proposal_uid: str) -> None:
    """Outbox handler: tell the old contact; the 7 days begin when the mail is accepted.

    An owner without any mail address is told by a letter to their own address, where one is known.
    """
    rows = Proposal.objects.select_related("charger__installation", "installation", "firm")
    proposal = rows.get(uid=proposal_uid)
    now = clock.now()
    about = {"charger": proposal.charger, "proposal": proposal_uid, "at": now}
    if proposal.kind == Proposal.Kind.OWNER_CONTACT:
        mails = _mails(proposal.person)
        if not mails and _written(proposal, now):
            return
        for email in mails or [""]:
            _once("proposal_notice", key, person=proposal.person, email=email, **about)
        return
    _once("proposal_notice", key, **_old_contact(proposal, now), **about)


def _written(proposal: Proposal, at: datetime) -> bool:
    """Tell an owner by letter of a contact that is proposed for them; say if that can be done."""
    if proposal.letters.exists():
        return True
    charger = changes.chargers_of(proposal).order_by("pk").first()
    if charger is None:
        return False
    try:
        letters.send(proposal=proposal, charger=charger, to=Letter.To.OWNER, at=at)
    except ValidationError:
        return False  # no post address on record either: the notice fails, for the desk to see
    return True


def _channels(person: User, charger: Charger) -> list[str]:
    """Return every mail address on record for an owner and the place, each once."""
    place = charger.installation
    found = [*_mails(person), place.contact_email.casefold() if place else ""]
    return list(dict.fromkeys(email for email in found if email))


def _mails(person: User) -> list[str]:
    """Return every mail address on record for a person, each once."""
    points = ContactPoint.objects.filter(user=person, kind=ContactPoint.Kind.EMAIL, valid_to=None)
    found = [person.email, *points.values_list("value", flat=True)]
    return list(dict.fromkeys(email.casefold() for email in found if email))


def _old_contact(proposal: Proposal, now) -> dict:
    """Return who is on record for what a proposal would change."""
    if proposal.kind in (Proposal.Kind.FIRM_CONTACT, Proposal.Kind.FIRM_MEMBER):
        return {"firm": proposal.firm, "email": proposal.firm.email}
    charger = proposal.charger
    owner = charger.owner(now) if charger else None
    if owner:
        return {"person": owner, "email": owner.email}
    place = proposal.installation or (charger and charger.installation)
    if place and place.contact_email:
        return {"email": place.contact_email}
    firm = place.firm if place else None
    return {"firm": firm, "email": firm.email} if firm else {"email": ""}


def _once(kind: str, key: str, *, email: str, **about) -> None:
    """Write the notice unless an earlier run of the same outbox row wrote it."""
    if not Notice.objects.filter(kind=kind, email=email, data__key=key).exists():
        notify(kind, email=email, key=key, **about)
