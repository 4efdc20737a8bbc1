"""The desk's pages as its people see them."""

import pytest
from django.urls import reverse

from accounts.models import Role
from support.machine import State
from tests.factories import make_ticket, ready_for_approval
from tests.support.desk_world import desk_of, page

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", [s for s in State if s != State.DRAFT])
def test_a_ticket_in_any_state_has_its_page(state):
    ticket = make_ticket(state)
    response = desk_of(Role.AGENT).get(page(ticket))
    assert response.status_code == 200
    assert ticket.request_code in response.content.decode()


def test_a_ready_ticket_shows_what_the_policy_says():
    ticket = ready_for_approval()
    client = desk_of()
    html = client.get(page(ticket)).content.decode()
    assert "purchase agreement" in html
    assert client.get(reverse("support:desk")).status_code == 200
