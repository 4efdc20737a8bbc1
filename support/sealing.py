"""Evidence at rest: every file is sealed with a data key of its ticket, bound to its own name.

The data key is wrapped by a keyset outside the database (EVIDENCE_KEYSET); the wrapped key is one
row. Without the row what was sealed with it cannot be read by anybody: destroying it erases.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from tempfile import SpooledTemporaryFile
from typing import BinaryIO
from uuid import UUID

import tink
from tink import aead, secret_key_access, streaming_aead

from records.keysets import Keyset

KEYSET = Keyset(
    "evidence", "EVIDENCE_KEYSET", "EVIDENCE_KEK", b"handover.evidence-keyset", "make_evidence_keys"
)
# What a file has more when it is sealed is a header and a tag a segment of this size.
CHUNK_BYTES = 256 * 1024
IN_MEMORY_BYTES = 1024 * 1024


@dataclass(frozen=True)
class WrappedKey:
    """A data key as the database keeps it: the wrapped key, and the key that wrapped it."""

    wrapped: bytes
    key_id: int


class DataKey:
    """A ticket's open data key; it does not show itself."""

    def __init__(self, files: streaming_aead.StreamingAead, texts: aead.Aead) -> None:
        self._files, self._texts = files, texts

    def __repr__(self) -> str:
        return "<data key>"

    def seal_file(self, content: BinaryIO, *, name: str) -> SpooledTemporaryFile:
        """Return a sealed copy of a file, at its beginning; ``name`` opens it again."""
        sealed = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)
        # Closing the stream writes the last segment, and would close what it writes to.
        stream = self._files.new_encrypting_stream(_Kept(sealed), name.encode())
        with stream:
            for chunk in _chunks(content):
                stream.write(chunk)
        sealed.seek(0)
        return sealed

    def open_file(self, sealed: BinaryIO, *, name: str) -> BinaryIO:
        """Return a stream of the plain file.

        Reading raises tink.TinkError for a file that was changed or sealed under another name.
        """
        return self._files.new_decrypting_stream(sealed, name.encode())

    def seal_text(self, text: bytes, *, name: str) -> bytes:
        """Return a short text sealed under a name."""
        return self._texts.encrypt(text, name.encode())

    def open_text(self, sealed: bytes, *, name: str) -> bytes:
        """Open a sealed text. Raises tink.TinkError when it is not what was sealed."""
        return self._texts.decrypt(bytes(sealed), name.encode())


class _Kept(io.RawIOBase):
    """Writes through to a file that stays open when this is closed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        return self._file.write(data)


def new_key(ticket_uid: UUID) -> WrappedKey:
    """Make a ticket's data keys and wrap them, bound to the ticket."""
    _register()
    template = streaming_aead.streaming_aead_key_templates.AES256_GCM_HKDF_4KB
    parts = []
    for each in (template, aead.aead_key_templates.AES256_GCM):
        handle = tink.new_keyset_handle(each)
        parts.append(tink.proto_keyset_format.serialize(handle, secret_key_access.TOKEN))
    plain = len(parts[0]).to_bytes(4) + b"".join(parts)
    keys = KEYSET.keys()
    return WrappedKey(keys.primitive.encrypt(plain, _bound_to(ticket_uid)), keys.primary_id)


def open_key(ticket_uid: UUID, wrapped: bytes) -> DataKey:
    """Unwrap a ticket's data key. Raises tink.TinkError when it was wrapped for another ticket."""
    _register()
    plain = KEYSET.keys().primitive.decrypt(bytes(wrapped), _bound_to(ticket_uid))
    length, rest = int.from_bytes(plain[:4]), plain[4:]
    files, texts = (
        tink.proto_keyset_format.parse(part, secret_key_access.TOKEN)
        for part in (rest[:length], rest[length:])
    )
    return DataKey(files.primitive(streaming_aead.StreamingAead), texts.primitive(aead.Aead))


def rewrap(ticket_uid: UUID, wrapped: bytes) -> WrappedKey:
    """Wrap a wrapped data key again, with the primary key; what it sealed stays as it is."""
    keys = KEYSET.keys()
    plain = keys.primitive.decrypt(bytes(wrapped), _bound_to(ticket_uid))
    return WrappedKey(keys.primitive.encrypt(plain, _bound_to(ticket_uid)), keys.primary_id)


def primary_key_id() -> int:
    """Return the id of the key that wraps today."""
    return KEYSET.keys().primary_id


def _bound_to(ticket_uid: UUID) -> bytes:
    return f"handover.ticket:{ticket_uid}:evidence".encode()


def _chunks(content: BinaryIO) -> Iterator[bytes]:
    content.seek(0)
    while chunk := content.read(CHUNK_BYTES):
        yield chunk


@lru_cache(maxsize=1)
def _register() -> None:
    aead.register()
    streaming_aead.register()
