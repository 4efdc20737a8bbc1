"""When a file has been applied: its proposals open, or wait for a second administrator."""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.roles import has_role
from chargers.models import ImportBatch, Proposal
from records import clock, events, outbox

MOST_PROPOSALS = 50
# Half a per cent, once a file is long enough for a share to mean anything.
MOST_PER_THOUSAND = 5
LONG_FILE_ROWS = 1_000


def most_proposals(rows: int) -> float:
    """Return how many proposals a file of so many rows may make without a second look."""
    if rows < LONG_FILE_ROWS:
        return MOST_PROPOSALS
    return min(MOST_PROPOSALS, rows * MOST_PER_THOUSAND / 1000)


@transaction.atomic
def close_batch(*, batch: ImportBatch, by: User | None) -> None:
    """End a file's import: its proposals open, or wait for a second administrator."""
    now = clock.now()
    made = Proposal.objects.filter(batch=batch, state=Proposal.State.OPEN)
    count = made.count()
    batch.applied_at = now
    if count > most_proposals(batch.counts.get("rows", 0)):
        batch.state = ImportBatch.State.WAITING
    else:
        batch.state = ImportBatch.State.APPLIED
        _open_proposals(batch, now)
    batch.counts = batch.counts | {"proposals": count}
    batch.save(update_fields=["state", "applied_at", "counts"])
    if by:
        # Whoever runs a waiting file again, this time by name, can be told from its approver.
        ImportBatch.objects.filter(
            sha256=batch.sha256, state=ImportBatch.State.WAITING, made_by=None
        ).update(made_by=by)
    events.record(
        f"import:{batch.uid}",
        "import_waiting" if batch.state == ImportBatch.State.WAITING else "import_applied",
        at=now,
        actor=by,
        by_what="import",
        **batch.counts,
    )


@transaction.atomic
def approve_large(*, batch_uid: str, by: User) -> ImportBatch:
    """Open the proposals of a file that made many, after a second administrator has looked.

    Raises PermissionDenied for anyone but an administrator who did not import the file,
    ValidationError when no such file waits or nobody knows who imported it.
    """
    waiting = ImportBatch.objects.select_for_update(of=("self",), no_key=True)
    batch = waiting.filter(uid=batch_uid, state=ImportBatch.State.WAITING).first()
    now = clock.now()
    if not has_role(by, Role.ADMINISTRATOR, now):
        raise PermissionDenied(_("Only an administrator approves an import."))
    if batch is None:
        raise ValidationError(_("No import with this number waits for approval."))
    if batch.made_by_id is None:
        raise ValidationError(
            _("Nobody knows who imported this file. Run the import again with --by.")
        )
    if batch.made_by_id == by.pk:
        raise PermissionDenied(_("Whoever imported a file does not approve it."))
    batch.state = ImportBatch.State.APPLIED
    batch.save(update_fields=["state"])
    opened = _open_proposals(batch, now)
    events.record(f"import:{batch.uid}", "import_approved", at=now, actor=by, proposals=opened)
    return batch


def waiting() -> QuerySet[ImportBatch]:
    """Return the files that wait for a second administrator, the oldest first."""
    rows = ImportBatch.objects.filter(state=ImportBatch.State.WAITING)
    return rows.select_related("made_by").order_by("made_at")


def _open_proposals(batch: ImportBatch, at: datetime) -> int:
    """Tell the old contacts: from then on the seven days of each proposal run."""
    open_ones = Proposal.objects.filter(
        batch=batch, state=Proposal.State.OPEN, awaiting_proof=False, notice_at=None
    )
    count = 0
    for uid in open_ones.values_list("uid", flat=True).iterator():
        outbox.put("proposal_notice", f"proposal:{uid}", at=at, proposal_uid=str(uid))
        count += 1
    return count
