"""The facts that each kind of mail tells: read from the ticket when the mail is made."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.models import PowerChange
from chargers.models import Charger, Proposal, Reveal, Share
from records.models import Alert
from support import alert_words, calendars
from support.models import Deadline, EvidenceItem, Message, Notice, Question, Ticket
from support.services import kinds, objections, uses, waiting
from support.services.facts import policy_of
from support.services.people_words import ACCOUNT_CHANGES

Moment = Callable[[datetime | None], str]


def of(notice: Notice, moment: Moment) -> dict:
    """Return what the template of this notice may say; ``free`` is what people typed."""
    maker = FACTS.get(notice.kind)
    return maker(notice, moment) if maker else {}


def named(charger: Charger | None) -> str:
    """Name a charger so that only who knows it recognises it: no address, no whole serial."""
    if charger is None:
        return ""
    ending = {"model": charger.model, "ending": charger.serial[-3:]}
    if charger.model:
        return _("%(model)s, serial number ending in %(ending)s") % ending
    return _("serial number ending in %(ending)s") % ending


def _next_word(notice: Notice, moment: Moment) -> dict:
    ticket = notice.ticket
    return {"next_word": moment(ticket.next_word_at or _first_word_at(ticket))}


def _first_word_at(ticket: Ticket) -> datetime:
    """Return the date of our first word, by the claim's own country: the same for every serial."""
    zone = calendars.zone(ticket.country)
    days = policy_of(ticket)["next_word_working_days"]
    sent_at = ticket.submitted_at or ticket.made_at
    return calendars.add_working_days(sent_at, days, country=ticket.country, zone=zone)


def _asked(notice: Notice, moment: Moment) -> dict:
    """The owner, the board: by when we would like to hear."""
    waits = notice.ticket.deadlines.filter(kind=Deadline.Kind.SILENCE, done_at=None).first()
    until = notice.ticket.use_until_date
    return {"answer_by": moment(waits.due_at if waits else None), "use_until": until}


def _items(notice: Notice, moment: Moment) -> dict:
    """The items the notice names (``item`` or ``items``: uids), else all that are asked for."""
    named = notice.data.get("items") or [notice.data.get("item")]
    rows = notice.ticket.items.order_by("pk")
    items = list(rows.filter(uid__in=[uid for uid in named if uid]))
    if not items:
        asked = (EvidenceItem.State.RETURNED, EvidenceItem.State.REQUESTED)
        items = list(rows.filter(state__in=asked, replaced_by=None))
    told = [_told(item) for item in items]
    free = "\n".join(item.words for item in items)
    return {"items": told, "free": free, **_next_word(notice, moment)}


def _chased(notice: Notice, moment: Moment) -> dict:
    """What is still waited for, and when the request closes without it."""
    found = _items(notice, moment)
    rows = waiting.questions(notice.ticket, at=notice.made_at)
    questions = list(rows.values_list("body", flat=True))
    found["free"] = "\n".join([found["free"], *questions])
    return found | {"questions": questions, "until": _expiry(notice, moment)}


def _told(item: EvidenceItem) -> dict:
    why, cure = kinds.REASONS.get(item.reason, ("", ""))
    return {"what": item.get_kind_display(), "why": why, "cure": cure, "words": item.words}


def _question(notice: Notice, moment: Moment) -> dict:
    """What the desk asks a party that claims nothing."""
    asked = Question.objects.filter(uid=notice.data.get("question")).first()
    body = asked.body if asked else ""
    return {"body": body, "free": body}


def _message(notice: Notice, moment: Moment) -> dict:
    """The message the notice names (``message``: uid), else the newest one from the desk."""
    rows = Message.objects.filter(ticket=notice.ticket, from_desk=True, internal=False)
    named = notice.data.get("message")
    message = (rows.filter(uid=named) if named else rows.order_by("-pk")).first()
    body = message.body if message else ""
    waits = message is not None and message.is_waiting
    until = _expiry(notice, moment) if waits else ""
    return {"body": body, "free": body, "waits": waits, "until": until}


def _rejected(notice: Notice, moment: Moment) -> dict:
    ticket = notice.ticket
    decision = ticket.decisions.filter(kind__in=["rejected", "upheld"]).order_by("-pk").first()
    reason = notice.data.get("reason") or ticket.reject_reason
    why, cure = kinds.REJECT_REASONS.get(reason, ("", ""))
    words = decision.words if decision else ""
    decided_at = ticket.decided_at or notice.made_at
    until = decided_at + timedelta(days=policy_of(ticket)["appeal_days"])
    appeal_by = "" if ticket.appealed_at else moment(until)
    return {"why": why, "cure": cure, "words": words, "free": words, "appeal_by": appeal_by}


def _verdict(notice: Notice, moment: Moment) -> dict:
    """What a senior found of an objection, in the words for the one who objected."""
    verdicts = notice.ticket.decisions.filter(kind__in=["upheld", "dismissed"])
    last = verdicts.order_by("-pk").first()
    words = last.words_to_objector if last else ""
    return {"upheld": bool(last and last.kind == "upheld"), "words": words, "free": words}


