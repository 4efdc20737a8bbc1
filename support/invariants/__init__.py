"""What must never be false, looked at over a live database: I1 to I10 of the design.

Each check returns what it looked at and what it found wrong. They read; they change nothing.
"""

from support.invariants.finding import Finding
from support.invariants.notices import notices, safe_methods, sides_apart
from support.invariants.people import approvers, one_holder, reveals_in_a_right
from support.invariants.records import chains
from support.invariants.secrets import secrets_kept
from support.invariants.tickets import begun_while_held, paths

CHECKS = (
    one_holder,
    begun_while_held,
    approvers,
    paths,
    reveals_in_a_right,
    notices,
    secrets_kept,
    safe_methods,
    sides_apart,
    chains,
)


def check_all() -> list[Finding]:
    """Run every check, I1 to I10, and return their findings in order."""
    return [check() for check in CHECKS]


__all__ = ["CHECKS", "Finding", "check_all"]
