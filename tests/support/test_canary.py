"""T-37: PINs that stand for nothing else go through the whole product and are found nowhere."""

import logging
import os
import secrets
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
import redis
from django.conf import settings as product
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import connections
from django.urls import reverse

from accounts.models import Role
from chargers.models import Charger, Reveal, Share
from chargers.services import access
from records import clock, events, outbox
from records.models import OutboxRow
from support.machine import State
from support.services import copies, letters
from support.services.approvals import approve
from tests.canary import Search, shapes
from tests.chargers.registry_files import write_csv
from tests.chargers.world import make_person, make_service, make_staff
from tests.factories import accept, asked, make_agent, name_claimant, reload
from tests.support.desk_world import at_browser, desk_of, page

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
PLACES = ["Storgata 12 B", "Storgata 14", "Storgata 16"]


def canary() -> str:
    """Return a PIN of sixteen signs that stands nowhere else."""
    return secrets.token_hex(8)


class Told:
    """What the product has told, gathered while the story goes on."""

    def __init__(self) -> None:
        self.pages: list[tuple[str, bytes]] = []
        self.shown: list[bytes] = []
        self.log = StringIO()

    def by(self, client):
        """Keep every answer to this browser, but the one that shows the PIN."""
        original = client.request

        def request(**environ):
            response = original(**environ)
            content = b"".join(response) if response.streaming else response.content
            is_pin = response.status_code == 200 and b'class="pin"' in content
            said = f"{response.status_code} {environ.get('PATH_INFO')} {response.headers}"
            (self.shown if is_pin else self.pages).append(
                content if is_pin else (said, said.encode() + content)
            )
            return response

        client.request = request
        client.raise_request_exception = False
        return client


@pytest.fixture
def told():
    """All that is told, every line of every log with its tracebacks included."""
    told, root = Told(), logging.getLogger()
    handler, level = logging.StreamHandler(told.log), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield told
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.fixture
def pins(tmp_path, settings, told, run_outbox, monkeypatch):
    """Play it: from the registry's file to the PIN on the screen; return the PINs."""
    settings.LETTERS_DIR = str(tmp_path / "letters")
    known = [canary() for _place in PLACES]
    import_places(tmp_path, known)
    chargers = list(Charger.objects.order_by("serial"))
    new_owner = hand_over(chargers[0], told, run_outbox)
    show(chargers[0], new_owner, told, run_outbox)
    break_it(chargers[0], new_owner, told, monkeypatch)
    tell_staff(chargers[0], told)
    write_letters(chargers[1], run_outbox)
    call_command("rotate_keys", "--only", "pins", stdout=StringIO())
    export(new_owner, told, run_outbox)
    return known


def import_places(tmp_path, known) -> None:
    rows = [
        {"serial": f"ZAP00000{n}", "pin": pin, "installation": f"Home {n}", "address": place,
         "owner_email": f"owner{n}@example.org"}
        for n, (pin, place) in enumerate(zip(known, PLACES, strict=True), start=1)
    ]  # fmt: skip
    again = [{**rows[0], "pin": canary()}]  # a file that contradicts what is sealed
    (tmp_path / "registry").mkdir()
    for name, lines in (("first", rows), ("second", again)):
        path = write_csv(tmp_path / "registry" / f"{name}.csv", *lines)
        out = StringIO()
        try:
            call_command("import_registry", str(path), pins="all", stdout=out, stderr=out)
        except Exception as refusal:
            out.write(str(refusal))
        (tmp_path / f"{name}-said.txt").write_text(out.getvalue())


