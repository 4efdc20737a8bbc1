"""One import: stage every file first, then apply those that are what they say."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from django.db import transaction

from chargers.imports.applying import Importer, Outcome, Progress
from chargers.imports.problems import FileRefused, Finding
from chargers.imports.staging import StagedFile, find_files, stage
from chargers.imports.tally import Options
from chargers.models import ImportBatch, ImportRow
from chargers.vendors.protocol import Problem
from records import clock

Report = Callable[[Finding], None]


def import_registry(
    *, paths: list[Path], options: Options, dry_run: bool, report: Report, progress: Progress
) -> Outcome:
    """Import files and folders; ``report`` gets every row that was not taken or has a warning.

    A file that is not what it says is refused whole and the others go on. With ``dry_run``
    everything is done in one transaction that is rolled back. Raises ImportStopped.
    """
    found, unread = find_files(paths)
    staged, refused = _stage(found, progress)
    importer = Importer(options, report, progress)
    with transaction.atomic() if dry_run else nullcontext():
        for finding, path in refused:
            report(finding)
            _remember(path, finding.problem, options)
        outcome = importer.run(staged)
        if dry_run:
            transaction.set_rollback(True)
    outcome.unread = unread
    outcome.refused = [finding for finding, _path in refused]
    return outcome


def _stage(
    paths: list[Path], progress: Progress
) -> tuple[list[StagedFile], list[tuple[Finding, Path]]]:
    staged, refused, now = [], [], clock.now()
    for number, path in enumerate(paths, start=1):
        try:
            staged.append(stage(path, now=now))
        except FileRefused as refusal:
            problem = Problem("", refusal.reason, refusal.cure)
            refused.append((Finding(path.name, 0, problem), path))
        progress("", number, len(paths))
    return staged, refused


def _remember(path: Path, problem: Problem, options: Options) -> None:
    """Keep on record that a file was refused whole, and why."""
    batch = ImportBatch.objects.create(
        file_name=path.name[:300],
        state=ImportBatch.State.REFUSED,
        made_by=options.by,
        made_at=clock.now(),
    )
    ImportRow.objects.create(
        batch=batch, number=0, reason=problem.reason[:300], cure=problem.cure[:300]
    )
