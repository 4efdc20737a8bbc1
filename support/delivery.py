"""Posting what was written: each notice once, and what follows when it arrived or did not."""

import logging
import re
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Code
from chargers.models import Charger, Proposal
from chargers.services import access, establishing, proposals
from records import clock, outbox
from records.models import OutboxRow
from support import mails, postman, screening
from support.mails import Rendered
from support.models import Notice
from support.notifications import CAPPED, key_of, lose, reconsider

log = logging.getLogger(__name__)

STOPPED = "stopped: names the other party"
_MESSAGE_ID = re.compile(r"<?([0-9a-fA-F-]{36})@handover>?")


def deliver_mail(*, key: str, notice_uid: str) -> None:
    """Outbox handler: post one notice, unless it was posted or has failed for good.

    Accepted by the mail server, refused for good or stopped by us is final. What may pass is
    raised, for the outbox to try again; at the last attempt the notice fails visibly as well.
    """
    rows = Notice.objects.select_related("ticket", "charger__installation", "person", "firm")
    notice = rows.get(uid=notice_uid)
    if notice.accepted_at or notice.failed_at:
        return
    together = _together(notice)
    try:
        rendered = mails.render(notice, together)
        error = STOPPED if screen(notice, rendered) else _post(notice, rendered)
    except Exception as problem:
        if _is_last_attempt(key):
            settle(together, at=clock.now(), error=f"gave up: {type(problem).__qualname__}")
        raise
    settle(together, at=clock.now(), error=error)


def screen(notice: Notice, rendered: Rendered) -> list[str]:
    """Return what of the other parties a mail names; empty when it may go (I9)."""
    return screening.find(
        rendered.whole,
        ticket=notice.ticket,
        charger=notice.charger,
        reader=notice.person or notice.firm,
        free=rendered.free,
    )


@transaction.atomic
def settle(notices: list[Notice], *, at: datetime, error: str = "") -> None:
    """Put on record that a mail was accepted at ``at``, or that it failed for good, and why."""
    done = {"failed_at": at, "error": error} if error else {"accepted_at": at}
    for notice in notices:
        open_ = Notice.objects.filter(pk=notice.pk, accepted_at=None, failed_at=None)
        if open_.update(**done):
            _follow(notice, "failed" if error else "accepted", at)


@transaction.atomic
def bounced(message_id: str, at: datetime) -> Notice | None:
    """Put on record that an accepted mail came back; None when the mail is not one of ours.

    What rested on its arrival is computed again. Told twice, it counts once.
    """
    found = _MESSAGE_ID.fullmatch(message_id.strip())
    notice = found and Notice.objects.filter(uid=found[1]).first()
    if not notice:
        return None
    if Notice.objects.filter(pk=notice.pk, bounced_at=None).update(bounced_at=at):
        _follow(notice, "bounced", at)
    return Notice.objects.get(pk=notice.pk)


def fail_parked(*, at: datetime) -> int:
    """Fail the notices whose outbox row ran out of attempts with nobody there to tell; how many.

    A worker that dies at the last attempt leaves such a row. Run it with the daily task.
    """
    parked = OutboxRow.objects.filter(topic="mail", done_at=None).exclude(parked_at=None)
    keys = set(parked.values_list("key", flat=True))
    open_ = Notice.objects.filter(accepted_at=None, failed_at=None)
    lost = [notice for notice in open_ if key_of(notice) in keys] if keys else []
    settle(lost, at=at, error="gave up: parked")
    return len(lost)


def deliver_code(*, key: str, code_uid: str) -> None:
    """Outbox handler: mail a sign-in code, while it is of use. Codes live by the real clock."""
    code = Code.objects.get(uid=code_uid)
    if code.used_at or code.expires_at <= timezone.now():
        return
    rendered = mails.render_code(code)
    error = postman.post(rendered, to=code.email, message_id=f"<{code.uid}@handover>")
    if error:
        log.warning("code %s was refused: %s", code.uid, error)


def _post(notice: Notice, rendered: Rendered) -> str:
    return postman.post(rendered, to=notice.email, message_id=notice.message_id)


def _together(notice: Notice) -> list[Notice]:
    """Return the notices that one mail stands for: claimants' mails that waited go as one."""
    if notice.kind not in CAPPED:
        return [notice]
    same = {"kind": notice.kind, "email": notice.email, "charger": notice.charger_id}
    waiting = Notice.objects.filter(**same, link=notice.link_id, accepted_at=None, failed_at=None)
    others = waiting.exclude(pk=notice.pk).exclude(ticket=None).select_related("ticket")
    return [notice, *others.order_by("pk")]


def _is_last_attempt(key: str) -> bool:
    row = OutboxRow.objects.filter(key=key).first()
    return row is not None and row.attempts >= outbox.MAX_ATTEMPTS


def _follow(notice: Notice, what: str, at: datetime) -> None:
    """Do what waits for this mail: a clock, an owner's 72 hours, a proposal's 7 days."""
    if what != "accepted":
        lose(notice, at=at)
    reconsider(notice, what, at=at)
    if notice.kind == "proposal_notice":
        _follow_proposal(notice, what, at)
    if notice.kind == "establish_notice" and what == "accepted":
        establishing.told(charger=Charger.objects.lock(notice.charger_id), at=at)
    elif notice.kind == "establish_notice":
        _stop_establishing_unless_told(notice, at)


def _follow_proposal(notice: Notice, what: str, at: datetime) -> None:
    """Start a proposal's 7 days, or stop them where every mail about it came back."""
    proposal = Proposal.objects.get(uid=notice.data["proposal"])
    if what == "accepted":
        proposals.noticed(proposal=proposal, at=at)
        return
    same = Notice.objects.filter(kind=notice.kind, data__proposal=notice.data["proposal"])
    if not same.filter(accepted_at__isnull=False, bounced_at=None).exists():
        proposals.not_noticed(proposal=proposal, at=at)


def _stop_establishing_unless_told(notice: Notice, at: datetime) -> None:
    """Start over when the notice reached the owner on no channel at all."""
    charger = Charger.objects.lock(notice.charger_id)
    same = Notice.objects.filter(kind=notice.kind, data__tenure=notice.data["tenure"])
    told = same.filter(failed_at=None, bounced_at=None, made_at__gte=notice.made_at)
    if not told.exists():
        access.stop_establishing(charger=charger, at=at, reason="notice_failed")
