"""Staff prove themselves by password and second factor; nothing else opens the house."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import factors, passwords, sealing, tries
from accounts.models import Factor, RecoveryCode, Role, User
from records.models import Event
from support.models import Notice
from tests.accounts.people_at_work import (
    PASSWORD,
    SECRET,
    digits,
    forget_steps,
    give_app,
    give_digits,
    give_password,
    go_to_work,
    grow_old,
    make_staff,
)

pytestmark = pytest.mark.django_db(transaction=True)
INSIDE = ("/desk/", "/admin/", "/registry/proposals/", "/me/factors/")


def is_in(browser, page="/desk/"):
    return browser.get(page).status_code == 200


def test_staff_are_in_by_password_and_app(client):
    make_staff()

    assert client.get("/desk/").url == "/sign-in/staff/?next=%2Fdesk%2F"
    assert give_password(client, target="/desk/").url == "/sign-in/second/?next=%2Fdesk%2F"
    assert not is_in(client)
    assert give_digits(client, target="/desk/").url == "/desk/"

    assert is_in(client)


@pytest.mark.parametrize("role", Role.values)
def test_no_page_of_the_house_opens_without_the_second_factor(client, sign_in, role):
    make_staff(role=role, is_staff=True, is_superuser=True)
    sign_in("agent@example.com")
    give_password(client)

    for page in INSIDE:
        answer = client.get(page, follow=True)
        assert answer.status_code in (200, 403, 404)
        assert answer.redirect_chain or answer.status_code != 200, page
        assert "Sign in to work here" in answer.text or answer.status_code != 200, page


def test_password_and_mailed_code_do_not_make_up_for_the_app(client, sign_in):
    make_staff()
    give_password(client)
    sign_in("agent@example.com", target="/desk/")

    assert not is_in(client)


def test_the_same_digits_are_never_good_twice(client):
    make_staff()
    give_password(client)
    said = digits()
    give_digits(client, said)
    other = Client()
    give_password(other)

    answer = give_digits(other, said)

    assert answer.status_code == 422 and "used before" in answer.text
    assert not is_in(other)


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (1, True), (3, False)])
def test_digits_of_a_clock_half_a_minute_off_are_good(client, steps, good):
    make_staff()
    give_password(client)

    assert (give_digits(client, digits(steps=steps)).status_code == 302) is good


def test_digits_before_those_used_last_are_no_longer_good():
    agent = make_staff()
    factors.check(user=agent, text=digits())

    with pytest.raises(factors.ValidationError):
        factors.check(user=agent, text=digits(steps=-1))


def test_the_second_factor_comes_within_ten_minutes_of_the_password(client):
    make_staff()
    give_password(client)
    session = client.session
    session["password_of"]["at"] -= 601
    session.save()

    assert give_digits(client).url.startswith("/sign-in/staff/")
    assert not is_in(client)


def test_a_password_changed_meanwhile_has_to_be_given_again(client):
    agent = make_staff()
    give_password(client)
    passwords.change(user=agent, password="another long pass phrase")

    assert give_digits(client).url.startswith("/sign-in/staff/")


def test_each_rise_gives_the_session_a_new_key(client):
    make_staff()
    client.post("/sign-in/", {"email": "agent@example.com"})
    keys = [client.session.session_key]
    give_password(client)
    keys.append(client.session.session_key)
    give_digits(client)
    keys.append(client.session.session_key)
    forget_steps()
    grow_old(client)
    client.post("/me/factors/codes/", {"proof-digits": digits()})
    keys.append(client.session.session_key)

    assert len(set(keys)) == 4
    assert not Session.objects.filter(session_key__in=keys[:-1]).exists()


def test_known_and_unknown_people_get_the_same_answer(monkeypatch):
    make_staff("known@example.com")
    User.objects.create_user("resident@example.com")
    User.objects.create_user("closed@example.com", PASSWORD, is_active=False)
    hashed = []
    real = passwords.User.check_password
    monkeypatch.setattr(
        "django.contrib.auth.hashers.MD5PasswordHasher.encode",
        lambda *args, **kwargs: hashed.append(1) or "md5$a$b",
    )
    assert real
    answers = []
    for email in ("known@example.com", "resident@example.com", "nobody@example.com"):
        browser = Client()
        before = len(hashed)
        answer = give_password(browser, email, "wrong but long enough")
        page = re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", answer.text).replace(email, "")
        answers.append((answer.status_code, page, len(hashed) - before))

    assert answers[0] == answers[1] == answers[2]
    assert answers[0][2] == 1


def test_a_closed_account_does_not_get_in(client):
    make_staff(is_active=False)

    assert give_password(client).status_code == 422


def test_five_wrong_tries_hold_the_address_back_and_a_mailed_code_lets_the_person_in(
    client, sign_in
):
    make_staff()
    stranger = Client()
    answers = [give_password(stranger, password=f"wrong {n}") for n in range(5)]
    assert all(a.status_code == 422 for a in answers)

    assert "too often" in give_password(stranger).text
    assert "too often" in give_password(client).text
    sign_in("agent@example.com")
    assert go_to_work(client).status_code == 302

    assert is_in(client)


def test_wrong_digits_are_counted_with_wrong_passwords(client):
    make_staff()
    give_password(client)
    wrong = f"{(int(digits()) + 1) % 1_000_000:06d}"
    for _n in range(4):
        assert give_digits(client, wrong).status_code == 422

    answer = give_digits(client)

    assert answer.status_code == 422 and "too often" in answer.text


def test_the_wait_is_over_after_a_quarter_of_an_hour(client):
    make_staff()
    for n in range(6):
        give_password(client, password=f"wrong {n}")
    tries.FailedProof.objects.update(at=timezone.now() - tries.WINDOW)

    assert give_password(client).status_code == 302


def test_one_network_cannot_try_everybody(settings):
    for n in range(tries.PER_NETWORK):
        tries.spend(email=f"p{n}@example.com", network="192.0.2.1")

    with pytest.raises(tries.ValidationError):
        tries.spend(email="other@example.com", network="192.0.2.1")
    tries.spend(email="other@example.com", network="192.0.2.2")


def test_secrets_are_sealed_and_bound_to_their_row():
    one, other = (
        give_app(make_staff(has_app=False)),
        give_app(make_staff("b@example.com"), "A" * 32),
    )

    assert SECRET.encode() not in bytes(one.sealed)
    with pytest.raises(ValueError, match="sealed for something else"):
        sealing.open_sealed(one.sealed, bound_to=f"factor:{other.uid}:{other.user_id}")


def test_an_older_key_still_opens_and_one_that_is_gone_does_not(settings):
    agent = make_staff()
    old = settings.FACTOR_KEYS
    settings.FACTOR_KEYS = ["a new key", *old]
    factors.check(user=agent, text=digits())

    settings.FACTOR_KEYS = ["a new key"]
    with pytest.raises(factors.ValidationError):
        factors.check(user=agent, text=digits(steps=1))


def shown(response):
    return re.findall(r"<code>([a-z2-9]{4}(?:-[a-z2-9]{4}){2})</code>", response.text)


def test_recovery_codes_are_shown_once_work_once_and_give_way_to_new_ones(client):
    agent = make_staff()
    go_to_work(client)
    first = shown(client.post("/me/factors/codes/"))
    assert len(first) == 10 == len(set(first))
    assert not RecoveryCode.objects.filter(hash__in=first).exists()
    assert not any(code in client.get("/me/factors/").text for code in first)

    other = Client()
    give_password(other)
    assert give_digits(other, first[0].upper().replace("-", " ")).status_code == 302
    give_password(again := Client())
    assert give_digits(again, first[0]).status_code == 422

    client.post("/me/factors/codes/")
    give_password(later := Client())
    assert give_digits(later, first[1]).status_code == 422
    assert factors.recovery_codes_left(agent) == 10


def test_an_app_is_added_by_its_own_digits_and_everything_is_told(client):
    agent = make_staff()
    go_to_work(client)
    page = client.get("/me/factors/app/")
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)[1].replace(" ", "")
    assert "<svg" in page.text and secret not in str(dict(client.session))

    wrong = client.post("/me/factors/app/", {"name": "new phone", "digits": "000000"})
    assert wrong.status_code == 422 and secret[:4] in wrong.text
    client.post("/me/factors/app/", {"name": "new phone", "digits": digits(secret)})

    assert {f.name for f in factors.of(agent)} == {"phone", "new phone"}
    assert Event.objects.filter(stream=f"person:{agent.uid}", kind="factor_added").exists()
    assert Notice.objects.filter(kind="account_changed", person=agent).exists()


def test_the_last_factor_stays(client):
    agent = make_staff()
    go_to_work(client)
    only = factors.of(agent).get()

    answer = client.post(reverse("accounts:remove-factor", args=[only.uid]), follow=True)
    assert "last one" in answer.text and factors.of(agent).count() == 1
    second = give_app(agent, "A" * 32)
    client.post(reverse("accounts:remove-factor", args=[only.uid]))

    assert list(factors.of(agent)) == [second]
    assert Factor.objects.filter(user=agent).count() == 2


def test_nobody_removes_the_factor_of_somebody_else(client):
    make_staff()
    other = make_staff("other@example.com")
    give_app(other, "A" * 32)
    go_to_work(client)

    client.post(reverse("accounts:remove-factor", args=[factors.of(other).first().uid]))

    assert factors.of(other).count() == 2


def test_changing_a_factor_needs_a_fresh_one(client):
    agent = make_staff()
    go_to_work(client)
    grow_old(client)

    assert client.get("/me/factors/app/").url == "/sign-in/again/?next=%2Fme%2Ffactors%2Fapp%2F"
    assert "still you" in client.get("/me/factors/app/", follow=True).text
    assert client.post("/me/factors/codes/").status_code == 403
    assert not RecoveryCode.objects.filter(user=agent).exists()
    forget_steps()
    led = client.post("/sign-in/again/?next=/me/factors/app/", {"proof-digits": digits()})

    assert led.url == "/me/factors/app/" and is_in(client, "/me/factors/app/")


def first_time(client, sign_in, newest):
    make_staff(has_app=False)
    answer = give_password(client, target="/desk/")
    assert answer.url == "/sign-in/code/?next=%2Fme%2Ffactors%2F"
    return client.post("/sign-in/code/", {"digits": newest(), "next": "/me/factors/"})


def test_the_first_factor_is_set_up_after_password_and_mailed_code(client, sign_in, newest):
    assert first_time(client, sign_in, newest).url == "/me/factors/"
    assert not is_in(client)
    page = client.get("/me/factors/app/")
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)[1].replace(" ", "")

    done = client.post("/me/factors/app/", {"name": "phone", "digits": digits(secret)})

    assert len(shown(done)) == 10
    assert is_in(client)


def test_the_password_alone_sets_up_nothing(client, posted):
    make_staff(has_app=False)
    give_password(client)

    assert client.get("/me/factors/").status_code == 302
    assert client.get("/me/factors/app/").status_code == 302


def test_the_mailed_code_alone_sets_up_nothing(client, sign_in):
    make_staff(has_app=False)
    sign_in("agent@example.com")

    assert client.get("/me/factors/app/").status_code == 302


def test_who_has_a_factor_cannot_set_up_another_by_password_and_code(client, sign_in):
    agent = make_staff()
    give_password(client)
    sign_in("agent@example.com", target="/me/factors/")

    assert client.get("/me/factors/app/").status_code == 302
    assert factors.of(agent).count() == 1


@pytest.mark.parametrize(
    ("password", "is_good"),
    [
        ("only 14 chars.", False),
        ("fifteen chars..", True),
        ("polniypizdec0211", False),
        ("x y " * 50, True),
        ("påskekyllingen løper fort", True),
    ],
)
def test_a_password_is_long_and_not_a_common_one(client, sign_in, password, is_good):
    agent = make_staff(has_app=False)
    sign_in("agent@example.com", target="/sign-in/password/")

    answer = client.post("/sign-in/password/", {"password": password})

    assert (answer.status_code == 302) is is_good
    assert User.objects.get(pk=agent.pk).check_password(password) is is_good


def test_a_forgotten_password_takes_code_and_factor_and_ends_other_sessions(client, sign_in):
    agent = make_staff()
    go_to_work(working := Client())
    forget_steps()
    sign_in("agent@example.com", target="/sign-in/password/")
    new = {"password": "a wholly new pass phrase"}

    assert client.post("/sign-in/password/", new).status_code == 422
    assert is_in(working)
    answer = client.post("/sign-in/password/", new | {"proof-digits": digits()})

    assert answer.status_code == 302 and is_in(client)
    assert not is_in(working)
    assert User.objects.get(pk=agent.pk).check_password(new["password"])


def test_a_resident_chooses_no_password(client, sign_in):
    sign_in()

    assert client.get("/sign-in/password/").status_code == 403
    assert client.get("/me/factors/").status_code == 403


def test_signing_out_everywhere_else_leaves_this_browser(client):
    make_staff()
    go_to_work(other := Client())
    go_to_work(client)

    client.post("/me/factors/sessions/")

    assert is_in(client) and not is_in(other)


def test_a_disabled_member_of_staff_is_out_with_the_next_request(client):
    agent = make_staff()
    go_to_work(client)

    User.objects.filter(pk=agent.pk).update(is_active=False)

    assert not is_in(client)
