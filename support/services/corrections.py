"""A claim's fields that the desk asked for again, typed better by the claimant."""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import User
from records import clock
from support.machine import State
from support.models import EvidenceItem, Ticket
from support.rules import EvidenceKind
from support.services.claims import claim_problems, count_serial, read_serial
from support.services.progress import advance, close_if_judged, put_routing, reroute
from support.services.saving import save_and_record

FIELDS_OF = {
    EvidenceKind.SERIAL: {"serial_typed"},
    EvidenceKind.ADDRESS: {"address_line", "unit", "postal_code", "city", "country"},
    EvidenceKind.INSTALLER: {"installer_name"},
}


@transaction.atomic
def correct_field(*, ticket_id: int, by: User, kind: str, **values) -> Ticket:
    """Answer a request to correct the serial, the address or the installer's name.

    Another serial is another charger: the request goes back to the start, and what was accepted
    for the one before is looked at again. Raises PermissionDenied for anybody else,
    TransitionNotAllowed when nothing of the kind was asked for, ValidationError by field.
    """
    ticket = Ticket.objects.lock(ticket_id)
    if not (by.pk == ticket.claimant_id and ticket.is_open):
        raise PermissionDenied(_("Only the person who asks can correct the request."))
    now = clock.now()
    before = ticket.serial
    item = _asked_for(ticket, kind, now)
    for name in FIELDS_OF[kind] & set(values):
        setattr(ticket, name, values[name])
    if kind == EvidenceKind.SERIAL:
        read_serial(ticket)
        count_serial(ticket, by)
    _require_sound(ticket, kind)
    item.state, item.uploaded_at = EvidenceItem.State.READY, now
    item.text = " ".join(str(values.get(name, "")) for name in sorted(FIELDS_OF[kind])).strip()
    item.save()
    if ticket.serial != before:
        return _start_over(ticket, item, by, now)
    save_and_record(ticket, "claim_corrected", at=now, by=by, item=str(item.uid), what=kind)
    return advance(ticket, at=now)


def _asked_for(ticket: Ticket, kind: str, now: datetime) -> EvidenceItem:
    open_states = (EvidenceItem.State.REQUESTED, EvidenceItem.State.RETURNED)
    item = ticket.items.filter(kind=kind, replaced_by=None, state__in=open_states).first()
    if item is None or (kind == EvidenceKind.SERIAL and ticket.offered_by_id):
        raise TransitionNotAllowed(_("Nothing of this kind was asked for."))
    if item.state == EvidenceItem.State.REQUESTED:
        return item
    better = EvidenceItem.objects.create(ticket=ticket, kind=kind, made_at=now)
    EvidenceItem.objects.filter(pk=item.pk).update(replaced_by=better)
    return better


def _require_sound(ticket: Ticket, kind: str) -> None:
    problems = {k: v for k, v in claim_problems(ticket).items() if k in FIELDS_OF[kind]}
    same = Ticket.objects.open().filter(claimant=ticket.claimant_id, lookup_key=ticket.lookup_key)
    if not problems and same.exclude(pk=ticket.pk).exists():
        problems["serial_typed"] = _("You have another request for this charger already.")
    if problems:
        raise ValidationError(problems)


def _start_over(ticket: Ticket, item: EvidenceItem, by: User, now: datetime) -> Ticket:
    """Forget the charger and whatever was found about it, and be routed from the start."""
    was = ticket.charger
    accepted = ticket.items.filter(state=EvidenceItem.State.ACCEPTED)
    accepted.update(state=EvidenceItem.State.READY, ticks=[], decided_by=None, decided_at=None)
    ticket.charger = None
    about = {"item": str(item.uid), "what": item.kind}
    save_and_record(ticket, "claim_corrected", at=now, by=by, **about)
    if ticket.state == State.SUBMITTED:
        put_routing(ticket, at=now)
        return ticket
    reroute(ticket, at=now, why="serial_corrected")
    close_if_judged(was, at=now)
    return ticket
