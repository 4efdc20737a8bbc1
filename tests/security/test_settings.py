"""Small guards that no other test stands on: formats, proxies, mail headers, patterns."""

import ast
import pkgutil
import re
import time
from importlib import import_module
from pathlib import Path

import pytest
from django.core import mail
from django.test import RequestFactory

from accounts import network
from support import postman
from support.mails import Rendered
from tests.test_house import ROOMS, ROOT

BUDGET_SECONDS = 0.05
# How long a text a pattern ever sees, where that is less than 50,000 signs.
REACH = {"chargers.addresses": 200, "support.screening": 4_000, "support.documents": 1_000}
LONG = [
    sign * 50_000
    for sign in ("a", "0", " ", "-", "@", "/", ".", "é", "\n", "a-", "a0", "a ", ". ", "aA0 ")
]
LONG = [text[:50_000] for text in LONG] + [text[:49_999] + "!" for text in LONG]


def test_nothing_is_unpickled(settings):
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]
    assert settings.CELERY_TASK_SERIALIZER == "json"
    assert settings.SESSION_SERIALIZER.endswith("JSONSerializer")
    wrong = {"pickle", "marshal", "shelve", "dill", "yaml"}
    for room in (*ROOMS, "config"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [n.name for n in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom):
                    names = [node.module or ""]
                assert not wrong & {name.partition(".")[0] for name in names}, path


@pytest.mark.parametrize(
    ("proxies", "told", "believed"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "1.2.3.4, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
    ],
)
def test_a_client_does_not_choose_its_network(settings, proxies, told, believed):
    settings.PROXIES = proxies
    headers = {"X-Forwarded-For": told} if told else {}
    request = RequestFactory(REMOTE_ADDR="192.0.2.1").get("/", headers=headers)
    assert network.address_of(request) == believed


@pytest.mark.parametrize("at", ["subject", "to"])
@pytest.mark.parametrize(
    "trick", ["\r\nBcc: b@example.com", "\nBcc: b@example.com", "\rX: y", "\0"]
)
def test_no_line_break_reaches_a_mail_header(at, trick):
    said = Rendered(subject="Hello", text="Hello", html="<p>Hello</p>", language="en")
    to = "a@example.com"
    if at == "subject":
        said = Rendered(f"Hello{trick}", said.text, said.html, said.language)
    else:
        to += trick
    try:
        postman.post(said, to=to, message_id="<1@handover>")
    except ValueError:
        assert at == "subject"
    for sent in mail.outbox:
        assert sent.recipients() == [to]
        lines = sent.message().as_bytes().partition(b"\n\n")[0].splitlines()
        assert not [line for line in lines if line.startswith((b"Bcc", b"X:"))]


def patterns() -> dict[str, re.Pattern]:
    """Return every pattern that a module of ours keeps, once."""
    found = {}
    for room in ROOMS:
        for module in pkgutil.walk_packages([str(Path(ROOT) / room)], f"{room}."):
            if ".migrations" in module.name or ".management" in module.name:
                continue
            for name, value in vars(import_module(module.name)).items():
                if isinstance(value, re.Pattern):
                    found.setdefault(value.pattern, (f"{module.name}.{name}", value))
    return dict(found.values())


@pytest.mark.parametrize("name", patterns())
def test_no_pattern_is_slow_on_long_text(name):
    pattern = patterns()[name]
    reach = next((most for room, most in REACH.items() if name.startswith(room)), 50_000)
    for text in LONG:
        text, taken = text[-reach:], []
        text = text.encode() if isinstance(pattern.pattern, bytes) else text
        for _again in range(3):
            start = time.process_time()
            pattern.fullmatch(text)
            pattern.search(text)
            taken.append(time.process_time() - start)
            if taken[-1] <= BUDGET_SECONDS:
                break
        assert min(taken) <= BUDGET_SECONDS * 4, f"{min(taken):.2f} s on {text[:6]!r}"
