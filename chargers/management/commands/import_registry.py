"""Read the maker's JSON pages and our CSV into the registry."""

import time
from argparse import ArgumentParser
from pathlib import Path

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.models import User
from chargers.imports.applying import Outcome
from chargers.imports.problems import Finding, ImportStopped
from chargers.imports.release import approve_large
from chargers.imports.report import ReportFile
from chargers.imports.run import import_registry
from chargers.imports.tally import Options
from chargers.models import ImportBatch

SHOWN = 20
PROGRESS_SECONDS = 1.0


class Command(BaseCommand):
    help = "Read the maker's JSON pages and our CSV (files or folders) into the registry."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", type=Path, metavar="PATH")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen")
        parser.add_argument("--report", type=Path, help="write the rows not taken as CSV")
        parser.add_argument(
            "--pins",
            choices=["none", "approved", "all"],
            default="all",
            help="whose PINs to take in: nobody's, of chargers handed over here, or all",
        )
        parser.add_argument("--by", metavar="EMAIL", help="who imports or approves")
        parser.add_argument(
            "--approve-large",
            metavar="BATCH",
            help="open the proposals of a file that made many; by a second administrator",
        )

    def handle(self, *args, **options) -> None:
        by = find_person(options["by"])
        if options["approve_large"]:
            self.approve(options["approve_large"], by)
        elif not options["paths"]:
            raise CommandError(_("Name at least one file or folder."))
        else:
            self.read(options, by)

    def approve(self, batch_uid: str, by: User | None) -> None:
        if by is None:
            raise CommandError(_("Say who approves: --by EMAIL."))
        try:
            batch = approve_large(batch_uid=batch_uid, by=by)
        except PermissionDenied as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(_("%(file)s: its proposals are open now.") % {"file": batch.file_name})

    def read(self, options: dict, by: User | None) -> None:
        self.shown, self.hidden, self.last_progress = 0, 0, 0.0
        self.report_file = open_report(options["report"])
        try:
            outcome = import_registry(
                paths=[Path(path) for path in options["paths"]],
                options=Options(pins=options["pins"], by=by),
                dry_run=options["dry_run"],
                report=self.note,
                progress=self.progress,
            )
        except ImportStopped as error:
            raise CommandError(str(error)) from error
        finally:
            if self.report_file:
                self.report_file.close()
        self.summarise(outcome, dry_run=options["dry_run"])

    def note(self, finding: Finding) -> None:
        """Write a finding to the report, and the first ones to the screen."""
        if self.report_file:
            self.report_file.write(finding)
        if self.shown >= SHOWN:
            self.hidden += 1
            return
        self.shown += 1
        problem = finding.problem
        where = f"{finding.file}:{finding.row}" if finding.row else finding.file
        kind = _("refused") if problem.refused else _("warning")
        field = f" {problem.field}" if problem.field else ""
        self.stderr.write(f"{kind}: {where}{field} {problem.reason}. {problem.cure}")

    def progress(self, name: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self.last_progress >= PROGRESS_SECONDS:
            self.last_progress = now
            what = name or _("reading")
            self.stderr.write(f"{what}: {done:,} / {total:,}", ending="\n")

    def summarise(self, outcome: Outcome, *, dry_run: bool) -> None:
        if self.hidden:
            more = _("%(count)d more findings; --report FILE has all.") % {"count": self.hidden}
            self.stderr.write(more)
        for path in outcome.unread[:SHOWN]:
            self.stderr.write(_("not read, neither .json nor .csv: %(path)s") % {"path": path.name})
        for batch in outcome.batches:
            self.stdout.write(line_of(batch))
        if dry_run:
            self.stdout.write(_("Dry run: nothing was changed."))
        for batch in outcome.batches:
            if batch.state == ImportBatch.State.WAITING and not dry_run:
                self.stdout.write(waiting_line(batch))
        if outcome.refused:
            names = ", ".join(finding.file for finding in outcome.refused)
            raise CommandError(_("Refused whole: %(names)s") % {"names": names})


def find_person(email: str | None) -> User | None:
    """Return the person with this address. Raises CommandError when there is none."""
    if not email:
        return None
    user = User.objects.by_email(email)
    if user is None:
        raise CommandError(_("Nobody here has that address."))
    return user


def open_report(path: Path | str | None) -> ReportFile | None:
    """Open the report before anything is done. Raises CommandError when it cannot be written."""
    try:
        return ReportFile(Path(path)) if path else None
    except OSError as error:
        raise CommandError(_("The report cannot be written there.")) from error


def line_of(batch: ImportBatch) -> str:
    """Return what a file did, in one line."""
    counts = " ".join(
        f"{name.replace('_', ' ')}: {count:,};" for name, count in batch.counts.items() if count
    )
    return f"{batch.file_name} ({batch.get_state_display()}): {counts.rstrip(';')}"


def waiting_line(batch: ImportBatch) -> str:
    """Return what a second administrator has to do."""
    return _(
        "%(file)s makes many proposals: a second administrator opens them with "
        "--approve-large %(uid)s --by EMAIL"
    ) % {"file": batch.file_name, "uid": batch.uid}
