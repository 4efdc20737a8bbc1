"""Closing on proof: what is left at the maker's side, what ticks it, and the certificate."""

from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from pypdfium2 import PdfDocument

from accounts.models import Role
from records import clock
from records.models import Access, Event
from support import codes
from support.machine import State
from support.models import Approval, Certificate, ClosingStep, ServiceLevel, Ticket
from support.services import approvals, certificates, closing, files
from support.services.progress import release_now
from tests.factories import (
    make_agent,
    make_person,
    make_senior,
    make_ticket,
    own,
    picture,
    place_charger,
    reload,
)
from tests.support.desk_world import at_browser, desk_of, page

pytestmark = pytest.mark.django_db
Kind = ClosingStep.Kind
ALL = {kind.value for kind in Kind} - {"user_added"}


def handed_over(**fields) -> Ticket:
    """A ticket that was released: the charger changed hands by it."""
    charger = place_charger()
    own(charger, starts_at=clock.now() - timedelta(days=900))
    ticket = make_ticket(State.APPROVED, charger=charger, **fields)
    with transaction.atomic():
        release_now(Ticket.objects.lock(ticket.pk), at=clock.now())
    return reload(ticket)


def open_steps(ticket: Ticket) -> set[str]:
    return set(ticket.closing_steps.filter(done_at=None).values_list("kind", flat=True))


def imported(ticket: Ticket, *steps: str) -> None:
    uid = str(ticket.tenure.uid)
    closing.prove_from_outbox(key="", tenure_uid=uid, batch_uid=str(uuid4()), steps=list(steps))


def shown(ticket: Ticket, *steps: str, by=None) -> Ticket:
    by = by or make_agent()
    return closing.prove(ticket_id=ticket.pk, by=by, steps=steps, upload=picture())


def closed() -> Ticket:
    ticket = handed_over()
    shown(ticket, *ALL)
    return reload(ticket)


def kinds_of(ticket: Ticket) -> list[str]:
    return list(Event.objects.filter(stream=ticket.stream).values_list("kind", flat=True))


def test_a_release_lists_what_is_left_at_the_makers_side():
    ticket = handed_over()

    assert open_steps(ticket) == ALL
    assert ticket.proof_until_at - ticket.decided_at == timedelta(days=14)


def test_nobody_is_to_be_removed_where_nobody_was_on_record():
    ticket = make_ticket(State.APPROVED)
    with transaction.atomic():
        release_now(Ticket.objects.lock(ticket.pk), at=clock.now())

    assert open_steps(ticket) == ALL - {"owner_removed"}


def test_an_import_ticks_what_it_shows_once():
    ticket = handed_over()

    imported(ticket, "owner_added", "owner_removed")
    imported(ticket, "owner_added", "owner_removed")

    assert open_steps(ticket) == ALL - {"owner_added", "owner_removed"}
    assert kinds_of(ticket).count("proof_imported") == 1
    assert reload(ticket).proof_until_at is not None


@pytest.mark.real_sandbox
def test_a_picture_ticks_the_rest_and_closes_the_ticket():
    ticket, agent = handed_over(), make_agent()
    imported(ticket, "owner_added", "owner_removed")

    shown(ticket, *(ALL - {"owner_added", "owner_removed"}), by=agent)

    ticket = reload(ticket)
    assert ticket.proof_until_at is None
    assert kinds_of(ticket)[-1] == "proof_complete"
    step = ticket.closing_steps.get(kind="web_hooks")
    assert step.done_by == agent
    with files.read(step, step.file_key) as kept:
        assert kept.read(3) == b"\xff\xd8\xff"  # our own JPEG, not the PNG that came


@pytest.mark.real_sandbox
def test_a_picture_that_does_not_open_ticks_nothing():
    ticket = handed_over()
    upload = picture()
    upload.file = BytesIO(b"%PDF-1.4 not one")

    with pytest.raises(ValidationError) as error:
        closing.prove(ticket_id=ticket.pk, by=make_agent(), steps=["operator"], upload=upload)

    assert "picture" in error.value.error_dict
    assert open_steps(ticket) == ALL


def test_whoever_approved_does_not_prove():
    ticket, approver = handed_over(), make_agent()
    Approval.objects.create(ticket=ticket, by=approver, at=clock.now(), facts_version=1)

    with pytest.raises(PermissionDenied):
        shown(ticket, "operator", by=approver)

    assert open_steps(ticket) == ALL


def test_the_database_lets_no_approver_prove_and_nothing_be_taken_back():
    ticket, approver = handed_over(), make_agent()
    Approval.objects.create(ticket=ticket, by=approver, at=clock.now(), facts_version=1)
    done = {"done_at": clock.now(), "file_key": "x", "sha256": "x"}
    row = ticket.closing_steps.filter(kind="operator")

    with pytest.raises(IntegrityError, match="did not approve"), transaction.atomic():
        row.update(**done, done_by=approver)
    row.update(**done, done_by=make_agent())
    with pytest.raises(IntegrityError, match="stays proved"), transaction.atomic():
        row.update(done_at=None, done_by=None)


def test_what_is_proved_is_not_proved_again():
    ticket = handed_over()
    shown(ticket, "operator")

    with pytest.raises(ValidationError) as error:
        shown(ticket, "operator")

    assert "steps" in error.value.error_dict


