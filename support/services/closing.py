"""Closing on proof: what must still happen at the maker's side after a release, ticked by proof.

No vendor has an interface that changes owners, so people do it in the vendor's portal. The next
import that names the new owner proves it, or somebody who did not approve, with a picture.
"""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import User
from chargers.models import Charger
from records import clock
from records.access import saw
from support.machine import State
from support.models import ClosingStep, Deadline, Ticket
from support.permissions import is_desk, is_party, may_prove
from support.rules import Outcome
from support.sandbox import Verdict, open_file
from support.services import certificates, deadlines, files, kinds
from support.services.facts import policy_of
from support.services.saving import save_and_record

Kind = ClosingStep.Kind
STEPS = {
    Outcome.OWNERSHIP: tuple(kind for kind in Kind if kind != Kind.USER_ADDED),
    Outcome.USE: (Kind.USER_ADDED,),
}
PROVED_IN = (State.COMPLETED, State.CONTESTED)


def begin(ticket: Ticket, *, at: datetime) -> None:
    """List what the release of a ticket leaves to do, and when it wakes up without proof.

    What earlier hand-overs of the charger still waited for has no point any more. The caller
    holds the locks.
    """
    give_up(ticket.charger, at=at, but=ticket)
    steps = [ClosingStep(ticket=ticket, kind=kind, made_at=at) for kind in _left(ticket)]
    ClosingStep.objects.bulk_create(steps)
    ticket.proof_until_at = at + timedelta(days=policy_of(ticket)["proof_days"])
    Ticket.objects.filter(pk=ticket.pk).update(proof_until_at=ticket.proof_until_at)
    deadlines.schedule(ticket, Deadline.Kind.PROOF, ticket.proof_until_at, at=at)


def _left(ticket: Ticket) -> list[str]:
    """Return the kinds of steps of a ticket; nobody is removed where nobody was on record."""
    steps = STEPS[Outcome(ticket.outcome)]
    return [kind for kind in steps if kind != Kind.OWNER_REMOVED or ticket.former_tenure]


def give_up(charger: Charger, *, at: datetime, but: Ticket | None = None) -> None:
    """Wait no more for proof of a charger's hand-overs: it has changed hands again since."""
    waiting = Ticket.objects.filter(charger=charger, proof_until_at__isnull=False)
    waiting = waiting.exclude(pk=but.pk) if but else waiting
    for pk in list(waiting.order_by("pk").values_list("pk", flat=True)):
        _end(Ticket.objects.lock(pk), "proof_moot", at=at)


def missing(ticket: Ticket, *, at: datetime) -> None:
    """Wake a ticket that lacks proof when its time is over: the desk owes it from now on."""
    if ticket.proof_until_at is None:
        return
    ticket.proof_missing_at = at
    save_and_record(ticket, "proof_missing", at=at, facts=False)


def prove_from_outbox(*, key: str, tenure_uid: str, batch_uid: str, steps: list[str]) -> None:
    """Outbox handler: an import shows steps of the hand-over that made this tenure.

    Done twice it changes nothing. A tenure that no ticket made has no list.
    """
    found = Ticket.objects.filter(tenure__uid=tenure_uid).values_list("pk", flat=True).first()
    if found:
        _prove_by_import(found, UUID(batch_uid), steps)


@transaction.atomic
def _prove_by_import(ticket_id: int, batch_uid: UUID, steps: Collection[str]) -> None:
    ticket = Ticket.objects.lock(ticket_id)
    now = clock.now()
    rows = ticket.closing_steps.filter(kind__in=steps, done_at=None)
    done = list(rows.values_list("kind", flat=True))
    if ticket.proof_until_at is None or not done:
        return
    rows.update(done_at=now, batch_uid=batch_uid)
    about = {"steps": sorted(done), "batch": str(batch_uid)}
    save_and_record(ticket, "proof_imported", at=now, by_what="import", facts=False, **about)
    finish(ticket, at=now)


