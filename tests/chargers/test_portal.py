import re
import uuid
from datetime import timedelta

import pytest
from django.contrib.auth import hashers
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chargers.models import Charger, Proposal, Reveal, Share
from chargers.services import access, holds, proposals
from records import clock
from records.models import Access
from tests.chargers.world import (
    ago,
    make_charger,
    make_contact,
    make_installation,
    make_owner,
    make_person,
    make_service,
    make_staff,
)

pytestmark = pytest.mark.django_db
# A PIN that no page could have by accident.
PIN = "Q7x4Z9w2"
BACKEND = "accounts.backends.PeopleBackend"


def sign_in(person, *, minutes=0, staff=False, **options):
    """Return a browser in which this person proved their address some minutes ago."""
    browser = Client(**options)
    browser.force_login(person, backend=BACKEND)
    proved_at = (timezone.now() - timedelta(minutes=minutes)).timestamp()
    session, now = browser.session, timezone.now().timestamp()
    session.update({"authenticated_at": proved_at, "seen_at": now, "began_at": now})
    if staff:
        session["staff_proved_at"] = proved_at
    session.save()
    return browser


def to(name, *things):
    return reverse(f"chargers:{name}", args=[thing.uid for thing in things])


def text(response):
    return response.content.decode()


def blanked(response):
    """Return the page without what differs from request to request: its own address, tokens."""
    uid = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    return re.sub(rf'{uid}|csrfmiddlewaretoken" value="[^"]+"|nonce="[^"]+"', "", text(response))


def hold(charger, kind="freeze"):
    with transaction.atomic():
        holds.place(charger=Charger.objects.lock(charger.pk), kind=kind, at=clock.now())


@pytest.fixture
def charger():
    return make_charger(pin=PIN)


@pytest.fixture
def owner(charger):
    return make_owner(charger)


def pages_of(charger):
    """Every page about a charger that a person can open."""
    place = charger.installation
    return {
        "charger": to("charger", charger),
        "settings": to("settings", charger),
        "reveal": to("reveal", charger),
        "share": to("share", charger),
        "installation": to("installation", place),
        "general": to("general", place, charger),
    }


def test_an_owner_of_one_charger_is_led_straight_to_its_settings(charger, owner):
    browser, way = sign_in(owner), reverse("chargers:own-settings")
    assert f'href="{way}"' in text(Client().get("/"))

    assert browser.get(way).url == to("settings", charger)
    make_owner(make_charger(), person=owner)
    assert browser.get(way).url == reverse("chargers:mine")


def test_the_owner_finds_the_pin_by_my_chargers(charger, owner):
    browser = sign_in(owner)

    steps = [reverse("chargers:mine"), to("charger", charger), to("settings", charger)]
    for here, onward in zip(steps, [*steps[1:], to("reveal", charger)], strict=True):
        page = browser.get(here)
        assert page.status_code == 200
        assert onward in text(page)
    warning = browser.get(to("reveal", charger))
    assert "can never be changed" in text(warning)
    shown = browser.post(to("reveal", charger))

    assert shown.status_code == 200
    assert "Q7x4 Z9w2" in text(shown)
    assert "Q, 7, x, 4, Z, 9, w, 2" in text(shown)
    assert Reveal.objects.get().person == owner


def test_the_owner_finds_the_pin_by_my_installations(charger, owner):
    browser, place = sign_in(owner), charger.installation

    steps = [reverse("chargers:installations"), to("installation", place)]
    steps.append(to("general", place, charger))
    for here, onward in zip(steps, [*steps[1:], to("reveal", charger)], strict=True):
        assert onward in text(browser.get(here))
    assert "General settings" in text(browser.get(steps[2]))


def test_the_page_with_the_pin_is_kept_nowhere_and_closes_itself(charger, owner):
    shown = sign_in(owner).post(to("reveal", charger))

    assert "no-store" in shown["Cache-Control"]
    assert shown["Refresh"] == f"30; url={to('reveal', charger)}"
    assert 'data-shown-seconds="30"' in text(shown)


