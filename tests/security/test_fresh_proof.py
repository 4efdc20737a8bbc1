"""Every reveal, approval, change of policy, gift of a right and export takes a proof of 5 minutes.

Each act is tried by somebody who may do it and whose proof is six minutes old: it asks for another
one and changes nothing. Taken together with ``test_no_export_leaves_without_a_fresh_proof`` a new
one cannot be forgotten.
"""

import re
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from records.models import Event, OutboxRow
from support.views.verbs import VERBS
from tests.chargers.world import make_staff
from tests.factories import make_ticket, own, place_charger
from tests.support.desk_world import at_browser

pytestmark = pytest.mark.django_db
NOBODY = uuid.UUID("00000000-0000-4000-8000-000000000000")
AGENT, SENIOR, OFFICER = Role.AGENT, Role.SENIOR, Role.SAFETY_OFFICER
PRIVACY, ADMIN, AUDITOR = Role.PRIVACY_OFFICER, Role.ADMINISTRATOR, Role.AUDITOR
VERBS_WITH_POWER = [f"support:desk-{name}" for name, verb in VERBS.items() if verb.has_power]
# Who, which address, what it takes.
BY_STAFF = [
    *(
        (AGENT, f"support:desk-{name}", ["amber-otter-0000"])
        for name, v in VERBS.items()
        if v.has_power
    ),
    (AGENT, "support:desk-uncover", [NOBODY]),
    (OFFICER, "support:desk-lift", [NOBODY]),
    (ADMIN, "chargers:decide-proposal", [NOBODY, "agree"]),
    (ADMIN, "chargers:open-import", [NOBODY]),
    (ADMIN, "chargers:propose", ["firm-member"]),
    (ADMIN, "chargers:end-member", [NOBODY, NOBODY]),
    (ADMIN, "support:people-propose", []),
    (ADMIN, "support:people-decide", [NOBODY, "agree"]),
    (ADMIN, "support:people-end", [NOBODY, "agent"]),
    (ADMIN, "support:policy-new", []),
    (ADMIN, "support:policy-change", [1]),
    (ADMIN, "support:policy-publish", [1]),
    (ADMIN, "support:policy-discard", [1]),
    (ADMIN, "support:policy-move", []),
    (AUDITOR, "support:alert-acknowledge", [NOBODY]),
    (PRIVACY, "support:privacy-copy", [NOBODY]),
    (PRIVACY, "support:privacy-erase", [NOBODY]),
    (PRIVACY, "support:copy-fetch", [NOBODY]),
]
EXPORTS = [(AUDITOR, "support:audit-csv", []), (SENIOR, "support:report-table", ["tickets"])]


def grown_old(person):
    """Return a browser whose person was proved six minutes ago."""
    client, stamp = at_browser(person), timezone.now().timestamp() - 360
    session = client.session
    session.update({"authenticated_at": stamp, "staff_proved_at": stamp})
    session.save()
    return client


@pytest.mark.parametrize(("role", "name", "args"), BY_STAFF, ids=str)
def test_staff_prove_themselves_afresh_before_an_act_with_power(role, name, args):
    client = grown_old(make_staff(role))
    before = (Event.objects.count(), OutboxRow.objects.count())

    page = client.post(reverse(name, args=args), {"reason": "a reason that is long enough"})

    assert page.status_code == 403 and "proof-digits" in page.text
    assert (Event.objects.count(), OutboxRow.objects.count()) == before


@pytest.mark.parametrize(("role", "name", "args"), EXPORTS, ids=str)
def test_an_export_is_not_even_looked_at_without_a_fresh_proof(role, name, args):
    answer = grown_old(make_staff(role)).get(reverse(name, args=args))

    assert answer.status_code == 302 and answer.url.startswith(reverse("accounts:again"))


@pytest.mark.parametrize("name", ["reveal", "share", "renew-service", "offer-new"])
def test_an_owner_types_a_fresh_code_before_a_pin_or_a_charger_is_given(name):
    charger = place_charger()
    client = grown_old(own(charger))
    room = "support" if name == "offer-new" else "chargers"
    sent = {"to_name": "Kari", "to_email": "kari@example.com"}

    page = client.post(reverse(f"{room}:{name}", args=[charger.uid]), sent)

    assert page.status_code == 403 and "proof-digits" in page.text


def test_a_copy_of_ones_own_data_takes_a_fresh_code():
    client = grown_old(make_ticket().claimant)

    for page in (
        client.post(reverse("support:own-data")),
        client.post(reverse("support:copy-fetch", args=[NOBODY])),
    ):
        assert page.status_code == 403 and "proof-digits" in page.text


def test_the_verbs_with_power_are_these():
    assert {name.removeprefix("support:desk-") for name in VERBS_WITH_POWER} == {
        "approve",
        "decide",
        "vote",
        "second-look",
    }


def test_no_export_leaves_without_a_fresh_proof():
    """Whatever answers with an attachment of others' data is in the list above, or said here."""
    # One's own paper, one picture of one item (each look is on record): no export.
    other = {"certificates.own", "files._streamed", "closing.picture"}
    found = set()
    for path in sorted(Path(settings.BASE_DIR).glob("*/views/*.py")) + sorted(
        Path(settings.BASE_DIR).glob("*/*views.py")
    ):
        body = path.read_text()
        for part in re.split(r"^(?=@|def )", body, flags=re.M):
            if "Content-Disposition" in part or "FileResponse(" in part:
                name = re.search(r"def (\w+)", part)
                found.add(f"{path.stem}.{name[1]}")

    assert found - other == {"audit.table", "reports.table", "privacy.fetch"}
