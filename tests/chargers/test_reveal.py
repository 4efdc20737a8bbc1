"""The one page that has a PIN: counted right, told nowhere else, not even by an error."""

import sys
from threading import Barrier, Thread

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.test import RequestFactory
from django.urls import reverse
from django.views.debug import ExceptionReporter

from accounts.models import Role, User
from chargers import pins
from chargers import views as doors
from chargers.models import Hold, Pin, Reveal
from chargers.refusals import TooMany
from chargers.services import access
from records import clock
from records.models import Access, OutboxRow
from tests.chargers.world import ago, make_charger, make_owner, make_person, make_service
from tests.support.desk_world import at_browser, desk_of

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
SECRET = "Q7x4Z9w2"
SHAPES = [SECRET, "Q7x4 Z9w2", "Q, 7, x, 4, Z, 9, w, 2", "Q7x4", "Z9w2"]


@pytest.fixture
def charger():
    return make_charger(pin=SECRET)


@pytest.fixture
def owner(charger):
    return make_owner(charger)


def address(charger):
    return reverse("chargers:reveal", args=[charger.uid])


def at_once(*calls):
    """Carry out all calls at the same moment; return what each gave or raised."""
    barrier, outcomes = Barrier(len(calls)), [None] * len(calls)

    def run(number, call):
        try:
            barrier.wait(20)
            outcomes[number] = call()
        except Exception as error:
            outcomes[number] = error
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def reveal(charger, person, **more):
    return access.reveal(charger=charger, by=person, authenticated_at=clock.now(), **more)


# --- Counted right ---


def test_eight_looks_at_the_same_moment_are_one_look_and_one_mail(charger, owner):
    shown = at_once(*[lambda: reveal(charger, owner)] * 8)

    assert {pin.digits() for pin in shown} == {SECRET}
    assert Reveal.objects.count() == 1
    assert OutboxRow.objects.filter(topic="reveal_notice").count() == 1
    assert Access.objects.filter(what="pin").count() == 1


def test_of_looks_at_the_same_moment_no_more_are_shown_than_are_left(charger):
    worker = make_service(charger)
    tenure = charger.tenures.get()
    for minutes in (60, 50, 40):
        at = ago(minutes=minutes)
        Reveal.objects.create(charger=charger, person=worker, at=at, tenure=tenure, job="before")

    jobs = [lambda n=n: reveal(charger, worker, job=f"job number {n}") for n in range(6)]
    outcomes = at_once(*jobs)

    assert sum(isinstance(outcome, pins.PinValue) for outcome in outcomes) == 2
    assert sum(isinstance(outcome, TooMany) for outcome in outcomes) == 4
    assert Reveal.objects.count() == 5


def test_a_service_persons_tenth_charger_is_the_last_however_many_at_once():
    chargers = [make_charger() for _n in range(14)]
    worker = make_person()
    for charger in chargers:
        make_service(charger, worker)
    for charger in chargers[:8]:
        reveal(charger, worker, job="a job here")

    outcomes = at_once(*[lambda c=c: reveal(c, worker, job="a job here") for c in chargers[8:]])

    assert sum(isinstance(outcome, pins.PinValue) for outcome in outcomes) == 2
    assert Reveal.objects.values("charger").distinct().count() == 10


# --- Refusals are on record ---


def test_who_is_refused_a_pin_is_on_record_although_nothing_else_is(charger, owner):
    Hold.objects.create(charger=charger, kind="contest", placed_at=clock.now())

    answer = at_browser(owner, proved=False).post(address(charger))

    assert answer.status_code == 409 and not Reveal.objects.exists()
    row = Access.objects.get(what="pin_refused")
    assert (row.actor, row.subject) == (owner, charger.stream)


# --- The page ---


def test_an_old_proof_is_asked_for_on_the_spot_and_nothing_is_shown(charger, owner):
    browser = at_browser(owner, proved=False)
    session = browser.session
    for proof in ("authenticated_at", "code_at"):
        session[proof] = session["authenticated_at"] - 301
    session.save()

    answer = browser.post(address(charger))

    assert answer.status_code == 403 and not Reveal.objects.exists()
    assert not any(shape in answer.content.decode() for shape in SHAPES[:3])


