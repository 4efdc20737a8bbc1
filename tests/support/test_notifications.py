"""Notices: what each mail says, to whom, once; and what a mail server's answer does to a clock."""

import re
import socket
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Code
from chargers.models import Proposal, Tenure
from chargers.services import proposals
from chargers.services.establishing import begin_establishing
from records import clock, outbox
from records.models import OutboxRow
from support import delivery, mails
from support.machine import State
from support.models import Message, Notice
from support.notifications import EMAILS, key_of, notify, post_code
from support.services import links
from tests.factories import make_agent, make_person, make_ticket, own, place_charger
from tests.support.mail_world import about, world

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

NAUGHTY = ["<script>alert(1)</script>", "{{ settings }}", "a\r\nBcc: x@evil.example", "\u202eabc"]


class Sink:
    """A real mail server that answers as it is told, and keeps what it accepted."""

    def __init__(self):
        self.answer_to_rcpt = self.answer_to_data = "250 OK"
        self.kept = []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.answer_to_rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer_to_rcpt

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.answer_to_data.startswith("250"):
            self.kept.append(envelope)
        return self.answer_to_data


@pytest.fixture
def sink(settings):
    """Run a mail server on a free port, and post there."""
    handler = Sink()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port, ready_timeout=10)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_TIMEOUT = 5
    yield handler
    controller.stop()


def asked_owner(**fields) -> Notice:
    charger = place_charger()
    owner = own(charger)
    ticket = make_ticket(State.AWAITING_OWNER, charger=charger)
    way = links.make(purpose="owner", charger=charger, at=clock.now(), party=owner)
    said = {"ticket": ticket, "person": owner, "link": way, "starts_clock": True} | fields
    return notify("owner_asked", at=clock.now(), **said)


def deliver(notice):
    delivery.deliver_mail(key=key_of(notice), notice_uid=str(notice.uid))
    return Notice.objects.get(pk=notice.pk)


def reconsidered(notice) -> list[str]:
    keys = OutboxRow.objects.filter(topic="reconsider").values_list("key", flat=True)
    return [key.rsplit(":", 1)[1] for key in keys if str(notice.uid) in key]


# --- Every line of the table: what it looks like is in test_mail_layout.py ---


@pytest.mark.parametrize("kind", EMAILS)
def test_every_mail_has_its_time_with_its_zone(kind):
    ticket, owner = world()
    notice = notify(kind, **about(kind, ticket, owner))

    rendered = mails.render(notice, [notice])

    for _time in re.finditer(r"\d\d:\d\d", rendered.text):
        assert re.match(r"\s\((Oslo|London)\)| UTC", rendered.text[_time.end() :])


def test_a_mail_uses_the_readers_own_zone():
    ticket, _owner = world()
    ticket.claimant.time_zone = "Europe/London"
    ticket.claimant.save()
    notice = notify("next_word", at=clock.now(), ticket=ticket)

    assert "(London)" in mails.render(notice).text


@pytest.mark.parametrize("words", NAUGHTY)
def test_typed_words_stay_words(words):
    ticket, _owner = world()
    message = Message.objects.create(
        ticket=ticket, by=make_agent(), from_desk=True, body=words, at=clock.now()
    )
    notice = notify("message_from_desk", at=clock.now(), ticket=ticket, message=message.uid)

    deliver(notice)

    [sent] = mail.outbox
    html = sent.alternatives[0][0]
    assert "<script>" not in html
    assert set(sent.recipients()) == {ticket.claimant.email}
    assert "Bcc" not in sent.message()


def test_an_address_with_a_line_break_is_refused_for_good():
    ticket, _owner = world()
    notice = notify("next_word", at=clock.now(), ticket=ticket, email="a@b.no\nBcc: c@d.no")

    assert deliver(notice).error == "invalid address"
    assert mail.outbox == []


# --- Posting ---


