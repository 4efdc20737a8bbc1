"""Second factors of staff: authenticator apps and recovery codes here, passkeys in passkeys.py.

Every change is told to the person and put on record (settings.ACCOUNT_TOLD).
"""

import logging
import secrets
from io import BytesIO

import pyotp
import segno
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts import codes, sealing
from accounts.models import Factor, RecoveryCode, User

log = logging.getLogger(__name__)

STEP_SECONDS = 30
RECOVERY_CODES = 10
# Without letters and digits that look alike; twelve of them are 58 bits.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUP, _GROUPS = 4, 3


def of(user: User) -> QuerySet[Factor]:
    """Return the second factors a person has now, the oldest first."""
    return Factor.objects.filter(user=user, ended_at=None).order_by("pk")


def new_secret() -> str:
    """Return a secret for an authenticator app: 160 bits, in base32."""
    return pyotp.random_base32(32)


def address_of(user: User, secret: str) -> str:
    """Return the otpauth: address that an authenticator app scans."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=settings.BRAND)


def picture_of(address: str) -> str:
    """Return an address as a QR code: an SVG element without any style, to stand in a page."""
    content = BytesIO()
    segno.make(address, error="m").save(
        content, kind="svg", xmldecl=False, svgns=False, scale=5, border=4, light="#fff"
    )
    return content.getvalue().decode()


@transaction.atomic
@sensitive_variables()
def add_app(*, user: User, secret: str, digits: str, name: str) -> Factor:
    """Add an authenticator app that shows the right digits for ``secret``.

    Raises ValidationError when it does not: the clock of the phone is wrong, or another secret.
    """
    step = _step_of(secret, codes.plain(digits), after=None)
    if step is None:
        raise ValidationError(
            _("Those are not the digits for this key. Check the time of your phone, then type the "
              "six digits that it shows now."),
            code="wrong",
        )  # fmt: skip
    factor = set_up(user=user, secret=secret, name=name, last_step=step)
    told(user, "factor_added", factor_kind=factor.kind, factor=factor.uid)
    return factor


@sensitive_variables()
def set_up(*, user: User, secret: str, name: str, last_step: int | None = None) -> Factor:
    """Store an app's secret, sealed, without proof of it: for demonstrations and ``add_app``."""
    factor = Factor(user=user, kind=Factor.Kind.APP, name=name, made_at=timezone.now())
    factor.sealed = sealing.seal(secret.encode(), bound_to=_bound_to(factor))
    factor.last_step, factor.used_at = last_step, factor.made_at if last_step else None
    factor.save()
    return factor


@sensitive_variables()
def check(*, user: User, text: str) -> None:
    """Use up the digits of one of the person's apps, or one of their recovery codes.

    Raises ValidationError when it is neither, or was used before.
    """
    digits = codes.plain(text)
    is_digits = len(digits) == 6 and not any(c.isalpha() for c in text)
    if not (_use_app(user, digits) if is_digits else _use_recovery(user, text)):
        raise ValidationError(
            _("That is not right, or was used before. Wait until your app shows new digits."),
            code="wrong",
        )


def _use_app(user: User, digits: str) -> bool:
    """Use a time step up by one conditional UPDATE: the same digits are never good twice."""
    for factor in of(user).filter(kind=Factor.Kind.APP):
        secret = _secret_of(factor)
        step = secret and _step_of(secret, digits, after=factor.last_step)
        if step is None:
            continue
        unused = Factor.objects.filter(Q(last_step=None) | Q(last_step__lt=step), pk=factor.pk)
        if unused.update(last_step=step, used_at=timezone.now()):
            return True
    return False


@sensitive_variables()
def _secret_of(factor: Factor) -> str | None:
    """Return an app's secret; None, and a line in the log, when its key is gone."""
    try:
        return sealing.open_sealed(factor.sealed, bound_to=_bound_to(factor)).decode()
    except ValueError as error:
        log.error("factor %s cannot be opened: %s", factor.uid, error)
        return None


