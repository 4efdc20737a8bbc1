"""What a file's word about an owner means for a charger: decided here, done elsewhere.

A first owner is recorded; another one is proposed; a hand-over completed here is never undone by
a file (docs/decisions/0029-imports.md).
"""

from dataclasses import dataclass, field
from enum import Enum

from accounts.models import User
from chargers.models import OwnerState, Tenure
from chargers.streets import fold
from chargers.vendors.protocol import OwnerSaid


class Verdict(Enum):
    """What to do about an owner that a row names."""

    NOTHING = "nothing"
    RECORD = "record"
    DECLARE_NONE = "declare none"
    SAME = "same owner"
    SAME_NEW_EMAIL = "same owner, new address"
    PROOF_ARRIVED = "the maker's side has followed"
    AWAIT_PROOF = "the maker's side has not followed yet"
    PROPOSE = "propose"
    PROPOSE_TO_SENIOR = "propose to a senior"
    PROPOSE_NONE = "propose that there is none"


@dataclass
class OnRecord:
    """What we know of a charger's owner before a row is applied."""

    state: str = OwnerState.UNKNOWN
    current: Tenure | None = None
    former: list[Tenure] = field(default_factory=list)
    # A ticket, dispute, freeze or contest is open: nothing is recorded past it.
    is_under_way: bool = False

    @property
    def by_hand_over(self) -> bool:
        """Say whether the present owner, or that there is none, comes from a hand-over here."""
        if self.current:
            return self.current.proof_awaited or not is_from_source(self.current)
        return self.state == OwnerState.RELEASED

    @property
    def is_blank(self) -> bool:
        """Say whether nobody has ever said anything about an owner."""
        return self.state == OwnerState.UNKNOWN and not self.current and not self.former


def is_from_source(tenure: Tenure) -> bool:
    """Say whether a tenure was told by a file, not made by a ticket."""
    return tenure.source.startswith(("import:", "proposal:"))


def decide(said: OwnerSaid | None, record: OnRecord, known_emails: dict[int, set[str]]) -> Verdict:
    """Return what to do. ``known_emails``: all addresses a person ever had here, by id."""
    if said is None:
        return Verdict.NOTHING
    if said.is_none:
        return _decide_none(record)
    if record.current:
        return _decide_other(said, record, known_emails)
    if record.by_hand_over:
        was_former = any(is_same(said, one.person, known_emails) for one in record.former)
        return Verdict.AWAIT_PROOF if was_former else Verdict.PROPOSE_TO_SENIOR
    if record.is_blank and not record.is_under_way:
        return Verdict.RECORD
    return Verdict.PROPOSE


def _decide_none(record: OnRecord) -> Verdict:
    if record.current is None:
        if record.state in (OwnerState.NONE, OwnerState.RELEASED):
            return Verdict.NOTHING
        may_record = record.is_blank and not record.is_under_way
        return Verdict.DECLARE_NONE if may_record else Verdict.PROPOSE_NONE
    # The maker's side often clears the old owner first: that is half of the hand-over made here.
    return Verdict.AWAIT_PROOF if record.by_hand_over else Verdict.PROPOSE_NONE


def _decide_other(said: OwnerSaid, record: OnRecord, known_emails: dict[int, set[str]]) -> Verdict:
    owner = record.current.person
    if is_same(said, owner, known_emails):
        return Verdict.PROOF_ARRIVED if record.current.proof_awaited else Verdict.SAME
    if is_renamed(said, owner):
        return Verdict.SAME_NEW_EMAIL
    if record.by_hand_over:
        was_former = any(is_same(said, one.person, known_emails) for one in record.former)
        return Verdict.AWAIT_PROOF if was_former else Verdict.PROPOSE_TO_SENIOR
    return Verdict.PROPOSE


def is_same(said: OwnerSaid, person: User, known_emails: dict[int, set[str]]) -> bool:
    """Say whether a row means this person: by any address they ever had, else by name."""
    if said.email:
        return said.email == person.email or said.email in known_emails.get(person.pk, ())
    return fold(said.name) == fold(person.name)


def is_renamed(said: OwnerSaid, person: User) -> bool:
    """Say whether a row gives the same name another address."""
    return bool(said.name) and fold(said.name) == fold(person.name)