def test_no_page_but_the_reveal_has_the_pin(charger, owner):
    browser = sign_in(owner)
    browser.post(to("reveal", charger))

    for url in [*pages_of(charger).values(), reverse("chargers:mine"), reverse("chargers:shares")]:
        page = browser.get(url)
        assert page.status_code == 200, url
        assert "Q7x4" not in text(page) and "Z9w2" not in text(page), url


@pytest.mark.parametrize("page", ["charger", "settings", "reveal", "share"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_a_stranger_may_not_see_does_not_exist(charger, owner, page, method):
    someone_else = make_owner(make_charger())
    for person in (someone_else, make_staff("agent"), make_person(is_superuser=True)):
        browser = sign_in(person)
        theirs = getattr(browser, method)(pages_of(charger)[page])
        nobodys = getattr(browser, method)(reverse(f"chargers:{page}", args=[uuid.uuid4()]))

        if page in ("charger", "settings") and method == "post":
            assert theirs.status_code == nobodys.status_code == 405
        else:
            assert theirs.status_code == nobodys.status_code == 404
            assert blanked(theirs) == blanked(nobodys)
    assert not Reveal.objects.exists()


def test_a_stranger_finds_no_installation_and_no_way_around_it(charger, owner):
    other = make_charger()
    browser = sign_in(make_owner(other))

    for url in (
        to("installation", charger.installation),
        to("general", charger.installation, charger),
        to("general", other.installation, charger),
        to("general", charger.installation, other),
    ):
        assert browser.get(url).status_code == 404


def test_a_neighbour_in_the_garage_sees_their_own_charger_only():
    garage = make_installation(kind="shared")
    mine, theirs = (make_charger(installation=garage) for _ in range(2))
    browser = sign_in(make_owner(mine))
    make_owner(theirs)

    page = text(browser.get(to("installation", garage)))

    assert mine.serial in page
    assert theirs.serial not in page
    assert browser.get(to("general", garage, mine)).status_code == 200
    assert browser.get(to("general", garage, theirs)).status_code == 404


def test_no_page_names_an_earlier_owner_or_what_they_called_it():
    place = make_installation(name="Familien Gammelsen")
    charger = make_charger(installation=place, name="Gammelsens lader")
    make_owner(charger, make_person(name="Gunn Gammelsen"), ends_at=ago(days=9))
    browser = sign_in(make_owner(charger, starts_at=ago(days=9)))

    for url in [*pages_of(charger).values(), reverse("chargers:mine")]:
        assert "Gammelsen" not in text(browser.get(url)), url
    assert "Besides you, 1 person" in text(browser.get(to("settings", charger)))


def test_a_charger_is_gone_for_whoever_held_it_before(charger):
    former = make_owner(charger, ends_at=ago(days=9))
    worker = make_service(charger)
    worker.memberships.update(ends_at=ago(days=9))

    for person in (former, worker):
        browser = sign_in(person)
        assert charger.serial not in text(browser.get(reverse("chargers:mine")))
        for url in pages_of(charger).values():
            assert browser.get(url).status_code == 404, url


def test_nobody_signed_in_is_led_to_sign_in(charger):
    for url in [*pages_of(charger).values(), reverse("chargers:mine"), reverse("chargers:shares")]:
        answer = Client().get(url)
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("accounts:sign-in"))


def test_an_old_sign_in_leads_to_a_new_one_and_back(charger, owner):
    browser = sign_in(owner, minutes=6)

    page = browser.get(to("reveal", charger))
    answer = browser.post(to("reveal", charger))

    assert "Sign in again" in text(page) and "Show the PIN" not in text(page)
    assert answer.status_code == 403 and "Show that it is still you" in text(answer)
    assert not Reveal.objects.exists()


def test_a_form_from_elsewhere_shows_nothing(charger, owner):
    answer = sign_in(owner, enforce_csrf_checks=True).post(to("reveal", charger))

    assert answer.status_code == 403
    assert not Reveal.objects.exists()


def test_looking_at_the_pages_changes_nothing(charger, owner):
    browser = sign_in(owner)
    for url in pages_of(charger).values():
        for method in (browser.get, browser.head, browser.options):
            method(url)

    assert not Reveal.objects.exists()
    assert not Share.objects.exists()


def test_service_says_which_job_before_it_looks(charger):
    browser = sign_in(make_service(charger.installation))

    assert 'name="job"' in text(browser.get(to("reveal", charger)))
    refused = browser.post(to("reveal", charger), {"job": ""})
    shown = browser.post(to("reveal", charger), {"job": "Work order 17"})

    assert refused.status_code == 422
    assert "Q7x4 Z9w2" in text(shown)
    assert Reveal.objects.get().job == "Work order 17"


def test_a_hold_is_a_page_that_says_what_to_do(charger):
    browser = sign_in(make_service(charger))
    hold(charger)

    page, answer = (
        browser.get(to("settings", charger)),
        browser.post(to("reveal", charger), {"job": "Work order 17"}),
    )

    assert "being looked into" in text(page)
    assert answer.status_code == 409
    assert "being looked into" in text(answer)


def test_a_sixth_look_is_a_page_too(charger, owner):
    browser = sign_in(owner)
    tenure = charger.owner_tenure(clock.now())
    for hours in range(1, 6):
        Reveal.objects.create(charger=charger, person=owner, at=ago(hours=hours), tenure=tenure)

    answer = browser.post(to("reveal", charger))

    assert answer.status_code == 429
    assert "Try again tomorrow" in text(answer)


def test_a_charger_without_a_pin_says_where_the_maker_shows_it():
    charger = make_charger(pin=None)
    browser = sign_in(make_owner(charger))

    assert "General settings" in text(browser.get(to("settings", charger)))
    assert browser.post(to("reveal", charger)).status_code == 404


def test_a_new_contact_waits_and_is_told_why(charger, owner):
    make_contact(owner, "before@example.com", days=300, ended=True)
    make_contact(owner, days=3)

    assert "30 days" in text(sign_in(owner).get(to("settings", charger)))


def test_an_owner_from_an_import_starts_the_72_hours_from_the_page(charger):
    browser = sign_in(make_owner(charger, established=False))

    assert "Send the notice" in text(browser.get(to("settings", charger)))
    for _ in range(2):
        answer = browser.post(to("establish", charger), follow=True)
        assert answer.status_code == 200
    assert "If nobody says no" in text(answer)
    assert charger.owner_tenure(clock.now()).establishing_since
    assert browser.post(to("reveal", charger)).status_code == 409


def test_an_owner_shares_and_the_other_person_opens(charger, owner):
    browser = sign_in(owner)
    made = browser.post(to("share", charger), {"to_name": "Gjest", "to_email": "g@example.com"})
    code = re.search(r"[2-9A-Z]{5}-[2-9A-Z]{5}", text(made))[0]
    assert "no-store" in made["Cache-Control"]
    assert "g@example.com" in text(browser.get(to("settings", charger)))
    assert code not in text(browser.get(to("settings", charger)))

    guest, share = sign_in(make_person(email="g@example.com")), Share.objects.get()
    assert to("open-share", share) in text(guest.get(reverse("chargers:shares")))
    wrong = guest.post(to("open-share", share), {"code": "AAAAA-AAAAA"})
    shown = guest.post(to("open-share", share), {"code": code})
    again = guest.post(to("open-share", share), {"code": code})

    assert wrong.status_code == 422 and "4 more" in text(wrong)
    assert "Q7x4 Z9w2" in text(shown) and "no-store" in shown["Cache-Control"]
    assert again.status_code == 409 and "once only" in text(again)


def test_a_share_is_cancelled_by_its_owner_and_by_nobody_else(charger, owner):
    share, _code = access.share(charger=charger, by=owner, to_name="G", to_email="g@example.com")
    guest = make_person(email="g@example.com")

    assert sign_in(guest).post(to("cancel-share", share)).status_code == 404
    for _ in range(2):
        assert sign_in(owner).post(to("cancel-share", share)).status_code == 302
    assert Share.objects.get().cancelled_at
    assert sign_in(make_person()).get(to("open-share", share)).status_code == 404


def test_a_share_with_a_wrong_address_says_what_is_wrong(charger, owner):
    answer = sign_in(owner).post(to("share", charger), {"to_name": "", "to_email": "nonsense"})

    assert answer.status_code == 422
    assert not Share.objects.exists()


def test_a_share_needs_a_fresh_sign_in(charger, owner):
    fields = {"to_name": "Gjest", "to_email": "g@example.com"}
    answer = sign_in(owner, minutes=6).post(to("share", charger), fields)

    assert answer.status_code == 403 and "Gjest" in text(answer)
    assert not Share.objects.exists()


@pytest.mark.parametrize("page", ["mine", "installations"])
def test_an_empty_list_leads_to_asking_for_a_charger(page):
    answer = sign_in(make_person()).get(reverse(f"chargers:{page}"))

    assert "Your charger is not here?" in text(answer)
    assert f'href="{reverse("home")}"' in text(answer)


# --- The registry's desk ---


def make_colleague(role):
    person = make_staff(role)
    person.password = hashers.make_password("a long password indeed")
    person.save()
    return person


@pytest.fixture
def proposal(charger, owner):
    made = proposals.propose(
        kind="owner_contact", person=owner, new={"phone": "+4791234567"}, at=clock.now()
    )
    Proposal.objects.filter(pk=made.pk).update(notice_at=ago(days=8))
    return made


def decide(browser, proposal, verb):
    return browser.post(reverse("chargers:decide-proposal", args=[proposal.uid, verb]))


def test_an_administrator_agrees_on_the_page(proposal):
    browser = sign_in(make_colleague("administrator"), staff=True)

    page = text(browser.get(reverse("chargers:proposals")))
    assert "+4791234567" in page and "Agree" in page
    assert decide(browser, proposal, "agree").status_code == 302
    assert decide(browser, proposal, "agree").status_code == 409
    assert decide(browser, proposal, "nonsense").status_code == 404

    assert Proposal.objects.get().state == "applied"
    assert Access.objects.filter(what="proposals").count() == 1


@pytest.mark.parametrize("role", ["agent", "auditor", "safety_officer"])
def test_other_staff_decide_no_proposals(proposal, role):
    browser = sign_in(make_colleague(role), staff=True)

    assert browser.get(reverse("chargers:proposals")).status_code == 403
    for verb in ("agree", "drop", "object"):
        assert decide(browser, proposal, verb).status_code == 403
    assert Proposal.objects.get().state == "open"


def test_the_desk_wants_both_factors_and_a_part(proposal):
    url = reverse("chargers:proposals")

    assert Client().get(url).status_code == 302
    assert sign_in(make_colleague("administrator")).get(url).status_code == 302
    assert sign_in(make_person(), staff=True).get(url).status_code == 403


def test_the_exposure_register_is_for_auditors_and_reading_it_is_on_record(charger, owner):
    sign_in(owner).post(to("reveal", charger))
    url = to("exposure", charger)

    page = sign_in(make_colleague("auditor"), staff=True).get(url)
    assert page.status_code == 200
    assert owner.name in text(page) and "Q7x4" not in text(page)
    assert Access.objects.get(what="exposure").subject == charger.stream
    for role in ("agent", "administrator"):
        assert sign_in(make_colleague(role), staff=True).get(url).status_code == 403


# --- The admin ---


@pytest.mark.parametrize(
    "model",
    ["charger", "installation", "tenure", "pin", "grant", "share", "reveal", "hold", "proposal"],
)
def test_the_admin_shows_and_changes_nothing(charger, owner, proposal, model):
    share, _code = access.share(charger=charger, by=owner, to_name="G", to_email="g@example.com")
    sign_in(owner).post(to("reveal", charger))
    hold(charger)
    boss = make_colleague("administrator")
    boss.is_staff = boss.is_superuser = True
    boss.save()
    browser = sign_in(boss, staff=True)

    listed = browser.get(reverse(f"admin:chargers_{model}_changelist"))
    assert listed.status_code == 200
    assert browser.get(reverse(f"admin:chargers_{model}_add")).status_code == 403
    for row in listed.context["cl"].result_list[:1]:
        one = reverse(f"admin:chargers_{model}_change", args=[row.pk])
        assert browser.get(one).status_code == 200
        for secret in (PIN, share.code_hash, charger.pin.ciphertext.hex()):
            assert secret not in text(browser.get(one)) + text(listed)
        assert browser.post(one, {"job": "x"}).status_code == 403
        delete = reverse(f"admin:chargers_{model}_delete", args=[row.pk])
        assert browser.post(delete, {"post": "yes"}).status_code == 403
