"""What the owner, the board and the installer firm say. Stopping is easy; a yes needs a code."""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import InstallerFirm, User
from chargers.models import Charger, OwnerState
from chargers.refusals import Paused
from chargers.services import tenures
from chargers.services.standing import contact_changed
from records import clock
from records.models import Event
from support.machine import State
from support.models import Answer, FirmAnswer, Ticket
from support.rules import Outcome
from support.services import disputes, firms, freezes, objections
from support.services.approvals import contest_hand_over
from support.services.facts import folded, surname_of
from support.services.firms import firms_of
from support.services.objections import confirm_stop
from support.services.progress import advance
from support.services.routing import write_to_household
from support.services.saving import save_and_record
from support.words import normalise_request_code

__all__ = ["answer", "confirm_stop", "firm_answer", "firm_object"]

Kind = Answer.Kind
# By these events a firm has stopped a request, or would have.
FIRM_STOPS = ("objected", "firm_objected")
MOST_ANSWERS = 3  # the first, and two changes of mind
OWNER_STATE = {
    Kind.VACATED: OwnerState.RELEASED,
    Kind.NEVER_MINE: OwnerState.UNKNOWN,
    Kind.ONLY_INSTALLER: OwnerState.UNKNOWN,
}


@transaction.atomic
def answer(
    *,
    charger_id: int,
    party: User,
    kind: str,
    code_proved: bool = False,
    request_code: str = "",
    surname: str = "",
    as_board: bool = False,
    for_use: bool = False,
    words: str = "",
) -> Answer | None:
    """Take an answer of the registered owner or the board; the latest counts until release.

    A request code of any open ticket on this charger is understood, and that ticket is meant;
    where the surname they mean differs from the claimant's, silently, it counts as vacated only,
    and for a use, where nobody said that they gave the charger away, as nothing.
    ``for_use`` says that a yes is to a tenant: then only the code of a tenant's request is taken.
    After a hand-over here, the former owner's objection (or word of danger) within 90 days
    contests it (then there is no Answer: None).

    Raises ValidationError for a code of no ticket here or a yes without its code, PermissionDenied
    for anybody else, Paused for a yes while a freeze or dispute is open.
    """
    charger = Charger.objects.lock(charger_id)
    now = clock.now()
    if not _speaks(charger, party, as_board, now):
        if kind in (*Answer.OBJECTIONS, Kind.SAFETY) and not as_board:
            return _contest(charger, party, words)
        raise PermissionDenied(_("This charger is not in your name any more."))
    if kind == Kind.SAFETY:
        return _freeze(charger, party, as_board, now)
    if kind in Answer.OBJECTIONS:
        return objections.put(charger=charger, party=party, kind=kind, as_board=as_board, at=now)
    if kind in Answer.YES and not code_proved:
        raise ValidationError(_("Enter the code that we sent you."))
    objections.take_back(charger=charger, party=party, as_board=as_board, at=now)
    ticket = None
    if kind in Answer.YES:
        named = (request_code, surname, as_board, for_use)
        kind, ticket = _meant(charger, kind, party, named, now)
    _require_changes_left(charger, party, as_board)
    fields = {"ticket": ticket, "code_proved": code_proved, "for_use": for_use}
    named = bool(request_code.strip()) and kind in (*Answer.YES, Kind.MISNAMED)
    return _put(charger, party, kind, as_board, now, names_somebody=named, **fields)


def _speaks(charger: Charger, party: User, as_board: bool, now: datetime) -> bool:
    if as_board:
        return bool(charger.installation_id) and charger.installation.board_id == party.pk
    return charger.owner(now) == party


def _contest(charger: Charger, party: User, words: str) -> None:
    """A former owner objects after the release: two seniors will look."""
    done = Ticket.objects.filter(charger=charger, state__in=(State.COMPLETED, State.CONTESTED))
    ticket = done.filter(former_tenure__person=party).order_by("-decided_at").first()
    if ticket is None:
        raise PermissionDenied(_("This charger is not in your name any more."))
    contest_hand_over(Ticket.objects.lock(ticket.pk), by=party, note=words)


def _meant(charger, kind, party, named, now):
    """Return what a yes means: the kind, and the ticket that it names."""
    request_code, surname, as_board, for_use = named
    if charger.open_holds().exists():
        raise Paused
    if contact_changed(party, now):
        raise ValidationError(
            _("Your contact was changed in the last 30 days. Call us: we settle it with you.")
        )
    if kind == Kind.VACATED or not request_code.strip():
        if as_board or for_use:
            raise ValidationError({"request_code": _("Enter the request code of the resident.")})
        return Kind.VACATED, None
    ticket = _named(charger, request_code, as_board=as_board, for_use=for_use)
    same = surname.strip() and (
        folded(surname_of(surname)) == folded(surname_of(ticket.claimant_name))
    )
    if same or as_board:
        return Kind.NAMED, ticket
    return (Kind.MISNAMED if ticket.outcome == Outcome.USE else Kind.VACATED), None


def _named(charger: Charger, request_code: str, *, as_board: bool, for_use: bool) -> Ticket:
    """Return the ticket whose code was typed.

    Who says that the charger is no longer theirs gives nobody the use of it: a tenant's code is
    refused there, and never read as a yes.
    """
    code = normalise_request_code(request_code)
    open_ = Ticket.objects.open().filter(charger=charger, request_code=code)
    ticket = (open_.filter(outcome=Outcome.USE) if for_use else open_).first()
    problem = ""
    if ticket is None:
        problem = _("We know no open request with this code. Check it, or leave it out.")
    elif ticket.outcome == Outcome.USE and not (as_board or for_use):
        problem = _(
            "This is the code of a tenant, who asks only to use the charger. If it is still yours, "
            "choose that your tenant may use it. If you have left, leave the code out."
        )
    if problem:
        raise ValidationError({"request_code": problem})
    return ticket


