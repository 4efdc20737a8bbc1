"""Every verb of the desk, by everyone: who may, what is refused, and what becomes of the text."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse

from accounts.models import FirmMember, InstallerFirm, Role, StaffRole
from records import clock
from support.machine import State
from support.models import Contest, EvidenceItem, Message, Notice, Ticket
from support.services import approvals, assigning, desk, disputes, tickets
from support.services.saving import save_and_record
from support.views.verbs import VERBS
from tests.chargers.world import make_person, make_staff
from tests.factories import (
    accept,
    asked,
    draw,
    make_agent,
    make_senior,
    make_ticket,
    own,
    place_charger,
    ready_for_approval,
    reload,
)
from tests.support.desk_world import DESK, WORKS, at_browser, desk_of, everyone, page, send

pytestmark = pytest.mark.django_db
SAFETY = Role.SAFETY_OFFICER
# Both factors, the form's turn, the ticket behind its locks, its facts, what is written.
ACT_QUERIES = 36


def in_second_review() -> Ticket:
    """A ticket picked by hand, approved by a first agent."""
    ticket = ready_for_approval()
    desk.pick(ticket_id=ticket.pk, by=make_agent())
    ticket = reload(ticket)
    approvals.approve(
        ticket_id=ticket.pk, by=make_agent(), facts_version=ticket.facts_version, note="All seen."
    )
    return reload(ticket)


def drawn_for_second_look() -> Ticket:
    ticket = make_ticket(State.APPROVED)
    Ticket.objects.filter(pk=ticket.pk).update(second_look="wanted")
    return reload(ticket)


def disputed() -> Ticket:
    ticket = ready_for_approval()
    disputes.object_at_desk(ticket_id=ticket.pk, by=make_agent(), words="Something is odd.")
    return reload(ticket)


def contested() -> Ticket:
    ticket = make_ticket(State.CONTESTED)
    Contest.objects.create(ticket=ticket, by=make_person(), opened_at=clock.now())
    return ticket


def completed() -> Ticket:
    """A ticket whose hand-over made the present owner's tenure."""
    ticket = make_ticket(State.COMPLETED)
    own(ticket.charger, ticket.claimant, starts_at=clock.now() - timedelta(hours=1))
    tenure = ticket.charger.owner_tenure(clock.now())
    Ticket.objects.filter(pk=ticket.pk).update(tenure=tenure, decided_at=clock.now())
    return reload(ticket)


def with_reply() -> Ticket:
    ticket = make_ticket(State.IN_REVIEW)
    desk.write(ticket_id=ticket.pk, by=ticket.claimant, body="When will I hear from you?")
    return reload(ticket)


def waiting_for_an_answer() -> Ticket:
    ticket = ready_for_approval()
    desk.write(ticket_id=ticket.pk, by=make_agent(), body="Who was the seller?", waits=True)
    Message.objects.update(at=clock.now() - timedelta(minutes=1))
    return reload(ticket)


# verb -> a ticket it fits, what is typed, who may, the state it leads to (None: the same)
def put_aside() -> Ticket:
    ticket = make_ticket(State.IN_REVIEW)
    assigning.snooze(ticket_id=ticket.pk, by=make_agent(), until_at=None)
    return reload(ticket)


CASES = {
    "snooze": (lambda: make_ticket(State.IN_REVIEW), {"until": ""}, WORKS, None),
    "wake": (put_aside, {}, WORKS, None),
    "read-mentions": (lambda: make_ticket(State.IN_REVIEW), {}, DESK, None),
    # The owner's notice is still under way, so two people decide.
    "approve": (ready_for_approval, {"note": "All seen."}, (Role.AGENT,), State.SECOND_REVIEW),
    "decide": (
        disputed,
        {"uphold": "yes", "reason": "objection", "words": "No.", "words_to_objector": "Yes."},
        (Role.SENIOR,),
        State.REJECTED,
    ),
    "vote": (contested, {"restore": "no", "note": "It was right."}, (Role.SENIOR, SAFETY), None),
    "second-look": (drawn_for_second_look, {"fine": "no", "note": "No."}, WORKS, State.IN_REVIEW),
    "send-back": (in_second_review, {"note": "Look at the seller."}, WORKS, State.IN_REVIEW),
    "ask": (ready_for_approval, {"label_reason": "no_code"}, WORKS, State.COLLECTING),
    "reject": (
        lambda: make_ticket(State.IN_REVIEW),
        {"reason": "not_shown", "words": "Send the agreement."},
        (*WORKS, SAFETY),
        State.REJECTED,
    ),
    "object": (
        lambda: make_ticket(State.IN_REVIEW),
        {"words": "Something is odd."},
        WORKS,
        State.DISPUTED,
    ),
    "contest": (completed, {"words": "It was wrong."}, WORKS, State.CONTESTED),
    "freeze": (
        lambda: make_ticket(State.IN_REVIEW),
        {"scope": "charger"},
        (*WORKS, SAFETY),
        None,
    ),
    "letter": (lambda: make_ticket(State.IN_REVIEW), {}, WORKS, None),
    "answered": (waiting_for_an_answer, {}, WORKS, State.IN_REVIEW),
    "read-replies": (with_reply, {}, WORKS, None),
    "write": (lambda: make_ticket(State.IN_REVIEW), {"body": "Hello."}, (*WORKS, SAFETY), None),
    "pick": (lambda: make_ticket(State.IN_REVIEW), {}, WORKS, None),
}
ABSENT = ("claimant", "stranger", "privacy_officer", "administrator", "superuser")