def sealed_by_older_keys(rows: QuerySet[Factor]) -> QuerySet[Factor]:
    """Narrow down to the apps whose secret the newest of FACTOR_KEYS does not open."""
    newest = [
        factor.pk for factor in rows if sealing.is_newest(factor.sealed, bound_to=_bound_to(factor))
    ]
    return rows.exclude(pk__in=newest)


@sensitive_variables()
def reseal(factor: Factor) -> None:
    """Seal an app's secret again, with the newest key; the caller saves it. Raises ValueError."""
    bound_to = _bound_to(factor)
    secret = sealing.open_sealed(factor.sealed, bound_to=bound_to)
    factor.sealed = sealing.seal(secret, bound_to=bound_to)


def _step_of(secret: str, digits: str, *, after: int | None) -> int | None:
    """Return the time step whose digits these are: now, or one step to either side."""
    now, app = int(timezone.now().timestamp()) // STEP_SECONDS, pyotp.TOTP(secret)
    for step in (now, now - 1, now + 1):
        fits = secrets.compare_digest(app.at(step * STEP_SECONDS), digits)
        if fits and (after is None or step > after):
            return step
    return None


def _bound_to(factor: Factor) -> str:
    return f"factor:{factor.uid}:{factor.user_id}"


@transaction.atomic
def end(*, user: User, uid: str) -> Factor:
    """Remove one of the person's own factors.

    Raises ValidationError for the last one: a person at work always has one.
    """
    mine = list(of(User.objects.select_for_update(no_key=True).get(pk=user.pk)))
    factor = next((one for one in mine if str(one.uid) == str(uid)), None)
    if factor is None:
        raise ValidationError(_("It has been removed already."), code="gone")
    if len(mine) == 1:
        raise ValidationError(
            _("This is the last one: add another first, then remove it."), code="last"
        )
    factor.ended_at = timezone.now()
    factor.save(update_fields=["ended_at"])
    told(user, "factor_removed", factor_kind=factor.kind, factor=factor.uid)
    return factor


@transaction.atomic
def reset(*, user: User) -> None:
    """Remove every factor and recovery code of a person and end their sessions.

    PostgreSQL lets that happen only by a reset that two administrators agreed to, a day after.
    """
    now = timezone.now()
    of(user).update(ended_at=now)
    RecoveryCode.objects.filter(user=user, used_at=None, ended_at=None).update(ended_at=now)
    User.objects.filter(pk=user.pk).update(epoch=F("epoch") + 1)
    told(user, "factors_reset")


@transaction.atomic
@sensitive_variables()
def make_recovery_codes(*, user: User) -> list[str]:
    """Make ten recovery codes, shown once and never again; the ones before are worth nothing."""
    now = timezone.now()
    RecoveryCode.objects.filter(user=user, used_at=None, ended_at=None).update(ended_at=now)
    fresh = [_new_recovery_code() for _number in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, hash=_hashes(user, code)[0], made_at=now) for code in fresh
    )
    told(user, "recovery_codes_made")
    return fresh


def recovery_codes_left(user: User) -> int:
    """Return how many recovery codes are unused."""
    return RecoveryCode.objects.filter(user=user, used_at=None, ended_at=None).count()


@transaction.atomic
def _use_recovery(user: User, text: str) -> bool:
    unused = RecoveryCode.objects.filter(user=user, used_at=None, ended_at=None)
    if not unused.filter(hash__in=_hashes(user, text)).update(used_at=timezone.now()):
        return False
    told(user, "recovery_code_used", left=recovery_codes_left(user))
    return True


def _hashes(user: User, code: str) -> list[str]:
    plain = "".join(c for c in code[:40].lower() if c in _ALPHABET)
    return sealing.hashes(plain, bound_to=str(user.uid))


def _new_recovery_code() -> str:
    groups = ("".join(secrets.choice(_ALPHABET) for _n in range(_GROUP)) for _g in range(_GROUPS))
    return "-".join(groups)


def told(user: User, what: str, **data) -> None:
    """Put a change of how a person signs in on record, and tell them by mail."""
    import_string(settings.ACCOUNT_TOLD)(user=user, what=what, **data)