def _approved(notice: Notice, moment: Moment) -> dict:
    """When it takes effect: the release where it is known, else the earliest it can be."""
    ticket = notice.ticket
    earliest = notice.made_at + timedelta(hours=policy_of(ticket)["low_hours"])
    return {
        "release": moment(ticket.release_at),
        "earliest": moment(earliest),
        "can_answer": notice.link_id is not None,
        "again": _has_stopped(notice),
    }


def _has_stopped(notice: Notice) -> bool:
    """Tell whether this reader has stopped the request before: the next time stops nothing."""
    if notice.person_id is None or notice.charger_id is None:
        return False
    theirs = notice.charger.answers.filter(party=notice.person_id)
    return notice.ticket.stream in objections.stopped_by(theirs)


def _completed(notice: Notice, moment: Moment) -> dict:
    ticket = notice.ticket
    done_at = ticket.decided_at or notice.made_at
    until = done_at + timedelta(days=policy_of(ticket)["contest_days"])
    charger = notice.charger
    return {
        "done": moment(done_at),
        "contest_by": moment(until),
        "holds_pin": bool(charger and hasattr(charger, "pin")),
    }


def _use(notice: Notice, moment: Moment) -> dict:
    """The last day of a use: what the lease gave, as a date at the place."""
    early = bool(notice.data.get("early"))
    return {"until_date": uses.last_day(notice.ticket), "early": early}


def _offer(notice: Notice, moment: Moment) -> dict:
    return {"take_over_date": notice.ticket.take_over_date, "expires": _expiry(notice, moment)}


def _offers(notice: Notice, moment: Moment) -> dict:
    """The same of several at once, and which they are."""
    return _offer(notice, moment) | _each(notice, moment)


def _each(notice: Notice, moment: Moment) -> dict:
    """Which offers a mail is about, and why it is written."""
    rows = Ticket.objects.filter(uid__in=notice.data["offers"]).select_related("charger")
    each = [
        {"charger": named(one.charger), "code": one.request_code, "day": one.take_over_date}
        for one in rows.order_by("charger_id")
    ]
    return {"offers": each, "why": notice.data.get("why", "")}


def _expiry(notice: Notice, moment: Moment) -> str:
    ends = notice.ticket.deadlines.filter(kind=Deadline.Kind.EXPIRY, done_at=None).first()
    return moment(ends.due_at if ends else None)


def _contest(notice: Notice, moment: Moment) -> dict:
    """Who reads it decides the words: the new owner, or the former one."""
    contest = notice.ticket.contests.order_by("-pk").first()
    is_new_owner = notice.person_id == notice.ticket.claimant_id
    restored = bool(contest and contest.restored)
    return {"is_new_owner": is_new_owner, "has_it": restored != is_new_owner}


def _establish(notice: Notice, moment: Moment) -> dict:
    return {"ready": moment(notice.made_at + timedelta(hours=72))}


def _reveal(notice: Notice, moment: Moment) -> dict:
    reveal = Reveal.objects.select_related("share", "tenure").get(uid=notice.data["reveal"])
    by = "owner"
    if reveal.share_id:
        by = "share"
    elif reveal.tenure_id and reveal.tenure.role == "service_access":
        by = "service"
    return {"by": by, "seen": moment(reveal.at)}


def _share(notice: Notice, moment: Moment) -> dict:
    share = Share.objects.get(uid=notice.data["share"])
    return {"expires": moment(share.expires_at)}


def _proposal(notice: Notice, moment: Moment) -> dict:
    proposal = Proposal.objects.get(uid=notice.data["proposal"])
    return {
        "what": proposal.get_kind_display(),
        "earliest": moment(notice.made_at + timedelta(days=7)),
    }


def _alert(notice: Notice, moment: Moment) -> dict:
    words = alert_words.of(Alert.objects.get(uid=notice.data["alert"]).kind)
    return {"what": words.what, "cure": words.cure}


def _account(notice: Notice, moment: Moment) -> dict:
    return {"what": ACCOUNT_CHANGES[notice.data["what"]], "happened": moment(notice.made_at)}


def _power(notice: Notice, moment: Moment) -> dict:
    change = PowerChange.objects.select_related("subject").get(uid=notice.data["change"])
    return {
        "change": change,
        "step": notice.data["step"],
        "is_own": notice.person_id == change.subject_id,
        "due": moment(change.due_at),
        "told": moment(notice.made_at),
    }


FACTS: dict[str, Callable[[Notice, Moment], dict]] = {
    "request_received": _next_word,
    "next_word": _next_word,
    "items_returned": _items,
    "items_reminder": _chased,
    "message_from_desk": _message,
    "party_question": _question,
    "rejected": _rejected,
    "objection_decided": _verdict,
    "owner_asked": _asked,
    "owner_reminded": _asked,
    "board_asked": _asked,
    "approved_told": _approved,
    "completed_claimant": _completed,
    "completed_former": _completed,
    "use_given": _use,
    "use_began": _use,
    "use_ends_soon": _use,
    "use_ended": _use,
    "use_over": _use,
    "offer_made": _offer,
    "offers_made": _offers,
    "offer_accepted": _offer,
    "offers_accepted": _each,
    "offers_expired": _each,
    "offers_over": _each,
    "contest_opened": _contest,
    "contest_closed": _contest,
    "establish_notice": _establish,
    "reveal_notice": _reveal,
    "share_made": _share,
    "alert_raised": _alert,
    "proposal_notice": _proposal,
    "account_changed": _account,
    "power_change": _power,
}
