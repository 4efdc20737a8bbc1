import base64
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings as project
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from chargers import pins
from config import checks
from support import sealing

BASE = Path(project.BASE_DIR)


def wrapped_keysets() -> dict[str, str]:
    """Return keysets as production has them: each wrapped by a key of its own."""
    made = {}
    for keyset in (pins.KEYSET, sealing.KEYSET):
        key = base64.b64encode(os.urandom(32)).decode()
        wrapped = replace(keyset, old_kek=key).new()
        made |= {keyset.setting: wrapped, keyset.kek_setting: key}
    return made


SAFE = {
    "SECRET_KEY": "Zq3" + "".join(chr(97 + n % 26) for n in range(60)),
    "LINK_KEYS": ["Yq3" + "".join(chr(97 + n % 26) for n in range(60))],
    "CODE_KEYS": ["Xq3" + "".join(chr(97 + n % 26) for n in range(60))],
    "FACTOR_KEYS": ["Wq3" + "".join(chr(97 + n % 26) for n in range(60))],
    "SUPPORT_EMAIL": "help@handover.example.com",
    "DEFAULT_FROM_EMAIL": "Handover <no-reply@handover.example.com>",
    "CLOCK_MAY_MOVE": False,
    "BASE_URL": "https://handover.example.com",
    "ALLOWED_HOSTS": ["handover.example.com"],
    "EMAIL_HOST": "mail.example.com",
    "EMAIL_USE_TLS": True,
    **wrapped_keysets(),
}


def found(settings, **changes):
    for name, value in (SAFE | changes).items():
        setattr(settings, name, value)
    return [error.id for error in checks.check_production()]


def test_a_safe_deployment_has_nothing_to_say(settings):
    assert found(settings) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"SECRET_KEY": project.DEVELOPMENT_KEY}, "E001"),
        ({"SECRET_KEY": "short"}, "E001"),
        ({"SECRET_KEY": "ab" * 40}, "E001"),
        ({"LINK_KEYS": []}, "E002"),
        ({"LINK_KEYS": [*SAFE["LINK_KEYS"], "weak"]}, "E002"),
        ({"CODE_KEYS": [project.DEVELOPMENT_KEY]}, "E003"),
        ({"CODE_KEYS": SAFE["LINK_KEYS"]}, "E004"),
        ({"SECRET_KEY_FALLBACKS": ["short"]}, "E001"),
        ({"FACTOR_KEYS": []}, "E012"),
        ({"FACTOR_KEYS": [project.DEVELOPMENT_KEY]}, "E012"),
        ({"FACTOR_KEYS": SAFE["CODE_KEYS"]}, "E004"),
        ({"SUPPORT_EMAIL": "help@handover.example"}, "E014"),
        ({"DEFAULT_FROM_EMAIL": "Handover <no-reply@handover.example>"}, "E014"),
        ({"PRIVACY_NOTICE_URL": "javascript:alert(1)"}, "E017"),
        ({"PRIVACY_NOTICE_URL": "http://maker.example.com/privacy"}, "E017"),
        ({"DEBUG": True}, "E013"),
        ({"DEMO": True}, "E013"),
        ({"CLOCK_MAY_MOVE": True}, "E006"),
        ({"BASE_URL": "http://handover.example.com"}, "E007"),
        ({"ALLOWED_HOSTS": ["other.example.com"]}, "E008"),
        ({"ALLOWED_HOSTS": ["*"]}, "E008"),
        ({"CELERY_BROKER_URL": "redis://redis.example.com/0"}, "E009"),
        ({"CELERY_BROKER_URL": "rediss://redis.example.com/0?ssl_cert_reqs=none"}, "E009"),
        ({"STORAGE_URL": "s3://k:s@s3.example.com/bucket?tls=0"}, "E009"),
        ({"EMAIL_USE_TLS": False}, "E009"),
        ({"EVIDENCE_KEK": base64.b64encode(os.urandom(32)).decode()}, "E011"),
        ({"PIN_KEK": "short"}, "E005"),
    ],
)
def test_what_is_unsafe_is_named(settings, changes, expected):
    assert found(settings, **changes) == [f"handover.{expected}"]


@pytest.mark.parametrize(
    "changes",
    [
        {"CELERY_BROKER_URL": "rediss://redis.example.com/0"},
        {"STORAGE_URL": "s3://k:s@s3.example.com/bucket"},
        {"ALLOWED_HOSTS": [".example.com"]},
    ],
)
def test_what_is_safe_passes(settings, changes):
    assert found(settings, **changes) == []


