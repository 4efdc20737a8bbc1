"""What we tell whom by mail: a Notice is made with the change that it tells of, and posted later.

The row and its outbox row are written in the caller's transaction; support/delivery.py posts it.
"""

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext_lazy as _

from accounts.models import Code, InstallerFirm, User
from chargers.models import Charger
from records import clock, outbox
from records.models import OutboxRow
from support import languages
from support.models import Link, Notice, Ticket
from support.services import links

log = logging.getLogger(__name__)

# So many mails that a claimant can set off go to one address in so long; the rest wait, together.
PER_ADDRESS, WINDOW = 3, timedelta(days=1)


@dataclass(frozen=True)
class Mail:
    """One kind of mail: who gets it, its subject, and its one link (a line of mails.ACTIONS).

    Its words are in templates/emails/<kind>.txt, its facts in mails.FACTS.
    """

    to: str
    subject: str
    action: str
    label: str
    capped: bool = False


_SEE = _("See your request")
_ANSWER = _("See the request and answer")
_MINE = _("See your chargers")
EMAILS = {
    "request_received": Mail("claimant", _("Your request %(code)s has arrived"), "ticket", _SEE),
    "items_returned": Mail(
        "claimant", _("We need something more for your request %(code)s"), "ticket", _SEE
    ),
    "items_reminder": Mail(
        "claimant", _("A reminder: your request %(code)s waits for you"), "ticket", _SEE
    ),
    "typed_for_you": Mail(
        "claimant", _("Your request %(code)s is ready to send"), "ticket", _("See it and send it")
    ),
    "next_word": Mail("claimant", _("Where your request %(code)s stands"), "ticket", _SEE),
    "message_from_desk": Mail(
        "claimant", _("A message about your request %(code)s"), "ticket", _SEE
    ),
    "rejected": Mail("claimant", _("Your request %(code)s was not approved"), "ticket", _SEE),
    "expired": Mail("claimant", _("Your request %(code)s is closed"), "ticket", _SEE),
    "completed_claimant": Mail(
        "claimant", _("The charger is yours: request %(code)s"), "mine", _MINE
    ),
    "certificate_ready": Mail(
        "claimant", _("Your certificate is ready: request %(code)s"), "ticket", _SEE
    ),
    "use_given": Mail("claimant", _("You may use the charger: request %(code)s"), "mine", _MINE),
    "use_ends_soon": Mail(
        "claimant", _("Your use of the charger ends soon: request %(code)s"), "ticket", _SEE
    ),
    "use_ended": Mail(
        "claimant", _("Your use of the charger has ended: request %(code)s"), "ticket", _SEE
    ),
    "use_began": Mail(
        "owner", _("Your tenant may use the charger: request %(code)s"), "mine", _MINE
    ),
    "use_over": Mail("owner", _("Your tenant's use has ended: request %(code)s"), "mine", _MINE),
    "owner_asked": Mail(
        "owner", _("Please answer: request %(code)s"), "link", _ANSWER, capped=True
    ),
    "owner_reminded": Mail(
        "owner", _("A reminder: request %(code)s"), "link", _ANSWER, capped=True
    ),
    "board_asked": Mail(
        "board", _("Please answer for the garage: request %(code)s"), "link", _ANSWER, capped=True
    ),
    "contact_told": Mail(
        "contact", _("For your information: request %(code)s"), "home", _("Our page"), capped=True
    ),
    "firm_asked": Mail("firm", _("Did you put up this charger? Request %(code)s"), "link", _ANSWER),
    "approved_told": Mail("owner", _("Request %(code)s was approved"), "link", _ANSWER),
    "party_question": Mail("owner", _("A question about request %(code)s"), "link", _ANSWER),
    "objection_decided": Mail(
        "owner", _("Your objection to request %(code)s"), "home", _("Our page")
    ),
    "completed_former": Mail(
        "former", _("Request %(code)s is completed"), "link", _("See what you can do")
    ),
    "withdrawn_owner": Mail(
        "owner", _("Request %(code)s was withdrawn"), "home", _("Our page"), capped=True
    ),
    "offer_made": Mail(
        "claimant", _("A charger is offered to you: %(code)s"), "link", _("See the offer")
    ),
    "offers_made": Mail(
        "claimant", _("Several chargers are offered to you: %(code)s"), "link", _("See the offers")
    ),
    "offer_accepted": Mail(
        "giver", _("Your offer %(code)s was accepted"), "offer", _("See your offer")
    ),
    "offers_accepted": Mail(
        "giver", _("Your offers were accepted: %(code)s"), "offers", _("See your offers")
    ),
    "offers_expired": Mail(
        "claimant", _("What was offered to you has run out: %(code)s"), "tickets", _("My requests")
    ),
    "offers_over": Mail(
        "giver", _("Your offer was not accepted: %(code)s"), "offers", _("See your offers")
    ),
    "contest_opened": Mail(
        "claimant", _("We are looking again at request %(code)s"), "ticket", _SEE
    ),
    "contest_closed": Mail(
        "claimant", _("The decision on request %(code)s"), "home", _("Our page")
    ),
    "establish_notice": Mail(
        "owner", _("Somebody asked to see the PIN of your charger"), "mine", _MINE
    ),
    "reveal_notice": Mail("owner", _("The PIN of your charger was shown"), "mine", _MINE),
    "proposal_notice": Mail(
        "contact", _("A change of what we have on record"), "change", _("See it, or say no")
    ),
    "alert_raised": Mail("staff", _("An alert to look into"), "alerts", _("See the alerts")),
    "freeze_told": Mail("staff", _("A safety matter to look at"), "freezes", _("See the freezes")),
    "account_changed": Mail("person", _("How you sign in has changed"), "me", _("About me")),
    "power_change": Mail(
        "staff", _("A change of who may do what at the desk"), "home", _("Our page")
    ),
    "customer_named": Mail(
        "receiver", _("Your charger: put it in your name"), "new", _("Ask for the charger")
    ),
    "share_made": Mail("receiver", _("A PIN is shared with you"), "share", _("Open it")),
}
CAPPED = [kind for kind, mail in EMAILS.items() if mail.capped]
# These tell a party something that a clock waits for, whatever the caller says.
WAITED_FOR = frozenset({"approved_told"})