def test_the_page_is_in_no_cache_and_spelled_and_says_who_else_may_know(charger, owner):
    answer = at_browser(owner, proved=False).post(address(charger))

    page = answer.content.decode()
    assert "no-store" in answer["Cache-Control"] and answer["Refresh"].startswith("30; ")
    assert '<span aria-hidden="true">Q7x4 Z9w2</span>' in page
    assert '<span class="visually-hidden">Q, 7, x, 4, Z, 9, w, 2</span>' in page
    assert "What you can change" in page and "Besides you, nobody" in page
    assert int(answer.get("Content-Length", len(answer.content))) == len(answer.content)


def test_staff_never_see_a_pin(charger, owner):
    for role in Role.values:
        client = desk_of(role)
        answer = client.post(address(charger))
        assert answer.status_code == 404
    with pytest.raises(PermissionDenied):
        reveal(charger, User.objects.create_superuser("root@example.com"))


# --- Not even an error tells it ---


def report_of(request) -> str:
    """Return what Django would write about the error just now, as page and as text."""
    reporter = ExceptionReporter(request, *sys.exc_info(), is_email=True)
    return reporter.get_traceback_html() + reporter.get_traceback_text()


def broken(*_args, **_kwargs):
    raise RuntimeError("it broke")


BREAKS = [
    ("chargers.views.render", doors, "render"),
    ("the page's last step", doors, "_kept_nowhere"),
    ("the places for it", doors, "reverse"),
    ("opening", access, "open_pin"),
    ("what comes out of the seal", pins, "PinValue"),
]


@pytest.mark.parametrize(("_where", "module", "name"), BREAKS)
def test_an_error_while_a_pin_is_shown_tells_no_pin(
    charger, owner, monkeypatch, caplog, _where, module, name
):
    monkeypatch.setattr(module, name, broken)
    client = at_browser(owner, proved=False)
    client.raise_request_exception = False

    answer = client.post(address(charger))

    assert answer.status_code == 500
    said = answer.content.decode() + caplog.text
    assert not any(shape in said for shape in SHAPES)


@pytest.mark.parametrize(("_where", "module", "name"), BREAKS)
def test_the_report_of_such_an_error_has_no_pin_either(
    charger, owner, monkeypatch, _where, module, name
):
    monkeypatch.setattr(module, name, broken)
    request = RequestFactory().post(address(charger))
    try:
        pin = reveal(charger, owner)
        request.user, request.session = owner, {}
        doors._pin_page(request, charger, pin, again=True)
    except RuntimeError:
        said = report_of(request)

    assert "it broke" in said
    assert not any(shape in said for shape in SHAPES)


def test_the_template_engine_never_holds_a_pin(charger, owner, monkeypatch):
    """A tag that fails while the page is drawn: its frames hold the whole context."""
    seen = []

    def drawn(request, template, page, **more):
        seen.append(repr(page))
        return original(request, template, page, **more)

    original = doors.render
    monkeypatch.setattr(doors, "render", drawn)

    answer = at_browser(owner, proved=False).post(address(charger))

    assert SHAPES[1] in answer.content.decode()
    assert seen and not any(shape in seen[-1] for shape in SHAPES)


# --- The register ---


def test_the_register_outlives_erasure_as_pseudonyms(charger, owner):
    reveal(charger, owner)
    before = access.exposure(charger)
    User.objects.filter(pk=owner.pk).update(email="", name="")

    after = access.exposure(charger)

    assert (after.count, len(after.looks)) == (before.count, 1)
    assert [str(row.who) for row in after.could] == [str(owner.uid)]
    page = desk_of(Role.AUDITOR).get(reverse("chargers:exposure", args=[charger.uid]))
    said = page.content.decode()
    assert str(owner.uid) in said and "owner on record" in said and "Kari" not in said
    assert not any(shape in said for shape in SHAPES)


def test_a_sealed_pin_of_another_row_is_shown_to_nobody(charger, owner):
    other = make_charger(pin="1111")
    Pin.objects.filter(charger=charger).update(ciphertext=other.pin.ciphertext)
    client = at_browser(owner, proved=False)
    client.raise_request_exception = False

    answer = client.post(address(charger))

    assert answer.status_code == 500 and "1111" not in answer.content.decode()
    assert not Reveal.objects.exists()
