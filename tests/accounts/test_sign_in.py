import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import codes, roles
from accounts.models import Role, User
from records import clock
from tests.accounts.people_at_work import go_to_work, make_staff

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def who(browser):
    return browser.get("/me/").context and browser.get("/me/").context["user"]


def plain(response):
    """Return a page without what differs each time: form tokens."""
    return re.sub(rb'csrfmiddlewaretoken" value="[^"]+"', b"", response.content)


def test_a_stranger_becomes_a_person_by_proving_the_address(client, sign_in):
    answer = sign_in("Kari@Example.com", target="/me/")

    assert answer.url == "/me/"
    person = User.objects.get()
    assert (person.email, person.has_usable_password()) == ("kari@example.com", False)
    assert person.proved_at
    assert who(client) == person


def test_nobody_is_made_by_asking_alone(client, posted):
    client.post("/sign-in/", {"email": "kari@example.com"})

    assert len(posted) == 1
    assert not User.objects.exists()


def test_someone_made_by_an_import_is_the_same_person(client, sign_in):
    known = User.objects.create_user("kari@example.com", name="Kari")

    sign_in()

    assert User.objects.get().pk == known.pk
    assert User.objects.get().proved_at


def test_known_and_unknown_addresses_get_the_same_answer(posted):
    User.objects.create_user("known@example.com", name="Somebody")
    closed = User.objects.create_user("other@example.com", is_active=False)
    answers = []
    for email in ("known@example.com", closed.email, "nobody@example.com"):
        browser = Client()
        first = browser.post("/sign-in/", {"email": email})
        second = browser.get(first.url)
        third = browser.post(first.url, {"digits": "12"})
        pages = [plain(page).replace(email.encode(), b"") for page in (first, second, third)]
        answers.append((first.url, second.status_code, third.status_code, pages))

    assert answers[0] == answers[1] == answers[2]


def test_too_many_codes_get_the_same_answer_and_no_mail(client, posted):
    answers = {client.post("/sign-in/", {"email": "kari@example.com"}).url for _ in range(6)}

    assert len(answers) == 1 and len(posted) == 3 and not mail.outbox


def test_a_wrong_code_says_what_to_do_and_signs_nobody_in(client, posted):
    client.post("/sign-in/", {"email": "kari@example.com"})
    wrong = f"{(int(codes.digits(posted[0])) + 1) % 1_000_000:06d}"

    answers = [client.post("/sign-in/code/", {"digits": wrong}) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [422] * 6
    assert "4 tries left" in answers[0].text
    assert "Ask for a new one" in answers[5].text
    assert client.get("/me/").status_code == 302


def test_a_code_is_of_no_use_in_another_browser(client, newest):
    client.post("/sign-in/", {"email": "kari@example.com"})
    stranger = Client()
    stranger.post("/sign-in/", {"email": "kari@example.com"})

    client.post("/sign-in/", {"email": "kari@example.com"})
    answer = stranger.post("/sign-in/code/", {"digits": newest()})

    assert answer.status_code == 422
    assert stranger.get("/me/").status_code == 302


def test_another_code_can_be_had(client, newest, posted):
    client.post("/sign-in/", {"email": "kari@example.com", "next": "/me/"})
    answer = client.post("/sign-in/code/", {"resend": "1", "next": "/me/"})

    assert len(posted) == 2
    assert client.get(answer.url).status_code == 200
    assert client.post(answer.url, {"digits": newest(), "next": "/me/"}).url == "/me/"


def test_the_session_gets_a_new_key_and_the_old_one_is_worth_nothing(client, sign_in):
    client.post("/sign-in/", {"email": "kari@example.com"})
    before = client.session.session_key
    sign_in()
    after = client.session.session_key
    thief = Client()
    thief.cookies["session"] = before

    assert before != after
    assert thief.get("/me/").status_code == 302


@pytest.mark.parametrize(
    "trick",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "\x00/evil.example",
        " //evil.example",
        "evil.example",
        "https:///evil.example",
    ],
)
def test_sign_in_leads_to_pages_of_ours_only(client, sign_in, trick):
    answer = sign_in(target=trick)

    assert answer.url == "/"


def test_someone_who_was_disabled_is_out_with_the_next_request(client, sign_in):
    sign_in()
    assert client.get("/me/").status_code == 200

    User.objects.update(is_active=False)

    assert client.get("/me/").status_code == 302


def test_a_closed_account_is_told_so_after_the_proof(client, sign_in):
    User.objects.create_user("kari@example.com", is_active=False)

    answer = sign_in()

    assert answer.status_code == 403
    assert "This account is closed" in answer.text


