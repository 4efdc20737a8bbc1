"""What browsers report of our content policy: one harmless line, and no row but the count."""

import json
import logging

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from support.services import links
from tests.factories import make_person, own, place_charger
from tests.support.public_world import link_to

pytestmark = pytest.mark.django_db
OLD, NEW = "application/csp-report", "application/reports+json"


@pytest.fixture
def report(caplog):
    caplog.set_level(logging.WARNING, logger="config.policy_reports")
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)

    def send(body, kind=OLD):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = browser.post(reverse("policy-report"), content, content_type=kind)
        return answer.status_code, [r.getMessage() for r in caplog.records]

    return send


def test_pages_say_where_to_report(client):
    answer = client.get("/sign-in/")

    assert f"report-uri {reverse('policy-report')}" in answer["Content-Security-Policy"]
    assert "report-to policy" in answer["Content-Security-Policy"]
    assert answer["Reporting-Endpoints"] == f'policy="{reverse("policy-report")}"'


@pytest.mark.parametrize("shape", ["old", "new"])
def test_a_report_is_one_line_without_the_address(report, shape):
    charger = place_charger()
    token = links.token(link_to(charger, own(charger, make_person())))
    page = f"{settings.BASE_URL}/l/{token}/"
    blocked = "https://evil.example/x?q=secret"
    if shape == "old":
        said = {"document-uri": page, "violated-directive": "img-src", "blocked-uri": blocked}
        status, lines = report({"csp-report": said})
    else:
        body = {"documentURL": page, "effectiveDirective": "img-src", "blockedURL": blocked}
        status, lines = report([{"type": "csp-violation", "body": body}], NEW)

    assert status == 200
    assert lines == ["policy broken directive=img-src blocked=evil.example page=support:link"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[" * 50_000,
        b"\xff\xfe",
        b'{"csp-report": []}',
        b'{"csp-report": {"document-uri": "http://[", "blocked-uri": "http://["}}',
        b'[1, "x", {"body": {"blockedURL": {"a": 1}, "effectiveDirective": ["x"]}}]',
        json.dumps({"csp-report": {"violated-directive": "x\r\nroot: it is " * 900}}).encode(),
    ],
)
def test_what_is_no_report_breaks_nothing(report, body):
    status, lines = report(body)

    assert status == 200
    assert not [line for line in lines if "\n" in line or len(line) > 400]


def test_reports_of_one_network_are_counted(report):
    answers = [report({"csp-report": {"violated-directive": "img-src"}})[0] for _n in range(103)]

    assert answers[0] == 200 and answers[-1] == 429
