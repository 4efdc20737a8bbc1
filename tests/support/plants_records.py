"""Violations of I4 and I6 to I10: what moved, what went out, what stands where."""

from django.conf import settings

from chargers.models import Pin
from records import clock, safety
from records.models import ChainHead, Event, OutboxRow
from support import machine
from support.models import Deadline, Decision, EvidenceItem, Message, Notice, Ticket
from support.services import desk
from tests.chargers import world as people
from tests.factories import ago, make_agent, make_ticket
from tests.support.planting import approve_as, change, execute, guards_asleep, plants

# --- I4 ---


@plants("I4")
def a_gap_in_the_events(world):
    with guards_asleep():
        Event.objects.filter(stream=world.ticket.stream, number=2).delete()
    return f"{world.ticket.stream}: event 3 follows 1"


@plants("I4")
def a_jump_over_the_machine(world):
    events = Event.objects.filter(stream=world.ticket.stream, data__to="completed")
    event = events.exclude(data__from="completed").get()
    came = event.data["from"]
    change(event, data=event.data | {"to": "expired"})
    return f"{world.ticket.stream}: event {event.number} goes {came} to expired"


@plants("I4")
def a_state_without_events(world):
    change(world.ticket, state="withdrawn")
    return f"{world.ticket.stream}: is withdrawn"


@plants("I4")
def a_completion_without_a_person(world):
    with guards_asleep():
        Event.objects.filter(stream=world.ticket.stream, kind="answered").update(
            kind="fell_silent", actor=None, by_what="clock"
        )
    return f"{world.ticket.stream}: completed without a person's yes"


@plants("I4")
def a_rejection_by_the_clock(world):
    ticket = make_ticket(machine.State.REJECTED)
    return f"{ticket.stream}: rejected without a person's no"


@plants("I4")
def events_of_no_ticket(world):
    ticket = make_ticket(machine.State.SUBMITTED)
    with guards_asleep():
        ticket.deadlines.all().delete()
        Ticket.objects.filter(pk=ticket.pk).delete()
    return f"{ticket.stream}: events of no ticket"


@plants("I4")
def a_state_that_no_person_can_leave(world):
    kept = tuple(move for move in machine.TRANSITIONS if move.source != machine.State.COLLECTING)
    world.patch.setattr(machine, "TRANSITIONS", kept)
    return "collecting has no exit for a person"


# --- I6 ---


@plants("I6")
def a_mail_that_was_lost(world):
    notice = Notice.objects.latest("pk")
    Notice.objects.filter(pk=notice.pk).update(accepted_at=None)
    OutboxRow.objects.all().delete()
    return f"notice {notice.pk} ({notice.kind}) is neither delivered, failed nor under way"


@plants("I6")
def a_mail_that_was_finished_and_not_sent(world):
    notice = Notice.objects.latest("pk")
    Notice.objects.filter(pk=notice.pk).update(accepted_at=None)
    return f"notice {notice.pk} ({notice.kind}) is neither delivered, failed nor under way"


@plants("I6")
def a_failure_without_a_word(world):
    notice = Notice.objects.latest("pk")
    Notice.objects.filter(pk=notice.pk).update(accepted_at=None, failed_at=clock.now())
    return f"notice {notice.pk} ({notice.kind}) failed and does not say why"


@plants("I6")
def an_effect_that_nobody_took(world):
    row = OutboxRow.objects.exclude(done_at=None).latest("pk")
    OutboxRow.objects.filter(pk=row.pk).update(done_at=None, due_at=ago(hours=1), attempts=3)
    return f"outbox row {row.topic} {row.key} is overdue"


@plants("I6")
def a_deadline_that_nobody_kept(world):
    deadline = Deadline.objects.create(
        ticket=world.ticket, kind="letter", number=9, due_at=ago(hours=1)
    )
    return f"deadline {deadline.pk} (letter) is overdue"


# --- I7 ---


def stands_in(world, place: str) -> str:
    return f"the PIN of charger {world.charger.pk} stands in {place}"


@plants("I7")
def a_pin_copied_from_another_charger(world):
    other = people.make_charger()
    Pin.objects.filter(charger=world.charger).update(ciphertext=other.pin.ciphertext)
    return f"the PIN of charger {world.charger.pk} does not open for it"


@plants("I7")
def a_pin_in_a_message(world):
    message = desk.write(
        ticket_id=world.ticket.pk, by=make_agent(), body=f"Your PIN is {people.PIN}.", internal=True
    )
    return stands_in(world, f"message {message.pk}")


@plants("I7")
def a_pin_in_an_event(world):
    event = Event.objects.filter(stream=world.charger.stream).latest("number")
    change(event, data=event.data | {"said": f"it is {people.PIN}, as the sticker behind it says"})
    return stands_in(world, f"event {event.pk}")


