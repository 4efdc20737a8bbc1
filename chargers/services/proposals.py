"""Changes to what is on record that have no authority yet: proposed, told, agreed, applied."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import InstallerFirm, Role, User
from accounts.roles import has_role
from chargers.models import Charger, ImportBatch, Installation, Proposal
from chargers.refusals import Paused, Refused
from chargers.services import changes
from chargers.services.holds import require_transaction
from records import clock, events, outbox
from records.models import Event, Note

WAIT = timedelta(days=7)
# A change that people have said no to is not asked again by the next import.
SETTLED = timedelta(days=90)


@transaction.atomic
def propose(
    *,
    kind: str,
    at: datetime,
    new: dict,
    old: dict | None = None,
    charger: Charger | None = None,
    installation: Installation | None = None,
    person: User | None = None,
    firm: InstallerFirm | None = None,
    batch: ImportBatch | None = None,
    made_by: User | None = None,
    reason: str = "",
    senior_task: bool = False,
    awaiting_proof: bool = False,
) -> Proposal:
    """Put a change up for agreement and tell the old contact; the same change twice is one.

    ``new`` is what ``changes.apply`` takes for this kind. What was refused in the last 90 days is
    returned as it is. Raises PermissionDenied for an owner proposed by a person, not a source.
    """
    if kind == Proposal.Kind.OWNER and batch is None and made_by is not None:
        raise PermissionDenied(_("Staff propose contacts, not owners."))
    about = {"charger": charger, "installation": installation, "person": person, "firm": firm}
    fingerprint = _fingerprint(kind, about, new)
    known = _standing(fingerprint, at)
    if known:
        return known
    proposal, is_new = Proposal.objects.get_or_create(
        fingerprint=fingerprint,
        state=Proposal.State.OPEN,
        defaults={
            **about,
            "kind": kind,
            "old": old or {},
            "new": new,
            "batch": batch,
            "made_by": made_by,
            "made_at": at,
            "senior_task": senior_task,
            "awaiting_proof": awaiting_proof,
        },
    )
    if is_new:
        event = _record(proposal, "proposal_made", at, made_by, note=reason)
        proposal.note_uid = event.data["note"]["uid"] if reason else None
        proposal.save(update_fields=["note_uid"])
        _tell_old_contact(proposal, at)
    return proposal


def _tell_old_contact(proposal: Proposal, at: datetime) -> None:
    """Queue the notice; a file's proposals wait until all of it was counted (imports/release)."""
    is_open = proposal.batch is None or proposal.batch.state == ImportBatch.State.APPLIED
    if is_open and not proposal.awaiting_proof:
        outbox.put("proposal_notice", f"proposal:{proposal.uid}", at=at, proposal_uid=proposal.uid)


@transaction.atomic
def noticed(*, proposal: Proposal, at: datetime) -> Proposal:
    """Start the 7 days: the old contact had the notice at ``at``. Only the first time counts."""
    proposal = _lock(proposal)
    if proposal.notice_at is None and proposal.state == Proposal.State.OPEN:
        proposal.notice_at = at
        proposal.save(update_fields=["notice_at"])
        _record(proposal, "proposal_noticed", at)
    return proposal


@transaction.atomic
def not_noticed(*, proposal: Proposal, at: datetime) -> Proposal:
    """Stop the 7 days: no notice has reached the old contact after all (it bounced)."""
    proposal = _lock(proposal)
    if proposal.notice_at and proposal.state == Proposal.State.OPEN:
        proposal.notice_at = None
        proposal.save(update_fields=["notice_at"])
        _record(proposal, "proposal_not_noticed", at)
    return proposal


@transaction.atomic
def object_to(*, proposal: Proposal, by: User | None = None) -> Proposal:
    """Stop a proposal: one word of the old contact or of staff is enough, and needs no code."""
    proposal = _lock(proposal)
    if proposal.state == Proposal.State.OPEN:
        _close(proposal, Proposal.State.OBJECTED, clock.now(), "proposal_objected", by)
    return proposal


@transaction.atomic
def agree(*, proposal: Proposal, by: User) -> Proposal:
    """Say the second yes and apply the change, in one transaction.

    Raises PermissionDenied for anyone but an administrator (a senior, where a third person is
    named) who neither made nor imported it; Paused while a hold is open on a charger it touches;
    Refused before 7 days after the notice, when it is closed, or when it only awaits
    proof; ValidationError when the change cannot be made.
    """
    changes.lock(proposal)
    proposal, now = _lock(proposal), clock.now()
    _require_second(proposal, by, now)
    _require_due(proposal, now)
    proposal.agreed_by = by
    proposal.save(update_fields=["agreed_by"])
    changes.apply(proposal=proposal, at=now)
    return _close(proposal, Proposal.State.APPLIED, now, "proposal_applied", by)


