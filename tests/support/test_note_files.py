"""Files of internal notes: the desk sees them, nobody else does, and they prove nothing."""

from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Role
from records.models import Access, OutboxRow
from support.models import EvidenceItem, EvidenceKey, LooseFile, Message, Reuse, Undo
from support.reading.subjects import name_subjects
from support.sandbox import Opened, Picture, Reason, Verdict, Word
from support.services import (
    attachments,
    checking,
    desk,
    files,
    findings,
    own_data,
    retention,
    tickets,
)
from support.services import undo as taking_back
from support.services.dossiers import read as dossier_of
from support.services.forgetting import forget_ticket
from tests.factories import (
    add,
    asked,
    make_agent,
    make_person,
    make_staff,
    own,
    picture,
    place_charger,
    reload,
)
from tests.fixtures import PLAIN
from tests.support.desk_world import at_browser, desk_of, everyone, page

pytestmark = pytest.mark.django_db
CANARY = "Kanarivogel"


def says_the_canary(source, *, size_bytes=None) -> Opened:
    """Stand in for the sandbox: one page on which a word is written."""
    box = (0.1, 0.1, 0.2, 0.1)
    one = Picture(number=1, content=PLAIN, content_type="image/jpeg", width=40, height=30)
    one.words.append(Word(CANARY, box))
    return Opened(Verdict.ACCEPTED, content_type="image/jpeg", pages=[one])


@pytest.fixture
def ticket(run_outbox):
    charger = place_charger()
    own(charger)
    ticket = asked(charger)
    run_outbox()
    mail.outbox.clear()
    return reload(ticket)


def noted(ticket, *, by=None, upload=None, opened=True) -> EvidenceItem:
    """Have an agent write an internal note with a file, and open the file."""
    by = by or make_agent()
    about = {"ticket_id": ticket.pk, "by": by}
    kept = attachments.keep(**about, uploads=[upload or picture(said=CANARY)])
    note = desk.write(**about, body="As the maker sent it.", internal=True, files=kept)
    item = EvidenceItem.every.get(note=note)
    if opened:
        checking.check_from_outbox(key="", item_uid=str(item.uid))
    return EvidenceItem.every.get(pk=item.pk)


def picture_of(item) -> str:
    return reverse("support:picture", args=[item.uid]) + "?page=1"


def status(client, address: str) -> int:
    response = client.get(address)
    if response.streaming:
        b"".join(response.streaming_content)  # a picture: its file is closed at the end
    return response.status_code


def write(client, ticket, *sent, **fields):
    fields = {"body": "See this.", "internal": "on"} | fields
    address = reverse("support:desk-write", args=[ticket.request_code])
    return client.post(address, fields | ({"files": list(sent)} if sent else {}))


def test_a_note_with_a_file_is_written_and_its_picture_is_a_look_on_record(
    ticket, run_outbox, later
):
    client = desk_of()

    response = write(client, ticket, picture())
    later(seconds=11)
    run_outbox()

    item = EvidenceItem.every.exclude(note=None).get()
    shown = client.get(page(ticket)).content.decode()
    looked = client.get(reverse("support:desk-item", args=[item.uid]))
    assert response.status_code == 302 and item.state == EvidenceItem.State.READY
    assert reverse("support:desk-item", args=[item.uid]) in shown
    assert looked.status_code == 200 and "File of an internal note" in looked.content.decode()
    assert status(client, picture_of(item)) == 200
    seen = Access.objects.get(actor=client.person, what="evidence")
    assert name_subjects([seen.subject])[seen.subject].request_code == ticket.request_code
    # What came is sealed: its bytes are not in the store.
    with files.read(item, item.file_key) as content:
        assert content.read(8) == b"\x89PNG\r\n\x1a\n"
    assert not LooseFile.objects.exists()