def hand_over(charger, told, run_outbox):
    """A request, the owner's yes, an agent's acceptance: the charger changes hands."""
    Charger.objects.filter(pk=charger.pk).update(owner_state="known")
    owner = charger.owner(clock.now())
    charger.tenures.filter(role="owner").update(established_at=clock.now() - timedelta(days=1))
    claimant = make_person(name="Nina Nyinnflyttet")
    ticket = asked(charger, claimant=claimant)
    name_claimant(ticket, owner)
    accept(ticket, "label")
    ticket = reload(ticket)
    if ticket.state == State.IN_REVIEW:
        approve(ticket_id=ticket.pk, by=make_agent(), facts_version=ticket.facts_version)
    run_outbox()
    told.by(at_browser(claimant, proved=False)).get(f"/requests/{ticket.request_code}/")
    told.by(desk_of(Role.AGENT)).get(page(ticket))
    return claimant if reload(ticket).state == State.COMPLETED else owner


def show(charger, owner, told, run_outbox) -> None:
    """The owner sees it, shares it, is refused; service sees it with a job."""
    browser = told.by(at_browser(owner, proved=False))
    for name in ("settings", "reveal", "charger", "share"):
        browser.get(reverse(f"chargers:{name}", args=[charger.uid]))
    browser.post(reverse("chargers:reveal", args=[charger.uid]))
    browser.post(
        reverse("chargers:share", args=[charger.uid]),
        {"to_name": "Gjest", "to_email": "guest@example.com"},
    )
    run_outbox()
    guest = told.by(at_browser(make_person(email="guest@example.com"), proved=False))
    for share in Share.objects.all():
        guest.post(reverse("chargers:open-share", args=[share.uid]), {"code": "WRONG-WRONG"})
    worker = told.by(at_browser(make_service(charger), proved=False))
    worker.post(reverse("chargers:reveal", args=[charger.uid]), {"job": "x"})
    access.reveal(charger=charger, by=owner, authenticated_at=clock.now()).digits()
    run_outbox()


def break_it(charger, owner, told, monkeypatch) -> None:
    """An error of ours in the middle of showing it: a 500, a log line with its traceback."""

    def broken(*_args, **_kwargs):
        raise RuntimeError("it broke")

    browser = told.by(at_browser(owner, proved=False))
    for place in ("chargers.views.render", "chargers.views._kept_nowhere"):
        with monkeypatch.context() as patch:
            patch.setattr(place, broken)
            browser.post(reverse("chargers:reveal", args=[charger.uid]))


def tell_staff(charger, told) -> None:
    auditor = make_staff(Role.AUDITOR)
    auditor.is_staff = True
    auditor.save()
    browser = told.by(at_browser(auditor))
    browser.get(reverse("chargers:exposure", args=[charger.uid]))
    browser.get(f"{reverse('support:audit')}?charger={charger.uid}")
    browser.get(f"{reverse('support:audit-csv')}?charger={charger.uid}")
    browser.get(reverse("admin:chargers_pin_changelist"))
    browser.get(reverse("admin:chargers_pin_change", args=[charger.pin.pk]))
    browser.get(reverse("admin:chargers_reveal_changelist"))


def write_letters(charger, run_outbox) -> None:
    tenure = charger.tenures.filter(role="owner").first()
    letters.send(tenure=tenure, to="household", at=clock.now())
    letters.queue_print(at=clock.now())
    run_outbox()


def export(person, told, run_outbox) -> None:
    """The person's own data as one file, unpacked."""
    copy = copies.ask(person_id=person.pk, by=person)
    run_outbox()
    packed = ZipFile(BytesIO(b"".join(copies.stream(type(copy).objects.get(pk=copy.pk)))))
    for name in packed.namelist():
        told.pages.append((f"export {name}", packed.read(name)))


def search_everywhere(pins, told, tmp_path) -> Search:
    """Search all that the product has written or told since the story began."""
    search = Search(pins)
    search.database(product.DATABASES["owner"]["OPTIONS"].get("dsn") or url())
    search.sessions(Session.objects.values_list("session_key", flat=True))
    search.redis(product.CELERY_BROKER_URL)
    search.folder(tmp_path, without="registry")
    search.folder(Path(os.environ["TESTS_FOLDER"]) / "log", without="-")
    for name in ("evidence", "heads", "default"):
        search.store(storages[name])
    for number, sent in enumerate(mail.outbox):
        search.look(f"mail {number}", sent.message().as_bytes())
        search.look(f"mail {number}", sent.body)
    search.look("the log", told.log.getvalue())
    for where, content in told.pages:
        search.look(where, content)
    return search