@pytest.mark.parametrize(("minutes", "is_in"), [(29, True), (31, False)])
def test_a_session_left_alone_for_half_an_hour_is_over(client, sign_in, minutes, is_in):
    sign_in()
    session = client.session
    session["seen_at"] -= minutes * 60
    session.save()

    assert (client.get("/me/").status_code == 200) is is_in


def test_a_session_ends_after_ten_hours_of_work(client, sign_in):
    sign_in()
    session = client.session
    session["began_at"] -= 10 * 3600 + 1
    session.save()

    assert client.get("/me/").status_code == 302


def test_moving_the_clock_of_the_deadlines_signs_nobody_out(client, sign_in, pass_time):
    sign_in()
    pass_time(days=30)

    assert client.get("/me/").status_code == 200


def test_signing_out_takes_a_post_and_has_the_browser_forget(client, sign_in):
    sign_in()
    assert client.get("/sign-out/").status_code == 405
    assert client.get("/me/").status_code == 200

    answer = client.post("/sign-out/")

    assert '"storage"' in answer["Clear-Site-Data"]
    assert client.get("/me/").status_code == 302
    assert not Session.objects.filter(session_key=client.session.session_key).exists()


def test_a_fresh_proof_is_asked_for_again_and_renews_the_age(client, sign_in, newest):
    sign_in()
    session = client.session
    session["authenticated_at"] -= 3600
    session.save()

    page = client.get("/sign-in/?again=1&next=/me/")
    assert page.status_code == 200 and "kari@example.com" in page.text
    client.post("/sign-in/", {"next": "/me/", "email": "other@example.com"})
    client.post("/sign-in/code/", {"digits": newest(), "next": "/me/"})

    assert User.objects.count() == 1
    assert timezone.now().timestamp() - client.session["authenticated_at"] < 60


def test_a_part_that_has_ended_gives_no_way_in(client):
    agent = make_staff(is_staff=True)
    go_to_work(client)
    assert client.get("/admin/").status_code == 200

    roles.end(user=agent, role=Role.AGENT, at=clock.now())

    assert client.get("/admin/", follow=True).status_code == 403


def test_a_resident_is_told_that_the_admin_is_not_for_them(client, sign_in):
    sign_in()

    assert client.get("/admin/", follow=True).status_code == 403


def test_the_admin_changes_nothing(client):
    agent = make_staff(is_staff=True, is_superuser=True)
    go_to_work(client)
    page = f"/admin/accounts/user/{agent.pk}/change/"

    shown = client.get(page)
    assert shown.status_code == 200 and "md5$" not in shown.text
    assert client.post(page, {"name": "Other"}).status_code == 403
    assert client.get("/admin/accounts/user/add/").status_code == 403
    assert client.post(f"/admin/accounts/user/{agent.pk}/delete/").status_code == 403


def test_roles_hold_from_their_beginning_up_to_their_end(pass_time):
    begun = clock.now()
    agent = make_staff()
    pass_time(days=1)
    later = clock.now()
    roles.end(user=agent, role=Role.AGENT, at=later)

    assert not roles.has_role(agent, Role.AGENT, begun - timedelta(days=1))
    assert roles.has_role(agent, Role.AGENT, later - timedelta(seconds=1))
    assert not roles.has_role(agent, Role.AGENT, later)
    assert list(roles.holders(Role.AGENT, later - timedelta(seconds=1))) == [agent]


def test_a_person_names_themselves_and_chooses_a_language(client, sign_in):
    sign_in()

    client.post("/me/", {"name": "Kari Nordmann", "language": "nb"})

    person = User.objects.get()
    assert (person.name, person.language) == ("Kari Nordmann", "nb")
    assert 'lang="nb"' in client.get("/me/").text


def test_fields_that_are_not_on_the_page_change_nothing(client, sign_in):
    sign_in()
    client.post("/me/", {"name": "K", "language": "en", "is_staff": "1", "email": "x@example.com"})

    person = User.objects.get()
    assert (person.email, person.is_staff) == ("kari@example.com", False)


def test_where_there_is_one_language_nobody_is_asked_for_one(client, sign_in, settings):
    settings.LANGUAGES = [("en", "English")]
    sign_in()

    page = client.get("/me/")
    assert 'name="language"' not in page.text
    assert client.post("/me/", {"name": "Kari Nordmann"}).status_code == 302
    assert User.objects.get().name == "Kari Nordmann"
