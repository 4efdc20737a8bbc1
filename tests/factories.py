"""Tickets to begin a test with, in any state, and the people around them."""

from collections import deque
from datetime import timedelta
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from accounts.models import Role
from chargers.models import Charger
from records import clock
from support import machine
from support.machine import State
from support.models import Contest, ContestVote, EvidenceItem, Ticket
from support.rules import EvidenceKind, Outcome, Tier
from support.services import answers, checking, claims, evidence, routing, taking, tickets
from support.services.saving import save_and_record
from support.services.tickets import make_draft
from tests.chargers.world import ago, make_charger, make_owner, make_person, make_staff

__all__ = ["ago", "make_charger", "make_owner", "make_person", "make_staff"]

LABEL_TICKS = ["serial_shown", "code_shown"]
AGREEMENT_TICKS = ["buyer_is_claimant", "address_matches", "seller_is_owner", "signed"]
LEASE_TICKS = ["tenant_is_claimant", "address_matches", "signed"]


def make_agent():
    return make_staff(Role.AGENT)


def make_senior():
    return make_staff(Role.SENIOR)


def reload(ticket: Ticket) -> Ticket:
    """Read a ticket again: refresh_from_db is not for protected fields."""
    return Ticket.objects.select_related("charger").get(pk=ticket.pk)


def picture(name: str = "label.png", colour: str = "white", said: str = "") -> SimpleUploadedFile:
    """Return an uploaded PNG; another colour, or something said in it, makes other bytes."""
    content, inside = BytesIO(), PngInfo()
    if said:
        inside.add_text("Comment", said)
    Image.new("RGB", (40, 30), colour).save(content, "PNG", pnginfo=inside)
    return SimpleUploadedFile(name, content.getvalue(), "image/png")


def claim_of(charger: Charger, **changes) -> dict:
    """Return a claim that agrees with the registry, part by part."""
    place = charger.installation
    return {
        "serial_typed": charger.serial,
        "address_line": f"{place.street} {place.house_number}{place.house_letter}",
        "postal_code": place.postal_code or "0150",
        "city": place.city or "Oslo",
        "country": place.country,
        "claimant_name": "Nina Nyinnflyttet",
    } | changes


def place_charger(**fields) -> Charger:
    """Make a registered charger whose installation has a whole address."""
    charger = make_charger(**fields)
    place = charger.installation
    place.postal_code, place.city, place.time_zone = "0150", "Oslo", "Europe/Oslo"
    place.save()
    return charger


def own(charger: Charger, person=None, **fields):
    """Make somebody its owner, on record as known; return the person."""
    person = person or make_person(name="Kari Eier")
    make_owner(charger, person, **fields)
    Charger.objects.filter(pk=charger.pk).update(owner_state="known")
    charger.owner_state = "known"
    return person


_ARGUMENTS = {
    "submit": lambda: {"at": clock.now()},
    "route": lambda: {"at": clock.now()},
    "consent": lambda: {"tier": Tier.LOW, "at": clock.now()},
    "approve": lambda: {"tier": Tier.HIGH, "needed": 2, "at": clock.now()},
    "reject": lambda: {"reason": "not_shown", "at": clock.now()},
    "uphold": lambda: {"reason": "objection", "at": clock.now()},
    "release": lambda: {"at": clock.now()},
    "expire": lambda: {"at": clock.now()},
    "withdraw": lambda: {"at": clock.now()},
    "appeal": lambda: {"at": clock.now()},
    "accept": lambda: {"at": clock.now()},
}
# Verbs that make no ticket of the ordinary kind: a test that wants them calls the service.
_DETOURS = {"reroute", "offer", "accept", "consent", "object", "dismiss"}


def path_to(state: str) -> list[machine.Move]:
    """Return the shortest chain of moves from draft to ``state``."""
    queue = deque([(State.DRAFT, [])])
    seen = {State.DRAFT}
    detours = _DETOURS - ({"offer"} if state == State.OFFERED else set())
    detours -= {"object"} if state == State.DISPUTED else set()
    while queue:
        here, path = queue.popleft()
        if here == state:
            return path
        for move in machine.TRANSITIONS:
            if move.source == here and move.target not in seen and move.verb not in detours:
                seen.add(move.target)
                queue.append((move.target, [*path, move]))
    raise AssertionError(f"no way to {state}")


