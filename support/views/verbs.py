"""The desk's verbs on a ticket, as a table: form, service, and the words of the panel.

A new decision is a line here; its address is ``desk-<verb>`` and its right is the machine's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from support import desk_forms as forms
from support import permissions, stop_forms
from support.models import Freeze, Message, Ticket
from support.services import approvals, assigning, clocks, desk, disputes, freezes, messages

MORNING = time(8)


@dataclass(frozen=True)
class Verb:
    """One verb: ``move`` is its name among the machine's moves, empty where it is none."""

    name: str
    move: str
    form: type[forms.DeskForm]
    service: Callable
    label: str
    button: str
    done: str
    style: str = ""
    key: str = ""  # which single key opens it: a name of desk_keys.ACTIONS
    has_power: bool = False  # gives or restores something: takes a fresh proof of who acts

    @property
    def offered_as(self) -> str:
        """Its name in the panel's moves."""
        return self.move or self.name.replace("-", "_")

    @property
    def has_facts(self) -> bool:
        """It is refused when the facts have changed since the page was drawn."""
        return issubclass(self.form, forms.FactsForm)

    @property
    def has_files(self) -> bool:
        """Files may go with it."""
        return any(each.widget.needs_multipart_form for each in self.form.base_fields.values())


def freeze(*, ticket_id: int, by: User, scope: str) -> Freeze:
    """Freeze the ticket's charger, or the ticket alone (always while it has no charger)."""
    ticket = _of_others(ticket_id, by)
    if scope == "charger" and ticket.charger_id:
        return freezes.freeze_charger(charger_id=ticket.charger_id, by=by)
    return freezes.freeze_ticket(ticket_id=ticket_id, by=by)


def write(*, at_desk: bool = True, **words) -> Message:
    """Write to the claimant or for the desk; those who only look on do not write."""
    return desk.write(at_desk=at_desk, **words)


def _of_others(ticket_id: int, by: User) -> Ticket:
    """Return a ticket that one of the desk may stop: never one they are a party to."""
    ticket = Ticket.objects.select_related("charger__installation").get(pk=ticket_id)
    if not permissions.may_freeze(by) or permissions.is_party(ticket, by):
        raise PermissionDenied(gettext("This step is not yours to take."))
    return ticket


def snooze(*, ticket_id: int, by: User, until: date | None) -> Ticket:
    """Put it aside until a morning at the place; without one, for an answer."""
    ticket = Ticket.objects.select_related("charger__installation").get(pk=ticket_id)
    zone = clocks.place_of(ticket).zone
    until_at = datetime.combine(until, MORNING, tzinfo=zone) if until else None
    return assigning.snooze(ticket_id=ticket_id, by=by, until_at=until_at)


VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb(
            "approve",
            "approve",
            forms.ApproveForm,
            approvals.approve,
            _("Approve"),
            _("Approve this request"),
            _("Your approval is on file."),
            has_power=True,
            key="approve",
        ),
        Verb(
            "decide",
            "uphold",
            stop_forms.DecideForm,
            disputes.decide,
            _("Decide the objection"),
            _("Give the verdict"),
            _("Your verdict is on file; each side is told in its own words."),
            has_power=True,
        ),
        Verb(
            "vote",
            "confirm",
            stop_forms.VoteForm,
            approvals.vote,
            _("Vote on the contest"),
            _("Give your vote"),
            _("Your vote is on file. Two that agree decide."),
            has_power=True,
        ),
        Verb(
            "second-look",
            "",
            forms.SecondLookForm,
            approvals.second_look,
            _("Second look"),
            _("Record the second look"),
            _("Your second look is on file."),
            has_power=True,
        ),
        Verb(
            "send-back",
            "send_back",
            forms.SendBackForm,
            approvals.send_back,
            _("Send back"),
            _("Send it back to review"),
            _("Sent back; the first approval is void."),
            "quiet",
        ),
        Verb(
            "ask",
            "ask",
            forms.AskForm,
            desk.ask,
            _("Ask for more"),
            _("Ask the claimant"),
            _("The claimant is asked, with how to cure it."),
            "quiet",
            key="ask",
        ),
        Verb(
            "reject",
            "reject",
            forms.RejectForm,
            desk.reject,
            _("Reject"),
            _("Reject this request"),
            _("Rejected. The claimant is told why, what would change it, and how to appeal."),
            "stop",
            key="refuse",
        ),
        Verb(
            "object",
            "object",
            stop_forms.ObjectForm,
            disputes.object_at_desk,
            _("Escalate: object"),
            _("Stop it: I object"),
            _("Stopped. A senior decides."),
            "stop",
            key="escalate",
        ),
        Verb(
            "contest",
            "contest",
            stop_forms.ContestForm,
            approvals.contest,
            _("Contest the hand-over"),
            _("Contest it"),
            _("Contested: the new owner's looks at the PIN are suspended until two seniors agree."),
            "stop",
        ),
        Verb(
            "freeze",
            "",
            stop_forms.FreezeForm,
            freeze,
            _("Freeze for safety"),
            _("Freeze it now"),
            _("Frozen. A safety officer looks at it; write an internal note saying why."),
            "stop",
        ),
        Verb(
            "letter",
            "",
            forms.DeskForm,
            desk.send_letter,
            _("Letter to the household"),
            _("Send a letter with a code"),
            _("A letter is in the next print file."),
            "quiet",
        ),
        Verb(
            "read-replies",
            "",
            forms.DeskForm,
            desk.read_replies,
            _("Replies"),
            _("I have read the replies"),
            _("Marked as read: a release that waited for it goes on."),
            "quiet",
        ),
        Verb(
            "snooze",
            "",
            forms.SnoozeForm,
            snooze,
            _("Put aside"),
            _("Put it aside"),
            _("Put aside. Any news brings it back before."),
            "quiet",
        ),
        Verb(
            "wake",
            "",
            forms.DeskForm,
            assigning.wake,
            _("Put aside until later"),
            _("Take it back now"),
            _("It is back in the queue."),
            "quiet",
        ),
        Verb(
            "read-mentions",
            "",
            forms.DeskForm,
            messages.read_mentions,
            _("You are named in a note"),
            _("I have read it"),
            _("Noted."),
            "quiet",
        ),
        Verb(
            "answered",  # its button stands beside the message that waits
            "",
            forms.DeskForm,
            messages.take_as_answered,
            _("We wait for an answer."),
            _("We have the answer"),
            _("Nothing is waited for any more; it goes on."),
            "quiet",
        ),
        Verb(
            "write",
            "",
            forms.WriteForm,
            write,
            _("Write"),
            _("Write"),
            _("Written."),
            "quiet",
            key="comment",
        ),
    )
}
