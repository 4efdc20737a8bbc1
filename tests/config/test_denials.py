"""Every refusal leaves exactly one line: who, what, which status, and nothing that was typed."""

import logging
import re

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.models import Role
from chargers.models import Charger
from tests.chargers.world import make_charger, make_owner
from tests.matrix import table
from tests.support.desk_world import at_browser, desk_of

pytestmark = pytest.mark.django_db
LINE = re.compile(r"denied status=\d{3} method=[A-Z]+ page=[\w:.-]+ who=[\w:.-]+")
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def lines(caplog):
    """What was written while the test ran, by every logger there is."""
    caplog.set_level(logging.DEBUG)
    return lambda: [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


def test_who_was_refused_what_is_told(lines):
    client = desk_of(Role.AGENT)

    client.get(reverse("support:audit"))

    (line,) = lines()
    expected = f"status=403 method=GET page=support:audit who=person:{client.person.uid}"
    assert line == f"denied {expected}"


def test_a_path_that_is_a_secret_or_breaks_lines_is_in_no_log(lines, capsys):
    secret = "eyJhbGciOiJ0b2tlbi1vZi1hLWxpbmsi"
    for path in (f"/l/{secret}/", "/nothing%0d%0aWARNING%20forged", f"/{secret}?pin=4821"):
        Client().get(path)
    Client().get("/l/x/", headers={"user-agent": "a\r\nforged", "referer": f"http://x/{secret}"})

    written = "\n".join(lines()) + "".join(capsys.readouterr())
    assert len(lines()) == 4 and all(LINE.fullmatch(line) for line in lines())
    for trace in (secret, "forged", "4821"):
        assert trace not in written


def test_a_form_from_elsewhere_is_one_line_too(lines):
    charger = make_charger()
    owner = make_owner(charger)
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner, backend="accounts.backends.PeopleBackend")

    assert client.post(reverse("chargers:reveal", args=[charger.uid])).status_code == 403

    (line,) = lines()
    assert "status=403 method=POST" in line and str(owner.uid) in line


def test_our_own_mistakes_name_the_page_and_no_address(lines, monkeypatch, caplog):
    charger = make_charger()
    client = at_browser(make_owner(charger), proved=False)
    client.raise_request_exception = False

    def broken(*args, **kwargs):
        raise RuntimeError("broke")

    monkeypatch.setattr("chargers.portal.is_owner", broken)
    address = reverse("chargers:settings", args=[charger.uid])

    assert client.get(address).status_code == 500
    assert lines() == ["error on chargers:settings"]
    assert caplog.records[-1].exc_info and address not in caplog.text


def refused():
    """Yield requests that are refused: every address of the table, by whoever it refuses."""
    matrix = table.read()
    for url in table.urls():
        entry = matrix.entry_of(url)
        if url.name.startswith("admin:"):
            continue
        for actor in ("anonymous", "agent"):
            for method in ("GET", "POST"):
                outcome = entry.outcome(method, actor, "none", matrix.groups)
                if outcome in (403, 404):
                    yield url, method, actor, outcome


VALUES = {"uid": NOBODY, "charger_uid": NOBODY, "request_code": "amber-otter-0000"}
VALUES |= {"token": "none", "verb": "none", "kind": "label", "step": "serial", "number": 1}


def test_every_refusal_of_the_matrix_is_exactly_one_line(lines, caplog):
    people = {"anonymous": Client(), "agent": desk_of(Role.AGENT)}
    count = 0
    for url, method, actor, _outcome in refused():
        kwargs = {name: VALUES.get(name, NOBODY) for name in url.takes}
        caplog.clear()
        send = getattr(people[actor], method.lower())
        try:
            response = send(reverse(url.name, kwargs=kwargs))
        except NoReverseMatch:  # it takes something of another shape
            continue
        if response.status_code in (403, 404):
            count += 1
            assert len(lines()) == 1 and LINE.fullmatch(lines()[0]), (url.name, lines())
    assert count > 30
    assert not Charger.objects.filter(uid=NOBODY).exists()
