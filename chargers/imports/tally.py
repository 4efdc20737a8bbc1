"""What one batch of rows has done and found, kept apart until its transaction has committed."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import User
from chargers.models import ImportBatch, Proposal
from chargers.services import proposals
from chargers.vendors.protocol import Problem


@dataclass(frozen=True)
class Options:
    """How an import was asked for. ``pins`` is none, approved or all."""

    pins: str = "all"
    by: User | None = None


@dataclass
class Tally:
    """The counts and findings of one batch of rows, and the moment it was applied."""

    batch: ImportBatch
    options: Options
    now: datetime
    counts: Counter = field(default_factory=Counter)
    findings: list[tuple[int, Problem]] = field(default_factory=list)

    @property
    def source(self) -> str:
        """Where tenures and contacts made by this file say they come from."""
        return f"import:{self.batch.uid}"

    def warn(self, row: int, field: str, reason: str, cure: str) -> None:
        """Note something about a row that was taken."""
        self.findings.append((row, Problem(field, reason, cure, refused=False)))

    def refuse(self, row: int, field: str, reason: str, cure: str) -> None:
        """Note that a row was not taken."""
        self.findings.append((row, Problem(field, reason, cure)))

    def propose(self, *, kind: str, new: dict, old: dict | None = None, **about) -> None:
        """Propose a change; it stays shut until the whole file has been counted."""
        proposal = proposals.propose(
            kind=kind,
            old=old or {},
            new=new,
            batch=self.batch,
            made_by=self.options.by,
            at=self.now,
            **about,
        )
        self.counts["proposals"] += 1
        if proposal.batch_id != self.batch.pk and _is_orphan(proposal):
            proposal.batch = self.batch
            proposal.save(update_fields=["batch"])


def _is_orphan(proposal: Proposal) -> bool:
    """Say whether the import that made it never came to its end."""
    batch = proposal.batch
    return (
        proposal.state == Proposal.State.OPEN
        and batch is not None
        and batch.state == ImportBatch.State.STAGED
    )
