"""The rows that were not taken, as a CSV that a spreadsheet opens without running anything."""

import csv
from pathlib import Path
from typing import IO

from chargers.imports.problems import Finding

HEADER = ("file", "row", "field", "taken", "reason", "cure")
# A cell that begins like this is run as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "|", "%")


class ReportFile:
    """Writes one line for each finding."""

    def __init__(self, path: Path) -> None:
        # With the mark, spreadsheets read UTF-8.
        self.file: IO[str] = path.open("w", encoding="utf-8-sig", newline="")
        self.writer = csv.writer(self.file)
        self.writer.writerow(HEADER)

    def write(self, finding: Finding) -> None:
        """Write one finding; the whole file is row 0."""
        problem = finding.problem
        taken = "no" if problem.refused else "yes"
        cells = (finding.file, finding.row, problem.field, taken, problem.reason, problem.cure)
        self.writer.writerow([safe_cell(str(cell)) for cell in cells])

    def close(self) -> None:
        self.file.close()


def safe_cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    text = " ".join(text.split("\n")).replace("\0", "")
    return f"'{text}" if text.startswith(_FORMULA) else text
