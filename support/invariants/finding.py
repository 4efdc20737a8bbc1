"""What a check says: which rule, how much it looked at, and each row that breaks it."""

from dataclasses import dataclass, field

from django.db import connection


@dataclass
class Finding:
    """The result of one check; it holds when ``wrong`` is empty."""

    name: str
    rule: str
    looked_at: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.wrong

    def look(self, counted: str, sql: str) -> "Finding":
        """Add how many rows ``counted`` has (a table, a condition) and what ``sql`` finds.

        ``sql`` returns one text column: a sentence for each violation.
        """
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {counted}")  # noqa: S608 - constants of this package
            self.looked_at += cursor.fetchone()[0]
            cursor.execute(sql)
            self.wrong += [row[0] for row in cursor.fetchall()]
        return self
