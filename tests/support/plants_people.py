"""Violations of I1, I2, I3 and I5: who holds, what began, who approved, who looked."""

from datetime import timedelta

from chargers.models import Grant, Reveal, Tenure
from records import clock
from support.models import Answer, ClosingStep, EvidenceItem
from tests.chargers import world as people
from tests.factories import ago, make_agent, make_person, make_senior
from tests.support.planting import (
    approve_as,
    change,
    execute,
    guards_asleep,
    hold,
    look,
    make_contest,
    make_share,
    plants,
    tenure_of,
)

# --- I1 ---


@plants("I1")
def two_owners(world):
    execute("ALTER TABLE chargers_tenure DROP CONSTRAINT one_owner_at_a_time")
    people.make_owner(world.charger, starts_at=clock.now())
    return f"charger {world.charger.pk} has two owners"


@plants("I1")
def two_grants_at_one_time(world):
    grant = world.grant()
    with guards_asleep():
        Grant.objects.create(
            charger=world.charger,
            person=world.claimant,
            tenure=tenure_of(world.former),
            origin="planted",
            starts_at=grant.starts_at,
            ends_at=grant.starts_at + timedelta(hours=1),
        )
    return f"charger {world.charger.pk} has two grants"


@plants("I1")
def a_grant_that_outlives_its_tenure(world):
    change(world.tenure(), ends_at=clock.now())
    return f"grant {world.grant().pk} is open although its tenure ended"


@plants("I1")
def a_grant_of_somebody_else(world):
    change(world.grant(), person=make_person())
    return f"grant {world.grant().pk} is not its owner's"


# --- I2 ---


@plants("I2")
def a_grant_under_a_freeze(world):
    since = world.grant().starts_at - timedelta(minutes=1)
    hold(world.charger, "freeze", since, clock.now())
    return f"grant {world.grant().pk} began under hold"


@plants("I2")
def a_release_under_a_dispute(world):
    hold(world.charger, "dispute", world.ticket.decided_at - timedelta(minutes=1))
    return f"release of ticket {world.ticket.pk} began under hold"


@plants("I2")
def a_share_under_a_contest(world):
    made = make_share(world)
    hold(world.charger, "contest", made.made_at - timedelta(seconds=1))
    return f"share {made.pk} began under hold"


@plants("I2")
def service_under_a_freeze(world):
    people.make_service(world.charger.installation, days=1)
    served = Tenure.objects.get(role="service_access")
    hold(world.charger, "freeze", served.starts_at - timedelta(days=1))
    return f"service access {served.pk} began under hold"


@plants("I2")
def a_completion_that_made_nothing(world):
    with guards_asleep():
        Reveal.objects.all().delete()
        Grant.objects.all().delete()
    return f"ticket {world.ticket.request_code} is completed without its grant"


@plants("I2")
def a_use_that_made_a_grant(world):
    until = (clock.now() + timedelta(days=9)).date()
    change(world.ticket, outcome="use", use_until_date=until)
    return f"ticket {world.ticket.request_code} is about use and made a grant"


@plants("I2")
def a_grant_out_of_nowhere(world):
    change(world.grant(), origin="somebody said so")
    return f"grant {world.grant().pk} comes from no completed ticket"


@plants("I2")
def a_completion_without_a_photo(world):
    EvidenceItem.objects.filter(ticket=world.ticket).update(ticks=["serial_shown"])
    return f"ticket {world.ticket.request_code} was completed with less than enough"


@plants("I2")
def a_completion_without_the_owners_word(world):
    Answer.objects.filter(ticket=world.ticket).update(
        void_at=world.ticket.decided_at - timedelta(seconds=1)
    )
    return f"ticket {world.ticket.request_code} was completed with less than enough"


# --- I3 ---


@plants("I3")
def an_approval_by_the_claimant(world):
    approval = approve_as(world.claimant, world.ticket)
    return f"approval {approval.pk} is by a party"


@plants("I3")
def an_approval_by_the_owner(world):
    approval = approve_as(world.former, world.ticket)
    return f"approval {approval.pk} is by a party"


@plants("I3")
def two_approvals_by_one_person(world):
    execute("DROP INDEX one_standing_approval_per_person")
    agent = make_agent()
    for _n in range(2):
        approve_as(agent, world.ticket)
    return f"ticket {world.ticket.request_code} has two standing approvals of person {agent.pk}"