def notify(
    kind: str,
    *,
    at: datetime,
    ticket: Ticket | None = None,
    charger: Charger | None = None,
    person: User | None = None,
    firm: InstallerFirm | None = None,
    email: str = "",
    link: Link | None = None,
    starts_clock: bool = False,
    due_at: datetime | None = None,
    **data,
) -> Notice:
    """Write one mail to one party, to be posted when this transaction commits.

    Without ``person``, ``firm`` or ``email`` it goes to the party that the kind names. ``data``
    takes ids and codes. Nobody to write to is a notice that has failed, for the desk to see. A
    fourth mail in a day that claimants set off to one address waits. A training ticket tells
    nobody anything. Raises KeyError for an unknown kind.
    """
    mail = EMAILS[kind]
    if ticket and ticket.is_training:
        return Notice(kind=kind, ticket=ticket)  # nobody is told anything: it is not even saved
    charger = charger or (ticket and ticket.charger)
    if not (person or firm or email):
        person = _party(mail.to, ticket, charger, at)
    email = email or (person.email if person else firm.email if firm else "")
    notice = Notice.objects.create(
        kind=kind,
        ticket=ticket,
        charger=charger,
        person=person,
        firm=firm,
        email=email,
        language=_language(person, charger, ticket),
        link=link or _link(mail, charger, person, at),
        starts_clock=starts_clock,
        data=json.loads(json.dumps(data, cls=DjangoJSONEncoder)),
        made_at=at,
        failed_at=None if email else at,
        error="" if email else "no address",
    )
    if email:
        due_at = _slot(notice, due_at or at) if mail.capped else due_at
        outbox.put("mail", key_of(notice), at=at, due_at=due_at, notice_uid=notice.uid)
    else:
        lose(notice, at=at)
        reconsider(notice, "failed", at=at)
    return notice


