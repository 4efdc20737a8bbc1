"""Passkeys (WebAuthn) as second factor: bound to our address, so that no other site can ask for it.

The person is verified by the authenticator each time. The password has said who they are before,
so a key need not be discoverable.
"""

import ipaddress
import json
from urllib.parse import urlsplit

import webauthn
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts import factors
from accounts.models import Factor, User

SECONDS = 300
_VERIFIED = UserVerificationRequirement.REQUIRED
_BAD_ANSWERS = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError)


def site_of(request: HttpRequest) -> tuple[str, str]:
    """Return the name that passkeys are bound to, and the origin they are used from."""
    whole = settings.BASE_URL if settings.SECURE else f"http://{request.get_host()}"
    parts = urlsplit(whole)
    return parts.hostname or "", f"{parts.scheme}://{parts.netloc}"


def can_be_used(request: HttpRequest) -> bool:
    """Say whether browsers allow passkeys here: a name, not a number, and https or localhost."""
    name, _origin = site_of(request)
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return settings.SECURE or name == "localhost"
    return False


def begin_adding(request: HttpRequest, user: User) -> str:
    """Return the options, as JSON, with which a browser makes a new passkey."""
    options = webauthn.generate_registration_options(
        rp_id=site_of(request)[0],
        rp_name=settings.BRAND,
        user_id=user.uid.bytes,
        user_name=user.email,
        user_display_name=user.name or user.email,
        exclude_credentials=_known(user),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=_VERIFIED
        ),
    )
    _remember(request, "add", user, options.challenge)
    return webauthn.options_to_json(options)


@transaction.atomic
def add(request: HttpRequest, *, user: User, answer: str, name: str) -> Factor:
    """Add the passkey that a browser made for ``begin_adding``, as JSON.

    Raises ValidationError when it does not fit what was asked, or is known already.
    """
    challenge = _recall(request, "add", user)
    name_of_site, origin = site_of(request)
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=name_of_site,
            expected_origin=origin,
            require_user_verification=True,
        )
    except _BAD_ANSWERS as error:
        raise _refused() from error
    if Factor.objects.filter(credential_id=made.credential_id).exists():
        raise ValidationError(_("This passkey is known already."), code="known")
    now = timezone.now()
    factor = Factor.objects.create(
        user=user,
        kind=Factor.Kind.PASSKEY,
        name=name,
        made_at=now,
        used_at=now,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
    )
    factors.told(user, "factor_added", factor_kind=factor.kind, factor=factor.uid)
    return factor


def begin(request: HttpRequest, user: User) -> str:
    """Return the options, as JSON, with which a browser uses a passkey; "" if there is none."""
    known = _known(user)
    if not known or not can_be_used(request):
        return ""
    options = webauthn.generate_authentication_options(
        rp_id=site_of(request)[0], allow_credentials=known, user_verification=_VERIFIED
    )
    _remember(request, "use", user, options.challenge)
    return webauthn.options_to_json(options)


def check(request: HttpRequest, *, user: User, answer: str) -> Factor:
    """Check what a browser answered to ``begin``, as JSON; each question has one answer.

    Raises ValidationError when it is not by one of this person's passkeys, the person was not
    verified, or the key's counter did not go up (it was copied).
    """
    challenge = _recall(request, "use", user)
    name_of_site, origin = site_of(request)
    try:
        raw_id = base64url_to_bytes(json.loads(answer)["rawId"])
        factor = factors.of(user).get(kind=Factor.Kind.PASSKEY, credential_id=raw_id)
        proved = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=name_of_site,
            expected_origin=origin,
            credential_public_key=bytes(factor.public_key),
            credential_current_sign_count=factor.sign_count,
            require_user_verification=True,
        )
    except (*_BAD_ANSWERS, Factor.DoesNotExist) as error:
        raise _refused() from error
    unchanged = Factor.objects.filter(pk=factor.pk, sign_count=factor.sign_count)
    if not unchanged.update(sign_count=proved.new_sign_count, used_at=timezone.now()):
        raise _refused()
    return factor


def _known(user: User) -> list[PublicKeyCredentialDescriptor]:
    keys = factors.of(user).filter(kind=Factor.Kind.PASSKEY)
    return [PublicKeyCredentialDescriptor(id=bytes(key.credential_id)) for key in keys]


def _remember(request: HttpRequest, what: str, user: User, challenge: bytes) -> None:
    """Keep a question in the session, whose browser alone can answer it."""
    at = timezone.now().timestamp()
    asked = {"user": user.pk, "challenge": bytes_to_base64url(challenge), "at": at}
    request.session[f"passkey_{what}"] = asked


def _recall(request: HttpRequest, what: str, user: User) -> bytes:
    """Take the question out of the session: it is answered once, within five minutes."""
    asked = request.session.pop(f"passkey_{what}", None)
    now = timezone.now().timestamp()
    if asked is None or asked["user"] != user.pk or now - asked["at"] > SECONDS:
        raise ValidationError(_("That took too long. Try once more."), code="old")
    return base64url_to_bytes(asked["challenge"])


def _refused() -> ValidationError:
    return ValidationError(
        _("This passkey could not be checked. Try once more, or use another way."), code="wrong"
    )