@transaction.atomic
def drop(*, proposal: Proposal, by: User) -> Proposal:
    """Put a proposal aside. Raises PermissionDenied for anyone but administrator or senior."""
    proposal, now = _lock(proposal), clock.now()
    if not may_decide(by, now):
        raise PermissionDenied
    if proposal.state == Proposal.State.APPLIED:
        raise Refused(_("It has been applied already."))
    if proposal.state == Proposal.State.OPEN:
        _close(proposal, Proposal.State.DROPPED, now, "proposal_dropped", by)
    return proposal


def explain(*, charger: Charger, at: datetime, origin: str) -> int:
    """Close the open owner proposals that a completed ticket explains; return how many.

    They name the person who is the owner now. The caller holds the charger's lock.
    """
    require_transaction()
    owner = charger.owner(at)
    matching = charger.proposals.filter(
        kind=Proposal.Kind.OWNER, state=Proposal.State.OPEN, person=owner
    )
    rows = list(matching.select_for_update(no_key=True)) if owner else []
    for proposal in rows:
        _close(proposal, Proposal.State.APPLIED, at, "proposal_explained", origin=origin)
    return len(rows)


def may_decide(user: User, at: datetime) -> bool:
    """Administrators and seniors decide proposals."""
    return has_role(user, Role.ADMINISTRATOR, at) or has_role(user, Role.SENIOR, at)


def ready_at(proposal: Proposal) -> datetime | None:
    """Return from when on it can be agreed to; None until the old contact had the notice."""
    return proposal.notice_at and proposal.notice_at + WAIT


def reasons_of(rows: Iterable[Proposal]) -> dict[UUID, str]:
    """Return why colleagues proposed these, by the note's uid; nothing once it is erased."""
    uids = [row.note_uid for row in rows if row.note_uid]
    return dict(Note.objects.filter(uid__in=uids).values_list("uid", "body"))


def _require_second(proposal: Proposal, by: User, at: datetime) -> None:
    role = Role.SENIOR if proposal.senior_task else Role.ADMINISTRATOR
    if not has_role(by, role, at):
        raise PermissionDenied(_("This needs a %(role)s.") % {"role": role.label})
    imported_by = proposal.batch and proposal.batch.made_by_id
    if by.pk in (proposal.made_by_id, imported_by):
        raise PermissionDenied(_("Whoever made or imported a proposal does not agree to it."))
    if by.pk == proposal.person_id or by.email in proposal.new.values():
        raise PermissionDenied(_("Nobody agrees to a change of their own."))


def _require_due(proposal: Proposal, at: datetime) -> None:
    if proposal.state != Proposal.State.OPEN:
        raise Refused(_("It is no longer open."))
    if proposal.awaiting_proof:
        raise Refused(_("The source has yet to follow a hand-over made here."))
    if proposal.notice_at is None:
        raise Refused(_("The contact on record has not had the notice yet."))
    if ready_at(proposal) > at:
        raise Refused(_("Seven days after the notice have not passed yet."))
    if changes.is_held(proposal):
        raise Paused


def _standing(fingerprint: str, at: datetime) -> Proposal | None:
    """Return the same change if it is open, or was refused a short while ago."""
    same = Proposal.objects.filter(fingerprint=fingerprint).order_by("-made_at")
    refused = same.filter(
        state__in=[Proposal.State.OBJECTED, Proposal.State.DROPPED], closed_at__gt=at - SETTLED
    )
    return same.filter(state=Proposal.State.OPEN).first() or refused.first()


def _fingerprint(kind: str, about: dict, new: dict) -> str:
    named = {name: thing and thing.pk for name, thing in about.items()}
    text = json.dumps([kind, named, new], sort_keys=True, cls=DjangoJSONEncoder)
    return hashlib.sha256(text.encode()).hexdigest()


def _lock(proposal: Proposal) -> Proposal:
    return Proposal.objects.select_for_update(of=("self",), no_key=True).get(pk=proposal.pk)


def _close(
    proposal: Proposal, state: str, at: datetime, event: str, by: User | None = None, **data
) -> Proposal:
    proposal.state, proposal.closed_at = state, at
    proposal.save(update_fields=["state", "closed_at"])
    _record(proposal, event, at, by, **data)
    return proposal


def _record(proposal: Proposal, kind: str, at: datetime, by: User | None = None, **data) -> Event:
    by_what = "person" if by else "party" if kind == "proposal_objected" else "system"
    about = {"at": at, "actor": by, "by_what": by_what, "proposal": proposal.uid}
    return events.record(changes.stream_of(proposal), kind, **about, **data)
