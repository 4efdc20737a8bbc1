"""A link from a mail: opened, shown once, changing nothing."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from records import clock
from support.models import Link
from support.services import links
from support.views import visits
from tests.factories import own, place_charger
from tests.support.public_world import link_to, opened, text, url

pytestmark = pytest.mark.django_db
UNTOUCHED = ("django_session", "records_access")


def contents() -> dict[str, int]:
    """Return a fingerprint of every table, without sessions."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        found = {}
        for table in tables:
            if not table.startswith(UNTOUCHED):
                cursor.execute(f"SELECT md5(coalesce(string_agg(t::text, ''), '')) FROM {table} t")
                found[table] = cursor.fetchone()[0]
    return found


@pytest.fixture
def link():
    charger = place_charger()
    return link_to(charger, own(charger))


def test_opening_a_link_twice_changes_no_row(link):
    before = contents()
    client = Client()
    for _ in range(2):
        for ask in (client.head, client.options, client.get):
            assert ask(url("link", links.token(link))).status_code in (302, 405)
        for page in ("answer", "answer-code", "answer-confirm", "answer-done"):
            client.get(url(page, link.uid))

    assert contents() == before


def test_the_address_after_the_link_has_no_token_and_the_session_a_new_key(link):
    client = Client()
    client.get("/sign-in/")
    session = client.session
    session["fixed"] = True
    session.save()
    client.cookies["session"] = session.session_key
    response = client.get(url("link", links.token(link)))

    assert response.url == url("answer", link.uid)
    assert client.cookies["session"].value != session.session_key
    assert client.get(response.url).status_code == 200


@pytest.mark.parametrize("page", ["answer", "answer-code", "answer-confirm", "answer-done"])
def test_without_the_link_the_page_says_how_to_open_it(link, page):
    response = Client().get(url(page, link.uid))

    assert response.status_code == 403
    assert "Open the link in our mail again" in text(response)
    unknown = Client().get(url(page, "0" * 8 + "-0000-4000-8000-" + "0" * 12))
    assert text(unknown).split("<main")[1].split("</main")[0] in text(response)


def test_one_link_opens_no_other(link):
    other = place_charger()
    theirs = link_to(other, own(other))
    client = opened(link)

    assert client.get(url("answer", theirs.uid)).status_code == 403
    assert client.get(url("firm-answer", link.uid)).status_code == 403
    assert client.get(url("offer", link.uid)).status_code == 403
    assert client.post(url("answer", theirs.uid), {"answer": "still_mine"}).status_code == 403


@pytest.mark.parametrize("token", ["x", "a.b", "%01", "é" * 30, "AAAA" * 200, "..", ":"])
def test_a_damaged_link_says_what_to_do(token):
    response = Client().get(f"/l/{token}/")

    assert response.status_code == 404
    assert "500" not in text(response)


def test_a_cut_expired_or_revoked_link_says_what_to_do(link):
    whole = links.token(link)
    cut = Client().get(url("link", whole[:-3]))
    assert "Copy all of it" in text(cut)

    Link.objects.filter(pk=link.pk).update(revoked_at=clock.now())
    assert "newest mail" in text(Client().get(url("link", whole)))
    past = clock.now() - timedelta(days=1)
    Link.objects.filter(pk=link.pk).update(revoked_at=None, expires_at=past)
    assert "has run out" in text(Client().get(url("link", whole)))


def test_a_link_that_ends_while_it_is_open_closes(link):
    client = opened(link)
    Link.objects.filter(pk=link.pk).update(revoked_at=clock.now())

    assert client.get(url("answer", link.uid)).status_code == 403
    assert client.post(url("answer", link.uid), {"answer": "still_mine"}).status_code == 403


def test_a_link_stays_open_for_an_hour(link, monkeypatch):
    client = opened(link)
    late = visits._now() + visits.OPEN_FOR.total_seconds() + 1
    monkeypatch.setattr(visits, "_now", lambda: late)

    assert client.get(url("answer", link.uid)).status_code == 403


def test_leaving_quickly_forgets_the_link(link):
    client = opened(link)
    assert url("leave") in text(client.get(url("answer", link.uid)))
    response = client.get(url("leave"))

    assert response.status_code == 302
    assert "handover" not in response.url
    assert client.get(url("answer", link.uid)).status_code == 403


def type_it(client, typed):
    return client.post(url("link-code"), {"link_code": typed})


def test_the_code_of_a_mail_opens_the_page_of_its_link(link):
    client = Client()

    response = type_it(client, links.code_of(link).lower().replace("-", " "))

    assert response.url == url("answer", link.uid)
    assert client.get(response.url).status_code == 200


@pytest.mark.parametrize("wrong", ["", "ABCD", "ABCD-EFGH-JKLM", "0101-0101-0101", "A" * 40])
def test_a_wrong_code_opens_nothing_and_keeps_what_was_typed(link, wrong):
    client = Client()

    response = type_it(client, wrong)

    assert response.status_code == 422
    assert f'value="{wrong}"' in text(response) or not wrong
    assert client.get(url("answer", link.uid)).status_code == 403


def test_one_wrong_sign_opens_nothing(link):
    right = links.code_of(link)

    for place in (0, 3, 5, len(right) - 1):
        other = "2" if right[place] != "2" else "3"
        wrong = right[:place] + other + right[place + 1 :]
        assert type_it(Client(), wrong).status_code == 422, wrong


def test_the_code_of_a_link_that_was_taken_back_says_so(link):
    links.revoke(charger=link.charger, at=clock.now(), party=link.party)

    response = type_it(Client(), links.code_of(link))

    assert response.status_code == 422
    assert "no longer in use" in text(response)


def test_codes_cannot_be_guessed_from_one_network_for_long(link):
    client = Client()
    tried = [type_it(client, "ABCD-EFGH-JKLM").status_code for _try in range(51)]

    assert tried == [422] * 50 + [429]


def test_a_link_opens_its_page_in_the_language_that_was_asked_for(link):
    client = Client()
    client.get(url("link", links.token(link)) + "?in=nb")

    assert '<html lang="nb"' in text(client.get(url("answer", link.uid)))


def test_a_language_that_we_do_not_have_is_no_language(link):
    client = Client()
    response = client.get(url("link", links.token(link)) + "?in=xx")

    assert response.status_code == 302
    assert "django_language" not in response.cookies
