"""docs/privacy.md says what the code does."""

from pathlib import Path

from django.conf import settings

from support.services.retention import SCHEDULE
from support.services.retention.table import table

PAGE = Path(settings.BASE_DIR, "docs", "privacy.md")
FIX = "docs/privacy.md is not the schedule any more; put this table into it:\n\n{}"


def test_the_table_of_the_page_is_the_schedule():
    assert table() in PAGE.read_text(encoding="utf-8"), FIX.format(table())


def test_every_line_says_why_how_long_and_what_then():
    for rule in SCHEDULE:
        assert all((rule.what, rule.why, rule.since, rule.then, rule.how_long)), rule.name
        assert bool(rule.work) == (rule.keep is not None), rule.name
