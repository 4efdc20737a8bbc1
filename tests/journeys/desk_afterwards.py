"""Pages of the desk that need a longer story: appeals, a policy tried out, questions to all sides.

For the long run of the gallery only: pages of everyday are in desk_exhibits.py.
"""

from datetime import timedelta

from django.test import Client

from accounts.models import ContactPoint, InstallerFirm, Role, User
from records import clock
from support.models import Dispute, Letter, Message, Notice, Policy, Ticket
from support.services import answers, approvals, desk, policies, questions, tickets
from support.services.disputes import decide, object_at_desk
from tests.chargers.world import make_service, make_staff
from tests.factories import (
    asked,
    draw,
    make_agent,
    make_person,
    make_senior,
    own,
    place_charger,
    ready_for_approval,
    reload,
)
from tests.journeys.desk_exhibits import DESK, url
from tests.journeys.gallery import Gallery
from tests.support.desk_world import at_browser, page

REASON = "Agreements are stored for longer now, so older ones are common."
WORDS = "The agreement names somebody else as the buyer. Send the one with your name."
AGAIN = "It is page two that names me; please look again."


def hang(gallery: Gallery) -> None:
    _appeals(gallery)
    _appealed_objection(gallery)
    _policies(gallery)
    _sides(gallery)
    _waiting(gallery)


def _add(gallery: Gallery, name: str, client: Client, address: str) -> None:
    gallery.add(f"desk-{name}", client.get(address), audience=DESK)


def rejected(by: User) -> Ticket:
    ticket = ready_for_approval()
    version = reload(ticket).facts_version
    about = {"ticket_id": ticket.pk, "by": by, "facts_version": version}
    desk.reject(**about, reason="not_shown", words=WORDS, note="Looked at twice.")
    return reload(ticket)


def appealed(by: User) -> Ticket:
    ticket = rejected(by)
    tickets.appeal(ticket_id=ticket.pk, by=ticket.claimant, words=AGAIN)
    return reload(ticket)


def _appeals(gallery: Gallery) -> None:
    """Both verdicts after an appeal, as the claimant and the desk see them."""
    first, second = make_agent(), make_agent()
    ticket = rejected(first)
    claimant = at_browser(ticket.claimant)
    _add(gallery, "appeal-offered", claimant, ticket.get_absolute_url())
    _add(gallery, "appeal-form", claimant, url("appeal", ticket.request_code))
    tickets.appeal(ticket_id=ticket.pk, by=ticket.claimant, words=AGAIN)
    _add(gallery, "appeal-checked", claimant, ticket.get_absolute_url())
    _add(gallery, "appeal-blocked", at_browser(first), page(ticket))
    _add(gallery, "appeal-decide", at_browser(second), page(ticket))
    about = {"ticket_id": ticket.pk, "facts_version": reload(ticket).facts_version}
    desk.reject(by=second, reason="not_shown", words="It is as before: page two too.", **about)
    _add(gallery, "appeal-no-claimant", claimant, ticket.get_absolute_url())
    _add(gallery, "appeal-no", at_browser(second), page(ticket))
    granted = appealed(first)
    draw(granted, second)
    version = reload(granted).facts_version
    approvals.approve(ticket_id=granted.pk, by=second, facts_version=version, note="Page two.")
    _add(gallery, "appeal-yes-claimant", at_browser(granted.claimant), granted.get_absolute_url())
    _add(gallery, "appeal-yes", at_browser(second), page(granted))


def _appealed_objection(gallery: Gallery) -> None:
    ticket = ready_for_approval()
    object_at_desk(ticket_id=ticket.pk, by=make_agent(), words="The seller is unknown here.")
    words = {"words": WORDS, "words_to_objector": "You were right.", "reason": "objection"}
    version = reload(ticket).facts_version
    senior = make_senior()
    decide(ticket_id=ticket.pk, by=senior, facts_version=version, uphold=True, **words)
    tickets.appeal(ticket_id=ticket.pk, by=ticket.claimant, words=AGAIN)
    _add(gallery, "appeal-objection", at_browser(make_staff(Role.SENIOR)), page(ticket))
    _add(gallery, "appeal-objection-blocked", at_browser(senior), page(ticket))


