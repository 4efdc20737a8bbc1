"""Another policy tried on past decisions: what would have been decided differently.

Pure functions over what was kept with each decision (``Ticket.basis``); no database, no clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from support import rules
from support.rules import Facts, Measures, Tier

# Which number says how long a tier waits, and how many hours one of it is (a working day as 24).
WAITS = {
    Tier.LOW: ("low_hours", 1),
    Tier.NORMAL: ("normal_working_days", 24),
    Tier.HIGH: ("high_working_days", 24),
}


@dataclass(frozen=True)
class Ruling:
    """What a policy makes of a decision: its tier, how many people, how long a wait."""

    tier: Tier
    people: int
    wait_hours: int


@dataclass(frozen=True)
class Difference:
    """One past decision that the other policy would have made differently, in words."""

    ticket_id: int
    before: Ruling
    after: Ruling

    @property
    def words(self) -> list[str]:
        """Say what is different: tier, people, wait."""
        before, after = self.before, self.after
        lines = []
        if before.tier != after.tier:
            tiers = {"before": before.tier.label, "after": after.tier.label}
            lines.append(_("tier %(before)s would be %(after)s") % tiers)
        if before.people != after.people:
            people = {"before": before.people, "after": after.people}
            lines.append(_("%(before)s to approve would be %(after)s") % people)
        if before.wait_hours < after.wait_hours:
            lines.append(_("a longer wait"))
        elif before.wait_hours > after.wait_hours:
            lines.append(_("a shorter wait"))
        return lines


def ruling(basis: Mapping, policy: Mapping[str, int]) -> Ruling:
    """Return what a policy makes of what a decision was based on."""
    measures = Measures(**basis["measures"])
    kept = basis["facts"]
    flags = frozenset(kept["flags"]) - rules.MEASURED | rules.measured_flags(measures, policy)
    facts = Facts(**kept | {"classes": frozenset(kept["classes"]), "flags": flags})
    tier = rules.tier(facts)
    by_owner = rules.owner_decides(facts, tier)
    people = 0 if by_owner or tier not in WAITS else rules.people_needed(tier, policy)
    name, hours = WAITS.get(tier, ("", 0))
    return Ruling(tier, people, policy[name] * hours if name else 0)


def differences(
    decided: Iterable[tuple[int, Mapping]], *, before: Mapping[str, int], after: Mapping[str, int]
) -> list[Difference]:
    """Return the decisions, as (ticket, basis), on which two policies disagree."""
    found = []
    for ticket_id, basis in decided:
        was, would_be = ruling(basis, before), ruling(basis, after)
        if was != would_be:
            found.append(Difference(ticket_id, was, would_be))
    return found