def test_a_notice_is_posted_once_however_often_its_row_is_delivered(sink):
    notice = asked_owner()

    outbox.run_due()
    deliver(notice)
    delivered = deliver(notice)

    [envelope] = sink.kept
    assert delivered.accepted_at and not delivered.failed_at
    assert envelope.rcpt_tos == [notice.person.email]
    content = envelope.content.decode()
    assert f"Message-ID: <{notice.uid}@handover>" in content
    assert "Auto-Submitted: auto-generated" in content
    assert "Reply-To: help@handover.example" in content
    assert reconsidered(notice) == ["accepted"]


def test_the_outbox_row_holds_ids_only():
    notice = asked_owner()

    assert OutboxRow.objects.get(topic="mail").payload == {"notice_uid": str(notice.uid)}


@pytest.mark.parametrize("where", ["answer_to_rcpt", "answer_to_data"])
def test_a_refusal_for_good_fails_the_notice_and_finishes_its_row(sink, where):
    setattr(sink, where, "550 5.1.1 no such user kari@example.com")
    notice = asked_owner()

    outbox.run_due()

    notice = Notice.objects.get(pk=notice.pk)
    assert (notice.accepted_at, notice.error) == (None, "SMTP 550")
    assert notice.failed_at
    assert OutboxRow.objects.get(topic="mail").done_at
    assert reconsidered(notice) == ["failed"]


@pytest.mark.parametrize("where", ["answer_to_rcpt", "answer_to_data"])
def test_a_passing_refusal_is_tried_again_and_starts_no_clock(sink, where):
    setattr(sink, where, "451 4.7.1 try later")
    notice = asked_owner()

    outbox.run_due()

    notice = Notice.objects.get(pk=notice.pk)
    row = OutboxRow.objects.get(topic="mail")
    assert not notice.accepted_at and not notice.failed_at
    assert row.attempts == 1 and not row.done_at and not row.parked_at
    assert reconsidered(notice) == []

    setattr(sink, where, "250 OK")
    assert deliver(notice).accepted_at