def decided_in_the_past(number: int, older: int) -> None:
    """Decisions on record, ``older`` of them on an agreement of nine months."""
    for at in range(number):
        ticket, agent = ready_for_approval(), make_agent()
        Notice.objects.filter(ticket=ticket).update(accepted_at=clock.now())
        draw(ticket, agent)
        version = reload(ticket).facts_version
        approvals.approve(ticket_id=ticket.pk, by=agent, facts_version=version, note="Agrees.")
        if at < older:
            basis = reload(ticket).basis
            basis["measures"]["agreement_days"] = 270
            Ticket.objects.filter(pk=ticket.pk).update(basis=basis)


def _policies(gallery: Gallery) -> None:
    decided_in_the_past(5, older=2)
    author, second = (make_staff(Role.ADMINISTRATOR) for _n in range(2))
    data = dict(Policy.objects.current().data) | {"agreement_months": 6, "low_hours": 36}
    draft = policies.draft(by=author, reason=REASON, data=data)
    _add(gallery, "policy-tried-author", at_browser(author), url("policy", draft.version))
    _add(gallery, "policy-tried", at_browser(second), url("policy", draft.version))
    _add(gallery, "policy-change", at_browser(author), url("policy-change", draft.version))
    same = policies.draft(by=author, reason=REASON, data=dict(Policy.objects.current().data))
    _add(gallery, "policy-same", at_browser(second), url("policy", same.version))
    seen = draft.made_at.isoformat()
    policies.publish(version=draft.version, by=second, seen_at=seen)
    _add(gallery, "policies-published", at_browser(second), url("policies"))


def dispute_of_three() -> Dispute:
    """A claim, an owner known by a postal address alone, and an installer firm that has spoken."""
    charger = place_charger()
    owner = own(charger, make_person(name="Ottokar Eigentuemerich"))
    ticket = asked(charger)
    answers.answer(charger_id=charger.pk, party=owner, kind="still_mine")
    found = Dispute.objects.create(charger=charger, opened_at=clock.now())
    found.tickets.add(ticket)
    make_service(charger.installation)
    firm = InstallerFirm.objects.latest("pk")
    InstallerFirm.objects.filter(pk=firm.pk).update(
        name="Volt AS", email=f"post{firm.pk}@volt.example", registered_at=clock.now()
    )
    firm = InstallerFirm.objects.get(pk=firm.pk)
    answers.firm_answer(ticket_id=ticket.pk, firm=firm, by=None, installed_here=False)
    User.objects.filter(pk=owner.pk).update(email="")
    ContactPoint.objects.create(
        user=owner, kind="post", value="Bakkegata 4, 5003 Bergen, Norway",
        valid_from=clock.now(), source="import",
    )  # fmt: skip
    return found


def _sides(gallery: Gallery) -> None:
    dispute, senior = dispute_of_three(), at_browser(make_staff(Role.SENIOR))
    code = dispute.tickets.get().request_code
    about = {"act": "message", "code": code, "dispute": dispute.uid, "body": "When, {name}?"}
    gallery.add(
        "desk-ask-all", senior.post(url("desk-bulk"), about | {"preview": 1}), audience=DESK
    )
    done = senior.post(url("desk-bulk"), about | {"do": 1})
    _add(gallery, "ask-all-done", senior, done.url)
    asked_letter = Letter.objects.exclude(question=None).latest("pk").question
    asked_letter.answer, asked_letter.answered_at = "I moved in May.", clock.now()
    asked_letter.save()
    _add(gallery, "dispute-asked", senior, url("desk-dispute", dispute.uid))
    dispute.charger.tickets.update(fears_owner=True)
    _add(gallery, "dispute-feared", senior, url("desk-dispute", dispute.uid))
    assert all(questions.why_not(dispute, side=s, by=make_agent()) for s in _sides_of(dispute))


def _sides_of(dispute: Dispute) -> list[questions.Side]:
    return questions.sides(dispute, clock.now())


def _waiting(gallery: Gallery) -> None:
    ticket, agent = ready_for_approval(), make_agent()
    desk.write(ticket_id=ticket.pk, by=agent, body="Who sold you the flat, and when?", waits=True)
    Message.objects.filter(ticket=ticket).update(at=clock.now() - timedelta(minutes=2))
    _add(gallery, "waits", at_browser(agent), page(ticket))
    _add(gallery, "waits-claimant", at_browser(ticket.claimant), ticket.get_absolute_url())
