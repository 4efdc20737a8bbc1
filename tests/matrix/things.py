"""What addresses of the house name: one of each for the world, by (world, url, actor, relation).

"own" is what the actor made, is a party of, or is about them; for it and every other there is one
of the colleague's or of the other person's.
"""

import uuid

from django.urls import resolve
from django.utils import timezone

from accounts.models import Factor, FirmMember
from chargers.models import ImportBatch, Proposal, Tenure
from chargers.services import proposals
from records import clock
from records.alerts import raise_alert
from support.machine import State
from support.models import Answer, Certificate, ClosingStep, Copy, Dispute, Freeze, Policy, Ticket
from support.numbers import NUMBERS
from support.reports import REPORTS
from support.reports.shape import USUAL
from support.services import (
    answers,
    certificates,
    changes,
    copies,
    erasing,
    files,
    freezes,
    policies,
    power,
    reports,
)
from support.views import turns
from tests.chargers.world import ago
from tests.factories import make_agent, make_ticket, picture, reload
from tests.matrix import people
from tests.matrix.people import canary
from tests.support.test_desk_decisions import CASES

REASON = "Agreements are stored for longer now, so older ones are common."


def named(uid) -> dict:
    return {"uid": uid}


def is_house(actor: str) -> bool:
    return actor in people.ROLES


def dispute(world, url, entry, actor: str, relation: str) -> dict | None:
    """A dispute; "own" is one in which somebody of the house is the claimant."""
    if relation == "own" and not is_house(actor):
        return None

    def make() -> Dispute:
        ticket = CASES["decide"][0]()
        person = world.whose(actor, relation)
        Ticket.objects.filter(pk=ticket.pk).update(claimant=person)
        return ticket.disputes.get()

    return named(world.once(("dispute", relation == "own" and actor), make).uid)


def freeze(world, url, entry, actor: str, relation: str) -> dict | None:
    if relation == "own" and not is_house(actor):
        return None

    def make() -> Freeze:
        charger = world.charger_of(world.whose(actor, relation))
        made = freezes.freeze_charger(charger_id=charger.pk, by=world.people["rival"])
        if url.name == "support:desk-confirm-freeze":
            Freeze.objects.filter(pk=made.pk).update(needs_confirmation=True)
        return made

    return named(world.once(("freeze", url.name, relation == "own" and actor), make).uid)


def stop(world, url, entry, actor: str, relation: str) -> dict | None:
    """An owner's objection that waits for a senior."""
    if relation == "own" and not is_house(actor):
        return None

    def make() -> Answer:
        person = world.whose(actor, relation)
        charger = world.charger_of(person)
        world.claim_of(world.people["claimant"], charger)
        said = answers.answer(charger_id=charger.pk, party=person, kind="still_mine")
        Answer.objects.filter(pk=said.pk).update(needs_confirmation=True)
        return said

    return named(world.once(("stop", relation == "own" and actor), make).uid)


def person(world, url, entry, actor: str, relation: str) -> dict:
    """Somebody whose data a privacy officer looks at; an erasure of theirs waits."""
    if relation == "own":
        return named(world.person_of(actor).uid)
    about = world.people[relation]
    if url.name == "support:privacy-cancel" and relation == "other":
        officer = world.people["privacy-officer"]
        world.once(("erasure",), lambda: erasing.ask(person_id=about.pk, by=officer))
    return named(about.uid)


def report(world, url, entry, actor: str, relation: str) -> dict:
    """One of the reports, another for each actor."""
    world.once(("reports",), lambda: reports.make(USUAL))
    names, number = list(REPORTS), list(world.table.actors).index(actor)
    return {"name": names[number % len(names)]}


def policy(world, url, entry, actor: str, relation: str) -> dict | None:
    """A draft: by an administrator themself, or by their colleague."""
    if relation == "own" and actor != "administrator":
        return None
    by = world.people["colleague"] if relation == "other" else world.person_of(actor)
    data = dict(Policy.objects.current().data)
    made = world.once(("policy", by.pk), lambda: policies.draft(by=by, reason=REASON, data=data))
    return {"version": made.version}


