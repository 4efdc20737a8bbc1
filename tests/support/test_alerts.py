"""Alerts at the desk: who is told, who may look, and that every kind has words."""

import ast

import pytest
from django.core import mail
from django.urls import reverse

from accounts.models import Role
from records.alerts import raise_alert
from records.models import Access, Alert
from support import alert_words
from support.models import Notice
from support.services import alerts
from tests.chargers.world import make_charger, make_staff
from tests.support.desk_world import at_browser, desk_of
from tests.test_house import ROOT, modules

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
PAGE = "/desk/alerts/"


def raised(kind="decoy", **more):
    return raise_alert(kind, make_charger().stream, **more)


def close(client, alert, note):
    return client.post(reverse("support:alert-acknowledge", args=[alert.uid]), {"note": note})


def test_administrators_and_auditors_get_one_mail_however_often_it_repeats(run_outbox):
    boss, auditor, agent = (
        make_staff(role) for role in (Role.ADMINISTRATOR, Role.AUDITOR, Role.AGENT)
    )
    alert = raised()
    raise_alert(alert.kind, alert.subject)
    run_outbox()
    alerts.send_from_outbox(key=alert.stream, alert_uid=str(alert.uid))
    run_outbox()

    assert sorted(m.to[0] for m in mail.outbox) == sorted([boss.email, auditor.email])
    assert agent.email not in str([m.to for m in mail.outbox])
    assert "decoy" in mail.outbox[0].body and PAGE in mail.outbox[0].body
    assert Notice.objects.filter(kind="alert_raised").count() == 2


def test_whoever_plays_both_parts_is_told_once(run_outbox):
    boss = make_staff(Role.ADMINISTRATOR)
    boss.staff_roles.create(role=Role.AUDITOR, starts_at=boss.staff_roles.get().starts_at)
    raised()
    run_outbox()

    assert len(mail.outbox) == 1


def test_the_page_names_what_it_is_about_and_the_look_is_on_record():
    alert = raised()
    client = desk_of(Role.AUDITOR)

    shown = client.get(PAGE).content.decode()

    assert str(alert_words.WORDS["decoy"].what) in shown
    assert alert.subject not in shown and "charger ZAP" in shown
    assert Access.objects.get(actor=client.person, what="alerts")


def test_an_empty_page_says_so():
    client = desk_of(Role.ADMINISTRATOR)

    assert "No alert is open." in client.get(PAGE).content.decode()
    assert "Nothing was looked into yet." in client.get(f"{PAGE}?view=closed").content.decode()


@pytest.mark.parametrize("role", [Role.AGENT, Role.SENIOR, Role.PRIVACY_OFFICER])
def test_others_neither_see_nor_close_alerts(role):
    alert, client = raised(), desk_of(role)

    assert client.get(PAGE).status_code == 403
    assert close(client, alert, "all fine here").status_code == 403
    assert Alert.objects.get().acknowledged_at is None


def test_an_alert_is_closed_with_a_note_that_stays():
    alert, client = raised(), desk_of(Role.AUDITOR)

    answer = close(client, alert, "Our own test: <b>nothing</b>.")

    assert answer.status_code == 302
    assert "No alert is open." in client.get(PAGE).content.decode()
    closed = client.get(f"{PAGE}?view=closed").content.decode()
    assert "Our own test: &lt;b&gt;nothing&lt;/b&gt;." in closed


def test_without_a_note_nothing_is_closed_and_the_field_says_why():
    alert, client = raised(), desk_of(Role.AUDITOR)

    answer = close(client, alert, "x")

    assert answer.status_code == 422 and "3 to 1,000 signs" in answer.content.decode()
    assert Alert.objects.get().acknowledged_at is None


def test_whose_doing_it_is_finds_no_form():
    boss = make_staff(Role.ADMINISTRATOR)
    alert, client = raised("role_given", actor=boss), at_browser(boss)

    assert "somebody else looks into it" in client.get(PAGE).content.decode()
    assert close(client, alert, "all fine here").status_code == 403


def raised_kinds():
    """Yield the kinds that the code raises by name."""
    for path in modules():
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and "raise_alert" in ast.unparse(node.func):
                if node.args and isinstance(node.args[0], ast.Constant):
                    yield node.args[0].value


def test_every_kind_that_is_raised_has_words():
    assert set(raised_kinds()) - set(alert_words.WORDS) == set()