def prove(*, ticket_id: int, by: User, steps: Collection[str], upload: UploadedFile) -> Ticket:
    """Tick steps by a picture of what ``by`` saw in the maker's portal.

    The picture is opened like any stranger's file; what is kept, sealed, is our own picture of
    its first page. Raises PermissionDenied for a party or an approver, TransitionNotAllowed when
    nothing is awaited, ValidationError for no step, one that is proved, or a file that does not
    open.
    """
    ticket = Ticket.objects.select_related("charger").get(pk=ticket_id)
    rows = _require_open(ticket, by, steps)
    content = _picture_of(upload)
    try:
        keys = {row.pk: files.keep(row, ContentFile(content)) for row in rows}
    except OSError as error:
        raise ValidationError(
            {"picture": _("We could not keep the picture just now. Try again in a few minutes.")}
        ) from error
    return _enter(ticket_id, by, steps, keys, hashlib.sha256(content).hexdigest())


@transaction.atomic
def _enter(
    ticket_id: int, by: User, steps: Collection[str], keys: dict[int, str], sha256: str
) -> Ticket:
    ticket = Ticket.objects.lock(ticket_id)
    now = clock.now()
    for row in _require_open(ticket, by, steps):
        row.done_at, row.done_by, row.file_key, row.sha256 = now, by, keys[row.pk], sha256
        row.save()
    files.claim(*keys.values())
    about = {"steps": sorted(steps), "sha256": sha256}
    save_and_record(ticket, "proof_shown", at=now, by=by, facts=False, **about)
    return finish(ticket, at=now)


def _require_open(ticket: Ticket, by: User, steps: Collection[str]) -> list[ClosingStep]:
    """Return the steps to tick; refuse who may not, and what is not open."""
    if not may_prove(ticket, by):
        raise PermissionDenied(_("Whoever approved it, or has a part in it, does not prove it."))
    if ticket.state not in PROVED_IN or ticket.proof_until_at is None:
        raise TransitionNotAllowed(_("Nothing at the maker's side is waited for here."))
    if not steps:
        raise ValidationError({"steps": _("Tick what the picture shows.")})
    rows = list(ticket.closing_steps.filter(kind__in=steps, done_at=None))
    if len(rows) != len(set(steps)):
        raise ValidationError({"steps": _("Some of this is proved already: look at the list.")})
    for row in rows:
        row.ticket = ticket
    return rows


def _picture_of(upload: UploadedFile) -> bytes:
    """Return our picture of what was sent. Raises ValidationError with the cure."""
    try:
        opened = open_file(upload, size_bytes=upload.size)
    except OSError as error:
        raise ValidationError(
            {"picture": _("We cannot open pictures just now. Try again in a few minutes.")}
        ) from error
    if opened.verdict != Verdict.ACCEPTED:
        why, cure = kinds.REASONS.get(str(opened.reason), kinds.REASONS["could_not_open"])
        raise ValidationError({"picture": f"{why} {cure}"})
    return opened.pages[0].content


def finish(ticket: Ticket, *, at: datetime) -> Ticket:
    """Close a ticket with the last proof: it waits for nothing more, and is certified.

    A contested one is certified when it is confirmed.
    """
    if ticket.closing_steps.filter(done_at=None).exists():
        return ticket
    if ticket.proof_until_at is not None:
        _end(ticket, "proof_complete", at=at)
    if ticket.state == State.COMPLETED and ticket.closing_steps.exists():
        certificates.make(ticket, at=at)
    return ticket


def _end(ticket: Ticket, kind: str, *, at: datetime) -> None:
    ticket.proof_until_at = ticket.proof_missing_at = None
    deadlines.cancel(ticket, Deadline.Kind.PROOF, at=at)
    save_and_record(ticket, kind, at=at, facts=False)


def show(*, step: ClosingStep, to: User):
    """Open a step's picture for a member of the desk; the look is on record.

    Raises PermissionDenied for everybody else, FileNotFoundError when there is none or it was
    erased, OSError while the store is away.
    """
    if not is_desk(to) or is_party(step.ticket, to):
        raise PermissionDenied(_("This is not yours to see."))
    saw(actor=to, what="proof_picture", subject=step.ticket.stream)
    return files.read(step, step.file_key)
