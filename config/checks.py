"""What a production start is refused for: each message names the variable, why, and what to set.

Production is neither DEBUG nor DEMO, and these two are for this machine only. ``manage.py check
--deploy`` shows the list; web server, worker, beat and every command that works with data call
``refuse_unsafe_start`` and do not start while there is one.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from email.utils import parseaddr
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from chargers import pins
from records import clock, wrapping
from support import sealing

TAG = "production"
SHORTEST_KEY = 50
_THIS_MACHINE = ("", "localhost", "127.0.0.1", "::1")
_OWNS = """
    SELECT COALESCE(bool_or(pg_has_role(current_user, relowner, 'USAGE')), false)
    FROM pg_class WHERE oid = to_regclass('records_event')
"""
_MAKE_KEY = (
    "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(64))'"  # not a key
)

_KEY_ERRORS = {
    "SECRET_KEY": "handover.E001",
    "LINK_KEYS": "handover.E002",
    "CODE_KEYS": "handover.E003",
    "FACTOR_KEYS": "handover.E012",
}


def register_all() -> None:
    """Have Django run these checks with ``check --deploy``."""
    checks.register(check_production, TAG, deploy=True)
    checks.register(check_clock, checks.Tags.database, deploy=True)
    checks.register(check_role, checks.Tags.database, deploy=True)


def refuse_unsafe_start() -> None:
    """Raise ImproperlyConfigured, naming all of it, if this deployment may not start like this."""
    here = {"databases": ["default"]}
    found = [*check_production(), *check_clock(**here), *check_role(**here)]
    if found:
        lines = "\n".join(f"- {error.msg} {error.hint}" for error in found)
        raise ImproperlyConfigured(f"This is a production start and it is not safe:\n{lines}")


def check_production(app_configs=None, **kwargs) -> list[checks.CheckMessage]:
    """Check keys, addresses and connections; DEBUG and DEMO are only asked where they are."""
    if settings.DEBUG or settings.DEMO:
        return list(_careless())
    found = (
        _keys(),
        _keysets(),
        _wrapped(),
        _clock_setting(),
        _address(),
        _contact(),
        _notice(),
        _connections(),
    )
    return [error for errors in found for error in errors]


def check_clock(app_configs=None, databases=None, **kwargs) -> list[checks.CheckMessage]:
    """Check that nobody has moved the clock of the deadlines; a database that is away passes."""
    if settings.DEBUG or settings.DEMO or "default" not in (databases or []):
        return []
    try:
        exists = "records_clockoffset" in connection.introspection.table_names()
        offset = clock.offset() if exists else timedelta(0)
    except DatabaseError:
        return []
    if not offset:
        return []
    why = f"The clock of the deadlines in this database is {offset} ahead (records_clockoffset)."
    hint = "Deadlines have run early: use a database that no story or test has used."
    return [checks.Error(why, hint=hint, id="handover.E010")]


def check_role(app_configs=None, databases=None, **kwargs) -> list[checks.CheckMessage]:
    """Check that the application does not run as the role that owns the tables."""
    if settings.DEBUG or settings.DEMO or "default" not in (databases or []):
        return []
    try:
        with connection.cursor() as cursor:
            cursor.execute(_OWNS)
            (owns,) = cursor.fetchone()
    except DatabaseError:
        return []
    if not owns:
        return []
    why = "DATABASE_URL is the role that owns the tables: it could change what was recorded."
    hint = "Set DATABASE_URL to the application's role (handover_app), the owner's elsewhere."
    return [checks.Error(why, hint=hint, id="handover.E015")]


def _careless() -> Iterator[checks.CheckMessage]:
    """DEBUG shows our insides and DEMO its passwords: both stay on this machine."""
    host = urlsplit(settings.BASE_URL).hostname or ""
    for name in ("DEBUG", "DEMO"):
        if getattr(settings, name) and host not in (*_THIS_MACHINE, "testserver"):
            why = f"{name} is on, and BASE_URL leads off this machine, to {host}."
            hint = f"Unset {name}: with it keys may be weak, and strangers see what they must not."
            yield checks.Error(why, hint=hint, id="handover.E013")


def _keys() -> Iterator[checks.CheckMessage]:
    named = {"SECRET_KEY": [settings.SECRET_KEY]}
    named |= {"LINK_KEYS": settings.LINK_KEYS, "CODE_KEYS": settings.CODE_KEYS}
    named |= {"FACTOR_KEYS": settings.FACTOR_KEYS}
    named["SECRET_KEY"] += settings.SECRET_KEY_FALLBACKS
    for name, keys in named.items():
        if not keys or any(_is_weak(key) for key in keys):
            why = f"{name} is missing, the development one, or easy to guess."
            yield checks.Error(why, hint=f"{name}: {_MAKE_KEY}", id=_KEY_ERRORS[name])
    every = [key for keys in named.values() for key in keys]
    if len(set(every)) < len(every):
        why = f"{', '.join(named)} share a key: whoever has one has the others."
        yield checks.Error(why, hint=f"Give each its own. {_MAKE_KEY}", id="handover.E004")


def _is_weak(key: str) -> bool:
    return key == settings.DEVELOPMENT_KEY or len(key) < SHORTEST_KEY or len(set(key)) < 16


def _keysets() -> Iterator[checks.CheckMessage]:
    try:
        pins.primary_key_id()
    except ImproperlyConfigured as error:
        why = f"PIN_KEYSET cannot be used: {error}"
        hint = "Make it once with `manage.py make_pin_keys`, back it up apart from the database."
        yield checks.Error(why, hint=hint, id="handover.E005")
    try:
        sealing.KEYSET.keys()
    except ImproperlyConfigured as error:
        why = f"EVIDENCE_KEYSET cannot be used: {error}"
        hint = "Make it once with `manage.py make_evidence_keys`, back it up as PIN_KEYSET."
        yield checks.Error(why, hint=hint, id="handover.E011")


def _wrapped() -> Iterator[checks.CheckMessage]:
    """A keyset that lies open in its file is as good as the PINs to whoever copies the machine."""
    for name in ("PIN_KEK", "EVIDENCE_KEK"):
        if not getattr(settings, name):
            why = f"{name} is not set: its keyset lies open where it is kept."
            hint = (
                f"Set {name} to base64 of 32 bytes, file:///... or kms://..., then run "
                "`manage.py wrap_keysets`; docs/operating.md says how."
            )
            yield checks.Error(why, hint=hint, id="handover.E016")


def _clock_setting() -> Iterator[checks.CheckMessage]:
    if settings.CLOCK_MAY_MOVE:
        why = "CLOCK_MAY_MOVE is on: deadlines could be run early and grants released."
        hint = "Unset CLOCK_MAY_MOVE; only the story and the tests need it."
        yield checks.Error(why, hint=hint, id="handover.E006")


def _address() -> Iterator[checks.CheckMessage]:
    parts = urlsplit(settings.BASE_URL)
    if parts.scheme != "https":
        why = f"BASE_URL is {settings.BASE_URL}: codes, links and PINs would travel in the clear."
        hint = "Set BASE_URL to the https:// address that people use."
        yield checks.Error(why, hint=hint, id="handover.E007")
    if not _is_allowed(parts.hostname or ""):
        why = f"ALLOWED_HOSTS lacks {parts.hostname}, the host of BASE_URL."
        hint = f"Set ALLOWED_HOSTS={parts.hostname}; every page would be a 400 otherwise."
        yield checks.Error(why, hint=hint, id="handover.E008")


def _contact() -> Iterator[checks.CheckMessage]:
    """The addresses on every page and mail are people's own, not the ones that we made up."""
    for name in ("SUPPORT_EMAIL", "DEFAULT_FROM_EMAIL"):
        address = getattr(settings, name)
        if parseaddr(address)[1].endswith((".example", "@example")):
            variable = {"DEFAULT_FROM_EMAIL": "MAIL_FROM"}.get(name, name)
            why = f"{variable} is {address}: nobody reads that."
            hint = f"Set {variable} to an address of yours."
            yield checks.Error(why, hint=hint, id="handover.E014")


