"""Policies: drafted by one administrator, tried on past decisions, published by another."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import Role, User
from records import clock
from records.events import record
from support import numbers, replay
from support.models import Policy, Ticket
from support.permissions import may_move_policy, plays
from support.services.progress import advance
from support.services.saving import save_and_record

STREAM = "policy"
LEAST_REASON = 20
# So many past decisions a draft is tried on at most, newest first; a second's work.
REPLAYED = 20_000
SHOWN = 200


@dataclass(frozen=True)
class Trial:
    """A draft tried on past decisions: how many there were, and those that would differ."""

    tried: int
    differences: list[replay.Difference]
    tickets: dict[int, Ticket]

    @property
    def words(self) -> str:
        """Say how many would differ, e.g. "18 of 2,140 would have been decided differently"."""
        found, tried = len(self.differences), number_format(self.tried, force_grouping=True)
        words = _("%(found)s of %(tried)s would have been decided differently")
        return words % {"found": number_format(found, force_grouping=True), "tried": tried}

    @property
    def left_out(self) -> int:
        return max(len(self.differences) - SHOWN, 0)

    @property
    def shown(self) -> list[tuple[Ticket, replay.Difference]]:
        return [(self.tickets[d.ticket_id], d) for d in self.differences[:SHOWN]]


@transaction.atomic
def draft(*, by: User, reason: str, data: Mapping[str, int]) -> Policy:
    """Make a draft. Raises ValidationError by number, PermissionDenied for non-administrators."""
    _require_administrator(by)
    _check(reason, data)
    _lock()
    version = Policy.objects.latest("version").version + 1
    now = clock.now()
    made = Policy.objects.create(
        version=version, data=dict(data), reason=reason.strip(), author=by, made_at=now
    )
    record(STREAM, "policy_drafted", at=now, actor=by, version=version, numbers=dict(data))
    return made


@transaction.atomic
def change(*, version: int, by: User, reason: str, data: Mapping[str, int]) -> Policy:
    """Change a draft; whoever changes it becomes its author, and cannot publish it."""
    _require_administrator(by)
    _check(reason, data)
    policy = _lock_draft(version)
    policy.data, policy.reason, policy.author = dict(data), reason.strip(), by
    policy.made_at = clock.now()
    policy.save()
    record(STREAM, "policy_changed", at=policy.made_at, actor=by, version=version, data=dict(data))
    return policy


@transaction.atomic
def discard(*, version: int, by: User) -> None:
    """Throw a draft away: it stays on record, and nobody can publish it."""
    _require_administrator(by)
    policy = _lock_draft(version)
    policy.discarded_at = clock.now()
    policy.save()
    record(STREAM, "policy_discarded", at=policy.discarded_at, actor=by, version=version)


@transaction.atomic
def publish(*, version: int, by: User, seen_at: str) -> Policy:
    """Publish a draft: from now on it is the policy. Never by its author.

    ``seen_at`` is the draft's ``made_at`` as the page showed it (ISO 8601): one that was changed
    since is refused. Open tickets take the stricter of their own and this one.
    """
    _require_administrator(by)
    policy = _lock_draft(version)
    if policy.author_id == by.pk:
        raise PermissionDenied(_("You wrote this draft: a second administrator publishes it."))
    if policy.made_at.isoformat() != seen_at:
        raise TransitionNotAllowed(_("This draft has changed since: read it again first."))
    if numbers.policy_problems(policy.data):
        raise ValidationError(_("This draft lacks numbers that came since: save it again first."))
    policy.published_at, policy.published_by = clock.now(), by
    policy.save()
    record(STREAM, "policy_published", at=policy.published_at, actor=by, version=version)
    return policy


def try_out(policy: Policy) -> Trial:
    """Try a policy on the newest past decisions, beside the policy in force."""
    decided = Ticket.objects.exclude(basis=None).exclude(approved_at=None).order_by("-approved_at")
    rows = list(decided.values_list("pk", "basis")[:REPLAYED])
    found = replay.differences(rows, before=Policy.objects.current().data, after=policy.data)
    return Trial(len(rows), found, Ticket.objects.in_bulk([d.ticket_id for d in found[:SHOWN]]))


@transaction.atomic
def move_ticket(*, ticket_id: int, by: User, reason: str) -> Ticket:
    """Put an open ticket under the policy in force, with a reason; everything is looked at again.

    Without this it keeps the stricter of the version that it began under and today's.
    """
    ticket = Ticket.objects.lock(ticket_id)
    if not may_move_policy(ticket, by):
        raise PermissionDenied(_("This step is not yours to take."))
    if len(reason.strip()) < LEAST_REASON:
        raise ValidationError({"reason": _("Say why in at least 20 characters.")})
    current, was = Policy.objects.current(), ticket.policy.version
    if not ticket.is_open or ticket.policy_id == current.pk:
        raise TransitionNotAllowed(_("This ticket is closed, or under this policy already."))
    now = clock.now()
    ticket.policy = current
    save_and_record(
        ticket, "policy_moved", at=now, by=by, note=reason.strip(), was=was, version=current.version
    )
    return advance(ticket, at=now)


def _check(reason: str, data: Mapping[str, int]) -> None:
    problems: dict[str, str] = dict(numbers.policy_problems(data))
    if len(reason.strip()) < LEAST_REASON:
        problems["reason"] = _("Say why in at least 20 characters.")
    if problems:
        raise ValidationError(problems)


def _require_administrator(by: User) -> None:
    if not plays(by, Role.ADMINISTRATOR):
        raise PermissionDenied(_("Policies are an administrator's."))


def _lock() -> list[int]:
    """Let drafts wait for each other: each gets a number of its own."""
    return list(Policy.objects.select_for_update().values_list("pk", flat=True))


def _lock_draft(version: int) -> Policy:
    policy = Policy.objects.select_for_update().filter(version=version).first()
    if policy is None or not policy.is_draft:
        raise TransitionNotAllowed(_("This draft is published or thrown away: it does not change."))
    return policy
