"""What happened to a ticket, in sentences."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records import events
from records.models import Event, Note
from support.machine import State
from support.models import Answer, ClosingStep, Ticket, Undo
from support.rules import EvidenceKind, Tier
from support.services import kinds

# Every kind of event of a ticket's stream; a test runs over what the services record.
SENTENCES = {
    "claim_saved": gettext_lazy("The claimant filled in the request."),
    "claim_corrected": gettext_lazy("The claimant corrected: %(what)s."),
    "submitted": gettext_lazy("The claimant sent the request."),
    "routed": gettext_lazy("The charger was looked up and the parties were asked."),
    "rerouted": gettext_lazy("Back to the start: %(why)s."),
    "fell_silent": gettext_lazy("The owner did not answer in time. Silence is no consent."),
    "evidence_added": gettext_lazy("The claimant sent: %(what)s."),
    "evidence_checked": gettext_lazy("A file was opened: its pictures can be looked at."),
    "evidence_set_aside": gettext_lazy("Not opened, asked for again: %(what)s. %(reason)s"),
    "note_file_opened": gettext_lazy("A file of an internal note was opened."),
    "picture_read": gettext_lazy("A picture was read by machine."),
    "picture_uncovered": gettext_lazy("A picture that may show the PIN was uncovered."),
    "reuse_found": gettext_lazy("A file or picture of this request came with another one."),
    "evidence_accepted": gettext_lazy("Accepted: %(what)s."),
    "evidence_returned": gettext_lazy("Returned: %(what)s. %(reason)s"),
    "evidence_complete": gettext_lazy("Everything required can be looked at: the desk's turn."),
    "asked": gettext_lazy("The claimant was asked for more."),
    "answered": gettext_lazy("Owner or board answered: %(what)s."),
    "firm_answered": gettext_lazy("An installer answered."),
    "consented": gettext_lazy("The owner's yes carries it: approved, tier %(tier)s."),
    "approved": gettext_lazy("Approved, tier %(tier)s."),
    "sent_back": gettext_lazy("The second person sent it back."),
    "looked_again": gettext_lazy("Somebody took a second look: it is fine."),
    "reopened": gettext_lazy("Reopened, approvals void: %(why)s."),
    "rejected": gettext_lazy("Rejected: %(reason)s"),
    "appealed": gettext_lazy("The claimant appealed: somebody new decides."),
    "objected": gettext_lazy("Somebody objected: everything stops."),
    "firm_objected": gettext_lazy("An installer objected: the request was stopped already."),
    "firm_wrote": gettext_lazy("An installer wrote again."),
    "party_asked": gettext_lazy("The other side of the dispute was asked a question."),
    "party_wrote": gettext_lazy("The other side of the dispute answered a question."),
    "objection_upheld": gettext_lazy("The objection was upheld: rejected."),
    "objection_dismissed": gettext_lazy("The objection was dismissed."),
    "objection_withdrawn": gettext_lazy("The objection was taken back."),
    "frozen": gettext_lazy("Frozen: somebody may be in danger."),
    "thawed": gettext_lazy("The freeze was lifted."),
    "released": gettext_lazy("Released: the charger changed hands."),
    "use_ended": gettext_lazy("The use of the charger has ended."),
    "contested": gettext_lazy("The hand-over is contested: looks at the PIN are suspended."),
    "confirmed": gettext_lazy("Two seniors found that the hand-over was right."),
    "restored": gettext_lazy("Two seniors gave the charger back to the former owner."),
    "contest_vote": gettext_lazy("A senior voted on the contest."),
    "expired": gettext_lazy("Expired."),
    "withdrawn": gettext_lazy("Withdrawn."),
    "offered": gettext_lazy("The owner offered the charger."),
    "offer_accepted": gettext_lazy("The receiver accepted the offer."),
    "proof_imported": gettext_lazy("An import shows the maker's side: %(steps)s."),
    "proof_shown": gettext_lazy("Shown by a picture of the maker's side: %(steps)s."),
    "proof_missing": gettext_lazy("The maker's side is not proved in time: it woke up."),
    "proof_complete": gettext_lazy("Everything at the maker's side is proved: it is closed."),
    "proof_moot": gettext_lazy("It changed hands again: nothing is waited for any more."),
    "training_decided": gettext_lazy("A training ticket: a forgery that we planted. It is over."),
    "next_word": gettext_lazy("The claimant had our next word, with a new date."),
    "drawn": gettext_lazy("Drawn from the queue."),
    "picked_by_hand": gettext_lazy("Picked by hand: two people decide."),
    "assigned": gettext_lazy("A senior gave it to somebody."),
    "reservation_ended": gettext_lazy("Drawn and left alone: it went back to the queue."),
    "snoozed": gettext_lazy("Put aside until a day, or until news comes."),
    "undone": gettext_lazy("Taken back within ten seconds: %(what)s."),
    "policy_moved": gettext_lazy("Moved to another version of the policy."),
    "chased": gettext_lazy("The claimant was reminded of what we asked for."),
    "typed_for": gettext_lazy("Typed at the desk, by phone; the claimant sends it themselves."),
    "woken": gettext_lazy("Taken back from where it was put aside."),
    "letter_sent": gettext_lazy("A letter was put into the print file."),
    "letter_entered": gettext_lazy("The code from the letter was entered."),
    "wrote": gettext_lazy("A message was written."),
    "questioned": gettext_lazy("The claimant was asked in a message: an answer is waited for."),
    "answer_taken": gettext_lazy("The desk has the answer: nothing is waited for any more."),
    "noted": gettext_lazy("An internal note was written."),
    "replies_read": gettext_lazy("The replies were read."),
}
WHY = {
    "facts_changed": gettext_lazy("the facts have changed"),
    "owner_changed": gettext_lazy("the owner on record has changed"),
    "serial_corrected": gettext_lazy("the serial number was corrected"),
    "notice_agreed": gettext_lazy("the claimant agreed to a notice"),
    "registered": gettext_lazy("the registry has learned of the charger"),
    "objection": gettext_lazy("an objection"),
    "owner_decided": gettext_lazy("the owner decided"),
}
BY_WHAT = {
    "party": gettext_lazy("a party, by link"),
    "clock": gettext_lazy("the clock"),
    "import": gettext_lazy("an import"),
    "system": gettext_lazy("by itself"),
}


@dataclass(frozen=True)
class Moment:
    """One event: when, who in words, what in a sentence, and the state it led to."""

    at: datetime
    who: str
    words: str
    to: str
    said: str = ""  # what they wrote for whoever decides


def note_on(ticket: Ticket, kind: str) -> str:
    """Return what was written with the latest event of a kind; nothing once it is erased."""
    event = Event.objects.filter(stream=ticket.stream, kind=kind).order_by("-number").first()
    note = events.note_of(event) if event else None
    return note.body if note else ""


# What is written to whoever decides; a firm was promised that a senior reads it, and nobody else.
SAID = frozenset({"appealed", "objected", "firm_objected", "firm_wrote"})


def moments(events: list[Event], ticket: Ticket, *, is_senior: bool) -> list[Moment]:
    """Put a ticket's events into words, with what was written to whoever decides it."""
    told = (e for e in events if e.kind in SAID and (is_senior or "firm" not in e.data))
    uids = {event.pk: event.data["note"]["uid"] for event in told if "note" in event.data}
    rows = Note.objects.filter(uid__in=uids.values()) if uids else ()
    said = {str(note.uid): note.body for note in rows}
    return [moment(event, ticket, said.get(uids.get(event.pk), "")) for event in events]


