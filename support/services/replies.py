"""Replies kept ready: their placeholders, who keeps them, and the text of one for a ticket."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Role, User
from records import clock, dates, events
from support.machine import State
from support.models import EvidenceItem, Reply, Ticket
from support.permissions import plays
from support.services.clocks import place_of
from support.services.kinds import REASONS_FOR, REJECT_REASONS

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_STRAY = re.compile(r"[{}]")


def _day(at: datetime | None, ticket: Ticket) -> str:
    return dates.day(timezone.localtime(at, place_of(ticket).zone)) if at else ""


def _needed(ticket: Ticket) -> str:
    """What the claimant still has to send, in words."""
    asked = (EvidenceItem.State.REQUESTED, EvidenceItem.State.RETURNED)
    waiting = (item for item in ticket.items.all() if item.stands and item.state in asked)
    return ", ".join(str(item.get_kind_display()) for item in waiting)


# Only what the claimant knows already: nothing of the registry, nothing of another party.
PLACEHOLDERS: dict[str, Callable[[Ticket], str]] = {
    "code": lambda ticket: ticket.request_code,
    "name": lambda ticket: ticket.claimant_name,
    "serial": lambda ticket: ticket.serial_typed or ticket.serial,
    "sent": lambda ticket: _day(ticket.submitted_at, ticket),
    "next_word": lambda ticket: _day(ticket.next_word_at, ticket),
    "needed": _needed,
    "brand": lambda ticket: settings.BRAND,
}


def problems(body: str, known: Collection[str] = PLACEHOLDERS) -> list[str]:
    """Return what is wrong with a text's placeholders; empty when it can be kept."""
    unknown = [name for name in _PLACEHOLDER.findall(body) if name not in known]
    known = ", ".join(f"{{{name}}}" for name in known)
    found = [
        _("There is no placeholder {%(name)s}. Use one of: %(known)s.")
        % {"name": name, "known": known}
        for name in dict.fromkeys(unknown)
    ]
    if _STRAY.search(_PLACEHOLDER.sub("", body)):
        found.append(_("A curly bracket stands alone: use them for placeholders only."))
    return found


def fill(reply: Reply, ticket: Ticket) -> str:
    """Return a reply's text for one ticket, its dates in the reply's own language."""
    with translation.override(reply.language):
        return fill_text(reply.body, ticket)


def fill_text(body: str, about, known: Mapping[str, Callable] = PLACEHOLDERS) -> str:
    """Return a text with its placeholders filled in, ``about`` a ticket where none are ``known``.

    Raises ValidationError for an unknown one.
    """
    if wrong := problems(body, known):
        raise ValidationError({"body": wrong})
    return _PLACEHOLDER.sub(lambda found: known[found[1]](about), body)


@transaction.atomic
def save(
    *,
    by: User,
    reply: Reply | None,
    title: str,
    language: str,
    use: str,
    states: list[str],
    body: str,
    kind: str = "",
    reason: str = "",
) -> Reply:
    """Keep a reply ready, new or changed. Only seniors: what they write, many agents send.

    Raises ValidationError by field for an unknown placeholder, state, or code of a macro.
    """
    require_senior(by)
    wrong = {"body": problems(body)} if problems(body) else {}
    if set(states) - set(State.values):
        wrong["states"] = [_("Choose from the list of states.")]
    if use == Reply.Use.ASK and reason not in REASONS_FOR.get(kind, ()):
        wrong["reason"] = [_("Choose what to ask for, and a reason that fits it.")]
    if use == Reply.Use.REJECT and reason not in REJECT_REASONS:
        wrong["reason"] = [_("Choose one of the reasons for a rejection.")]
    same = Reply.objects.filter(title=title, language=language, retired_at=None)
    if same.exclude(pk=reply.pk if reply else None).exists():
        wrong["title"] = [_("There is one of this name in this language already.")]
    if wrong:
        raise ValidationError(wrong)
    now = clock.now()
    reply = reply or Reply()
    is_macro = use in (Reply.Use.ASK, Reply.Use.REJECT)
    reply.title, reply.language, reply.use, reply.states = title, language, use, states
    reply.body, reply.kind = body.strip(), kind if use == Reply.Use.ASK else ""
    reply.reason = reason if is_macro else ""
    reply.made_by, reply.changed_at = by, now
    reply.save()
    events.record(f"reply:{reply.uid}", "reply_saved", at=now, actor=by, use=use)
    return reply


@transaction.atomic
def retire(*, by: User, reply: Reply) -> None:
    """Take a reply out of use; it is kept on record."""
    require_senior(by)
    now = clock.now()
    if Reply.objects.filter(pk=reply.pk, retired_at=None).update(retired_at=now):
        events.record(f"reply:{reply.uid}", "reply_retired", at=now, actor=by)


def keeps(user: User) -> bool:
    """Tell whether a person may change the replies that the whole desk sends."""
    return plays(user, Role.SENIOR)


def require_senior(by: User) -> None:
    """Raise PermissionDenied for anybody but seniors."""
    if not keeps(by):
        raise PermissionDenied(_("Seniors keep the replies."))