def lose(notice: Notice, *, at: datetime) -> None:
    """Let the queue show that a notice of an open ticket did not arrive."""
    if notice.ticket_id:
        notice.ticket.lost_notice_at = at
        Ticket.objects.filter(pk=notice.ticket_id).update(lost_notice_at=at)


def key_of(notice: Notice) -> str:
    """Return the key of the outbox row that posts a notice."""
    return f"mail:{notice.uid}"


def reconsider(notice: Notice, what: str, *, at: datetime) -> None:
    """Have the ticket's clock computed again where a notice that counts came or did not."""
    if notice.ticket_id and (notice.starts_clock or notice.kind in WAITED_FOR):
        ticket = notice.ticket
        key = f"reconsider:{ticket.uid}:{notice.uid}:{what}"
        outbox.put("reconsider", key, at=at, ticket_id=ticket.pk)


def post_code(code: Code) -> None:
    """Have a sign-in code mailed; its digits are derived when the mail is made."""
    outbox.put("code", f"code:{code.uid}", at=clock.now(), code_uid=code.uid)


def _party(to: str, ticket: Ticket | None, charger: Charger | None, at: datetime) -> User | None:
    """Return who has the part that a mail is for, or None."""
    if to == "claimant":
        return ticket.claimant
    if to == "giver":
        return ticket.offered_by
    if to == "former":
        return ticket.former_tenure and ticket.former_tenure.person
    if to == "board":
        return charger.installation and charger.installation.board
    return charger.owner(at) if to == "owner" and charger else None


def _language(person: User | None, charger: Charger | None, ticket: Ticket | None) -> str:
    place = charger.installation if charger and charger.installation_id else None
    country = place.country if place else ticket.country if ticket else ""
    return languages.pick(chosen=person.language if person else "", country=country)


def _link(mail: Mail, charger: Charger | None, person: User | None, at: datetime) -> Link | None:
    """Return the owner's own way in, where the caller gave none."""
    if mail.action != "link" or mail.to not in ("owner", "former") or not (charger and person):
        return None
    return links.make(purpose=Link.Purpose.OWNER, charger=charger, at=at, party=person)


def _slot(notice: Notice, wanted_at: datetime) -> datetime:
    """Return when a mail that a claimant set off may go: at most three a day to one address.

    One that must wait joins the mail of its kind that waits already (they go as one). Claims on
    one charger come one at a time, by its lock; over several, a race may let one more through.
    """
    sent = Notice.objects.filter(kind__in=CAPPED, email=notice.email).exclude(pk=notice.pk)
    waiting = sent.filter(kind=notice.kind, charger=notice.charger, link=notice.link)
    first = waiting.filter(accepted_at=None, failed_at=None).order_by("-pk").first()
    if first:
        return max(_due(first), wanted_at)
    recent = list(sent.filter(made_at__gt=wanted_at - 30 * WINDOW))
    rows = OutboxRow.objects.filter(key__in=[key_of(n) for n in recent])
    due = dict(rows.filter(due_at__gt=wanted_at - WINDOW).values_list("key", "due_at"))
    mailings = {
        (n.kind, n.charger_id, n.link_id, due[key_of(n)]) for n in recent if key_of(n) in due
    }
    times = sorted(mailing[-1] for mailing in mailings)
    if len(times) < PER_ADDRESS:
        return wanted_at
    log.warning("notice %s waits: its address has had %s mails", notice.uid, PER_ADDRESS)
    return times[-PER_ADDRESS] + WINDOW


def _due(notice: Notice) -> datetime:
    row = OutboxRow.objects.filter(key=key_of(notice)).first()
    return row.due_at if row else notice.made_at
