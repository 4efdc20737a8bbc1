"""The rules: which evidence, which classes, how much is enough, how many people, how long.

Pure functions over a policy and facts; no database, no clock. Source: design, "Evidence, classes,
tiers". A wrong stop costs a phone call; a wrong grant can never be undone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _

DAYS_A_MONTH = 30.44


class Outcome(TextChoices):
    OWNERSHIP = "ownership", _("ownership")
    USE = "use", _("use")


class EvidenceKind(TextChoices):
    LABEL = "label", _("photo of the label with the request code")
    PURCHASE_AGREEMENT = "purchase_agreement", _("purchase agreement")
    LEASE = "lease", _("lease")
    REGISTER_EXTRACT = "register_extract", _("land register extract")
    STATION = "station", _("photo of the station on its wall")
    OTHER = "other", _("another document")
    # Claim fields: asked for again when they are in doubt, answered with text instead of a file.
    SERIAL = "serial", _("serial number")
    ADDRESS = "address", _("address")
    INSTALLER = "installer", _("installer's name")


FIELD_KINDS = frozenset({EvidenceKind.SERIAL, EvidenceKind.ADDRESS, EvidenceKind.INSTALLER})


class Class(TextChoices):
    """What an item, an answer or a look-up counts for."""

    RECORD = "record", _("the registry agrees with the claim")
    INSTALLER = "installer", _("the installer confirms the place")
    PRESENCE = "presence", _("photo of the label with the request code")
    LETTER = "letter", _("code from the letter entered")
    NAMED_CONSENT = "named_consent", _("the owner named this person")
    PROPERTY = "property", _("purchase agreement")
    REGISTER = "register", _("land register")
    FIRST_CUSTOMER = "first_customer", _("the installer's first customer")
    VACATED = "vacated", _("the owner says: no longer mine")


RIGHT = frozenset({Class.NAMED_CONSENT, Class.PROPERTY, Class.REGISTER, Class.FIRST_CUSTOMER})
PERSON_THERE = frozenset({Class.PRESENCE, Class.LETTER})
# What makes a claim more than bare: a class of the claim itself, beyond the record.
BEYOND_RECORD = frozenset(set(Class) - {Class.RECORD, Class.VACATED})


class Flag(TextChoices):
    RIVAL = "rival", _("somebody else has proved something for this charger as well")
    DISPUTE_BEFORE = "dispute_before", _("there was a dispute before")
    CONTACT_CHANGED = "contact_changed", _("the owner's contact changed in the last 30 days")
    SAME_SURNAME = "same_surname", _("same surname as the owner")
    HELD_ROLE = "held_role", _("the claimant once held a role here")
    SELLER = "seller", _("the seller is not the owner on record")
    OLD_AGREEMENT = "old_agreement", _("the agreement is older than 12 months")
    REJECTED_BEFORE = "rejected_before", _("rejected here within 12 months")
    PICKED_BY_HAND = "picked_by_hand", _("picked by hand")
    RATE = "rate", _("unusually many requests by this person")
    REUSED = "reused", _("a file or picture is on somebody else's request as well")
    OTHER_CODE = "other_code", _("the photo shows the code of another request")


class Tier(IntegerChoices):
    """In the order of design: a higher one at release reopens the ticket."""

    AT_ONCE = 1, _("at once")
    LOW = 2, _("low")
    NORMAL = 3, _("normal")
    HIGH = 4, _("high")
    NOT_YET = 5, _("not yet")
    SAFETY = 6, _("safety")


class Owner(TextChoices):
    """How the registered owner stands to this ticket."""

    SILENT = "silent", _("known, and has not answered")
    RELEASED = "released", _("released the charger here")
    NONE = "none", _("declared to have none")
    UNKNOWN = "unknown", _("unknown")


@dataclass(frozen=True)
class Measures:
    """What the policy's numbers are held against: kept with a decision, to replay it."""

    agreement_days: int | None = None  # age of the oldest accepted agreement when it was sent
    rejected_days: float | None = None  # since the last rejection at this charger
    tickets_last_week: int = 0  # by this claimant


@dataclass(frozen=True)
class Claim:
    """What the claimant said that decides which items are required."""

    outcome: str = Outcome.OWNERSHIP
    bought_recently: bool = False
    only_installer: bool = False
    renting: bool = False


@dataclass(frozen=True)
class Facts:
    """All that a tier is computed from, at one moment."""

    outcome: str
    classes: frozenset[str]
    flags: frozenset[str] = frozenset()
    owner: str = Owner.UNKNOWN
    owner_established: bool = False
    lease_accepted: bool = False
    required_open: bool = False
    registered: bool = True
    board_missing: bool = False
    claimant_owns: bool = False
    notice_arrived: bool = False
    frozen: bool = False
    # A machine read serial and request code on one standing photo of the label. It counts as its
    # acceptance for the tier "at once" only; ``required_open`` is then what is open besides it.
    label_read: bool = False
    open_besides_label: bool = False


MEASURED = frozenset({Flag.OLD_AGREEMENT, Flag.REJECTED_BEFORE, Flag.RATE})


