"""What we keep about one person, in files for them: their own data, nobody else's.

What others said or are is left out; where words that were written to them or by them name
another party, that party is masked.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from zipfile import ZIP_STORED, ZipFile

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils import translation

from accounts.models import User
from records.models import Access
from support import screening
from support.models import Answer, Notice, Picture, Ticket
from support.services import files

CLAIM = (
    *("serial_typed", "address_line", "unit", "postal_code", "city", "country"),
    *("claimant_name", "installer_name", "outcome", "bought_recently", "renting"),
    *("only_installer", "shared_garage", "fears_owner", "use_until_date", "take_over_date"),
    *("situation", "can_ask_owner"),
)
TIMES = ("made_at", "submitted_at", "decided_at", "appealed_at")


def write_person(part: ZipFile, person: User, *, at: datetime) -> None:
    """Write who they are to us, what they hold and said, what we sent, and a summary to read."""
    told = {
        "person": _person(person),
        "chargers": list(_chargers(person)),
        "looks_at_pins": list(_looks(person)),
        "shares_made": list(_shares(person)),
        "answers": list(_answers(person)),
        "questions": list(_questions(person)),
        "mails_sent": list(_mails(person)),
        "looked_at_by_staff": list(_reads(person)),
    }
    for name, content in told.items():
        _write_json(part, f"{name}.json", content)
    with translation.override(person.language or settings.LANGUAGE_CODE):
        page = told | {"at": at, "brand": settings.BRAND, "requests": person.tickets.order_by("pk")}
        page["support_email"] = settings.SUPPORT_EMAIL
        part.writestr("summary.txt", render_to_string("support/own_data.txt", page))


def write_request(part: ZipFile, ticket: Ticket) -> None:
    """Write one request of theirs: the claim, its items with their files, messages, decision."""
    folder = f"requests/{ticket.request_code}"
    items = list(ticket.items.order_by("pk"))
    names = {item.pk: f"{number:02d}-{item.kind}" for number, item in enumerate(items, 1)}
    request = {
        "request_code": ticket.request_code,
        "decided": ticket.get_state_display() if not ticket.is_open else None,
        "claim": {name: getattr(ticket, name) for name in CLAIM},
        "times": {name: getattr(ticket, name) for name in TIMES},
        "items": [_item(item, names[item.pk], ticket) for item in items],
        "messages": [_message(message, ticket) for message in _messages(ticket)],
        "reasons": [
            {"at": said.at, "reason": said.reason, "words": _masked(said.words, ticket)}
            for said in ticket.decisions.filter(kind__in=["rejected", "upheld"]).order_by("pk")
        ],
    }
    _write_json(part, f"{folder}/request.json", request)
    for item in items:
        for picture in item.pictures.exclude(file_key="").order_by("number"):
            _write_picture(part, f"{folder}/{names[item.pk]}-{picture.number}.jpg", picture)


def _person(person: User) -> dict:
    points = person.contact_points.order_by("pk")
    fields = ("kind", "value", "valid_from", "valid_to", "source")
    return {
        "name": person.name,
        "email": person.email,
        "language": person.language,
        "time_zone": person.time_zone,
        "known_since": person.joined_at,
        "address_proved_at": person.proved_at,
        "contacts": list(points.values(*fields)),
        "parts_here": list(person.staff_roles.values("role", "starts_at", "ends_at")),
        "firms": list(person.memberships.values("firm__name", "starts_at", "ends_at")),
    }


def _chargers(person: User) -> Iterator[dict]:
    for tenure in person.tenures.select_related("charger__installation").order_by("starts_at"):
        charger = tenure.charger
        yield {
            "role": tenure.role,
            "from": tenure.starts_at,
            "until": tenure.ends_at,
            "serial": charger.serial if charger else None,
            "model": charger.model if charger else None,
            "leave_to_see_the_pin": hasattr(tenure, "grant"),
        }


def _looks(person: User) -> Iterator[dict]:
    for look in person.reveals.select_related("charger").order_by("at"):
        yield {"serial": look.charger.serial, "at": look.at, "job": look.job}


def _shares(person: User) -> Iterator[dict]:
    """To whom they showed a PIN is another person's data: only that they did."""
    for tenure in person.tenures.filter(role="owner"):
        for share in tenure.shares.order_by("made_at"):
            yield {"made_at": share.made_at, "opened_at": share.opened_at, "to": "another person"}


def _answers(person: User) -> Iterator[dict]:
    for answer in Answer.objects.filter(party=person).select_related("charger").order_by("at"):
        yield {"serial": answer.charger.serial, "at": answer.at, "said": answer.kind}


def _questions(person: User) -> Iterator[dict]:
    """What the desk asked them as the other side of a dispute, and what they wrote back."""
    for asked in person.questions.select_related("ticket__charger__installation").order_by("at"):
        ticket = asked.ticket
        yield {
            "asked_at": asked.at,
            "asked": screening.mask(asked.body, ticket=ticket, reader=person),
            "answered_at": asked.answered_at,
            "said": screening.mask(asked.answer, ticket=ticket, reader=person),
        }


def _mails(person: User) -> Iterator[dict]:
    for notice in Notice.objects.filter(person=person).order_by("made_at"):
        yield {
            "what": notice.kind,
            "to": notice.email,
            "at": notice.made_at,
            "accepted_at": notice.accepted_at,
            "came_back_at": notice.bounced_at,
        }


def _reads(person: User) -> Iterator[dict]:
    """When somebody of customer service looked at their requests; not who, nor at what else."""
    subjects = [f"ticket:{uid}" for uid in person.tickets.values_list("uid", flat=True)]
    subjects.append(f"person:{person.uid}")
    rows = Access.objects.filter(subject__in=subjects).exclude(actor=None)
    yield from rows.exclude(actor=person).order_by("at").values("at", "what")


def _item(item, name: str, ticket: Ticket) -> dict:
    return {
        "file": name if item.pictures.exclude(file_key="").exists() else None,
        "kind": item.kind,
        "state": item.state,
        "typed": item.text,
        "sent_at": item.uploaded_at,
        "what_we_said": _masked(item.words, ticket),
    }


def _messages(ticket: Ticket):
    return ticket.messages.filter(internal=False).order_by("pk")


def _message(message, ticket: Ticket) -> dict:
    by = "customer service" if message.from_desk else "you"
    return {"at": message.at, "by": by, "words": _masked(message.body, ticket)}


def _masked(words: str, ticket: Ticket) -> str:
    return screening.mask(words, ticket=ticket, reader=ticket.claimant) if words else ""


def _write_json(part: ZipFile, name: str, content) -> None:
    text = json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    part.writestr(name, text)


def _write_picture(part: ZipFile, name: str, picture: Picture) -> None:
    """Copy a picture made of their file; what is no longer there is named, and the rest goes on."""
    try:
        with files.read(picture.item, picture.file_key) as file:
            part.writestr(name, file.read(), ZIP_STORED)
    except FileNotFoundError:
        part.writestr(f"{name}.txt", "This file has been deleted.")