def test_nobody_but_the_desk_gets_a_notes_file_by_any_address(ticket):
    item = noted(ticket)
    owner = ticket.charger.owner_tenure(item.made_at).person
    browsers = everyone(ticket) | {"owner": at_browser(owner)}
    # Whoever works at the desk is no one of it where they are a party.
    party = make_staff(Role.AGENT)
    own(ticket.charger, party, starts_at=item.made_at - timedelta(days=999),
        ends_at=item.made_at - timedelta(days=900))  # fmt: skip
    browsers["party"] = at_browser(party)

    sees = {
        name: [
            status(client, address) == 200
            for address in (
                picture_of(item),
                reverse("support:desk-item", args=[item.uid]),
                reverse("support:evidence", args=[item.uid]),
            )
        ]
        for name, client in browsers.items()
    }

    at_desk = {"agent", "senior", "safety_officer", "auditor"}
    assert {name for name, seen in sees.items() if any(seen)} == at_desk
    assert {tuple(sees[name]) for name in at_desk} == {(True, True, False)}


def test_nothing_of_it_reaches_the_claimant_or_counts_for_them(ticket, monkeypatch, run_outbox):
    monkeypatch.setattr(checking, "open_file", says_the_canary)
    client, before = at_browser(ticket.claimant), reload(ticket)
    addresses = (ticket.get_absolute_url(), reverse("support:upload", args=[ticket.request_code]))
    pages = [client.get(address).content.decode() for address in addresses]
    item = noted(ticket)
    run_outbox()

    now = reload(ticket)
    archive = BytesIO()
    with ZipFile(archive, "w") as part:
        own_data.write_request(part, now)
    told = [client.get(address).content.decode() for address in addresses]
    assert [text.count("<li") for text in told] == [text.count("<li") for text in pages]
    assert str(item.uid) not in "".join(told) and CANARY not in "".join(told)
    names = ZipFile(archive).namelist()
    assert [name for name in names if name.endswith(".jpg")] == [
        f"requests/{ticket.request_code}/01-label-1.jpg"
    ]
    assert str(item.uid).encode() not in archive.getvalue()
    assert mail.outbox == []
    # No evidence, no fact, no sign, and no ticket is found by its words.
    assert item not in dossier_of(now, item.made_at).items and item not in now.items.all()
    assert now.facts_version == before.facts_version and now.state == before.state
    assert findings.read(item).pages[1].words[0].text == CANARY
    assert desk_of().get(reverse("support:desk-search"), {"q": CANARY}).content.decode().count(
        ticket.request_code
    ) == 0  # fmt: skip


def test_nobody_judges_it(ticket):
    item, client = noted(ticket), desk_of()
    fields = {"facts_version": reload(ticket).facts_version, "reason": "not_legible"}

    answers = [
        client.post(reverse(f"support:desk-{verb}", args=[item.uid]), fields).status_code
        for verb in ("accept", "return")
    ]

    assert answers == [404, 404]
    with pytest.raises(IntegrityError), transaction.atomic():
        EvidenceItem.every.filter(pk=item.pk).update(kind="label")


def test_the_same_file_as_somebody_elses_is_no_reuse(ticket, monkeypatch):
    other = asked(place_charger())
    upload = picture(said="the same")
    noted(ticket, upload=upload)
    upload.seek(0)
    noted(other, upload=upload)
    twice = noted(ticket, upload=picture(said="the same"))

    add(other, "lease")

    assert not Reuse.objects.exists()
    assert EvidenceItem.every.filter(sha256=twice.sha256).count() == 3


def test_who_writes_no_notes_keeps_no_file(ticket):
    for person in (ticket.claimant, make_staff(Role.AUDITOR), make_person()):
        with pytest.raises(PermissionDenied):
            attachments.keep(ticket_id=ticket.pk, by=person, uploads=[picture()])
    assert write(desk_of(Role.AUDITOR), ticket, picture()).status_code == 403
    assert not LooseFile.objects.exists() and not Message.objects.exists()


