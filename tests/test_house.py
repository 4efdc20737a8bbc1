"""The rules of the house: rooms, layers, the clock, migrations, what must not be written."""

import ast
import importlib.metadata
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

ROOT = Path(settings.BASE_DIR)
ROOMS = ["accounts", "records", "chargers", "support"]  # each may import those before it
# Sign-in codes and sessions live by real time; everything else reads records.clock.
REAL_TIME = {
    "accounts",
    "chargers/services/standing.py",
    "chargers/views.py",
    "support/delivery.py",
    "support/services/retention/run.py",
    "support/views/visits.py",
}


# Modules that put SQL together from pieces: each was looked at, and holds nothing that is typed.
OWN_SQL = {
    "records/bundle.py",
    "support/invariants/finding.py",
    "support/queues.py",
    "support/services/likeness.py",
    "support/services/search.py",
}


def modules(*rooms):
    for room in rooms or ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT)


def imports(path):
    """Yield the dotted names that a module imports, with whether inside a function."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    inside = {
        id(sub)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for sub in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            yield name, id(node) in inside


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_down_and_never_up(room):
    above = ROOMS[ROOMS.index(room) + 1 :]

    wrong = [
        f"{path} imports {name}"
        for path in modules(room)
        for name, _inside in imports(path)
        if name.split(".")[0] in above
    ]

    assert wrong == []


def test_no_module_imports_inside_a_function():
    wrong = [f"{path}: {name}" for path in modules() for name, inside in imports(path) if inside]

    assert wrong == []


def test_services_and_models_import_no_doors():
    doors = {"views", "admin", "tasks", "forms", "desk_forms", "stop_forms", "urls", "api"}
    wrong = []
    for path in modules():
        if not {"services", "models"} & set(path.parts):
            continue
        for name, _inside in imports(path):
            parts = name.split(".")
            if parts[0] in ROOMS and (doors & set(parts) or "management" in parts):
                wrong.append(f"{path} imports {name}")

    assert wrong == []


def test_permissions_rules_and_machine_import_no_models_of_support():
    wrong = [
        f"{name} imports {imported}"
        for name in ("permissions", "rules", "machine", "calendars", "words")
        for imported, _inside in imports(Path("support", f"{name}.py"))
        if imported.startswith(("support.models", "support.services", "chargers"))
    ]

    assert wrong == []


def test_models_import_no_services():
    wrong = [
        f"{path} imports {name}"
        for path in modules()
        if "models" in path.parts or path.name == "models.py"
        for name, _inside in imports(path)
        if ".services" in name
    ]

    assert wrong == []


def calls(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node


def test_nobody_goes_round_the_machine_or_the_clock():
    wrong = []
    for path in modules():
        for call in calls(path):
            name = call.func.attr
            owner = call.func.value.id if isinstance(call.func.value, ast.Name) else ""
            if name == "refresh_from_db":
                wrong.append(f"{path}:{call.lineno} refresh_from_db")
            if name in ("bulk_update", "update") and any(k.arg == "state" for k in call.keywords):
                if "Ticket" in ast.unparse(call.func.value):
                    wrong.append(f"{path}:{call.lineno} updates a ticket's state")
            if (owner, name) in {("timezone", "now"), ("datetime", "now"), ("date", "today")}:
                real = any(str(path).startswith(place) for place in REAL_TIME)
                if not real:
                    wrong.append(f"{path}:{call.lineno} {owner}.{name}()")
            if name in ("apply_async", "send_task") and any(
                k.arg in ("eta", "countdown") for k in call.keywords
            ):
                wrong.append(f"{path}:{call.lineno} uses eta or countdown")

    assert wrong == []


def test_no_sql_or_command_is_put_together_from_what_is_typed():
    """Lint refuses it (S608); where it was told to look away, the pieces are constants of ours."""
    wrong = []
    for path in modules():
        text = (ROOT / path).read_text(encoding="utf-8")
        wrong += [f"{path}: look at it, then list it"] * (
            ("S608" in text) != (str(path) in OWN_SQL)
        )
        wrong += [f"{path}: {sign}" for sign in ("RawSQL", ".extra(", "shell=True") if sign in text]

    assert wrong == []


def test_no_model_uses_the_mixin_that_switches_protection_off():
    wrong = [p for p in modules() for name, _i in imports(p) if name.endswith("FSMModelMixin")]

    assert wrong == []


def test_only_the_maintained_fsm_package_is_installed():
    names = {found.metadata["Name"].lower() for found in importlib.metadata.distributions()}

    assert "django-fsm-2" in names
    assert "django-fsm" not in names


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())
