"""What must not be written in the rooms: weak dice and hashes, pickles, SQL made of pieces."""

import ast

import pytest

from tests.test_house import ROOT, modules

BANNED_IMPORTS = {"random", "pickle", "marshal", "shelve", "dill", "cloudpickle", "cPickle"}
BANNED_CALLS = {"md5", "sha1", "extra", "eval", "exec", "mark_safe", "ECB", "TripleDES", "ARC4"}
# SQL whose pieces are constants of the same module, or names quoted by the driver; each was read.
MADE_OF_CONSTANTS = {
    "records/outbox.py",
    "records/rights.py",
    "chargers/guards.py",
    "records/guards.py",
    "support/guards.py",
    "support/invariants/finding.py",
    "support/invariants/secrets.py",
    "records/bundle.py",
    "support/queues.py",
    "support/services/search.py",
}
# The picture that segno draws; parts and fields that Jinja has drawn, escaped value by value.
SAFE_MARKUP = {
    "accounts/factor_views.py",
    "support/drawing.py",
    "support/templatetags/desk.py",
}
ALL = [*modules(), *(p.relative_to(ROOT) for p in sorted((ROOT / "config").rglob("*.py")))]
SQL = ("execute", "executemany", "raw", "RawSQL", "RunSQL", "extra")


def nodes(path):
    return ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))


def name_of(call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_no_weak_dice_and_no_pickles():
    wrong = [
        f"{path}: {alias.name}"
        for path in ALL
        for node in nodes(path)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if (getattr(node, "module", None) or alias.name).split(".")[0] in BANNED_IMPORTS
        or alias.name in BANNED_IMPORTS
    ]

    assert wrong == []


def test_no_weak_hash_or_cipher_and_no_way_round_escaping():
    wrong = [
        f"{path}:{node.lineno} {name_of(node)}"
        for path in ALL
        for node in nodes(path)
        if isinstance(node, ast.Call) and name_of(node) in BANNED_CALLS
        if not (name_of(node) == "mark_safe" and str(path) in SAFE_MARKUP)
    ]

    assert wrong == []


def is_made_of_pieces(node) -> bool:
    if isinstance(node, ast.JoinedStr):
        return True
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
        return True
    return isinstance(node, ast.Call) and name_of(node) == "format"


def test_no_statement_is_made_of_what_somebody_typed():
    wrong = [
        f"{path}:{node.lineno}"
        for path in ALL
        if str(path) not in MADE_OF_CONSTANTS
        for node in nodes(path)
        if isinstance(node, ast.Call) and name_of(node) in SQL
        if node.args and is_made_of_pieces(node.args[0])
    ]

    assert wrong == []


@pytest.mark.parametrize("serializer", ["json"])
def test_celery_and_sessions_take_json_alone(settings, serializer):
    assert settings.CELERY_ACCEPT_CONTENT == [serializer]
    assert settings.CELERY_TASK_SERIALIZER == serializer
    assert settings.SESSION_SERIALIZER.endswith("JSONSerializer")


def test_no_command_goes_through_a_shell():
    wrong = [
        f"{path}:{node.lineno}"
        for path in ALL
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and (
            name_of(node) in ("system", "popen")
            or any(k.arg == "shell" and getattr(k.value, "value", None) for k in node.keywords)
        )
    ]

    assert wrong == []