def policy_form(version: int) -> dict:
    """Return what the forms of a draft carry; of one that is not there nothing."""
    draft = Policy.objects.filter(version=version).first()
    if draft is None:
        return {}
    numbers = {name: draft.data[name] for name in NUMBERS}
    return numbers | {"reason": f"{REASON} Again.", "seen_at": draft.made_at.isoformat()}


def alert(world, url, entry, actor: str, relation: str) -> dict:
    return named(world.once(("alert",), lambda: raise_alert("browsing", "person:1")).uid)


def proposal(world, url, entry, actor: str, relation: str) -> dict | None:
    """A new phone number of somebody, of which they heard long ago."""
    if relation == "own" and not is_house(actor):
        return None
    by = world.people["colleague"] if relation == "other" else world.person_of(actor)

    def make() -> Proposal:
        return Proposal.objects.create(
            kind="owner_contact",
            person=world.people["other"],
            new={"phone": "+4790000000"},
            fingerprint=f"{by.pk:064d}",
            made_by=by,
            made_at=ago(days=20),
            notice_at=ago(days=15),
        )

    return named(world.once(("proposal", by.pk), make).uid)


def change(world, url, entry, actor: str, relation: str) -> dict | None:
    """A change of a contact, by the link in the mail to the old one."""
    if url.name == "support:change-link":
        # Whoever has the link may open it: there is no other's.
        return {"token": change_token(world)} if relation == "own" else None
    if relation == "own" and actor != "contact-link":
        return None
    whose = "contact" if relation == "own" else "other"
    return named(contact_change(world, whose).uid)


def contact_change(world, whose: str) -> Proposal:
    about = world.people[whose]
    new = {"phone": canary(whose, "newphone")}
    return world.once(
        ("change", about.pk),
        lambda: proposals.propose(kind="owner_contact", person=about, new=new, at=clock.now()),
    )


def change_token(world) -> str:
    return changes.token(str(contact_change(world, "contact").uid))


def turn(world, url, entry, actor: str, relation: str) -> dict:
    """The page of anybody's request, by its own address."""
    ticket = world.claim("claimant", "other", "collecting")
    path = "/" + turns.address(ticket).split("://", 1)[1].split("/", 1)[1]
    return resolve(path).kwargs


def factor(world, url, entry, actor: str, relation: str) -> dict | None:
    """One of two second factors: the actor's own, or their colleague's."""
    if relation == "own" and not is_house(actor):
        return None
    whose = "colleague" if relation == "other" else actor

    def make() -> list[Factor]:
        name, at = canary(whose, "factor"), timezone.now()
        about = {"kind": "app", "name": name, "made_at": at, "sealed": b"sealed"}
        return [Factor.objects.create(user=world.people[whose], **about) for _n in range(2)]

    return named(world.once(("factor", whose), make)[0].uid)


def copy(world, url, entry, actor: str, relation: str) -> dict:
    """A copy of somebody's data that is ready to be fetched."""
    about = world.whose(actor, relation)

    def make() -> Copy:
        made = copies.ask(person_id=about.pk, by=about)
        Copy.objects.filter(pk=made.pk).update(parts=1)
        copies.make_part_from_outbox(key="", copy_uid=str(made.uid), number=0)
        return made

    return named(world.once(("copy", about.pk), make).uid)


def grant_of_power(world, url, entry, actor: str, relation: str) -> dict | None:
    """A new part for somebody, proposed by an administrator themself or by their colleague."""
    if relation == "own" and actor != "administrator":
        return None
    by = world.people["colleague"] if relation == "other" else world.person_of(actor)
    about = {"email": world.people["rival"].email, "kind": "role", "reason": REASON}
    role = "agent" if relation == "other" else "auditor"
    made = world.once(("power", by.pk), lambda: power.propose(**about, role=role, by=by))
    return named(made.uid)


