"""The passwords and keys of one data folder, made at random when it is first used."""

import json
import secrets
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

_password = partial(secrets.token_hex, 16)
_key = partial(secrets.token_urlsafe, 48)


@dataclass(frozen=True)
class Secrets:
    """What opens the local servers, and what the product signs with."""

    superuser: str = field(default_factory=_password)
    owner: str = field(default_factory=_password)
    app: str = field(default_factory=_password)
    redis: str = field(default_factory=_password)
    store_key: str = field(default_factory=_password)
    store_secret: str = field(default_factory=_key)
    secret_key: str = field(default_factory=_key)
    link_key: str = field(default_factory=_key)
    code_key: str = field(default_factory=_key)
    factor_key: str = field(default_factory=_key)


def secrets_of(folder: Path) -> Secrets:
    """Return the folder's secrets, new ones for what it lacks; only its owner can read them."""
    path = folder / "secrets.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    found = Secrets(**known)
    if asdict(found) != known:
        unfinished = folder / "secrets.unfinished"
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(asdict(found)))
        unfinished.rename(path)
    return found
