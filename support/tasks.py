"""Doors of the background: beat is a metronome, its gaps and doubles are harmless."""

from celery import shared_task

from support.services import due, erasing, retention, watch


@shared_task(name="support.deadlines", ignore_result=True)
def deadlines() -> int:
    """Carry out what has come due."""
    return due.run()


@shared_task(name="support.watch", ignore_result=True)
def watch_reads() -> None:
    """Look over the records of reads for what somebody should look into."""
    watch.run()


@shared_task(name="support.daily", ignore_result=True)
def daily() -> None:
    """Put the day's work in the outbox, once a day however often it is called."""
    due.daily()


@shared_task(name="support.retention", ignore_result=True)
def retain() -> None:
    """Let go of what was kept long enough, and erase whom nothing stands against any more."""
    erasing.run_waiting()
    for _result in retention.run():
        pass