def test_the_matrix_has_every_verb():
    assert set(CASES) == {*VERBS, "pick"}


@pytest.mark.parametrize("verb", CASES)
def test_only_those_who_may_do_it(verb):
    make, typed, allowed, leads_to = CASES[verb]
    ticket = make()
    before = reload(ticket)
    people = everyone(ticket)
    for who, client in people.items():
        if who in allowed:
            continue
        response = send(client, verb, ticket, **typed)
        expected = 302 if who == "anonymous" else 404 if who in ABSENT else 403
        assert response.status_code == expected, who
        if who == "anonymous":
            assert reverse("accounts:sign-in") in response["Location"]
    assert reload(ticket).version == before.version
    for number, who in enumerate(allowed):
        ticket = make() if number else ticket
        response = send(people[who], verb, ticket, **typed)
        assert response.status_code == 302, (who, response.content.decode()[:2000])
        assert response["Location"] == page(ticket)
        assert reload(ticket).state == (leads_to or before.state), who
        assert people[who].get(page(ticket)).status_code == 200


@pytest.mark.parametrize("verb", CASES)
def test_a_party_at_the_desk_neither_sees_nor_decides(verb):
    make, typed, _allowed, _to = CASES[verb]
    ticket = make()
    StaffRole.objects.create(user=ticket.claimant, role=Role.AGENT, starts_at=clock.now())
    StaffRole.objects.create(user=ticket.claimant, role=Role.SENIOR, starts_at=clock.now())
    client = at_browser(ticket.claimant)
    before = reload(ticket).version
    assert send(client, verb, ticket, **typed).status_code == 403
    assert client.get(page(ticket)).status_code == 403
    assert reload(ticket).version == before


def test_owner_board_and_installer_at_the_desk_are_parties():
    ticket = ready_for_approval()
    place = ticket.charger.installation
    owner, board, member = ticket.charger.owner(clock.now()), make_senior(), make_agent()
    StaffRole.objects.create(user=owner, role=Role.AGENT, starts_at=clock.now())
    place.board = board
    firm = FirmMember.objects.create(
        firm=_firm(), user=member, starts_at=clock.now() - timedelta(days=9)
    ).firm
    place.firm = firm
    place.save()
    for person in (owner, board, member):
        client = at_browser(person)
        assert client.get(page(ticket)).status_code == 403
        listed = client.get(reverse("support:desk"), {"view": "all"}).content.decode()
        assert ticket.request_code not in listed
        assert send(client, "approve", ticket, note="Mine.").status_code == 403


def _firm() -> InstallerFirm:
    fields = {"name": "Elektro", "lookup_key": "elektro", "registered_at": clock.now()}
    return InstallerFirm.objects.create(**fields)


def test_the_first_approver_is_no_second_one_and_is_told():
    ticket = ready_for_approval()
    desk.pick(ticket_id=ticket.pk, by=make_agent())
    client = desk_of(Role.AGENT)
    assert send(client, "approve", ticket, note="All seen.").status_code == 302
    assert reload(ticket).state == State.SECOND_REVIEW
    assert "You approved it already" in client.get(page(ticket)).content.decode()
    assert send(client, "approve", ticket, note="Again.").status_code == 403
    assert send(desk_of(Role.SENIOR), "approve", ticket, note="Seen as well.").status_code == 302
    assert reload(ticket).state == State.APPROVED