@plants("I3")
def a_release_after_one_approval_of_two(world):
    approve_as(make_agent(), world.ticket)
    approve_as(make_agent(), world.ticket, voided_at=clock.now(), void_reason="facts_changed")
    change(world.ticket, tier=4, by_owner=False, approved_at=ago(days=20))
    return f"ticket {world.ticket.request_code} was released with 1 standing approvals at tier 4"


@plants("I3")
def a_release_with_an_approval_of_later(world):
    approve_as(make_agent(), world.ticket)
    change(world.ticket, tier=3, by_owner=False, approved_at=ago(days=20), decided_at=ago(days=2))
    return f"ticket {world.ticket.request_code} was released with 0 standing approvals"


@plants("I3")
def a_release_that_nobody_waited_for(world):
    change(world.ticket, tier=2)
    return f"ticket {world.ticket.request_code} was released within a day"


@plants("I3")
def a_proof_by_an_approver(world):
    agent, now = make_agent(), clock.now()
    approve_as(agent, world.ticket)
    step = {"made_at": now, "done_at": now, "done_by": agent, "file_key": "x", "sha256": "x"}
    with guards_asleep():
        steps = ClosingStep.objects
        steps.update_or_create(ticket=world.ticket, kind="operator", defaults=step)
    return f"ticket {world.ticket.request_code} was proved at the maker's side by its own approver"


@plants("I3")
def an_owners_yes_that_nobody_said(world):
    with guards_asleep():
        Answer.objects.all().delete()
    return f"ticket {world.ticket.request_code} was released with 0 standing approvals at tier 1"


@plants("I3")
def a_second_look_by_the_approver(world):
    approval = approve_as(make_agent(), world.ticket)
    change(world.ticket, second_look="passed", second_look_by=approval.by)
    return f"ticket {world.ticket.request_code} was looked at again by its own approver"


@plants("I3")
def a_contest_that_one_senior_decided(world):
    contest = make_contest(world, closed_at=clock.now(), restored=False)
    with guards_asleep():
        contest.votes.create(by=make_senior(), restore=False, note="Fine.", at=clock.now())
    return f"contest {contest.pk} was decided by 1 people"


@plants("I3")
def a_vote_by_the_approver(world):
    contest = make_contest(world)
    approval = approve_as(make_agent(), world.ticket)
    with guards_asleep():
        vote = contest.votes.create(by=approval.by, restore=False, note="Fine.", at=clock.now())
    return f"vote {vote.pk} is by someone who approved"


# --- I5 ---


@plants("I5")
def a_look_of_the_former_owner(world):
    seen = look(world, world.former, tenure=tenure_of(world.former))
    return f"reveal {seen.pk} lies outside its right"


@plants("I5")
def a_look_with_somebody_elses_grant(world):
    seen = look(world, make_person(), grant=world.grant())
    return f"reveal {seen.pk} lies outside its right"


@plants("I5")
def a_look_before_the_grant(world):
    seen = look(world, world.claimant, grant=world.grant(), at=ago(days=1))
    return f"reveal {seen.pk} lies outside its right"


@plants("I5")
def a_look_with_the_right_to_charge(world):
    tenant = make_person()
    use = Tenure.objects.create(
        role="charging_user",
        charger=world.charger,
        person=tenant,
        starts_at=ago(days=1),
        source="planted",
    )
    seen = look(world, tenant, tenure=use)
    return f"reveal {seen.pk} lies outside its right"


@plants("I5")
def a_look_by_no_member_of_the_firm(world):
    people.make_service(world.charger, days=1)
    seen = look(world, make_person(), tenure=Tenure.objects.get(role="service_access"), job="fuse")
    return f"reveal {seen.pk} lies outside its right"


@plants("I5")
def a_look_at_a_share_that_was_not_opened(world):
    seen = look(world, make_person(), share=make_share(world))
    return f"reveal {seen.pk} lies outside its right"


@plants("I5")
def a_share_opened_twice(world):
    made = make_share(world)
    change(made, opened_at=made.made_at)
    for _n in range(2):
        look(world, make_person(), share=made)
    return f"share {made.pk} was opened 2 times"


@plants("I5")
def a_look_under_a_contest(world):
    seen = Reveal.objects.get()
    placed = hold(world.charger, "contest", seen.at - timedelta(milliseconds=1))
    return f"reveal {seen.pk} lies under contest {placed.pk}"


@plants("I5")
def a_look_without_its_event(world):
    seen = look(world, world.claimant, grant=world.grant())
    return f"reveal {seen.pk} has no event"


@plants("I5")
def an_event_without_its_look(world):
    with guards_asleep():
        Reveal.objects.all().delete()
    return f"{world.charger.stream}: event"
