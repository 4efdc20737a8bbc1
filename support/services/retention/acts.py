"""What is done with what has been kept long enough, where it is more than to delete or empty."""

import contextlib
import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from accounts.models import User
from records import events
from support.models import EvidenceItem, Notice, Ticket
from support.services import copies, erasing, keeping
from support.services.forgetting import forget_ticket
from support.services.retention import due_rows

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTH = re.compile(r"records_access_(\d{4})_(\d{2})")


def forget(rows: QuerySet[Ticket], at: datetime) -> None:
    """Take names, addresses and words out of closed requests."""
    for ticket in rows.order_by("pk"):
        forget_ticket(ticket, at=at)


def forget_draft(rows: QuerySet[Ticket], at: datetime) -> None:
    """A draft that was never sent leaves nothing of what was typed, its serial number neither."""
    forget(rows, at)
    rows.update(serial_typed="", serial="", lookup_key="")


def erase_files(rows: QuerySet[EvidenceItem], at: datetime) -> None:
    """Erase files, their pictures and what was read in them; the store loses them soon after."""
    keeping.erase(rows, at=at)


def delete_links(rows: QuerySet, at: datetime) -> None:
    """Delete links; the notices that carried them stay."""
    Notice.objects.filter(link__in=list(rows.values_list("pk", flat=True))).update(link=None)
    rows.delete()


def erase_notes(rows: QuerySet, at: datetime) -> None:
    """Destroy notes with their salt; the chain still verifies."""
    for uid in rows.values_list("uid", flat=True):
        events.erase_note(uid=uid, at=at)


def old_people(before: datetime) -> list[str]:
    """Return the uids of the people whom nothing here concerns any more."""
    return [
        str(uid) for uid in due_rows.people(before).order_by("pk").values_list("uid", flat=True)
    ]


def erase_old(uid: str, at: datetime) -> bool:
    """Erase one of them."""
    person = User.objects.get(uid=uid)
    return erasing.erase(erasing.ask(person_id=person.pk, by=None).pk)


def print_days(before: datetime) -> list[str]:
    """Return the days of print files, as their folders are called."""
    folder = Path(settings.LETTERS_DIR)
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    found = [name for name in sorted(names) if _DAY.fullmatch(name)]
    return [name for name in found if date.fromisoformat(name) < before.astimezone(UTC).date()]


def drop_print_day(name: str, at: datetime) -> bool:
    """Delete a day's print files."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(Path(settings.LETTERS_DIR) / name)
        return True
    return False


def read_months(before: datetime) -> list[str]:
    """Return the whole months of reads that ended before."""
    first_kept = f"{before:%Y_%m}"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class JOIN pg_inherits ON inhrelid = pg_class.oid"
            " WHERE inhparent = 'records_access'::regclass ORDER BY 1"
        )
        names = [name for (name,) in cursor.fetchall() if _MONTH.fullmatch(name)]
    return [name for name in names if name[-7:] < first_kept]


def drop_month(name: str, at: datetime) -> bool:
    """Drop a month of reads, and those before it; the database refuses one of the last 35."""
    year, month = map(int, _MONTH.fullmatch(name).groups())
    following = date(year + month // 12, month % 12 + 1, 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT records_drop_access_before(%s)", [following])
        return cursor.fetchone()[0] > 0


def old_copies(before: datetime) -> list[str]:
    """Return the copies of people's data whose time to be fetched is over."""
    return [str(uid) for uid in copies.over(before).values_list("uid", flat=True)]


def remove_copy(uid: str, at: datetime) -> bool:
    """Take a copy out of the store."""
    return copies.remove(copy_uid=uid, at=at)
