"""Who may make a move: plain functions of (ticket, user). Imports no models.

"Party" is everyone with something to gain or lose at this charger: no party decides.
"""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed, can_proceed

from accounts.models import Role
from accounts.roles import holders, roles_of
from records import clock
from support.say import holds_here, is_board, is_owner, say_in

VOTES_NEEDED = 2  # seniors that must agree on a contest
DESK = (Role.AGENT, Role.SENIOR, Role.SAFETY_OFFICER, Role.AUDITOR)


def require(move, user) -> None:
    """Refuse a bound move that is not this person's (403), or not open in this state (409).

    django-fsm checks no permission on calling, and its own question mixes the two.
    """
    ticket = move.__self__
    moves = ticket._meta.get_field("state").get_all_transitions(type(ticket))
    rule = next(found.permission for found in moves if found.name == move.__name__)
    if not rule(ticket, user):
        raise PermissionDenied(_("This step is not yours to take."))
    if not can_proceed(move):
        raise TransitionNotAllowed(_("This request has moved on: this step is not open any more."))


def nobody(ticket, user) -> bool:
    """A move that no person makes."""
    return False


def is_desk(user) -> bool:
    """Staff who work with tickets, or look over those who do."""
    return plays(user, *DESK)


def plays(user, *roles) -> bool:
    """Tell whether the person holds one of the roles now, and is active."""
    if not getattr(user, "is_active", False):
        return False
    return bool(roles_of(user, clock.now()) & set(roles))


def decides(user) -> bool:
    return plays(user, Role.AGENT, Role.SENIOR)


def is_former_owner(ticket, user) -> bool:
    return bool(ticket.former_tenure_id and ticket.former_tenure.person_id == user.pk)


def is_party(ticket, user) -> bool:
    """The claimant, the owner, the board, the installer, whoever started it, and every rival.

    PostgreSQL asks the same of those who decide (support/duties.py).
    """
    if user.pk in (ticket.claimant_id, ticket.offered_by_id):
        return True
    said = say_in(ticket.charger, user)
    around = said.ever_owned or said.speaks_for_firm or said.asked
    return around or is_board(ticket.charger, user)


def has_approved(ticket, user) -> bool:
    """Ever, void approvals too: a decider of the past is no second pair of eyes."""
    return any(approval.by_id == user.pk for approval in ticket.approvals.all())


def has_standing_approval(ticket, user) -> bool:
    return any(approval.by_id == user.pk for approval in standing(ticket))


def standing(ticket) -> list:
    """Return the approvals of a ticket that count."""
    return [approval for approval in ticket.approvals.all() if approval.voided_at is None]


def has_decided(ticket, user) -> bool:
    """Rejected it, approved it, or decided its dispute: appeals go to someone else."""
    return has_approved(ticket, user) or any(d.by_id == user.pk for d in ticket.decisions.all())


def may_see(ticket, user) -> bool:
    return user.pk in (ticket.claimant_id, ticket.offered_by_id) or is_desk(user)


def may_submit(ticket, user) -> bool:
    return user.pk == ticket.claimant_id and user.is_active


def may_answer(ticket, user) -> bool:
    return is_owner(ticket.charger, user) or is_board(ticket.charger, user)


def may_work(ticket, user) -> bool:
    """Look at evidence, accept, return, ask: the desk, and no party."""
    return decides(user) and not is_party(ticket, user)


def may_write(ticket, user) -> bool:
    """Write as one of the desk: who decides, or a safety officer; no party, no onlooker."""
    return may_freeze(user) and not is_party(ticket, user)


def may_ask(ticket, user) -> bool:
    return may_work(ticket, user)


def may_approve(ticket, user) -> bool:
    """Four eyes: no party, no standing approval; after an appeal nobody who decided before.

    The first approval is an agent's; the second may be a senior's. Who typed the request for the
    claimant, on the phone, approves nothing of it.
    """
    if ticket.typed_by_id == user.pk:
        return False
    approved = standing(ticket)
    if is_party(ticket, user) or any(approval.by_id == user.pk for approval in approved):
        return False
    if ticket.appealed_at and has_decided_before_appeal(ticket, user):
        return False
    return decides(user) if approved else plays(user, Role.AGENT)


