"""The numbers of a policy: what each means, its first value, and what it may never be under.

Pure data and functions over it. Source of the first values and floors: design, "Evidence, classes,
tiers"; of the desk's own hours: trust T-06 for disputes, else our choice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Number:
    """One number: ``floor`` binds every policy; ``lower_is_stricter`` says which of two wins."""

    first: int
    unit: str
    label: str
    help: str
    floor: int = 0
    most: int = 10_000
    lower_is_stricter: bool = False


HOURS, WORKING_HOURS = _("hours"), _("working hours")
DAYS, WORKING_DAYS = _("days"), _("working days")
MONTHS, PEOPLE, TIMES = _("months"), _("people"), _("requests")
NUMBERS: Mapping[str, Number] = {
    "low_hours": Number(
        24,
        HOURS,
        _("Wait of the low tier"),
        _("From approval to release where the owner named the person, released it, or is none."),
        floor=24,
    ),
    "normal_working_days": Number(
        5,
        WORKING_DAYS,
        _("Wait of the normal tier"),
        _("From the notice that arrived to release, where the owner is silent or unknown."),
        floor=3,
    ),
    "high_working_days": Number(
        10,
        WORKING_DAYS,
        _("Wait of the high tier"),
        _("The same where a flag is raised or the registry does not agree."),
        floor=5,
    ),
    "approval_notice_hours": Number(
        48,
        HOURS,
        _("Wait after the notice of an approval"),
        _("An owner who is told of an approval has at least so long to stop it."),
        floor=48,
    ),
    "high_approvals": Number(
        2, PEOPLE, _("People who approve a high tier"), _("Different people, always."), floor=2
    ),
    "answer_working_days": Number(
        5,
        WORKING_DAYS,
        _("Time for the owner's answer"),
        _("After it, the owner counts as silent."),
    ),
    "reminder_hours": Number(
        48, HOURS, _("Reminder to the owner"), _("So long after the first notice.")
    ),
    "letter_working_days": Number(
        3, WORKING_DAYS, _("A letter counts as arrived"), _("So long after it was printed.")
    ),
    "next_word_working_days": Number(
        7,
        WORKING_DAYS,
        _("Our next word to the claimant"),
        _("Counted from sending, and renewed alike for all."),
    ),
    "draft_days": Number(14, DAYS, _("A draft is kept"), _("Then it expires.")),
    "bare_days": Number(
        14,
        DAYS,
        _("A claim with nothing proved is kept"),
        _("Then it expires, unless something beyond the registry's record was accepted."),
        lower_is_stricter=True,
    ),
    "collecting_days": Number(
        30, DAYS, _("A claim that shows something is kept"), _("While it waits for the claimant.")
    ),
    "offer_days": Number(30, DAYS, _("An owner's offer is kept"), _("Until it is accepted.")),
    "appeal_days": Number(30, DAYS, _("Time to appeal"), _("After a rejection.")),
    "contest_days": Number(
        90, DAYS, _("Time to contest"), _("After a hand-over, for the former owner."), floor=90
    ),
    "agreement_months": Number(
        12,
        MONTHS,
        _("A purchase agreement is recent"),
        _("An older one raises a flag."),
        lower_is_stricter=True,
    ),
    "rejected_months": Number(
        12, MONTHS, _("A rejection is remembered"), _("Meanwhile it raises a flag at the charger.")
    ),
    "second_look_percent": Number(
        10,
        _("percent"),
        _("Drawn for a second look"),
        _("Of what one person approved."),
        most=100,
    ),
    "rate_tickets_per_week": Number(
        5,
        TIMES,
        _("Requests by one person in a week"),
        _("More raise a flag."),
        lower_is_stricter=True,
    ),
    "training_one_in": Number(
        40,
        TIMES,
        _("One training ticket among so many decisions"),
        _("A planted forgery, drawn like any other and marked afterwards. 0 plants none."),
    ),
    "review_hours": Number(
        8, WORKING_HOURS, _("First decision"), _("The desk owes it within so long of its turn.")
    ),
    "second_review_hours": Number(
        8, WORKING_HOURS, _("Second approval"), _("The same for the second person.")
    ),
    "second_look_hours": Number(
        8, WORKING_HOURS, _("Second look"), _("The same for a ticket drawn for one.")
    ),
    "dispute_hours": Number(
        40, WORKING_HOURS, _("Verdict on a dispute"), _("A senior's, from the objection on.")
    ),
    "contest_hours": Number(
        40, WORKING_HOURS, _("Verdict on a contest"), _("Two seniors', from its opening on.")
    ),
    "appeal_hours": Number(
        16, WORKING_HOURS, _("Decision on an appeal"), _("By somebody who has not decided before.")
    ),
    "reply_hours": Number(
        8, WORKING_HOURS, _("Answer to a message"), _("From a message of the claimant on.")
    ),
    "proof_days": Number(
        14,
        DAYS,
        _("Proof of the maker's side"),
        _("After a release: until then the maker's side is to be shown, or the ticket wakes up."),
        lower_is_stricter=True,
    ),
    "proof_hours": Number(
        8, WORKING_HOURS, _("Missing proof"), _("The desk owes it within so long of waking up.")
    ),
    "escalation_minutes": Number(
        60,
        _("minutes"),
        _("Warning before a duty breaks"),
        _("Seniors see it first from then on."),
    ),
}
DEFAULT_POLICY: Mapping[str, int] = {name: number.first for name, number in NUMBERS.items()}


def policy_problems(data: Mapping[str, int]) -> dict[str, str]:
    """Return what is wrong with a policy's numbers, by name; empty when it may be published."""
    problems = {}
    for name, number in NUMBERS.items():
        value = data.get(name)
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not number.floor <= value <= number.most:
            bounds = {"floor": number.floor, "most": number.most}
            problems[name] = _("Enter a whole number from %(floor)s to %(most)s.") % bounds
    return problems


def stricter(policies: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return, number by number, the stricter of several policies (open tickets take it)."""
    merged: dict[str, int] = {}
    for policy in policies:
        for name, value in policy.items():
            lower = name in NUMBERS and NUMBERS[name].lower_is_stricter
            pick = min if lower else max
            merged[name] = pick(merged.get(name, value), value)
    return merged
