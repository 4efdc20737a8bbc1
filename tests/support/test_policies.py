"""Policies: drafted with a reason, tried on past decisions, published by somebody else."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django_fsm import TransitionNotAllowed

from accounts.models import Role
from support import replay
from support.machine import State
from support.models import Policy, Ticket
from support.numbers import DEFAULT_POLICY, NUMBERS
from support.rules import Tier
from support.services import approvals, policies
from tests.chargers.world import make_staff
from tests.factories import draw, make_agent, make_senior, make_ticket, ready_for_approval, reload
from tests.support.desk_world import desk_of

pytestmark = pytest.mark.django_db
REASON = "Agreements are stored for longer now, so older ones are common."


def administrator():
    return make_staff(Role.ADMINISTRATOR)


def drafted(by=None, **changes):
    data = dict(Policy.objects.current().data) | changes
    return policies.draft(by=by or administrator(), reason=REASON, data=data)


def seen(policy):
    return policy.made_at.isoformat()


def test_a_draft_changes_nothing_until_a_second_administrator_publishes_it():
    draft = drafted(review_hours=4)
    before = Policy.objects.current()

    policies.publish(version=draft.version, by=administrator(), seen_at=seen(draft))

    assert before.data["review_hours"] == 8
    assert Policy.objects.current().data["review_hours"] == 4


def test_its_author_cannot_publish_it_nor_the_one_who_changed_it_last():
    author, other = administrator(), administrator()
    draft = drafted(by=author)

    with pytest.raises(PermissionDenied):
        policies.publish(version=draft.version, by=author, seen_at=seen(draft))
    changed = policies.change(version=draft.version, by=other, reason=REASON, data=draft.data)
    with pytest.raises(PermissionDenied):
        policies.publish(version=draft.version, by=other, seen_at=seen(changed))

    assert Policy.objects.get(version=draft.version).is_draft


def test_what_was_not_read_is_not_published():
    draft = drafted()
    policies.change(version=draft.version, by=administrator(), reason=REASON, data=draft.data)

    with pytest.raises(TransitionNotAllowed):
        policies.publish(version=draft.version, by=administrator(), seen_at=seen(draft))


@pytest.mark.parametrize("role", [r for r in Role if r != Role.ADMINISTRATOR])
def test_only_administrators_draft(role):
    with pytest.raises(PermissionDenied):
        policies.draft(by=make_staff(role), reason=REASON, data=dict(DEFAULT_POLICY))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"low_hours": 23}, "low_hours"),
        ({"second_look_percent": 101}, "second_look_percent"),
        ({"review_hours": None}, "review_hours"),
        ({"review_hours": 2.5}, "review_hours"),
    ],
)
def test_numbers_out_of_bounds_are_refused_by_name(change, field):
    with pytest.raises(ValidationError) as refused:
        drafted(**change)

    assert set(refused.value.error_dict) == {field}


def test_postgresql_keeps_a_published_policy_and_its_second_person():
    draft = drafted()
    with pytest.raises(IntegrityError), transaction.atomic():
        Policy.objects.filter(pk=draft.pk).update(
            published_at=draft.made_at, published_by=draft.author
        )
    for statement in ("UPDATE support_policy SET data = data", "DELETE FROM support_policy"):
        with pytest.raises(IntegrityError), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"{statement} WHERE version = 1")


def test_a_draft_is_tried_on_past_decisions_by_what_they_rested_on(mails_arrive):
    ticket = ready_for_approval()
    same = ready_for_approval()
    mails_arrive()
    approve(ticket)
    approve(same)
    basis = reload(ticket).basis
    basis["measures"]["agreement_days"] = 300
    Ticket.objects.filter(pk=ticket.pk).update(basis=basis)

    trial = policies.try_out(drafted(agreement_months=6))

    assert trial.tried == 2
    assert [found.request_code for found, _why in trial.shown] == [ticket.request_code]
    [(_found, difference)] = trial.shown
    assert (difference.before.tier, difference.after.tier) == (Tier.NORMAL, Tier.HIGH)
    assert difference.after.people == 2
    page = desk_of(Role.ADMINISTRATOR).get(reverse("support:policy", args=[2])).content.decode()
    assert "1 of 2 would have been decided differently:" in page
    assert "tier normal would be high, 1 to approve would be 2, a longer wait" in page
    many = policies.Trial(2140, trial.differences * 218, {ticket.pk: ticket})
    assert many.words == "218 of 2,140 would have been decided differently"
    assert (len(many.shown), many.left_out) == (200, 18)


def approve(ticket):
    by = make_agent()
    draw(ticket, by)
    facts_version = reload(ticket).facts_version
    approvals.approve(ticket_id=ticket.pk, by=by, facts_version=facts_version)


def test_the_policy_in_force_would_decide_everything_the_same():
    approve(ready_for_approval())
    data = Policy.objects.current().data

    decided = Ticket.objects.exclude(basis=None).values_list("pk", "basis")

    assert list(decided)
    assert replay.differences(decided, before=data, after=data) == []


def test_a_request_moves_to_the_policy_in_force_with_a_reason_and_is_read_again():
    ticket = make_ticket(state=State.SECOND_REVIEW)
    draft = drafted(normal_working_days=3)
    policies.publish(version=draft.version, by=administrator(), seen_at=seen(draft))

    with pytest.raises(ValidationError):
        policies.move_ticket(ticket_id=ticket.pk, by=make_senior(), reason="because")
    policies.move_ticket(ticket_id=ticket.pk, by=make_senior(), reason=REASON)

    assert reload(ticket).policy.version == draft.version
    assert reload(ticket).state == State.IN_REVIEW
    with pytest.raises(TransitionNotAllowed):
        policies.move_ticket(ticket_id=ticket.pk, by=make_senior(), reason=REASON)


def test_an_agent_moves_no_request():
    ticket = make_ticket(state=State.IN_REVIEW)

    with pytest.raises(PermissionDenied):
        policies.move_ticket(ticket_id=ticket.pk, by=make_agent(), reason=REASON)


# --- the pages ---


def typed(**changes):
    return {name: number.first for name, number in NUMBERS.items()} | {"reason": REASON} | changes


def test_two_administrators_bring_a_policy_into_force_on_the_pages():
    first, second = desk_of(Role.ADMINISTRATOR), desk_of(Role.ADMINISTRATOR)

    saved = first.post(reverse("support:policy-new"), typed(reply_hours=4))
    shown = second.get(saved["Location"])
    version = shown.context["policy"].version
    done = second.post(
        reverse("support:policy-publish", args=[version]), {"seen_at": shown.context["seen_at"]}
    )

    assert done.status_code == 302
    assert Policy.objects.current().data["reply_hours"] == 4
    assert "in force" in first.get(reverse("support:policies")).content.decode()


def test_a_refused_number_is_named_and_what_was_typed_is_kept():
    page = desk_of(Role.ADMINISTRATOR).post(
        reverse("support:policy-new"), typed(low_hours=2, reason="A reason of more than twenty.")
    )

    assert page.status_code == 422
    assert page.context["form"].errors.keys() == {"low_hours"}
    assert "A reason of more than twenty." in page.content.decode()


def test_an_unknown_request_code_is_named_and_what_was_typed_is_kept():
    page = desk_of(Role.SENIOR).post(
        reverse("support:policy-move"), {"request_code": "no such", "reason": REASON}
    )

    assert page.status_code == 422
    assert page.context["move_form"].errors.keys() == {"request_code"}
    assert REASON in page.content.decode()
