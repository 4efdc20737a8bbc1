"""Say what the registry holds, by country and source."""

import json
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from chargers.services.summary import COLUMNS, Line, summarise, total
from records import clock

UNKNOWN = "-"
TOTAL = "total"


class Command(BaseCommand):
    help = "Chargers, PINs, owners, contacts and the tiers to expect, by country and source."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="write JSON instead of a table")

    def handle(self, *args, **options) -> None:
        lines = summarise(at=clock.now())
        if options["json"]:
            rows = [line.as_dict() for line in lines]
            answer = {"lines": rows, "total": total(lines).as_dict()}
            self.stdout.write(json.dumps(answer, indent=1))
            return
        self.stdout.write(table([*lines, total(lines)]))


def table(lines: list[Line]) -> str:
    """Return the lines as a plain table; the last one is the total."""
    head = [name.replace("_", " ") for name in COLUMNS]
    rows = [
        [f"{value:,}" if isinstance(value, int) else value or UNKNOWN for value in cells(line)]
        for line in lines
    ]
    rows[-1][0], rows[-1][1] = TOTAL, ""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if index < 2 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [head, *rows]
    )


def cells(line: Line) -> list:
    """Return a line's values in the order of the columns."""
    return [getattr(line, name) for name in COLUMNS]
