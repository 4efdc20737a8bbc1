"""A form that is sent often is carried out once: real transactions, real threads."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, connections, transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.test import Client, RequestFactory

from accounts.models import StaffRole
from chargers.models import Installation
from records import clock
from records.moment import one_moment
from support import permissions
from support.models import FormKey, Message
from support.views.once import once
from tests.factories import make_agent, make_person, make_ticket
from tests.faults.parts import wait_for
from tests.support.desk_world import at_browser
from tests.support.public_world import fill, key_of, url

KEY = "0123456789abcdef0123456789abcdef"
FIFTY = 50


def post(view, *, user=None, path="/page/", **fields):
    request = RequestFactory().post(path, {"form_key": KEY, **fields})
    request.user = user or make_person()
    return view(request)


def put_up(request):
    """A view that writes a row, and answers as the form wants."""
    Installation.objects.create(vendor="test", external_id=request.POST["name"])
    if request.POST.get("end") == "wrong":
        return HttpResponse("wrong", status=422)
    if request.POST.get("end") == "refused":
        raise PermissionDenied
    return redirect("/done/")


@pytest.mark.django_db
def test_same_form_again_is_led_to_the_same_page():
    user = make_person()
    answers = [post(once(put_up), user=user, name="a") for _ in range(3)]

    assert [answer.url for answer in answers] == ["/done/"] * 3
    assert Installation.objects.filter(vendor="test").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("other", [{"name": "b"}, {"path": "/other/"}, {"user": True}])
def test_same_key_with_other_contents_page_or_person_is_refused(other, client):
    user = make_person()
    post(once(put_up), user=user, name="a")
    sent = {"user": user, "name": "a"} | other
    sent["user"] = make_person() if other.get("user") else user
    response = post(once(put_up), **sent)

    assert response.status_code == 422
    assert "was carried out" in response.content.decode()
    assert Installation.objects.filter(vendor="test").count() == 1


@pytest.mark.django_db
def test_a_page_that_says_what_is_wrong_leaves_nothing_and_can_be_sent_again():
    user = make_person()
    wrong = post(once(put_up), user=user, name="a", end="wrong")
    assert wrong.status_code == 422
    assert not Installation.objects.filter(vendor="test").exists()
    assert not FormKey.objects.exists()

    assert post(once(put_up), user=user, name="a").url == "/done/"


@pytest.mark.django_db
def test_a_refusal_leaves_nothing():
    with pytest.raises(PermissionDenied):
        post(once(put_up), name="a", end="refused")

    assert not Installation.objects.filter(vendor="test").exists()
    assert not FormKey.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "short", "x" * 65, "Ω" * 20, "a\x00b" * 10])
def test_without_a_key_of_ours_the_form_is_simply_carried_out(key):
    request = RequestFactory().post("/page/", {"form_key": key, "name": "a"})
    request.user = make_person()

    assert once(put_up)(request).url == "/done/"
    assert not FormKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_are_one():
    ticket = make_ticket("in_review")
    client = at_browser(ticket.claimant, proved=False)
    key = key_of(client.get(ticket.get_absolute_url()))
    session = client.cookies["session"].value
    barrier = Barrier(10)

    def send(number: int) -> tuple[int, str]:
        browser = Client()
        browser.cookies["session"] = session
        if number < 10:
            barrier.wait(timeout=30)
        fields = {"form_key": key, "body": "When do I hear from you?"}
        response = browser.post(url("message", ticket.request_code), fields)
        connections.close_all()
        return response.status_code, response.url

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(send, range(FIFTY)))

    assert set(answers) == {(302, ticket.get_absolute_url())}
    assert Message.objects.filter(ticket=ticket).count() == 1
    assert FormKey.objects.filter(key=key).count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_waited_for_the_same_forms_turn_reads_their_part_anew():
    agent, seen = make_agent(), []

    def part(request):
        seen.append(permissions.decides(agent))
        return redirect("/done/")

    def send():
        with one_moment():
            part(None)
            post(once(part))
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))", [KEY])
            sent = pool.submit(send)
            wait_for(lambda: is_somebody_waiting(cursor), seconds=30, what="the form waits")
            StaffRole.objects.filter(user=agent).update(ends_at=clock.now())
        sent.result(timeout=30)

    assert seen == [True, False]


def is_somebody_waiting(cursor) -> bool:
    cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    return cursor.fetchone()[0] == 1


@pytest.mark.django_db
def test_the_back_button_sends_nothing_twice():
    ticket = make_ticket("in_review")
    client = at_browser(ticket.claimant, proved=False)
    address = url("withdraw", ticket.request_code)
    first = fill(client, address)
    key = FormKey.objects.get().key

    again = client.post(address, {"form_key": key})
    fresh = client.post(address)
    assert (first.url, again.url) == (url("tickets"), url("tickets"))
    assert fresh.status_code == 409