def _require_changes_left(charger: Charger, party: User, as_board: bool) -> None:
    before = charger.answers.filter(party=party, as_board=as_board)
    before = before.exclude(kind__in=(*Answer.OBJECTIONS, Kind.SAFETY))
    tenure = charger.tenures.filter(person=party, role="owner", ends_at=None).first()
    if tenure:
        before = before.filter(at__gte=tenure.starts_at)
    if before.count() >= MOST_ANSWERS:
        raise TransitionNotAllowed(
            _("You have changed your answer twice already. Call us, or object: that always works.")
        )


def _put(charger, party, kind, as_board, now, **fields) -> Answer:
    """Write the answer in place of the one before, and let every open ticket take its step."""
    standing = charger.answers.filter(party=party, as_board=as_board, void_at=None)
    before = set(standing.values_list("ticket", flat=True))
    standing.update(void_at=now)
    answer = Answer.objects.create(
        charger=charger, party=party, kind=kind, as_board=as_board, at=now, **fields
    )
    if not as_board:
        state = OWNER_STATE.get(kind, OwnerState.KNOWN)
        tenures.set_owner_state(charger=charger, state=state)
    for pk in Ticket.objects.open().filter(charger=charger).order_by("pk").values_list("pk"):
        ticket = Ticket.objects.lock(pk[0])
        named = answer.ticket_id == ticket.pk
        _tell_ticket(ticket, answer, party, now, changed=not named or ticket.pk in before)
    return answer


def _tell_ticket(ticket: Ticket, answer: Answer, party: User, now: datetime, *, changed) -> None:
    if ticket.state in (State.SUBMITTED, State.DISPUTED):
        return
    disclaims = answer.kind in (Kind.VACATED, Kind.NEVER_MINE, Kind.ONLY_INSTALLER)
    if disclaims and not answer.as_board and ticket.state == State.AWAITING_OWNER:
        ticket.disclaim()
    save_and_record(
        ticket,
        "answered",
        at=now,
        by=party,
        by_what="party",
        answer=str(answer.uid),
        what=answer.kind,
        board=answer.as_board,
    )
    if ticket.charger.owner_state == OwnerState.UNKNOWN:
        write_to_household(ticket, now)
    if not disputes.join_rivals(ticket, at=now):
        advance(ticket, at=now, changed=changed)


def _freeze(charger, party, as_board, now) -> Answer:
    charger.answers.filter(party=party, as_board=as_board, void_at=None).update(void_at=now)
    freeze = freezes.freeze_charger(charger_id=charger.pk, by=party)
    return Answer.objects.create(
        charger=charger,
        party=party,
        kind=Kind.SAFETY,
        as_board=as_board,
        at=now,
        needs_confirmation=freeze.needs_confirmation,
    )


@transaction.atomic
def firm_answer(
    *, ticket_id: int, firm: InstallerFirm, by: User | None, installed_here: bool, customer_name=""
) -> FirmAnswer:
    """Take a registered firm's word on a ticket; the customer's name is compared silently.

    Raises PermissionDenied for a firm that is not registered or has nothing to do with the place,
    and for who asks themself; TransitionNotAllowed when the ticket is closed, Paused for a yes
    while a freeze is open.
    """
    ticket = Ticket.objects.lock(ticket_id)
    if not ticket.charger_id or not ticket.is_open:
        raise TransitionNotAllowed(_("This request is closed: an answer changes nothing any more."))
    if firm.pk not in {known.pk for known in firms_of(ticket.charger)}:
        raise PermissionDenied(_("Only a registered firm with access to this place can answer."))
    if by and by.pk == ticket.claimant_id:
        raise PermissionDenied(_("This is your own request: somebody else of your firm answers."))
    if installed_here and ticket.charger.open_holds().filter(kind="freeze").exists():
        raise Paused
    now = clock.now()
    names = " ".join(customer_name.split()).casefold()
    same = bool(names) and names == " ".join(ticket.claimant_name.split()).casefold()
    said = firms.put(
        ticket, firm, by=by, at=now, installed_here=installed_here, names_claimant=same
    )
    if not disputes.join_rivals(ticket, at=now):
        advance(ticket, at=now)
    return said


@transaction.atomic
def firm_object(*, ticket_id: int, firm: InstallerFirm, words: str) -> Ticket:
    """A registered firm says no: it stops the request once, and needs no code.

    After a verdict its word is a task for the desk, which release waits for. Raises
    ValidationError without words, PermissionDenied for a firm that has nothing to do with the
    place, TransitionNotAllowed when the request is closed.
    """
    if not words.strip():
        raise ValidationError({"words": _("Write in a sentence or two what is wrong.")})
    ticket = Ticket.objects.lock(ticket_id)
    if not ticket.charger_id or not ticket.is_open:
        raise TransitionNotAllowed(_("This request is closed: an answer changes nothing any more."))
    if firm.pk not in {known.pk for known in firms_of(ticket.charger)}:
        raise PermissionDenied(_("Only a registered firm with access to this place can answer."))
    now, said = clock.now(), {"by_what": "party", "note": words.strip(), "firm": str(firm.uid)}
    stopped = Event.objects.filter(stream=ticket.stream, kind__in=FIRM_STOPS)
    if stopped.filter(data__firm=str(firm.uid)).exists():
        ticket.unread_reply_at = now
        return save_and_record(ticket, "firm_wrote", at=now, facts=False, **said)
    if ticket.state == State.DISPUTED:
        return save_and_record(ticket, "firm_objected", at=now, facts=False, **said)
    return disputes.stop(ticket, at=now, **said)