def _notice() -> Iterator[checks.CheckMessage]:
    """A link on every page must lead to where it says, and to nothing that runs here."""
    if settings.PRIVACY_NOTICE_URL and urlsplit(settings.PRIVACY_NOTICE_URL).scheme != "https":
        why = f"PRIVACY_NOTICE_URL is {settings.PRIVACY_NOTICE_URL}: no https:// address."
        hint = "Set it to the https:// address of your privacy notice, or leave it empty."
        yield checks.Error(why, hint=hint, id="handover.E017")


def _is_allowed(host: str) -> bool:
    def fits(pattern: str) -> bool:
        return host == pattern or (pattern.startswith(".") and f".{host}".endswith(pattern))

    return "*" not in settings.ALLOWED_HOSTS and any(map(fits, settings.ALLOWED_HOSTS))


def _connections() -> Iterator[checks.CheckMessage]:
    for name, address, cure in _plain(_addresses()):
        why = f"{name} leads to {address} without checked encryption."
        yield checks.Error(why, hint=f"{name}: {cure}", id="handover.E009")


def _addresses() -> Iterable[tuple[str, str, bool, str]]:
    """Yield each server's variable, host, whether it is safe to reach, and what to set if not."""
    for alias, name in (("default", "DATABASE_URL"), ("owner", "DATABASE_OWNER_URL")):
        database = settings.DATABASES[alias]
        is_safe = database.get("OPTIONS", {}).get("sslmode") == "verify-full"
        yield name, database["HOST"], is_safe, "add ?sslmode=verify-full&sslrootcert=..."
    redis = urlsplit(settings.CELERY_BROKER_URL)
    careless = parse_qs(redis.query).get("ssl_cert_reqs", ["required"])[0].lower()
    is_safe = redis.scheme == "rediss" and careless in ("required", "cert_required")
    yield "REDIS_URL", redis.hostname or "", is_safe, "use rediss://...?ssl_cert_reqs=required"
    storage = urlsplit(settings.STORAGE_URL)
    if storage.scheme != "file":
        is_safe = parse_qs(storage.query).get("tls", ["1"])[0] != "0"
        yield "STORAGE_URL", storage.hostname or "", is_safe, "leave out tls=0"
    for name in ("PIN_KEK", "EVIDENCE_KEK"):
        kms = urlsplit(getattr(settings, name))
        if kms.scheme == wrapping.KMS:
            is_safe = parse_qs(kms.query).get("tls", ["1"])[0] != "0"
            yield name, kms.hostname or "", is_safe, "leave out tls=0"
    is_safe = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
    yield "MAIL_URL", settings.EMAIL_HOST, is_safe, "use smtp+tls:// or smtp+ssl://"


def _plain(addresses) -> Iterator[tuple[str, str, str]]:
    for name, host, is_safe, cure in addresses:
        is_here = host in _THIS_MACHINE or host.startswith("/")
        if not is_safe and not is_here:
            yield name, host, cure
