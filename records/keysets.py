"""Keysets outside the database: tink's JSON in a file or a setting, one primary key, older ones.

What seals with a key (PINs, the data keys of evidence) has a keyset of its own. A new primary key
seals from then on; the older ones still open.
"""

import os
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import tink
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from tink import aead, cleartext_keyset_handle, secret_key_access
from tink.proto import tink_pb2

from records import wrapping


@dataclass(frozen=True)
class Keys:
    """A keyset in force; it does not show itself."""

    primitive: aead.Aead
    primary_id: int

    def __repr__(self) -> str:
        return "<keys>"


@dataclass(frozen=True)
class Keyset:
    """A keyset as the settings name it: ``setting`` holds a path or the JSON itself.

    ``kek_setting`` says which key wraps it (wrapping.py); ``made_by`` is the command that makes it.
    """

    what: str
    setting: str
    kek_setting: str
    purpose: bytes
    made_by: str
    old_kek: str | None = None  # where it is not yet wrapped by the key that the settings name

    def keys(self) -> Keys:
        """Return the keys in force; a file changed by a rotation is read again.

        Raises ImproperlyConfigured, which shows none of it.
        """
        source, kek = getattr(settings, self.setting), self.kek()
        if _is_text(source):
            return _parse(self, source, kek)
        try:
            return _load(self, source, Path(source).stat().st_mtime_ns, kek)
        except OSError as error:
            raise ImproperlyConfigured(
                f"The {self.what} keyset cannot be read. Set {self.setting}, or run "
                f"`manage.py {self.made_by}`."
            ) from error

    def new(self) -> str:
        """Return the text of a keyset with one new key, wrapped when its setting says so."""
        return _written(self, _generate())

    def with_new_primary(self, text: str) -> str:
        """Return a keyset's text with a new primary key; the older keys still open."""
        keyset = _keyset_of(_read(self, text))
        fresh = _generate()
        while fresh.primary_key_id in {key.key_id for key in keyset.key}:
            fresh = _generate()
        keyset.key.extend(fresh.key)
        keyset.primary_key_id = fresh.primary_key_id
        return _written(self, keyset)

    def kek(self) -> str:
        """Return the key that wraps it, or an empty text."""
        return getattr(settings, self.kek_setting) if self.old_kek is None else self.old_kek


def make(keyset: Keyset, *, new_primary: bool) -> str:
    """Make a keyset's file once, or give it a new primary key; return what was done, in words.

    A keyset that stands in the setting itself is returned as text with the new primary key; raises
    ValueError when that was not asked for.
    """
    source = getattr(settings, keyset.setting)
    if _is_text(source):
        if not new_primary:
            raise ValueError(f"{keyset.setting} holds a keyset already; it was left alone.")
        return keyset.with_new_primary(source)
    path = Path(source)
    if not path.exists():
        write_private(path, keyset.new())
        return "A new keyset was made. Back it up apart from the database."
    if new_primary:
        write_private(path, keyset.with_new_primary(path.read_text()))
        return "A new primary key was added. Now run `manage.py rotate_keys`."
    return "There is a keyset already; it was left alone."


def opens(keyset: Keyset) -> bool:
    """Say whether a keyset opens by the key in force; False also for one that is not there."""
    try:
        keyset.keys()
    except ImproperlyConfigured:
        return False
    return True


def wrap_again(keyset: Keyset, *, old_kek: str) -> str:
    """Wrap a keyset by the key in force, which ``old_kek`` (empty: nothing) wrapped; say so.

    The keys in it stay, so nothing has to be sealed again. A keyset in a setting is returned as
    text. Raises ImproperlyConfigured when ``old_kek`` does not open it, OSError without a file.
    """
    source = getattr(settings, keyset.setting)
    text = source if _is_text(source) else Path(source).read_text()
    written = _written(keyset, _keyset_of(_read(replace(keyset, old_kek=old_kek), text)))
    if _is_text(source):
        return written
    write_private(Path(source), written)
    return f"The {keyset.what} keyset is wrapped by the key of {keyset.kek_setting} now."


def is_file(keyset: Keyset) -> bool:
    """Say whether the keyset is a file of ours, and not the text of a setting."""
    return not _is_text(getattr(settings, keyset.setting))


def keep_only(keyset: Keyset, key_ids: set[int]) -> int:
    """Take every key but these and the primary one out of a keyset's file; return how many.

    Raises ValueError when one of these is not in it: nothing is taken out then.
    """
    path = Path(getattr(settings, keyset.setting))
    keys = _keyset_of(_read(keyset, path.read_text()))
    kept = [key for key in keys.key if key.key_id in key_ids | {keys.primary_key_id}]
    if missing := key_ids - {key.key_id for key in kept}:
        raise ValueError(f"{len(missing)} keys that something needs are not in {keyset.setting}")
    gone = len(keys.key) - len(kept)
    if gone:
        del keys.key[:]
        keys.key.extend(kept)
        write_private(path, _written(keyset, keys))
    return gone


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _is_text(source: str) -> bool:
    return source.lstrip().startswith("{")


@lru_cache(maxsize=8)
def _load(keyset: Keyset, path: str, _changed_ns: int, kek: str) -> Keys:
    return _parse(keyset, Path(path).read_text(), kek)


@lru_cache(maxsize=8)
def _parse(keyset: Keyset, text: str, _kek: str) -> Keys:
    handle = _read(keyset, text)
    return Keys(handle.primitive(aead.Aead), handle.keyset_info().primary_key_id)


@lru_cache(maxsize=1)
def _register() -> None:
    aead.register()


def _generate() -> tink_pb2.Keyset:
    _register()
    return _keyset_of(tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM))


def _keyset_of(handle: tink.KeysetHandle) -> tink_pb2.Keyset:
    plain = tink.proto_keyset_format.serialize(handle, secret_key_access.TOKEN)
    return tink_pb2.Keyset.FromString(plain)


def _read(keyset: Keyset, text: str) -> tink.KeysetHandle:
    """Return the keyset in tink's JSON. Raises ImproperlyConfigured, which shows none of it."""
    _register()
    wrapped_by, form = _wrapping(keyset), tink.json_proto_keyset_format
    try:
        if wrapped_by:
            return form.parse_encrypted(text, wrapped_by, keyset.purpose)
        return form.parse(text, secret_key_access.TOKEN)
    except (ValueError, tink.TinkError):
        raise ImproperlyConfigured(
            f"The {keyset.what} keyset does not open: it is damaged, or {keyset.kek_setting} "
            "is not its key."
        ) from None


def _written(keyset: Keyset, keys: tink_pb2.Keyset) -> str:
    handle, form = cleartext_keyset_handle.from_keyset(keys), tink.json_proto_keyset_format
    wrapped_by = _wrapping(keyset)
    if wrapped_by:
        return form.serialize_encrypted(handle, wrapped_by, keyset.purpose)
    return form.serialize(handle, secret_key_access.TOKEN)


def _wrapping(keyset: Keyset) -> aead.Aead | None:
    """Return the AEAD of the key that wraps the keyset, or None."""
    _register()
    return wrapping.of(keyset.kek_setting, keyset.kek(), keyset.purpose.decode())