def test_a_stale_decision_is_409_says_what_changed_and_keeps_the_text():
    ticket = ready_for_approval()
    drawn = ticket.facts_version
    accept(ticket, "label")
    client = desk_of()
    response = send(
        client,
        "reject",
        ticket,
        facts_version=drawn,
        reason="not_shown",
        words="Nine words that took me a while to type.",
    )
    html = response.content.decode()
    assert response.status_code == 409
    assert "Accepted: photo of the label" in html
    assert "Nine words that took me a while to type.</textarea>" in html.replace("\r\n", "")
    assert reload(ticket).state == State.IN_REVIEW
    again = {"reason": "not_shown", "words": "Nine words."}
    assert send(client, "reject", ticket, **again).status_code == 302


def test_a_decision_on_a_ticket_that_has_moved_on_is_409_and_keeps_the_text():
    ticket = ready_for_approval()
    drawn = reload(ticket).facts_version
    desk.reject(
        ticket_id=ticket.pk, by=make_agent(), facts_version=drawn, reason="not_shown", words="No."
    )
    response = send(desk_of(), "approve", ticket, facts_version=drawn, note="Everything fits.")
    assert response.status_code == 409
    assert "Everything fits." in response.content.decode()
    assert "rejected" in response.content.decode()


def test_an_item_decided_on_stale_facts_is_409():
    ticket = ready_for_approval()
    drawn = ticket.facts_version
    accept(ticket, "label")
    item = ticket.items.get(kind="purchase_agreement")
    response = desk_of().post(
        reverse("support:desk-return", args=[item.uid]),
        {"facts_version": drawn, "reason": "unsigned", "words": "Page two, please."},
    )
    assert response.status_code == 409
    assert "Page two, please." in response.content.decode()


def test_not_enough_is_422_in_words():
    ticket = make_ticket(State.IN_REVIEW)
    client = desk_of()
    assert "Not enough: a right" in client.get(page(ticket)).content.decode()
    response = send(client, "approve", ticket, note="Surely.")
    assert response.status_code == 422
    assert "This cannot be approved yet." in response.content.decode()
    assert "Surely.</textarea>" in response.content.decode().replace("\n", "")
    assert reload(ticket).state == State.IN_REVIEW


@pytest.mark.parametrize(
    ("verb", "typed", "says"),
    [
        ("reject", {"reason": "not_shown", "words": ""}, "This field is required"),
        ("reject", {"reason": "because", "words": "No."}, "Select a valid choice"),
        ("approve", {"note": "Yes.", "facts_version": "soon"}, "Enter a whole number"),
        ("approve", {"note": "Yes.", "facts_version": str(2**40)}, "less than or equal"),
        ("ask", {}, "Choose at least one thing"),
        ("ask", {"label_reason": "too_pretty"}, "Select a valid choice"),
        ("write", {"body": "   "}, "This field is required"),
        ("write", {"body": "x" * 4001}, "at most 4000"),
        ("object", {"words": "\x00"}, "Null characters"),
    ],
)
def test_bad_input_is_422_beside_the_field(verb, typed, says):
    ticket = make_ticket(State.IN_REVIEW)
    response = send(desk_of(), verb, ticket, **typed)
    assert response.status_code == 422
    assert says in response.content.decode()
    assert reload(ticket).version == ticket.version


def test_items_are_accepted_with_ticks_and_returned_with_a_reason():
    charger = place_charger()
    own(charger)
    ticket = asked(charger)
    item, client = ticket.items.get(kind="label"), desk_of()
    accept_url = reverse("support:desk-accept", args=[item.uid])
    bare = client.post(accept_url, {"facts_version": ticket.facts_version})
    assert bare.status_code == 422
    assert "Tick what it shows" in bare.content.decode()
    ticks = {"facts_version": ticket.facts_version, "ticks": ["serial_shown", "code_shown"]}
    assert client.post(accept_url, ticks).status_code == 302
    assert EvidenceItem.objects.get(pk=item.pk).state == EvidenceItem.State.ACCEPTED
    response = client.post(
        reverse("support:desk-return", args=[item.uid]),
        {"facts_version": reload(ticket).facts_version, "reason": "unreadable"},
    )
    assert response.status_code == 302
    assert EvidenceItem.objects.get(pk=item.pk).state == EvidenceItem.State.RETURNED


@pytest.mark.parametrize("verb", ["accept", "return"])
def test_only_agents_and_seniors_decide_items(verb):
    ticket = asked(place_charger())
    item = ticket.items.get(kind="label")
    typed = {"ticks": ["serial_shown"], "reason": "unreadable"}
    url = reverse(f"support:desk-{verb}", args=[item.uid])
    for who, client in everyone(ticket).items():
        fresh = {"facts_version": reload(ticket).facts_version}
        status = client.post(url, typed | fresh).status_code
        if who in WORKS:
            EvidenceItem.objects.filter(pk=item.pk).update(state="ready")
            assert status == 302, who
        else:
            assert status == (302 if who == "anonymous" else 404 if who in ABSENT else 403), who
    assert ticket.items.get(kind="label").state == EvidenceItem.State.READY


