"""Acts with power ask for a proof from the last five minutes, and lose nothing that was typed."""

import re
from html import unescape

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from django.views.decorators.http import require_POST

from accounts import sessions, stepup
from config.urls import urlpatterns as ours
from tests.accounts.people_at_work import digits, forget_steps, go_to_work, grow_old, make_staff

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]
TYPED = {"note": 'line one\r\n<b>"two"</b> & æ', "ticks": ["a", "b"], "empty": ""}
done: list[dict] = []


@sessions.staff_only
@require_POST
@stepup.fresh
def act(request):
    done.append({name: values for name, values in request.POST.lists()})
    return HttpResponse("done")


@stepup.fresh
def act_of_resident(request):
    return act.__wrapped__(request) if request.method == "POST" else HttpResponse("look")


urlpatterns = [*ours, path("act/", act), path("resident-act/", act_of_resident)]
handler403, handler404 = "config.views.forbidden", "config.views.not_found"


@pytest.fixture(autouse=True)
def nothing_done():
    done.clear()


def fields(page) -> dict:
    """Return what the page's hidden fields would send."""
    found: dict = {}
    for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text):
        found.setdefault(name, []).append(unescape(value))
    found.pop("csrfmiddlewaretoken", None)
    return found


def sent(page) -> dict:
    return {k: v for k, v in fields(page).items() if k in TYPED}


def test_a_fresh_member_of_staff_just_acts(client):
    make_staff()
    go_to_work(client)

    assert client.post("/act/", TYPED).text == "done"


def test_an_old_proof_is_asked_for_and_every_field_goes_along(client):
    make_staff()
    go_to_work(client)
    grow_old(client)

    page = client.post("/act/", TYPED)
    assert page.status_code == 403 and not done
    forget_steps()
    answer = client.post("/act/", sent(page) | {"proof-digits": digits()})

    assert answer.text == "done"
    assert done == [{"note": [TYPED["note"]], "ticks": ["a", "b"], "empty": [""]}]


def test_a_wrong_proof_keeps_what_was_typed_and_does_nothing(client):
    make_staff()
    go_to_work(client)
    grow_old(client)

    page = client.post("/act/", TYPED | {"proof-digits": "abcd-efgh-jkmn"})

    assert page.status_code == 422 and not done
    assert sent(page) == {"note": [TYPED["note"]], "ticks": ["a", "b"], "empty": [""]}


def test_after_one_proof_the_next_five_minutes_are_free(client):
    make_staff()
    go_to_work(client)
    grow_old(client)
    forget_steps()
    client.post("/act/", TYPED | {"proof-digits": digits()})

    assert client.post("/act/", TYPED).text == "done"
    grow_old(client)
    assert client.post("/act/", TYPED).status_code == 403


def test_a_mailed_code_does_not_make_staff_fresh(client, sign_in):
    make_staff()
    go_to_work(client)
    grow_old(client)
    sign_in("agent@example.com")

    assert client.post("/act/", TYPED).status_code == 403


def test_a_resident_is_mailed_a_code_and_goes_on_with_it(client, sign_in, newest, posted):
    sign_in()
    grow_old(client)
    before = len(posted)

    page = client.post("/resident-act/", TYPED)
    assert page.status_code == 403 and len(posted) == before + 1
    wrong = client.post("/resident-act/", TYPED | {"proof-digits": "12"})
    assert wrong.status_code == 422 and "tries left" in wrong.text
    client.post("/resident-act/", TYPED | {"proof-resend": "1"})
    assert len(posted) == before + 2
    answer = client.post("/resident-act/", sent(page) | {"proof-digits": newest()})

    assert answer.text == "done" and done[0]["ticks"] == ["a", "b"]


def test_looking_needs_no_proof_and_nobody_acts_unknown(client, sign_in):
    sign_in()
    grow_old(client)

    assert client.get("/resident-act/").text == "look"
    assert Client().post("/resident-act/", TYPED).status_code == 302
    assert not done


def test_the_proof_of_one_person_is_no_proof_of_another(client):
    make_staff()
    make_staff("other@example.com")
    go_to_work(client)
    go_to_work(other := Client(), "other@example.com")
    grow_old(other)

    assert client.post("/act/", TYPED).text == "done"
    assert other.post("/act/", TYPED).status_code == 403
