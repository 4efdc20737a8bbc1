"""Replies kept ready, mentions in notes, and single keys."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from accounts.models import Role
from support.machine import State
from support.models import Mention, Reply
from support.services import desk, preferences, replies
from tests.chargers.world import make_staff
from tests.factories import make_agent, make_senior, make_ticket
from tests.support.desk_world import at_browser, desk_of, page

pytestmark = pytest.mark.django_db


def keep(body="Hello {name}, about {code}.", **fields) -> Reply:
    about = {"title": "Hello", "language": "en", "use": "write", "states": ["in_review"]}
    return replies.save(by=make_senior(), reply=None, body=body, **(about | fields))


def test_a_reply_has_the_facts_of_its_ticket():
    ticket = make_ticket(State.IN_REVIEW)
    said = replies.fill(keep("{name} {code} {serial} {brand}"), ticket)
    assert said == f"Nina Nyinnflyttet {ticket.request_code} {ticket.serial_typed} Handover"


@pytest.mark.parametrize("body", ["{owner}", "{}", "a { b", "} c", "{code!r}", "{0.__class__}"])
def test_an_unknown_placeholder_is_refused(body):
    with pytest.raises(ValidationError) as refused:
        keep(body)
    assert "body" in refused.value.message_dict


def test_only_seniors_keep_replies():
    with pytest.raises(PermissionDenied):
        replies.save(
            by=make_agent(), reply=None, title="a", language="en", use="write", states=[], body="b"
        )
    assert desk_of().get(reverse("support:desk-reply")).status_code == 403
    senior = desk_of(Role.SENIOR)
    typed = {"title": "Wait", "language": "en", "use": "write", "body": "Wait, {name}."}
    shown = senior.post(reverse("support:desk-reply"), typed | {"preview": "1"})
    assert shown.status_code == 200 and not Reply.objects.exists()
    senior.post(reverse("support:desk-reply"), typed | {"save": "1"})
    reply = Reply.objects.get()
    edit = {"reply": reply.uid, "retire": "1"}
    senior.post(reverse("support:desk-reply"), edit)
    assert Reply.objects.get().retired_at


@pytest.mark.parametrize(
    ("use", "codes"), [("ask", {"kind": "label", "reason": "nonsense"}), ("reject", {})]
)
def test_a_macro_has_codes_that_fit(use, codes):
    with pytest.raises(ValidationError):
        keep(use=use, **codes)


def test_the_replies_of_a_state_come_first_and_fill_the_form_without_a_script():
    ticket, client = make_ticket(State.IN_REVIEW), desk_of()
    keep(title="Always", states=[])
    fits = keep(title="Zebra", body="Hi {name}.")
    kept = client.get(page(ticket)).context["write"].replies
    assert [ready.reply.title for ready, _fields in kept] == ["Zebra", "Always"]
    html = client.get(page(ticket) + f"?reply={fits.uid}").content.decode()
    assert ">\nHi Nina Nyinnflyttet.</textarea>" in html


def test_a_macro_fills_codes_and_words():
    ticket, client = make_ticket(State.IN_REVIEW), desk_of()
    macro = keep(use="reject", reason="not_shown", body="Send your agreement, {name}.")
    panels = client.get(page(ticket) + f"?reply={macro.uid}").context["panels"]
    form = next(panel for panel in panels if panel.verb.name == "reject").form.made()
    assert form["reason"].value() == "not_shown"
    assert form["words"].value() == "Send your agreement, Nina Nyinnflyttet."


def named(name: str):
    person = make_staff(Role.AGENT)
    person.name = name
    person.save()
    return person


def test_who_is_named_in_a_note_finds_it_among_their_own():
    ticket, anna = make_ticket(State.IN_REVIEW), named("Anna Agent")
    desk.write(ticket_id=ticket.pk, by=make_agent(), body="@Anna please look.", internal=True)
    client = at_browser(anna)
    queue = client.get(reverse("support:desk"), {"view": "mine"})
    assert [row.request_code for row in queue.context["rows"]] == [ticket.request_code]
    assert "You are named in a note" in client.get(page(ticket)).content.decode()
    client.post(reverse("support:desk-read-mentions", args=[ticket.request_code]))
    assert Mention.objects.get().read_at
    assert not client.get(reverse("support:desk"), {"view": "mine"}).context["rows"]


@pytest.mark.parametrize("body", ["@Nobody look", "@Anna look"])
def test_a_name_that_fits_nobody_or_two_is_refused(body):
    ticket = make_ticket(State.IN_REVIEW)
    if "Anna" in body:
        named("Anna Agent"), named("Anna Berg")
    with pytest.raises(ValidationError):
        desk.write(ticket_id=ticket.pk, by=make_agent(), body=body, internal=True)


def test_a_mail_address_in_a_note_names_nobody():
    ticket = make_ticket(State.IN_REVIEW)
    body = "Wrote to post@anna.example today."
    desk.write(ticket_id=ticket.pk, by=make_agent(), body=body, internal=True)
    assert not Mention.objects.exists()


def test_keys_are_switched_off_and_changed_by_each_for_themselves():
    client, ticket = desk_of(), make_ticket(State.IN_REVIEW)
    assert 'data-keys-on="yes"' in client.get(page(ticket)).content.decode()
    client.post(reverse("support:desk-keys"), {"approve": "y"})
    html = client.get(page(ticket)).content.decode()
    assert 'data-keys-on="no"' in html
    assert '<div data-key-of="approve"><dt><kbd>y</kbd>' in html
    assert 'data-keys-on="yes"' in desk_of().get(page(ticket)).content.decode()


@pytest.mark.parametrize("keys", [{"approve": "r"}, {"approve": "1"}, {"approve": "ab"}])
def test_one_key_does_one_thing(keys):
    with pytest.raises(ValidationError):
        preferences.save_keys(by=make_agent(), keys_on=True, keys=keys)