def has_decided_before_appeal(ticket, user) -> bool:
    said = [*ticket.decisions.all(), *ticket.approvals.all()]
    return any(each.by_id == user.pk and each.at < ticket.appealed_at for each in said)


def may_send_back(ticket, user) -> bool:
    return may_work(ticket, user) and not has_standing_approval(ticket, user)


def may_reject(ticket, user) -> bool:
    """Any decider who is no party; a frozen ticket is the safety officer's."""
    if is_party(ticket, user):
        return False
    if ticket.appealed_at and has_decided_before_appeal(ticket, user):
        return False
    return decides(user) or plays(user, Role.SAFETY_OFFICER)


def may_object(ticket, user) -> bool:
    """Stopping is easy: owner, board, firm, or any agent who is no party."""
    return holds_here(ticket.charger, user) or may_work(ticket, user)


def may_decide_dispute(ticket, user) -> bool:
    """A senior who is no party, approved nothing in it, and did not decide it before an appeal."""
    if is_party(ticket, user) or has_approved(ticket, user):
        return False
    if ticket.appealed_at and has_decided_before_appeal(ticket, user):
        return False
    return plays(user, Role.SENIOR)


def may_contest(ticket, user) -> bool:
    """The former owner, or the desk's people who are no party."""
    return is_former_owner(ticket, user) or may_work(ticket, user)


def may_decide_contest(ticket, user) -> bool:
    """A senior who approved nothing in it; the safety officer stands in where there are too few."""
    if not _is_clear(ticket, user):
        return False
    if plays(user, Role.SENIOR):
        return True
    return plays(user, Role.SAFETY_OFFICER) and _seniors_left(ticket) < VOTES_NEEDED


def _is_clear(ticket, user) -> bool:
    """No party, and no part in what is contested."""
    looked_again = ticket.second_look_by_id == user.pk
    return not (is_party(ticket, user) or has_approved(ticket, user) or looked_again)


def _seniors_left(ticket) -> int:
    """How many seniors could decide the open contest."""
    opened_by = set(ticket.contests.filter(closed_at=None).values_list("by", flat=True))
    seniors = holders(Role.SENIOR, clock.now()).exclude(pk__in=opened_by)
    return sum(_is_clear(ticket, senior) for senior in seniors)


def may_withdraw(ticket, user) -> bool:
    return user.pk in (ticket.claimant_id, ticket.offered_by_id)


def may_prove(ticket, user) -> bool:
    """Say that the maker's side was changed: no party, and nobody who approved it (I3)."""
    return may_work(ticket, user) and not has_approved(ticket, user)


def may_appeal(ticket, user) -> bool:
    return user.pk == ticket.claimant_id


def may_offer(ticket, user) -> bool:
    return is_owner(ticket.charger, user)


def may_accept(ticket, user) -> bool:
    return user.pk == ticket.claimant_id


def may_lift(freeze, user) -> bool:
    """Only a safety officer who is no party lifts a freeze."""
    if not plays(user, Role.SAFETY_OFFICER):
        return False
    if freeze.ticket_id:
        return not is_party(freeze.ticket, user)
    return not holds_here(freeze.charger, user)


def may_confirm_stop(charger, user) -> bool:
    """A senior with no say in the charger makes a party's second stop count."""
    return plays(user, Role.SENIOR) and not holds_here(charger, user)


def may_move_policy(ticket, user) -> bool:
    """A senior or an administrator who is no party puts a ticket under the policy in force."""
    return plays(user, Role.SENIOR, Role.ADMINISTRATOR) and not is_party(ticket, user)


def may_freeze(user) -> bool:
    """Any member of the desk who decides, and the safety officers, may stop for safety."""
    return plays(user, Role.AGENT, Role.SENIOR, Role.SAFETY_OFFICER)


def may_erase(user, person) -> bool:
    """A privacy officer, about anybody but themself."""
    return plays(user, Role.PRIVACY_OFFICER) and user.pk != person.pk


def may_copy(user, person) -> bool:
    """A person about themself; a privacy officer about anybody."""
    return user.is_active and (user.pk == person.pk or plays(user, Role.PRIVACY_OFFICER))
