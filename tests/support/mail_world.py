"""A ticket with everything that any mail may tell of, and what each kind of mail is about."""

from datetime import timedelta

from accounts.models import InstallerFirm, PowerChange, Role
from chargers.models import Proposal, Reveal, Share
from records import clock
from records.alerts import raise_alert
from support.machine import State
from support.models import Decision, EvidenceItem, Message, Question
from support.notifications import EMAILS
from support.services import links
from tests.factories import make_agent, make_staff, make_ticket, own, place_charger


def world(typed=""):
    """Return a completed ticket with everything that any mail may tell of.

    ``typed`` stands wherever people put words into a mail.
    """
    charger = place_charger()
    owner = own(charger)
    agent = make_agent()
    now = clock.now()
    ticket = make_ticket(
        State.COMPLETED,
        charger=charger,
        offered_by=owner,
        use_until_date=(now + timedelta(days=90)).date(),
        take_over_date=(now + timedelta(days=9)).date(),
        next_word_at=now + timedelta(days=7),
    )
    ticket.former_tenure = charger.owner_tenure(now)
    EvidenceItem.objects.create(
        ticket=ticket, kind="label", state="returned", reason="no_code", made_at=now,
        decided_at=now, decided_by=agent, words=typed[:500] or "Thank you.",
    )  # fmt: skip
    Message.objects.create(
        ticket=ticket, by=agent, from_desk=True, body=typed or "Two\n\nparts.", at=now
    )
    Question.objects.create(
        ticket=ticket, party=owner, by=agent, at=now, body=typed or "When did you last charge?"
    )
    Decision.objects.create(
        ticket=ticket,
        kind="rejected",
        by=agent,
        at=now,
        reason="not_shown",
        words=typed or "In short: no.",
    )
    return ticket, owner


def _offer(kind, ticket, now) -> dict:
    """Return the rest of it where an offer is made, or several were accepted or are over."""
    several = {"offers": [ticket.uid]} if kind.startswith("offers") else {}
    if kind not in ("offer_made", "offers_made"):
        return several
    to = {"charger": ticket.charger, "party": ticket.claimant, "ticket": ticket}
    return several | {"link": links.make(purpose="offer", at=now, **to)}


def _share(charger, owner, at) -> dict:
    share = Share.objects.create(
        charger=charger, tenure=charger.owner_tenure(at), to_name="Per", to_email="per@example.com",
        code_hash="x", made_at=at, expires_at=at + timedelta(hours=72),
    )  # fmt: skip
    return {"charger": charger, "email": share.to_email, "share": share.uid}


def _reveal(charger, owner, at) -> dict:
    tenure = charger.owner_tenure(at)
    reveal = Reveal.objects.create(charger=charger, person=owner, at=at, tenure=tenure)
    return {"charger": charger, "person": owner, "reveal": reveal.uid}


def _establish(charger, owner, at) -> dict:
    return {"charger": charger, "person": owner, "tenure": charger.owner_tenure(at).uid}


def _power_change(charger, owner, at) -> dict:
    admins = [make_staff(Role.ADMINISTRATOR) for _n in range(2)]
    change = PowerChange.objects.create(
        kind="role", role="agent", subject=owner, proposed_by=admins[0], proposed_at=at
    )
    return {"person": owner, "change": change.uid, "step": "proposed"}


def _alert(charger, owner, at) -> dict:
    return {"person": owner, "alert": raise_alert("decoy", charger.stream).uid}


def _proposal(charger, owner, at) -> dict:
    proposal = Proposal.objects.create(
        kind="owner_contact", charger=charger, person=owner, fingerprint="f", made_at=at
    )
    return {"charger": charger, "person": owner, "proposal": proposal.uid}


# What a mail is about that tells of no ticket.
WITHOUT_TICKET = {
    "share_made": _share,
    "reveal_notice": _reveal,
    "establish_notice": _establish,
    "customer_named": lambda charger, owner, at: {"charger": charger, "person": owner},
    "account_changed": lambda charger, owner, at: {"person": owner, "what": "factor_added"},
    "power_change": _power_change,
    "alert_raised": _alert,
    "proposal_notice": _proposal,
}


def _firm(ticket, now) -> dict:
    """Return the rest of it where a firm is asked: who, and its way in."""
    firm, _made = InstallerFirm.objects.get_or_create(
        lookup_key="volt", defaults={"name": "Volt AS", "email": "post@volt.no"}
    )
    to = {"charger": ticket.charger, "firm": firm, "ticket": ticket}
    return {"firm": firm, "link": links.make(purpose="firm", at=now, **to)}


def about(kind, ticket, owner) -> dict:
    """Return what a caller says when it writes a notice of this kind."""
    charger, now = ticket.charger, clock.now()
    if kind in WITHOUT_TICKET:
        return {"at": now} | WITHOUT_TICKET[kind](charger, owner, now)
    said = {"ticket": ticket, "charger": charger, "at": now}
    if kind == "firm_asked":
        return said | _firm(ticket, now)
    if kind == "contact_told":
        return said | {"email": "contact@example.com"}
    if kind.startswith("offer"):
        return said | _offer(kind, ticket, now)
    if EMAILS[kind].to in ("claimant", "former", "giver"):
        return said
    said["person"] = owner
    if kind in ("owner_asked", "owner_reminded", "board_asked", "party_question"):
        said["link"] = links.make(purpose="owner", charger=charger, at=now, party=owner)
    if kind == "party_question":
        said["question"] = Question.objects.filter(ticket=ticket).last().uid
    return said
