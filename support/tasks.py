"""Doors of the background: beat is a metronome, its gaps and doubles are harmless."""

from celery import shared_task

from support.services import due


@shared_task(name="support.deadlines", ignore_result=True)
def deadlines() -> int:
    """Carry out what has come due."""
    return due.run()


@shared_task(name="support.daily", ignore_result=True)
def daily() -> None:
    """Put the day's work in the outbox, once a day however often it is called."""
    due.daily()