def url() -> str:
    database = connections["owner"].settings_dict
    return (
        f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:"
        f"{database['PORT']}/{database['NAME']}"
    )


def outside_registry(tmp_path) -> None:
    """The registry's own files tell the PINs to us: they are the caller's, not ours."""
    for path in (tmp_path / "registry").glob("*.csv"):
        path.unlink()


def test_no_pin_is_found_anywhere_but_on_the_page_that_shows_it(pins, told, tmp_path):
    outside_registry(tmp_path)

    search = search_everywhere(pins, told, tmp_path)

    assert search.hits == []
    assert search.looked_at > 500 and len(told.pages) > 15 and len(mail.outbox) >= 3
    shown = b"".join(told.shown)
    assert any(shape in shown for shape in shapes(pins[0]))
    assert Reveal.objects.exists()
    assert "RuntimeError: it broke" in told.log.getvalue()


# --- The search itself: each place where one is planted is found ---


def plant_note(pin, _tmp_path):
    events.record("ticket:1", "made", at=clock.now(), note=f"The PIN is {pin}.")
    return "records_note.body"


def plant_event(pin, _tmp_path):
    events.record("ticket:1", "made", at=clock.now(), pin=pin)
    return "records_event.data"


def plant_outbox(pin, _tmp_path):
    outbox.put("mail", "mail:x", at=clock.now() + timedelta(days=9), pin=pin)
    return "records_outboxrow.payload"


def plant_bytes(pin, _tmp_path):
    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE public.planted (raw bytea)")
        cursor.execute("INSERT INTO planted VALUES (%s)", [pin.encode()])
    return "planted.raw"


def plant_session(pin, _tmp_path):
    client = at_browser(make_person())
    session = client.session
    session["pin"] = pin
    session.save()
    return "a session"


def plant_redis(pin, _tmp_path):
    redis.from_url(product.CELERY_BROKER_URL).lpush("planted", f'{{"args": ["{pin}"]}}')
    return "Redis planted"


def plant_log(pin, _tmp_path):
    logging.getLogger("chargers").info("shown: %s", ", ".join(pin))
    return "the log"


def plant_mail(pin, _tmp_path):
    mail.send_mail(
        "Your PIN", f"It is {pin[:4]} {pin[4:8]} {pin[8:12]} {pin[12:]}", "a@b.no", ["c@d.no"]
    )
    return "mail 0"


def plant_object(pin, _tmp_path):
    storages["evidence"].save("a/b/planted.bin", ContentFile(b"\0\1" + pin.encode()))
    return "object a/b/planted.bin"


def plant_letter(pin, tmp_path):
    packed = BytesIO()
    with ZipFile(packed, "w") as file:
        file.writestr("a.txt", pin)
    (tmp_path / "letter.csv").write_bytes(packed.getvalue())
    return str(tmp_path / "letter.csv")


PLANTS = [plant_note, plant_event, plant_outbox, plant_bytes, plant_session, plant_redis]
PLANTS += [plant_log, plant_mail, plant_object, plant_letter]


@pytest.mark.parametrize("plant", PLANTS)
def test_a_pin_that_is_planted_is_found(plant, told, tmp_path):
    pin = canary()
    try:
        place = plant(pin, tmp_path)
        hits = search_everywhere([pin], told, tmp_path).hits
    finally:
        redis.from_url(product.CELERY_BROKER_URL).delete("planted")
        storages["evidence"].delete("a/b/planted.bin")
        with connections["owner"].cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS public.planted")
        OutboxRow.objects.filter(key="mail:x").delete()

    assert place in hits
