"""docs/security.md names tests that exist; a row without one says why not."""

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def rows() -> list[list[str]]:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    table = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_every_named_test_exists():
    missing = []
    for row in rows():
        for path, name in NAMED.findall(" ".join(row)):
            file = ROOT / path
            if not file.exists() or f"def {name}(" not in file.read_text(encoding="utf-8"):
                missing.append(f"{row[0]}: {path}::{name}")
    assert missing == []


def test_every_row_names_a_test_or_says_what_is_not_met():
    assert all(len(row) == 4 for row in rows())
    bare = [row for row in rows() if not NAMED.search(row[2])]
    assert [row[0] for row in bare if not row[1].startswith("not met")] == []
    assert len(rows()) > 50