def test_a_mail_server_that_is_away_fails_the_notice_visibly_at_the_last_attempt(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    notice = asked_owner()
    rows = OutboxRow.objects.filter(topic="mail")
    for attempt in range(outbox.MAX_ATTEMPTS):
        assert not Notice.objects.get(pk=notice.pk).failed_at, attempt
        rows.update(due_at=clock.now() - timedelta(seconds=1), leased_until=None)
        outbox.deliver(outbox.lease(rows.get().pk))

    notice = Notice.objects.get(pk=notice.pk)
    assert notice.failed_at and notice.error == "gave up: ConnectionRefusedError"
    assert rows.get().parked_at
    assert reconsidered(notice) == ["failed"]


def test_a_notice_whose_worker_died_at_the_last_attempt_fails_visibly():
    notice = asked_owner()
    OutboxRow.objects.filter(topic="mail").update(parked_at=clock.now())

    assert delivery.fail_parked(at=clock.now()) == 1
    assert delivery.fail_parked(at=clock.now()) == 0

    assert Notice.objects.get(pk=notice.pk).error == "gave up: parked"
    assert reconsidered(notice) == ["failed"]


def test_nobody_to_write_to_is_a_notice_that_has_failed():
    notice = asked_owner(person=make_person(email=""))

    assert notice.failed_at and notice.error == "no address"
    assert not OutboxRow.objects.filter(topic="mail").exists()
    assert reconsidered(notice) == ["failed"]


def test_a_bounce_is_put_on_record_once_and_considered():
    notice = asked_owner()
    deliver(notice)

    call_command("bounced", notice.message_id)
    first = Notice.objects.get(pk=notice.pk).bounced_at
    call_command("bounced", f"{notice.uid}@handover")

    assert first and Notice.objects.get(pk=notice.pk).bounced_at == first
    assert reconsidered(notice) == ["accepted", "bounced"]


@pytest.mark.parametrize("stray", ["", "<x@handover>", "<1@elsewhere.example>"])
def test_a_bounce_of_a_mail_that_is_not_ours_is_said(stray):
    with pytest.raises(CommandError):
        call_command("bounced", stray)


def test_only_what_a_clock_waits_for_is_considered():
    ticket, _owner = world()
    notice = notify("next_word", at=clock.now(), ticket=ticket)
    told = notify("approved_told", at=clock.now(), ticket=ticket)

    deliver(notice), deliver(told)

    assert (reconsidered(notice), reconsidered(told)) == ([], ["accepted"])


# --- I9: nothing told to one side tells it about the other ---


CANARIES = {
    "full name": "We heard from kari  EIER about it.",
    "surname": "Mrs eier told us.",
    "first name": "We called Kari today.",
    "mail": "Write to {email} please.",
    "phone": "Ring +47 912 34 567.",
    "street": "The owner now lives in bakkegata.",
}


@pytest.mark.parametrize("what", CANARIES)
def test_a_mail_that_names_the_other_party_is_stopped(what):
    ticket, owner = world()
    for kind, value in (("phone", "91234567"), ("post", "Bakkegata 4, 5003 Bergen")):
        owner.contact_points.create(kind=kind, value=value, valid_from=clock.now(), source="import")
    body = CANARIES[what].format(email=owner.email)
    message = Message.objects.create(
        ticket=ticket, by=make_agent(), from_desk=True, body=body, at=clock.now()
    )
    notice = notify("message_from_desk", at=clock.now(), ticket=ticket, message=message.uid)

    stopped = deliver(notice)

    assert (stopped.error, mail.outbox) == ("stopped: names the other party", [])
    assert stopped.failed_at
    deliver(notice)
    assert mail.outbox == []


def test_a_rival_is_another_party():
    ticket, _owner = world()
    make_ticket(
        State.IN_REVIEW,
        charger=ticket.charger,
        claimant=make_person(name="Rita Rival"),
        claimant_name="Rita Rival",
    )
    message = Message.objects.create(
        ticket=ticket, by=make_agent(), from_desk=True, body="Ask Rita.", at=clock.now()
    )

    notice = notify("message_from_desk", at=clock.now(), ticket=ticket, message=message.uid)

    assert deliver(notice).error.startswith("stopped")


def test_the_readers_own_facts_may_be_told():
    ticket, owner = world()
    place = ticket.charger.installation
    own_words = f"Dear Nina Nyinnflyttet of {place.street}, write to {ticket.claimant.email}."
    message = Message.objects.create(
        ticket=ticket, by=make_agent(), from_desk=True, body=own_words, at=clock.now()
    )

    notice = notify("message_from_desk", at=clock.now(), ticket=ticket, message=message.uid)

    assert deliver(notice).accepted_at
    found = delivery.screening.find(f"{place.street}, {owner.name}", ticket=ticket, reader=owner)
    assert found == []


# --- Not too many ---


def many_asked(count, *, charger=None, owner=None) -> list[Notice]:
    made = []
    for _number in range(count):
        here = charger or place_charger()
        way = links.make(purpose="owner", charger=here, at=clock.now(), party=owner)
        ticket = make_ticket(State.AWAITING_OWNER, charger=here)
        said = {"ticket": ticket, "charger": here, "person": owner, "link": way}
        made.append(notify("owner_asked", at=clock.now(), **said))
    return made


def test_a_fourth_mail_in_a_day_to_one_address_waits_for_the_next_day():
    owner = make_person(name="Kari Eier")
    notices = many_asked(5, owner=owner)

    outbox.run_due()

    assert len(mail.outbox) == 3
    due = [OutboxRow.objects.get(key=key_of(n)).due_at - n.made_at for n in notices]
    assert [wait > timedelta(hours=23) for wait in due] == [False, False, False, True, True]
    assert max(due) <= timedelta(days=1)


def test_many_claims_on_one_charger_go_to_the_owner_as_one_mail():
    charger = place_charger()
    owner = own(charger)
    notices = many_asked(12, charger=charger, owner=owner)

    outbox.run_due()

    [sent] = mail.outbox
    assert all(notice.ticket.reference in sent.body for notice in notices)
    assert not any(notice.ticket.request_code in sent.body for notice in notices)
    assert not Notice.objects.filter(accepted_at=None).exists()


def test_mails_that_no_claimant_sets_off_do_not_wait():
    ticket, _owner = world()
    for _number in range(6):
        notify("next_word", at=clock.now(), ticket=ticket)

    outbox.run_due()

    assert len(mail.outbox) == 6


# --- Codes ---


def make_code(**fields) -> Code:
    now = timezone.now()
    said = {"purpose": "sign_in", "email": "nina@example.com", "browser": "b", "made_at": now}
    return Code.objects.create(**said | {"expires_at": now + timedelta(minutes=10)} | fields)


@pytest.mark.parametrize("purpose", [*Code.Purpose.values, "share"])
def test_a_code_is_mailed_with_its_digits_and_no_link(purpose):
    post_code(make_code(purpose=purpose))

    outbox.run_due()

    [sent] = mail.outbox
    digits = mails.codes.digits(Code.objects.get())
    assert sent.subject == f"{digits} is your code"
    assert digits in sent.body and digits in sent.alternatives[0][0]
    assert "http" not in sent.body
    assert digits not in str(OutboxRow.objects.get().payload)


def test_a_code_that_is_used_or_over_is_not_mailed():
    post_code(make_code(used_at=timezone.now()))
    post_code(make_code(expires_at=timezone.now()))

    rows = outbox.run_due()

    assert mail.outbox == []
    assert all(OutboxRow.objects.get(pk=row.pk).done_at for row in rows)


def test_a_code_to_an_address_that_is_refused_is_not_tried_again(sink):
    sink.answer_to_rcpt = "550 no"
    post_code(make_code())

    outbox.run_due()

    assert OutboxRow.objects.get().done_at


# --- What chargers asks to have told ---


def test_an_owner_who_begins_is_told_on_every_channel_and_reaching_none_starts_over(sink):
    charger = place_charger()
    owner = own(charger, established=False)
    charger.installation.contact_email = "place@example.com"
    charger.installation.save()
    begin_establishing(charger=charger, by=owner)
    sink.answer_to_rcpt = "550 no"

    outbox.run_due()

    told = Notice.objects.filter(kind="establish_notice")
    assert {notice.email for notice in told} == {owner.email, "place@example.com"}
    assert all(notice.failed_at for notice in told)
    assert Tenure.objects.get(charger=charger).establishing_since is None


def test_an_owner_who_was_told_on_one_channel_goes_on_waiting():
    charger = place_charger()
    owner = own(charger, established=False)
    begin_establishing(charger=charger, by=owner)

    outbox.run_due()

    assert len(mail.outbox) == 1
    assert Tenure.objects.get(charger=charger).establishing_since


def test_a_proposals_seven_days_begin_when_its_mail_is_accepted():
    charger = place_charger()
    owner = own(charger)
    now = clock.now()
    proposal = proposals.propose(
        kind="owner_contact", at=now, charger=charger, person=owner, new={"email": "new@x.no"}
    )

    outbox.run_due()

    [sent] = mail.outbox
    assert sent.to == [owner.email] and "new@x.no" not in sent.body
    assert Proposal.objects.get(pk=proposal.pk).notice_at >= now


def test_delivered_twice_a_proposal_is_told_of_once():
    charger = place_charger()
    owner = own(charger)
    proposals.propose(
        kind="owner_contact", at=clock.now(), charger=charger, person=owner, new={"phone": "1"}
    )
    row = OutboxRow.objects.get(topic="proposal_notice")

    outbox.run_due()
    import_handler = outbox.import_string(outbox.settings.OUTBOX_HANDLERS[row.topic])
    import_handler(key=row.key, **row.payload)

    assert Notice.objects.count() == 1
