"""Six-digit codes by mail: each proves one address to one browser, for one purpose, once.

Codes live by the real clock, as sessions do: moving the clock of the deadlines ends neither.
"""

import hashlib
import hmac
import unicodedata
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Code, normalise_email

LIFETIME = timedelta(minutes=10)
TRIES = 5
# So many codes in so long for one address; beyond, nothing is sent and the answer is the same.
PER_ADDRESS, WINDOW = 3, timedelta(minutes=10)
# Someone who goes on for a whole day without proving anything gets one in so long.
PER_DAY, SLOW_PACE = 12, timedelta(minutes=15)


def request(
    *, email: str, purpose: str, browser: str, subject: str = "", language: str = ""
) -> Code | None:
    """Make a code and have it mailed; None when this address has had too many of late.

    ``browser`` is the asking browser's secret (accounts.sessions.browser); ``subject`` the uid of
    what the code is for. The caller answers alike either way, and alike for every address.
    """
    email = normalise_email(email)
    with transaction.atomic():
        _wait_for_turn(email)
        now = timezone.now()
        if _too_many(email, now):
            return None
        code = Code.objects.create(
            purpose=purpose,
            email=email,
            language=language,
            browser=_hash(browser),
            subject=subject,
            made_at=now,
            expires_at=now + LIFETIME,
        )
        import_string(settings.CODE_SENDER)(code)
    return code


def digits(code: Code) -> str:
    """Return the six digits of a code, by the newest key; they are in no table."""
    return _digits(code, settings.CODE_KEYS[0])


def check(*, email: str, purpose: str, browser: str, digits: str, subject: str = "") -> Code:
    """Use up the newest code of this browser if the digits are right, and return it.

    Raises ValidationError, in words for the person, when they are not (each counts as one of five
    tries), or when no code of this browser is good any more. Call it outside any transaction: a
    try must count even when what follows is rolled back.
    """
    asked = {"email": normalise_email(email), "purpose": purpose, "subject": subject}
    code = Code.objects.filter(**asked, browser=_hash(browser)).order_by("-made_at").first()
    if code is None or code.used_at:
        raise ValidationError(
            _("No code is waiting for this browser. Ask for a new one here, and use it here."),
            code="none",
        )
    tries = _count_try(code)
    if tries is None:
        raise _no_longer_good(code)
    if not any(hmac.compare_digest(_digits(code, key), plain(digits)) for key in _keys()):
        raise _wrong(TRIES - tries)
    used = Code.objects.filter(pk=code.pk, used_at=None).update(used_at=timezone.now(), tries=0)
    if not used:
        raise ValidationError(_("This code has just been used. Ask for a new one."), code="none")
    return code


@transaction.atomic(durable=True)
def count_try(*, uid: str) -> int | None:
    """Count one more try on a code that was used; None when all five are gone.

    The password that staff give after their code is tried against the same row.
    """
    return _add_try(Code.objects.filter(uid=uid))


@transaction.atomic(durable=True)
def _count_try(code: Code) -> int | None:
    now = timezone.now()
    return _add_try(Code.objects.filter(pk=code.pk, used_at=None, expires_at__gt=now))


def _add_try(rows) -> int | None:
    """Count a try by one conditional UPDATE, so that parallel guesses cannot share one."""
    if not rows.filter(tries__lt=TRIES).update(tries=F("tries") + 1):
        return None
    return rows.values_list("tries", flat=True).get()


def _no_longer_good(code: Code) -> ValidationError:
    if code.tries >= TRIES:
        words = _("The code was wrong five times, so it no longer works. Ask for a new one.")
        return ValidationError(words, code="dead")
    words = _("A code works for ten minutes, and this one is older. Ask for a new one.")
    return ValidationError(words, code="expired")


def _wrong(left: int) -> ValidationError:
    if not left:
        words = _("That was wrong for the fifth time, so this code no longer works.")
        return ValidationError(words + " " + _("Ask for a new one."), code="dead")
    words = ngettext(
        "That is not the code. You have %(left)d try left.",
        "That is not the code. You have %(left)d tries left.",
        left,
    )
    return ValidationError(words % {"left": left}, code="wrong")


def _too_many(email: str, now: datetime) -> bool:
    """Say whether this address has had its codes; every sender shares its allowance."""
    made = Code.objects.filter(email=email, made_at__gt=now - timedelta(days=1))
    if made.filter(made_at__gt=now - WINDOW).count() >= PER_ADDRESS:
        return True
    unused = made.filter(used_at=None)
    return unused.count() >= PER_DAY and unused.filter(made_at__gt=now - SLOW_PACE).exists()


def _wait_for_turn(email: str) -> None:
    """Count the codes of one address one request at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [email])


def _keys() -> list[str]:
    return settings.CODE_KEYS


def _digits(code: Code, key: str) -> str:
    mac = hmac.new(key.encode(), b"accounts.code:" + code.uid.bytes, hashlib.sha256).digest()
    return f"{int.from_bytes(mac[:8]) % 1_000_000:06d}"


def plain(text: str) -> str:
    """Return what was typed as ASCII digits, without spaces and signs."""
    return "".join(str(unicodedata.decimal(c)) for c in text[:40] if c.isdecimal())


def _hash(secret: str) -> str:
    return hashlib.sha256(b"accounts.browser:" + secret.encode()).hexdigest()
