"""What an alert or a read on record is about: ``charger:<uid>`` in words, with its page."""

from collections.abc import Callable, Iterable
from typing import NamedTuple
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import InstallerFirm, User
from chargers.models import Charger
from support.models import Dispute, EvidenceItem, Ticket


class Named(NamedTuple):
    """A subject as people read it, and the request code of the ticket it is or belongs to."""

    words: str
    kind: str = ""
    uid: str = ""
    request_code: str = ""

    def __str__(self) -> str:
        return self.words


def name_subjects(subjects: Iterable[str]) -> dict[str, Named]:
    """Return each subject in words; what is no longer there, or never was one, as it stands.

    One query for each kind of thing, however many there are.
    """
    wanted: dict[str, set[UUID]] = {}
    for subject in subjects:
        kind, uid = split(subject)
        if kind in _KINDS and uid:
            wanted.setdefault(kind, set()).add(uid)
    found = {}
    for kind, uids in wanted.items():
        label, rows, name = _KINDS[kind]
        for row in rows().filter(uid__in=uids):
            code = name(row) if kind in ("ticket", "item") else ""
            words = f"{label} {name(row)}".strip()
            found[f"{kind}:{row.uid}"] = Named(words, kind, str(row.uid), code)
    return {subject: found.get(subject, Named(subject)) for subject in subjects}


def split(subject: str) -> tuple[str, UUID | None]:
    """Return the kind and the uid of a subject, or no uid where it is no such name."""
    kind, _colon, uid = subject.partition(":")
    try:
        return kind, UUID(uid)
    except ValueError:
        return kind, None


def _code(row: Model) -> str:
    return row.ticket.request_code


_KINDS: dict[str, tuple[str, Callable[[], QuerySet], Callable[[Model], str]]] = {
    "charger": (_("charger"), lambda: Charger.objects.all(), lambda row: row.serial),
    "ticket": (_("request"), lambda: Ticket.objects.all(), lambda row: row.request_code),
    "item": (_("picture of"), lambda: EvidenceItem.every.select_related("ticket"), _code),
    "dispute": (
        _("dispute about"),
        lambda: Dispute.objects.select_related("charger"),
        lambda row: row.charger.serial,
    ),
    "person": ("", lambda: User.objects.all(), str),
    "firm": ("", lambda: InstallerFirm.objects.all(), str),
}
