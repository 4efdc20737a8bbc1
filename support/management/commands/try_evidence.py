"""Run any files through the real pipeline that opens a stranger's file: no ticket, no database."""

import os
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from support.documents.report import Report, line_of, plain
from support.documents.trial import Trial, files_of
from support.sandbox import reading


class Command(BaseCommand):
    help = "Open files or folders as evidence is opened; print a line for each, then totals."
    requires_system_checks = []

    def add_arguments(self, parser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, or a folder of files")
        parser.add_argument("--json", metavar="FILE", help="write all that was found to a file")
        parser.add_argument("--pictures", metavar="FOLDER", help="keep the pictures that were made")
        parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="so many at once")
        parser.add_argument("--code", default="", help="the request code to look for")
        parser.add_argument("--no-reading", action="store_true", help="leave optical reading out")

    def handle(self, *, paths: list[str], **options) -> None:
        missing = [path for path in paths if not os.path.lexists(path)]
        trial = Trial(
            code=options["code"],
            reads=not options["no_reading"] and reading.is_installed(),
            pictures=Path(options["pictures"]) if options["pictures"] else None,
        )
        report = Report(options["json"])
        try:
            for row in trial.run(files_of(paths), max(1, options["jobs"])):
                report.add(row)
                self.stdout.write(line_of(row))
        finally:
            report.close()
        for words in report.lines():
            self.stdout.write(words)
        if not reading.is_installed():
            self.stdout.write("optical reading is not installed (requirements-reading.txt)")
        if missing:
            raise CommandError("not there: " + ", ".join(map(plain, missing)))
