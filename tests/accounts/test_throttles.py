"""Limits: so many uses in so long, counted in PostgreSQL; the page names the cure."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import throttles
from accounts.models import Code, Throttle
from accounts.throttles import Limit, Throttled

FEW = Limit("few", 3, timedelta(hours=1), "Wait an hour.")


def use(times: int, subject: str = "anna", **what) -> None:
    for _n in range(times):
        throttles.spend(FEW, subject, **what)


@pytest.mark.django_db
def test_the_fourth_use_is_refused_with_its_cure_and_the_wait():
    use(3)

    with pytest.raises(Throttled, match="Wait an hour") as refused:
        use(1)

    assert 3590 <= refused.value.retry_after <= 3600
    use(3, "berit")
    assert Throttle.objects.count() == 6


@pytest.mark.django_db
def test_the_same_thing_counts_once():
    use(9, what="ZAP000001")
    use(2, what="ZAP000002")
    use(2, what="ZAP000003")
    with pytest.raises(Throttled):
        use(1, what="ZAP000004")
    use(1, what="ZAP000001")


@pytest.mark.django_db
def test_nobody_is_kept_out_for_good():
    use(3)
    Throttle.objects.update(at=timezone.now() - FEW.window)
    use(3)
    assert Throttle.objects.count() == 3, "what is over is deleted"


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_get_the_three_that_there_are():
    def attempt(_number) -> bool:
        try:
            use(1)
            return True
        except Throttled:
            return False
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(attempt, range(20))) == 3


@pytest.fixture
def no_redis(settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"


@pytest.mark.django_db
def test_codes_from_one_network_run_out_alike_for_known_and_unknown(no_redis, monkeypatch):
    limit = Limit("codes_network", 4, timedelta(minutes=15), "Wait.")
    monkeypatch.setattr(throttles, "CODES_BY_NETWORK", limit)
    answers = []
    for number in range(6):
        client = Client(REMOTE_ADDR="192.0.2.7")
        sent = {"email": f"someone{number}@example.com"}
        answers.append(client.post(reverse("accounts:sign-in"), sent))

    assert [answer.status_code for answer in answers] == [302] * 4 + [429] * 2
    assert 0 < int(answers[-1]["Retry-After"]) <= 900
    assert "Wait." in answers[-1].content.decode()
    assert Code.objects.count() == 4
    elsewhere = Client(REMOTE_ADDR="192.0.2.8")
    sent = {"email": "someone5@example.com"}
    assert elsewhere.post(reverse("accounts:sign-in"), sent).status_code == 302


@pytest.mark.django_db
def test_wrong_codes_from_one_network_run_out_and_the_right_one_from_elsewhere_works(monkeypatch):
    limit = Limit("tries_network", 2, timedelta(minutes=15), "Wait.")
    monkeypatch.setattr(throttles, "TRIES_BY_NETWORK", limit)
    client = Client(REMOTE_ADDR="192.0.2.7")
    client.post(reverse("accounts:sign-in"), {"email": "anna@example.com"})

    page = reverse("accounts:code")
    statuses = [client.post(page, {"digits": "12345"}).status_code for _n in range(3)]

    assert statuses == [422, 422, 429]
    assert Code.objects.get().tries == 2, "what is refused here costs the person no try"
