"""What narrows a view of the queue: every filter is in the address, so a list can be passed on."""

import uuid
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from accounts.models import InstallerFirm
from chargers import serials
from records import clock
from support import words
from support.models import Ticket

PLAIN = {
    "state": "state",
    "kind": "kind",
    "tier": "queue_tier",
    "country": "country",
    "language": "claimant__language",
}
FIRMS = 50


def narrow(tickets: QuerySet[Ticket], *, filters: dict) -> QuerySet[Ticket]:
    """Keep the tickets that fit the filters of queue_forms.QueueForm.

    ``q`` finds a request code, a reference, or a serial number however it was typed; ``age`` is
    in days since it was sent.
    """
    given = {name: value for name, value in filters.items() if value}
    wanted = {field: given[name] for name, field in PLAIN.items() if name in given}
    tickets = tickets.filter(**wanted)
    if model := given.get("model"):
        tickets = tickets.filter(charger__model__iexact=model.strip())
    if installer := given.get("installer"):
        tickets = tickets.filter(_of_installer(installer.strip()))
    if age := given.get("age"):
        tickets = tickets.filter(submitted_at__lte=clock.now() - timedelta(days=int(age)))
    if text := given.get("q", "").strip():
        named = Q(request_code=words.normalise_request_code(text)) | of_reference(text)
        tickets = tickets.filter(named | of_serial(text))
    return tickets


def _of_installer(name: str) -> Q:
    """What an installer's name finds: named on the claim, or the place's own firm on record."""
    firms = InstallerFirm.objects.filter(name__icontains=name).values_list("pk", flat=True)
    found = Q(charger__installation__firm__in=list(firms[:FIRMS]))
    return found | Q(installer_name__icontains=name)


def of_reference(text: str) -> Q:
    """What to look for when the text is the name that other parties read in our mails."""
    name = "".join(text.split()).casefold().removeprefix("h-")
    if len(name) != 8 or not set(name) <= set("0123456789abcdef"):
        return Q(pk=None)
    return Q(uid__gte=uuid.UUID(name + "0" * 24), uid__lte=uuid.UUID(name + "f" * 24))


def of_serial(text: str) -> Q:
    """What to look for when the text is a serial number; nothing when it cannot be one."""
    try:
        return Q(lookup_key=serials.lookup_key(serials.normalise(text)))
    except ValidationError:
        return Q(pk=None)