@plants("I7")
def a_pin_as_a_number_in_an_event(world):
    event = Event.objects.filter(stream=world.ticket.stream).latest("number")
    change(event, data=event.data | {"pin": int(people.PIN)})
    return stands_in(world, f"event {event.pk}")


@plants("I7")
def a_pin_in_a_note(world):
    approval = approve_as(make_agent(), world.ticket, note=f"pin={people.PIN}")
    return stands_in(world, f"approval {approval.pk}")


@plants("I7")
def a_pin_in_the_facts_of_a_mail(world):
    notice = world.ticket.notices.latest("pk")
    Notice.objects.filter(pk=notice.pk).update(data={"pin": people.PIN})
    return stands_in(world, f"notice {notice.pk}")


@plants("I7")
def a_pin_in_a_queue(world):
    row = OutboxRow.objects.latest("pk")
    OutboxRow.objects.filter(pk=row.pk).update(payload=row.payload | {"pin": people.PIN})
    return f"outbox row {row.topic} {row.key} holds more than ids"


# --- I8 ---


@plants("I8")
def the_guard_of_requests_gone(world):
    left = [name for name in settings.MIDDLEWARE if "answer_refusals" not in name]
    world.patch.setattr(settings, "MIDDLEWARE", left)
    return "config.middleware.answer_refusals is not in MIDDLEWARE"


@plants("I8")
def events_that_may_be_written_by_a_get(world):
    world.patch.setattr(safety, "require_unsafe", lambda what: None)
    return "an event could be written while a GET is answered"


@plants("I8")
def effects_that_may_be_written_by_a_head(world):
    world.patch.setattr(safety, "SAFE", frozenset({"GET"}))
    return "an outbox row could be written while a HEAD is answered"


# --- I9 ---


@plants("I9")
def a_mail_that_names_the_owner(world):
    notice = world.ticket.notices.filter(person=world.claimant).latest("pk")
    message = Message.objects.create(
        ticket=world.ticket, by=make_agent(), from_desk=True, internal=False,
        body=f"{world.former.name} still has the papers.", at=clock.now(),
    )  # fmt: skip
    Notice.objects.filter(pk=notice.pk).update(
        kind="message_from_desk", data={"message": str(message.uid)}
    )
    return f"notice {notice.pk} (message_from_desk) names the other party"


@plants("I9")
def a_message_that_names_the_owner(world):
    message = Message.objects.create(
        ticket=world.ticket, by=make_agent(), from_desk=True, internal=False,
        body=f"Ask {world.former.name} for it.", at=clock.now(),
    )  # fmt: skip
    return f"message {message.pk} names the other party"


@plants("I9")
def a_reason_that_names_the_owner(world):
    decision = Decision.objects.create(
        ticket=world.ticket, kind="rejected", by=make_agent(), at=clock.now(), reason="not_shown",
        words=f"Write to {world.former.email} first.",
    )  # fmt: skip
    return f"decision {decision.pk} names the other party"


@plants("I9")
def an_item_returned_with_the_owners_name(world):
    item = EvidenceItem.objects.get(ticket=world.ticket)
    EvidenceItem.objects.filter(pk=item.pk).update(words=f"The seller must be {world.former.name}")
    return f"item {item.pk} names the other party"


# --- I10 ---


@plants("I10")
def an_event_that_was_changed(world):
    event = Event.objects.filter(stream=world.ticket.stream).earliest("number")
    change(event, at=ago(days=3))
    return f"{world.ticket.stream} {event.number} (row {event.pk}): its content does not fit"


@plants("I10")
def an_event_that_was_removed(world):
    with guards_asleep():
        Event.objects.filter(stream=world.charger.stream, number=1).delete()
    return "number 2 follows nothing"


@plants("I10")
def a_head_that_somebody_else_signed(world):
    ChainHead.objects.create(
        day=ago(days=1).date(), streams=0, digest="0" * 64, signature="1" * 64, made_at=clock.now()
    )
    return "is not signed with a key of ours"


@plants("I10")
def a_right_to_change_events(world):
    execute("GRANT UPDATE (hash) ON records_event TO handover_app")
    return "role handover_app may UPDATE records_event"


@plants("I10")
def a_right_to_forget_tickets(world):
    execute("GRANT DELETE ON support_ticket TO handover_app")
    return "role handover_app may DELETE support_ticket"


@plants("I10")
def a_guard_put_to_sleep(world):
    execute("ALTER TABLE support_ticket DISABLE TRIGGER ticket_guard")
    return "guard ticket_guard is missing or asleep"


@plants("I10")
def a_guard_taken_down(world):
    execute("DROP TRIGGER records_event_follow_chain ON records_event")
    return "guard records_event_follow_chain is missing or asleep"
