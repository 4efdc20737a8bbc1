"""Where each part of the house starts, and what its menu leads to: no link that ends nowhere."""

import re

import pytest
from django.urls import reverse

from accounts.models import Role
from records.models import Access
from tests.chargers.world import make_charger, make_person, make_staff
from tests.support.desk_world import at_browser, desk_of

pytestmark = pytest.mark.django_db
DESK, PROPOSALS = "support:desk", "chargers:proposals"
REGISTER, ALERTS = "chargers:find-exposure", "support:alerts"
AUDIT, POLICIES = "support:audit", "support:policies"


def menu(client) -> list[str]:
    page = client.get(reverse("accounts:profile")).content.decode()
    return re.findall(r'href="([^"]+)"', page.split("menu-items")[1].split("</nav>")[0])


@pytest.mark.parametrize(
    ("role", "pages"),
    [
        (Role.AGENT, [DESK]),
        (Role.SENIOR, [DESK, PROPOSALS]),
        (Role.SAFETY_OFFICER, [DESK]),
        (Role.AUDITOR, [DESK, REGISTER, AUDIT, ALERTS]),
        (Role.PRIVACY_OFFICER, [REGISTER, AUDIT]),
        (Role.ADMINISTRATOR, [PROPOSALS, POLICIES, ALERTS]),
    ],
)
def test_staff_start_on_their_own_page_and_every_link_of_the_menu_opens(role, pages):
    client = desk_of(role)

    assert client.get("/").url == reverse(pages[0])
    assert menu(client)[: len(pages)] == [reverse(name) for name in pages]
    assert [client.get(url).status_code for url in menu(client)] == [200] * len(menu(client))


def test_who_may_open_the_records_finds_them_in_the_menu():
    boss = make_staff(Role.ADMINISTRATOR)
    boss.is_staff = True
    boss.save()
    client = at_browser(boss)

    assert reverse("admin:index") in menu(client)
    assert client.get(reverse("admin:index")).status_code == 200


def test_staff_without_leave_for_the_records_are_told_so():
    answer = desk_of().get(reverse("admin:index"), follow=True)

    assert answer.status_code == 403 and "opened" in answer.content.decode()


@pytest.mark.parametrize("proved", [True, False])
def test_without_a_part_or_a_password_the_menu_is_everybodys(proved):
    person = make_person() if proved else make_staff(Role.AGENT)
    client = at_browser(person, proved=proved)

    assert client.get("/").status_code == 200
    assert reverse(DESK) not in menu(client)


def test_the_register_of_a_charger_is_found_by_its_serial():
    charger = make_charger()
    client = desk_of(Role.PRIVACY_OFFICER)
    url = reverse(REGISTER)

    found = client.post(url, {"serial": f" {charger.serial.lower()} "}, follow=True)
    unknown = client.post(url, {"serial": "ZAP999999"})

    assert found.redirect_chain[-1][0] == reverse("chargers:exposure", args=[charger.uid])
    assert Access.objects.get(what="exposure").subject == charger.stream
    assert unknown.status_code == 422 and "No charger" in unknown.content.decode()
    assert client.post(url, {"serial": ""}).status_code == 422
    assert desk_of(Role.AGENT).get(url).status_code == 403
