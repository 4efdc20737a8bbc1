"""What Celery runs for the outbox. Each is safe to run twice, late, or not at all."""

from celery import shared_task

from records import access, clock, heads, outbox

# A worker that has delivered its row goes on with what else is due, for so long; the last handler
# then still has 30 s. Both limits are inside the lease, which starts later than the task.
DRAIN_SECONDS = 10.0
SOFT_LIMIT, HARD_LIMIT = 40, 45


@shared_task(
    name="records.deliver", ignore_result=True, soft_time_limit=SOFT_LIMIT, time_limit=HARD_LIMIT
)
def deliver(row_id: str) -> None:
    """Deliver one outbox row, then what else is due. Only one run gets a row's lease."""
    row = outbox.lease(row_id)
    if row is not None:
        outbox.deliver(row)
    outbox.drain(seconds=DRAIN_SECONDS)


@shared_task(
    name="records.deliver_slow",
    ignore_result=True,
    soft_time_limit=SOFT_LIMIT,
    time_limit=HARD_LIMIT,
)
def deliver_slow(row_id: str) -> None:
    """Deliver one slow row, then what else of the slow ones is due: one after the other."""
    row = outbox.lease(row_id)
    if row is not None:
        outbox.deliver(row)
    outbox.drain(seconds=DRAIN_SECONDS, slow=True)


@shared_task(name="records.sweep", ignore_result=True)
def sweep() -> None:
    """Hand out the due rows that Celery or Redis lost."""
    outbox.sweep()


@shared_task(name="records.daily", ignore_result=True)
def daily() -> None:
    """Sign the days that are over and make room for the months to come."""
    heads.sign_days()
    access.make_partitions(first_day=clock.now().date())