def test_a_ticket_without_proof_wakes_up_and_the_desk_owes_it(later):
    ticket = handed_over()

    later(days=13)
    assert reload(ticket).proof_missing_at is None
    later(days=2)

    ticket = reload(ticket)
    assert ticket.proof_missing_at
    assert ticket.due_at
    assert ServiceLevel.objects.get(ticket=ticket, ended_at=None).duty == "proof"

    shown(ticket, *ALL)

    assert ServiceLevel.objects.filter(ticket=ticket, ended_at=None).count() == 0
    assert reload(ticket).due_at is None


def test_a_later_hand_over_makes_the_proof_of_the_first_moot():
    first = handed_over()
    second = make_ticket(State.APPROVED, charger=first.charger, claimant=make_person())
    with transaction.atomic():
        release_now(Ticket.objects.lock(second.pk), at=clock.now())

    assert reload(first).proof_until_at is None
    assert kinds_of(first)[-1] == "proof_moot"
    assert reload(second).proof_until_at is not None


def test_the_last_proof_certifies_the_hand_over_once():
    ticket = closed()

    certificate = ticket.certificate
    certificates.make(ticket, at=clock.now())

    assert Certificate.objects.count() == 1
    assert certificate.name == ticket.claimant_name
    assert certificate.serial == ticket.charger.serial
    assert ticket.charger.installation.street in certificate.address
    assert len(certificate.code) == 20
    assert set(certificate.code) <= set(codes.ALPHABET)


def test_a_contested_hand_over_is_certified_when_it_is_confirmed():
    ticket = handed_over()
    approvals.contest(ticket_id=ticket.pk, by=make_agent(), words="It was wrong.")
    shown(ticket, *ALL)
    assert not Certificate.objects.exists()

    for senior in (make_senior(), make_senior()):
        approvals.vote(ticket_id=ticket.pk, by=senior, restore=False, note="It was right.")

    assert Certificate.objects.filter(ticket=ticket).exists()


def text_of(pdf: bytes) -> str:
    with PdfDocument(pdf) as document:
        return "\n".join(each.get_textpage().get_text_range() for each in document)


def test_the_paper_says_who_what_when_and_names_nobody_else():
    ticket = closed()

    answer = at_browser(ticket.claimant).get(
        reverse("support:own-certificate", args=[ticket.request_code])
    )

    said = text_of(answer.content)
    assert answer["Content-Type"] == "application/pdf"
    assert "Transfer certificate" in said
    for part in (ticket.charger.serial, ticket.claimant_name, ticket.reference):
        assert part in said
    assert certificates.in_groups(ticket.certificate.code) in said
    assert ticket.former_tenure.person.name not in said
    assert ticket.request_code not in said


def test_whoever_holds_the_paper_can_check_it():
    ticket = closed()
    code = ticket.certificate.code
    client = at_browser(None)

    typed = client.post(reverse("support:certificate"), {"code": f" {code[:7].lower()} {code[7:]}"})
    read = client.get(reverse("support:certificate-code", args=[code]))

    for answer in (typed, read):
        content = answer.content.decode()
        assert answer.status_code == 200
        assert "This certificate is genuine" in content
        assert ticket.charger.serial in content
        assert ticket.claimant_name in content
        assert ticket.former_tenure.person.name not in content
        assert ticket.request_code not in content
        assert answer["Cache-Control"].count("no-store")
    assert Access.objects.filter(what="certificate", subject=ticket.stream).count() == 2


def test_a_wrong_code_says_so_and_nothing_else():
    ticket = closed()
    client = at_browser(None)

    answer = client.post(reverse("support:certificate"), {"code": codes.ALPHABET[:20]})

    assert answer.status_code == 404
    assert "There is no such certificate" in answer.content.decode()
    assert ticket.charger.serial not in answer.content.decode()


def test_a_certificate_of_what_is_contested_is_not_confirmed():
    ticket = closed()
    approvals.contest(ticket_id=ticket.pk, by=make_agent(), words="It was wrong.")
    address = reverse("support:certificate-code", args=[ticket.certificate.code])

    content = at_browser(None).get(address).content.decode()
    own_copy = at_browser(ticket.claimant).get(
        reverse("support:own-certificate", args=[ticket.request_code])
    )

    assert "We cannot confirm this certificate" in content
    assert ticket.charger.serial not in content
    assert own_copy.status_code == 404


def test_the_desk_sees_the_list_and_proves_on_the_tickets_page():
    ticket, client = handed_over(), desk_of(Role.AGENT)
    shown_first = client.get(page(ticket)).content.decode()
    assert "Prove it by a picture" in shown_first

    answer = client.post(
        reverse("support:desk-proof", args=[ticket.request_code]),
        {"steps": ["operator", "web_hooks"], "picture": picture()},
    )

    assert answer.status_code == 302
    assert open_steps(ticket) == ALL - {"operator", "web_hooks"}
    step = ticket.closing_steps.get(kind="operator")
    address = reverse("support:desk-proof-picture", args=[step.uid])
    seen = client.get(address)
    assert seen["Content-Type"] == "image/jpeg"
    assert seen.content.startswith(b"\xff\xd8\xff")
    assert at_browser(ticket.claimant).get(address).status_code == 404


def test_a_proof_without_a_picture_says_what_is_missing():
    ticket, client = handed_over(), desk_of(Role.AGENT)

    answer = client.post(
        reverse("support:desk-proof", args=[ticket.request_code]), {"steps": ["operator"]}
    )

    assert answer.status_code == 422
    assert "Choose a picture first." in answer.content.decode()


def test_the_view_of_the_queue_shows_what_waits_for_proof():
    waiting, done = handed_over(), closed()

    content = desk_of(Role.AGENT).get(f"{reverse('support:desk')}?view=proof").content.decode()

    assert waiting.request_code in content
    assert done.request_code not in content