def test_a_message_to_the_claimant_has_no_files_and_keeps_its_text(ticket):
    response = write(desk_of(), ticket, picture(), internal="")

    assert response.status_code == 422
    assert "Files go with an internal note only" in response.content.decode()
    assert "See this." in response.content.decode()
    assert not Message.objects.exists() and not LooseFile.objects.exists()
    kept = attachments.keep(ticket_id=ticket.pk, by=make_agent(), uploads=[picture()])
    with pytest.raises(ValidationError):
        desk.write(ticket_id=ticket.pk, by=make_agent(), body="Look.", files=kept)


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (SimpleUploadedFile("list.txt", b"plain words"), "We take PDF, JPEG"),
        (SimpleUploadedFile("none.pdf", b""), "is empty"),
        (picture(said="x" * 2_000), "over 15 MB"),
    ],
)
def test_a_file_that_is_not_taken_is_named_with_its_cure(ticket, sent, says, settings):
    settings.EVIDENCE_FILE_BYTES = 1_000

    response = write(desk_of(), ticket, sent)

    assert response.status_code == 422 and says in response.content.decode()
    assert not Message.objects.exists() and not EvidenceItem.every.exclude(note=None).exists()


def test_notes_have_room_of_their_own(ticket, settings):
    settings.EVIDENCE_TICKET_FILES = 1  # the claimant's label fills it
    noted(ticket)

    with pytest.raises(ValidationError, match="10 files"):
        attachments.keep(ticket_id=ticket.pk, by=make_agent(), uploads=[picture()])


def test_the_same_form_twice_is_one_note_and_leaves_only_what_is_swept(ticket):
    client = desk_of()
    for _time in range(2):
        assert write(client, ticket, picture(), form_key="k" * 20).status_code == 302

    assert Message.objects.count() == EvidenceItem.every.exclude(note=None).count() == 1
    assert LooseFile.objects.count() == 1


def test_a_note_taken_back_leaves_no_file(ticket, run_outbox, later):
    agent = make_agent()
    item = noted(ticket, by=agent, opened=False)
    run_outbox()  # it is not opened while it can be taken back
    assert EvidenceItem.every.get(pk=item.pk).state == EvidenceItem.State.UPLOADED

    taking_back.take_back(undo_uid=str(Undo.objects.get().uid), by=agent)
    later(seconds=11)
    run_outbox()

    assert not EvidenceItem.every.exclude(note=None).exists()
    assert LooseFile.objects.filter(key=item.file_key).exists()
    assert not OutboxRow.objects.filter(key__contains=str(item.uid)).exists()
    checking.check_from_outbox(key="", item_uid=str(item.uid))  # in hand already: nothing happens


def test_a_file_that_does_not_open_tells_the_desk_and_mails_nobody(ticket, monkeypatch, run_outbox):
    bad = Opened(Verdict.QUARANTINED, reason=Reason.INFECTED)
    monkeypatch.setattr(checking, "open_file", lambda *args, **kwargs: bad)
    item = noted(ticket)
    run_outbox()

    assert item.state == EvidenceItem.State.QUARANTINED
    assert mail.outbox == [] and reload(ticket).returned_at is None
    shown = desk_of().get(reverse("support:desk-item", args=[item.uid])).content.decode()
    assert "Ask your colleague for another one" in shown


def test_it_goes_with_the_other_files_of_the_request(ticket, later):
    item = noted(ticket)
    tickets.withdraw(ticket_id=ticket.pk, by=ticket.claimant)
    later(days=90)
    list(retention.run())

    item = EvidenceItem.every.get(pk=item.pk)
    assert item.file_key == "" and item.erased_at
    assert not item.pictures.exclude(file_key="").exists()
    assert not EvidenceKey.objects.filter(ticket=ticket).exists()


def test_nothing_is_added_once_the_request_was_forgotten(ticket):
    item = noted(ticket)
    with transaction.atomic():
        forget_ticket(ticket, at=item.made_at)

    assert EvidenceItem.every.get(pk=item.pk).file_key == ""
    response = write(desk_of(), ticket, picture())
    assert response.status_code == 422 and "were erased" in response.content.decode()