def moment(event: Event, ticket: Ticket, said: str = "") -> Moment:
    """Put one event into words. Other free text is not shown: it stays with its note."""
    before, after = event.data.get("from"), event.data.get("to")
    to = str(State(after).label) if after in State.values and after != before else ""
    return Moment(event.at, _who(event, ticket), sentence(event.kind, event.data), to, said)


def sentence(kind: str, data: dict) -> str:
    """Return what an event says; an unknown kind says its own name, never nothing."""
    words = SENTENCES.get(kind)
    if words is None:
        return kind.replace("_", " ").capitalize() + "."
    return str(words) % {
        "what": _what(_text(data, "what")),
        "why": WHY.get(_text(data, "why"), _text(data, "why").replace("_", " ")),
        "reason": _reason(_text(data, "reason")),
        "tier": _tier(data.get("tier")),
        "steps": ", ".join(_step(code) for code in data.get("steps", ())),
    }


def _who(event: Event, ticket: Ticket) -> str:
    if event.actor_id is None or event.by_what == "party":
        return str(BY_WHAT.get(event.by_what, ""))
    if event.actor_id == ticket.claimant_id:
        return _("the claimant")
    return str(event.actor)


def _text(data: dict, name: str) -> str:
    return str(data.get(name) or "")


def _what(code: str) -> str:
    for choices in (EvidenceKind, Answer.Kind, Undo.Act):
        if code in choices.values:
            return str(choices(code).label)
    return code.replace("_", " ")


def _step(code: str) -> str:
    kinds_of_step = ClosingStep.Kind
    return str(kinds_of_step(code).label) if code in kinds_of_step.values else code


def _reason(code: str) -> str:
    words = kinds.REASONS.get(code) or kinds.REJECT_REASONS.get(code)
    return str(words[0]) if words else code.replace("_", " ")


def _tier(number) -> str:
    return str(Tier(number).label) if number in Tier.values else ""