def measured_flags(measures: Measures, policy: Mapping[str, int]) -> frozenset[str]:
    """Return the flags that the policy's numbers raise. A month is 30.44 days."""
    oldest = round(DAYS_A_MONTH * policy["agreement_months"])
    since = round(DAYS_A_MONTH * policy["rejected_months"])
    flags = set()
    if measures.agreement_days is not None and measures.agreement_days > oldest:
        flags.add(Flag.OLD_AGREEMENT)
    if measures.rejected_days is not None and measures.rejected_days < since:
        flags.add(Flag.REJECTED_BEFORE)
    if measures.tickets_last_week > policy["rate_tickets_per_week"]:
        flags.add(Flag.RATE)
    return frozenset(flags)


def required_items(claim: Claim, *, named_consent: bool) -> tuple[str, ...]:
    """Return the kinds of evidence that must be accepted, by the claim alone.

    With named consent only the label (and the lease for use) stays required. The owner's own
    state is no input: a claimant's list may tell nothing about the other side.
    """
    items = [EvidenceKind.LABEL]
    if claim.outcome == Outcome.USE or (claim.renting and not named_consent):
        items.append(EvidenceKind.LEASE)
    if claim.bought_recently and not named_consent:
        items.append(EvidenceKind.PURCHASE_AGREEMENT)
    return tuple(items)


def enough(facts: Facts) -> bool:
    """Tell whether the classes carry the outcome. Never less, in any tier.

    Ownership: one *right* and one *person there* or *installer* (a first customer's own firm
    counts once); or vacated, letter and presence. Use: the owner's yes and an accepted lease.
    """
    classes = facts.classes
    if facts.outcome == Outcome.USE:
        return Class.NAMED_CONSENT in classes and facts.lease_accepted
    rights = RIGHT & classes
    if rights and PERSON_THERE & classes:
        return True
    if rights - {Class.FIRST_CUSTOMER} and Class.INSTALLER in classes:
        return True
    return {Class.VACATED, Class.LETTER, Class.PRESENCE} <= classes


def tier(facts: Facts) -> Tier:
    """Return the first tier of the table that matches."""
    if facts.label_read and _tier(as_if_accepted(facts)) == Tier.AT_ONCE:
        return Tier.AT_ONCE
    return _tier(facts)


def as_if_accepted(facts: Facts) -> Facts:
    """Return the facts as they were if a person had accepted the label that a machine read."""
    classes = facts.classes | {Class.PRESENCE}
    return replace(facts, classes=classes, required_open=facts.open_besides_label)


def _tier(facts: Facts) -> Tier:
    if facts.frozen:
        return Tier.SAFETY
    if not ready_to_decide(facts):
        return Tier.NOT_YET
    clean = Class.RECORD in facts.classes and not facts.flags
    named = Class.NAMED_CONSENT in facts.classes
    if named and clean and Class.PRESENCE in facts.classes and facts.owner_established:
        return Tier.AT_ONCE
    if clean and (named or facts.owner in (Owner.RELEASED, Owner.NONE)):
        return Tier.LOW
    if clean and facts.owner in (Owner.SILENT, Owner.UNKNOWN) and facts.notice_arrived:
        return Tier.NORMAL
    return Tier.HIGH


def ready_to_decide(facts: Facts) -> bool:
    """Enough, nothing required still open, charger registered, board agreed, somebody else's."""
    open_ends = facts.required_open or facts.board_missing or not facts.registered
    return enough(facts) and not open_ends and not facts.claimant_owns


def owner_decides(facts: Facts, tier_: Tier) -> bool:
    """Tell whether the owner's yes approves by itself: at once, or low by named consent."""
    return tier_ == Tier.AT_ONCE or (tier_ == Tier.LOW and Class.NAMED_CONSENT in facts.classes)


def approvals_needed(tier_: Tier, *, by_owner: bool) -> int:
    """Return how many agents must say yes: none where the owner decides, two when high."""
    if by_owner:
        return 0
    return {Tier.LOW: 1, Tier.NORMAL: 1, Tier.HIGH: 2}[tier_]


def people_needed(tier_: Tier, policy: Mapping[str, int]) -> int:
    """Return how many agents must say yes where the owner does not decide."""
    needed = approvals_needed(tier_, by_owner=False)
    return max(needed, policy["high_approvals"]) if tier_ == Tier.HIGH else needed


def missing(facts: Facts) -> list[str]:
    """Say in words what is short, for the desk: the groups of the table, one line each."""
    lines = []
    if facts.outcome == Outcome.USE:
        if Class.NAMED_CONSENT not in facts.classes:
            lines.append(_("the owner's yes: missing"))
        if not facts.lease_accepted:
            lines.append(_("an accepted lease: missing"))
    elif not enough(facts):
        if not RIGHT & facts.classes:
            lines.append(_("a right (consent, agreement, register or first customer): missing"))
        if not PERSON_THERE & facts.classes and Class.INSTALLER not in facts.classes:
            lines.append(_("a person there (presence or letter), or the installer: missing"))
        if not lines:
            lines.append(_("presence or letter beside the installer's own word: missing"))
    if facts.required_open:
        lines.append(_("a required item is not accepted yet"))
    if not facts.registered:
        lines.append(_("the registry does not know this charger yet"))
    if facts.board_missing:
        lines.append(_("the board of the shared garage has not agreed"))
    if facts.claimant_owns:
        lines.append(_("the claimant is the registered owner already: nothing to hand over"))
    return lines
