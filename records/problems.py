"""What a look over the records found to be wrong."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """The first row of a stream, or the day, that does not fit, and why."""

    where: str
    row: int | None
    why: str

    def __str__(self) -> str:
        row = f" (row {self.row})" if self.row is not None else ""
        return f"{self.where}{row}: {self.why}"
