"""Two processes that carry out deadlines at the same moment share them."""

import subprocess
import sys

import pytest

from deploy.local.servers import ROOT
from support.models import Deadline, Notice, Ticket
from support.services import due
from tests.factories import asked, own, place_charger

pytestmark = pytest.mark.django_db(transaction=True)


def test_deadlines_that_two_processes_run_at_once_are_each_carried_out_once(pass_time):
    owners = 12
    for _n in range(owners):
        charger = place_charger()
        own(charger)
        asked(charger, items=())
    while due.run():
        pass
    pass_time(hours=49)
    command = [sys.executable, "-m", "tests.faults.run_due"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    runs = [subprocess.Popen(command, cwd=ROOT, **pipes) for _n in range(2)]
    for run in runs:
        assert run.stdout.readline() == "ready\n"

    for run in runs:
        run.stdin.write("\n")
        run.stdin.flush()
    done = [int(run.communicate(timeout=60)[0]) for run in runs]

    assert sum(done) == owners and min(done) > 0
    reminders = Notice.objects.filter(kind="owner_reminded")
    assert sorted(reminders.values_list("ticket", flat=True)) == sorted(
        Ticket.objects.values_list("pk", flat=True)
    )
    assert not Deadline.objects.filter(kind="reminder", done_at=None).exists()