def part(world, url, entry, actor: str, relation: str) -> dict:
    """Whoever plays the agent's part."""
    return named(world.people["agent"].uid)


def asked(world, url, entry, actor: str, relation: str) -> dict:
    """A request that a firm was asked about, as its portal lists it."""
    whose = "installer" if relation == "own" else "other"
    return named(world.link("firm", world.people[whose]).uid)


def service(world, url, entry, actor: str, relation: str) -> dict:
    """The job of a firm at a charger that it has service access to."""
    charger = world.once(("serviced",), world.serviced)
    return named(charger.tenures.service().get().uid)


def use(world, url, entry, actor: str, relation: str) -> dict:
    """A tenant's use of the owner's charger, or of somebody else's."""
    whose = world.people["owner" if relation == "own" else "other"]

    def make() -> Tenure:
        return Tenure.objects.create(
            role="charging_user",
            charger=world.charger_of(whose),
            person=world.people["rival"],
            starts_at=ago(days=9),
            ends_at=ago(days=-99),
            source=f"ticket:{uuid.UUID(int=0)}",
        )

    return named(world.once(("use", whose.pk), make).uid)


def received(world, url, entry, actor: str, relation: str) -> dict:
    """A charger that somebody offers to the actor, or to somebody else."""
    to = world.whose(actor, relation)
    by = world.people["owner" if to == world.people["other"] else "other"]
    made = world.once(("received", to.pk), lambda: world.offer(by, to=to))
    return {"request_code": made.request_code}


def certify(ticket: Ticket) -> Certificate:
    """Certify a hand-over that was put into its state without its release."""
    Ticket.objects.filter(pk=ticket.pk).update(decided_at=clock.now())
    return certificates.make(reload(ticket), at=clock.now())


def certificate(world, url, entry, actor: str, relation: str) -> dict:
    """Of nobody who is in this world: what stands on the paper is for whoever holds it."""
    made = world.once(("certificate",), lambda: certify(make_ticket(State.COMPLETED)))
    return {"code": made.code}


def step(world, url, entry, actor: str, relation: str) -> dict:
    """One thing at the maker's side that somebody showed by a picture."""

    def make() -> ClosingStep:
        ticket, now = make_ticket(State.COMPLETED), clock.now()
        made = ClosingStep(ticket=ticket, kind="operator", made_at=now, done_at=now)
        made.done_by, made.sha256 = make_agent(), "0" * 64
        made.file_key = files.keep(made, picture())
        made.save()
        return made

    return named(world.once(("step",), make).uid)


def form(world, url, entry, actor: str, relation: str) -> dict:
    return {}  # the table says which one, by `with`


def import_(world, url, entry, actor: str, relation: str) -> dict:
    """A file with so many changes that it waits for a second administrator."""

    def make() -> ImportBatch:
        return ImportBatch.objects.create(
            file_name="many.csv",
            sha256="0" * 64,
            source="csv",
            state=ImportBatch.State.WAITING,
            made_by=world.people["other"],
            made_at=ago(days=1),
        )

    return named(world.once(("import",), make).uid)


def member(world, url, entry, actor: str, relation: str) -> dict:
    """Somebody who speaks for another firm."""

    def make() -> FirmMember:
        about = {"firm": world.other_firm, "user": world.people["other"]}
        return FirmMember.objects.create(**about, starts_at=ago(days=9))

    made = world.once(("member",), make)
    return {"firm_uid": made.firm.uid, "person_uid": made.user.uid}


MADE = {
    "asked": asked,
    "use": use,
    "received": received,
    "service": service,
    "certificate": certificate,
    "step": step,
    "form": form,
    "import": import_,
    "member": member,
    "dispute": dispute,
    "freeze": freeze,
    "stop": stop,
    "person": person,
    "report": report,
    "policy": policy,
    "alert": alert,
    "proposal": proposal,
    "change": change,
    "turn": turn,
    "factor": factor,
    "copy": copy,
    "power": grant_of_power,
    "part": part,
}