@pytest.mark.parametrize(
    ("host", "options", "expected"),
    [
        ("db.example.com", {}, ["handover.E009"]),
        ("db.example.com", {"sslmode": "require"}, ["handover.E009"]),
        ("db.example.com", {"sslmode": "verify-full"}, []),
        ("/var/run/postgresql", {}, []),
        ("::1", {}, []),
    ],
)
def test_a_database_elsewhere_is_reached_by_checked_encryption(
    settings, monkeypatch, host, options, expected
):
    monkeypatch.setitem(project.DATABASES["owner"], "HOST", host)
    monkeypatch.setitem(project.DATABASES["owner"], "OPTIONS", options)

    assert found(settings) == expected


def test_a_missing_pin_keyset_is_named(settings, monkeypatch):
    def missing():
        raise ImproperlyConfigured("no such file")

    monkeypatch.setattr(checks.pins, "primary_key_id", missing)
    assert found(settings) == ["handover.E005"]


def test_a_keyset_that_lies_open_is_named(settings):
    open_ = {"PIN_KEYSET": project.PIN_KEYSET, "EVIDENCE_KEYSET": project.EVIDENCE_KEYSET}

    assert found(settings, **open_, PIN_KEK="", EVIDENCE_KEK="") == ["handover.E016"] * 2


@pytest.mark.parametrize("kind", ["DEBUG", "DEMO"])
def test_a_demonstration_may_be_careless(settings, kind):
    here = {"BASE_URL": "http://127.0.0.1:8000", kind: True}
    assert found(settings, SECRET_KEY="short", **here) == []


def test_every_message_names_its_variable_and_a_cure(settings):
    unsafe = {"SECRET_KEY": "x", "BASE_URL": "http://x", "CLOCK_MAY_MOVE": True}
    for name, value in (SAFE | unsafe).items():
        setattr(settings, name, value)

    for error in checks.check_production():
        assert re.search(r"[A-Z]+_[A-Z_]+", error.msg) and len(error.hint) > 20


@pytest.mark.django_db
def test_an_unsafe_start_is_refused_with_all_of_it(settings):
    with pytest.raises(ImproperlyConfigured) as refused:
        found(settings, SECRET_KEY="short", CLOCK_MAY_MOVE=True)
        checks.refuse_unsafe_start()

    assert "SECRET_KEY" in str(refused.value) and "CLOCK_MAY_MOVE" in str(refused.value)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_database_whose_clock_was_moved_is_refused(settings, pass_time):
    assert checks.check_clock(databases=["default"]) == []
    pass_time(days=1)

    assert [error.id for error in checks.check_clock(databases=["default"])] == ["handover.E010"]


@pytest.mark.django_db
def test_check_deploy_has_no_warnings_in_production(tmp_path):
    keys = {name: SAFE[name] for name in ("SECRET_KEY",)}
    keys |= {name: SAFE[name][0] for name in ("LINK_KEYS", "CODE_KEYS", "FACTOR_KEYS")}
    keys |= {name: value for name, value in SAFE.items() if "KEK" in name or "KEYSET" in name}
    production = {
        "SUPPORT_EMAIL": "help@handover.example.com",
        "MAIL_FROM": "Handover <no-reply@handover.example.com>",
        "BASE_URL": "https://handover.example.com",
        "ALLOWED_HOSTS": "handover.example.com",
        "CLOCK_MAY_MOVE": "0",
        "MAIL_URL": "smtp+tls://u:p@mail.example.com:587",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    result = subprocess.run(
        command, cwd=BASE, env=os.environ | keys | production, capture_output=True, text=True
    )

    assert result.returncode == 0, result.stderr


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_application_does_not_run_as_the_owner_of_its_tables(monkeypatch):
    assert checks.check_role(databases=["default"]) == []
    monkeypatch.setattr(checks, "connection", connections["owner"])

    assert [error.id for error in checks.check_role(databases=["default"])] == ["handover.E015"]


@pytest.mark.parametrize(
    "command",
    [
        ["manage.py", "check_invariants"],
        ["-c", "import config.wsgi"],
        ["-m", "celery", "-A", "config", "worker", "--pool", "solo"],
        ["-m", "celery", "-A", "config", "beat"],
    ],
    ids=["command", "web", "worker", "beat"],
)
def test_nothing_that_works_with_data_starts_unsafe(command, tmp_path):
    unsafe = {"SECRET_KEY": "short", "DJANGO_SETTINGS_MODULE": "config.settings"}
    if "beat" in command:
        command = [*command, "--schedule", str(tmp_path / "beat")]

    ended = subprocess.run(
        [sys.executable, *command],
        cwd=BASE,
        env=os.environ | unsafe,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert ended.returncode != 0
    assert "SECRET_KEY" in ended.stderr and "not safe" in ended.stderr


def test_every_variable_is_explained():
    read = set(
        re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', (BASE / "config/settings.py").read_text())
    )
    explained = set(re.findall(r"^([A-Z_]+)=", (BASE / "deploy/.env.example").read_text(), re.M))

    assert json.dumps(sorted(read)) == json.dumps(sorted(explained))