def make_ticket(state: str = State.DRAFT, *, charger=None, claimant=None, **fields) -> Ticket:
    """Make a ticket in any state, moved there along the machine with its events.

    The moves are bare: no notices, no deadlines, no rows that a service would have made. A test
    of a whole way uses ``asked`` and the services.
    """
    charger = charger or place_charger()
    now = clock.now()
    ticket = make_draft(
        claimant=claimant or make_person(name="Nina Nyinnflyttet"),
        at=now - timedelta(minutes=1),
        **(claim_of(charger) | {"serial": charger.serial, "lookup_key": charger.lookup_key}),
    )
    for name, value in fields.items():
        setattr(ticket, name, value)
    for move in path_to(state):
        if move.source == State.SUBMITTED:
            ticket.charger = charger
        arguments = _ARGUMENTS.get(move.verb, dict)()
        if move.verb == "route":
            arguments["to"] = move.target
        if move.verb == "approve":
            arguments["standing"] = 2 if move.target == State.APPROVED else 1
        if move.verb in ("confirm", "restore"):
            agree(ticket, restore=move.verb == "restore")
        getattr(ticket, move.verb)(**arguments)
        if move.target == State.APPROVED:
            ticket.approved_at = now - timedelta(days=3)
            ticket.by_owner = True
            ticket.tier = Tier.LOW
        save_and_record(ticket, move.verb, at=now, by_what="system")
    return reload(ticket)


def agree(ticket: Ticket, *, restore: bool) -> Contest:
    """Let two seniors vote alike on a contest of the ticket."""
    now = clock.now()
    found = Contest.objects.filter(ticket=ticket, closed_at=None).first()
    found = found or Contest.objects.create(ticket=ticket, by=make_person(), opened_at=now)
    for senior in (make_senior(), make_senior()):
        vote = {"restore": restore, "note": "We looked.", "at": now}
        ContestVote.objects.create(contest=found, by=senior, **vote)
    return found


def asked(charger: Charger, *, claimant=None, items=(EvidenceKind.LABEL,), **claim) -> Ticket:
    """Make a request as a resident does: claim, upload, submit; then route it and check files."""
    claimant = claimant or make_person(name="Nina Nyinnflyttet")
    ticket = tickets.start(by=claimant)
    claims.save_claim(ticket_id=ticket.pk, by=claimant, **claim_of(charger, **claim))
    for kind in items:
        add(ticket, kind)
    tickets.submit(ticket_id=ticket.pk, by=claimant)
    routing.route(ticket_id=ticket.pk)
    return reload(ticket)


def add(ticket: Ticket, kind: str, colour: str = "") -> EvidenceItem:
    """Upload a file as the claimant, and have it checked."""
    colour = colour or {"label": "white", "lease": "grey"}.get(str(kind), "ivory")
    # Nobody else sends the same bytes: that would be a flag.
    upload = picture(colour=colour, said=str(ticket.uid))
    item = taking.add_file(ticket_id=ticket.pk, by=ticket.claimant, kind=kind, upload=upload)
    checking.check_from_outbox(key="", item_uid=str(item.uid))
    return EvidenceItem.objects.get(pk=item.pk)


def accept(ticket: Ticket, kind: str, *, by=None, ticks=None, **fields) -> EvidenceItem:
    """Accept a ticket's standing item of a kind, with everything ticked unless told otherwise."""
    item = ticket.items.get(kind=kind, replaced_by=None)
    default = {
        EvidenceKind.LABEL: LABEL_TICKS,
        EvidenceKind.PURCHASE_AGREEMENT: AGREEMENT_TICKS,
        EvidenceKind.LEASE: LEASE_TICKS,
    }[kind]
    if kind == EvidenceKind.PURCHASE_AGREEMENT:
        fields.setdefault("take_over_date", (clock.now() - timedelta(days=20)).date())
    return evidence.accept(
        item_uid=str(item.uid),
        by=by or make_agent(),
        facts_version=reload(ticket).facts_version,
        ticks=default if ticks is None else ticks,
        **fields,
    )


def name_claimant(ticket: Ticket, owner, **changes):
    """The owner says: no longer mine, given to this person; or that this tenant may use it."""
    said = {"request_code": ticket.request_code, "surname": "Nyinnflyttet"} | changes
    said.setdefault("for_use", ticket.outcome == Outcome.USE)
    return answers.answer(
        charger_id=ticket.charger_id, party=owner, kind="named", code_proved=True, **said
    )


def draw(ticket: Ticket, by) -> None:
    """Give a ticket to somebody as drawing the next one does, whatever else waits."""
    drawn = Ticket.objects.get(pk=ticket.pk)
    drawn.assigned_to = by
    save_and_record(drawn, "drawn", at=clock.now(), by=by, facts=False)


def ready_for_approval(**fields) -> Ticket:
    """Make a ticket with a silent owner whose presence and property are accepted, in review."""
    charger = place_charger()
    own(charger)
    kinds = (EvidenceKind.LABEL, EvidenceKind.PURCHASE_AGREEMENT)
    ticket = asked(charger, items=kinds, bought_recently=True, **fields)
    for kind in kinds:
        accept(ticket, kind)
    return reload(ticket)