def test_the_same_form_twice_is_one_effect():
    ticket, client = make_ticket(State.IN_REVIEW), desk_of()
    typed = {"body": "Hello.", "form_key": "a" * 32}
    first, second = (send(client, "write", ticket, **typed) for _twice in range(2))
    assert (first.status_code, second.status_code) == (302, 302)
    assert Message.objects.filter(ticket=ticket).count() == 1


def test_an_appeal_goes_to_someone_who_has_not_decided():
    ticket = make_ticket(State.REJECTED)
    judge = make_staff(Role.AGENT)
    ticket.decisions.create(kind="rejected", by=judge, at=clock.now() - timedelta(minutes=5))
    Ticket.objects.filter(pk=ticket.pk).update(decided_at=clock.now())
    appealed = _appeal(ticket)
    client = at_browser(judge)
    content = client.get(page(appealed)).content.decode()
    assert "somebody new must" in content and "Look again, please." in content
    reject = {"reason": "not_shown", "words": "No."}
    assert send(client, "reject", appealed, **reject).status_code == 403
    assert send(desk_of(), "reject", appealed, **reject).status_code == 302


def _appeal(ticket: Ticket) -> Ticket:
    tickets.appeal(ticket_id=ticket.pk, by=ticket.claimant, words="Look again, please.")
    return reload(ticket)


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_verbs_are_posts_only(method):
    ticket, client = make_ticket(State.IN_REVIEW), desk_of()
    for verb in CASES:
        url = reverse(f"support:desk-{verb}", args=[ticket.request_code])
        assert getattr(client, method)(url).status_code == 405


def test_who_votes_on_a_contest_reads_why_and_nothing_read_off_todays_facts():
    ticket = completed()
    approvals.contest(ticket_id=ticket.pk, by=make_agent(), words="Nobody sold it to them.")

    html = desk_of(Role.SENIOR).get(page(ticket)).content.decode()

    assert "Nobody sold it to them." in html
    assert 'class="flags"' not in html and "changed hands by it" in html


@pytest.mark.parametrize(("verb", "typed"), [("approve", "note"), ("write", "body")])
def test_an_act_asks_the_database_a_fixed_number_of_times(
    verb, typed, django_assert_max_num_queries
):
    ticket, agent = ready_for_approval(), make_agent()
    draw(ticket, agent)
    client = at_browser(agent)

    with django_assert_max_num_queries(ACT_QUERIES):
        sent = send(client, verb, ticket, form_key="f" * 32, **{typed: "It fits."})

    assert sent.status_code == 302


def test_who_decides_reads_why_it_was_stopped_and_a_firms_words_only_a_senior():
    ticket, agent = ready_for_approval(), make_agent()
    disputes.object_at_desk(ticket_id=ticket.pk, by=agent, words="The buyer is a firm.")
    about = {"by_what": "party", "note": "We never built there.", "firm": "f"}
    with transaction.atomic():
        stopped = Ticket.objects.lock(ticket.pk)
        save_and_record(stopped, "firm_objected", at=clock.now(), facts=False, **about)

    seen = {role: desk_of(role).get(page(ticket)).content.decode() for role in WORKS}

    assert all("The buyer is a firm." in content for content in seen.values())
    assert "We never built there." in seen[Role.SENIOR]
    assert "We never built there." not in seen[Role.AGENT]


@pytest.mark.parametrize("flag", [True, False])
def test_an_approval_says_what_follows(flag):
    ticket = ready_for_approval()
    Ticket.objects.filter(pk=ticket.pk).update(picked_by_hand=flag)
    Notice.objects.filter(ticket=ticket).update(accepted_at=clock.now())
    client = desk_of()
    if not flag:
        draw(ticket, client.person)

    answer = send(client, "approve", ticket, why="agrees", note="")

    told = client.get(answer["Location"]).content.decode()
    said = "A second person decides now." if flag else "It is released by itself"
    assert said in told


def test_what_a_service_refuses_by_field_is_422_at_the_field_with_the_words_kept():
    ticket = make_ticket(State.IN_REVIEW)
    owner = own(ticket.charger, make_person(name="Ottokar Eigentuemerich"))
    typed = f"It is {owner.name} who has it."

    for verb, fields in (("write", {"body": typed}), ("reject", {"words": typed})):
        response = send(desk_of(), verb, ticket, reason="not_shown", **fields)
        assert response.status_code == 422
        assert typed in response.content.decode()
    assert not ticket.messages.exists() and reload(ticket).state == State.IN_REVIEW
