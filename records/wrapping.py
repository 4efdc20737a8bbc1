"""The key that wraps a keyset: in the environment, in a file, or in a KMS that never gives it out.

A setting such as PIN_KEK holds one of

- base64 of 32 bytes,
- ``file:///a/path`` of a file that holds them,
- ``kms://KEY:SECRET@host/key-id?region=eu-north-1``: AWS KMS or what speaks like it. Without KEY
  and SECRET the machine's own role is used, without a host AWS's own for the region. The key id is
  an id, an ARN or ``alias/a-name``; ``tls=0`` is for a KMS on this machine.

With a KMS a keyset is sealed by a data key of its own, which the KMS wraps (envelope encryption):
it is asked once a process and change of keyset, and no PIN passes through it.
"""

import base64
import binascii
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import tink
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.exceptions import ImproperlyConfigured
from tink import aead, cleartext_keyset_handle
from tink.proto import aes_gcm_pb2, tink_pb2

KEY_TYPE = "type.googleapis.com/google.crypto.tink.AesGcmKey"
KMS = "kms"
# A start waits for a KMS that is away at most about twice this long.
CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 3, 5, 2
_NOT_ITS_KEY = {"InvalidCiphertextException", "IncorrectKeyException"}


def of(setting: str, value: str, purpose: str) -> aead.Aead | None:
    """Return the AEAD that wraps a keyset for ``purpose``, or None where ``value`` is empty.

    Raises ImproperlyConfigured, which names ``setting`` and shows no key.
    """
    if not value:
        return None
    scheme = urlsplit(value).scheme
    if scheme == KMS:
        remote = RemoteKey(setting, Address.of(setting, value), purpose)
        return aead.KmsEnvelopeAead(aead.aead_key_templates.AES256_GCM, remote)
    if scheme == "file":
        try:
            value = Path(unquote(urlsplit(value).path)).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(f"{setting} names a file that cannot be read.") from error
    return _local(setting, value)


@dataclass(frozen=True)
class Address:
    """Where a KMS is, how it is asked, and for which key."""

    key_id: str
    region: str
    endpoint: str | None
    user: str | None
    password: str | None

    @classmethod
    def of(cls, setting: str, url: str) -> "Address":
        """Take a ``kms://`` address apart. Raises ImproperlyConfigured for what is missing."""
        parts = urlsplit(url)
        said = parse_qs(parts.query)
        key_id, region = unquote(parts.path.lstrip("/")), said.get("region", [""])[0]
        if not (key_id and region):
            raise ImproperlyConfigured(
                f"{setting} lacks {'a region' if key_id else 'the id of a key'}: "
                "kms://host/key-id?region=eu-north-1"
            )
        scheme = "http" if said.get("tls", ["1"])[0] == "0" else "https"
        host = parts.netloc.rpartition("@")[2]
        user, password = (unquote(p) if p else None for p in (parts.username, parts.password))
        return cls(key_id, region, f"{scheme}://{host}" if host else None, user, password)

    def __repr__(self) -> str:
        return f"<KMS at {self.endpoint or self.region}>"


class RemoteKey(aead.Aead):
    """A key in a KMS: what it encrypts is bound to the keyset's purpose by the KMS itself."""

    def __init__(self, setting: str, address: Address, purpose: str) -> None:
        self._setting, self._address = setting, address
        self._bound = {"KeyId": address.key_id, "EncryptionContext": {"purpose": purpose}}

    def encrypt(self, plaintext: bytes, associated_data: bytes) -> bytes:
        return self._ask("encrypt", Plaintext=plaintext)["CiphertextBlob"]

    def decrypt(self, ciphertext: bytes, associated_data: bytes) -> bytes:
        return self._ask("decrypt", CiphertextBlob=ciphertext)["Plaintext"]

    def _ask(self, what: str, **about) -> dict:
        try:
            return getattr(_client(self._address), what)(**self._bound, **about)
        except ClientError as error:
            code = error.response["Error"].get("Code", "")
            if code in _NOT_ITS_KEY:
                raise tink.TinkError(code) from None
            raise self._refused(what, code) from None
        except (BotoCoreError, ValueError) as error:
            raise self._refused(what, type(error).__name__) from None

    def _refused(self, what: str, why: str) -> ImproperlyConfigured:
        where = self._address.endpoint or f"AWS, {self._address.region}"
        return ImproperlyConfigured(f"{self._setting}: the KMS ({where}) does not {what}: {why}.")


@lru_cache(maxsize=4)
def _client(address: Address):
    """Make a client for a KMS once: reading the service's description is most of an answer."""
    return boto3.session.Session().client(
        "kms",
        region_name=address.region,
        endpoint_url=address.endpoint,
        aws_access_key_id=address.user,
        aws_secret_access_key=address.password,
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
            proxies={} if address.endpoint else None,
        ),
    )


def _local(setting: str, text: str) -> aead.Aead:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ImproperlyConfigured(f"{setting} is not base64.") from error
    if len(raw) != 32:
        raise ImproperlyConfigured(f"{setting} is not 32 bytes.")
    keys = tink_pb2.Keyset(primary_key_id=1)
    key = keys.key.add(key_id=1, status=tink_pb2.ENABLED, output_prefix_type=tink_pb2.RAW)
    key.key_data.type_url = KEY_TYPE
    key.key_data.key_material_type = tink_pb2.KeyData.SYMMETRIC
    key.key_data.value = aes_gcm_pb2.AesGcmKey(key_value=raw).SerializeToString()
    return cleartext_keyset_handle.from_keyset(keys).primitive(aead.Aead)
