"""Applying staged files: batch by batch, each in a transaction of its own.

An import that was cut off is run again: what it has done says the same a second time.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.db import DatabaseError, OperationalError, connection, transaction
from django.utils.translation import gettext as _

from chargers.imports import described, stations
from chargers.imports import places as placing
from chargers.imports.firms import Firms
from chargers.imports.people import People
from chargers.imports.places import Places
from chargers.imports.problems import Finding, ImportStopped
from chargers.imports.release import close_batch
from chargers.imports.staging import JSON, Said, StagedFile, read_rows
from chargers.imports.tally import Options, Tally
from chargers.models import ImportBatch, ImportRow, VendorCountry
from chargers.vendors.protocol import ChargerSaid, PlaceSaid, Problem, RowRefused
from records import clock

BATCH_ROWS = 1_000
TRIES = 3
# Only one import at a time: two would make each other's places and people.
LOCK = int.from_bytes(hashlib.blake2b(b"handover.import", digest_size=8).digest(), signed=True)
Progress = Callable[[str, int, int], None]


@dataclass
class Outcome:
    """What an import has done, file by file, and those that it refused whole."""

    batches: list[ImportBatch] = field(default_factory=list)
    refused: list[Finding] = field(default_factory=list)
    unread: list[Path] = field(default_factory=list)

    @property
    def counts(self) -> Counter:
        """Return the counts of all files together."""
        return sum((Counter(batch.counts) for batch in self.batches), Counter())


class Importer:
    """One run over the files of one call."""

    def __init__(self, options: Options, report: Callable[[Finding], None], progress: Progress):
        self.options, self.report, self.progress = options, report, progress
        self.firms = Firms()
        self.outcome = Outcome()

    def run(self, files: list[StagedFile]) -> Outcome:
        """Apply the files, in an order of their kinds that does not depend on the call's.

        Raises ImportStopped when another import is running or the database is too busy.
        """
        with _alone():
            batches = {id(file): self._open(file) for file in files}
            pages = [file for file in files if file.source == JSON]
            for file in pages:
                self._take_countries(file, batches[id(file)])
            for file in pages:
                if file.places:
                    self._take(file, batches[id(file)], "place", self._apply_places)
            for file in sorted(files, key=lambda file: file.source != JSON):
                self._take(file, batches[id(file)], "charger", self._apply_chargers)
                close_batch(batch=batches[id(file)], by=self.options.by)
        return self.outcome

    def _open(self, file: StagedFile) -> ImportBatch:
        """Return the row of this file's import: a new one, or that of a run that was cut off."""
        cut_off = ImportBatch.objects.filter(sha256=file.sha256, state=ImportBatch.State.STAGED)
        batch = cut_off.first()
        if batch is None:
            batch = ImportBatch(sha256=file.sha256, source=file.source, made_at=clock.now())
        batch.file_name = file.name[:300]
        batch.made_by = self.options.by or batch.made_by
        batch.save()
        batch.rows.all().delete()
        self.outcome.batches.append(batch)
        batch.counts = {"rows": file.rows}
        self._keep(batch, file.name, ((0, note) for note in file.notes))
        return batch

    def _take_countries(self, file: StagedFile, batch: ImportBatch) -> None:
        if not file.countries:
            return
        with transaction.atomic():
            tally = Tally(batch, self.options, clock.now())
            for external_id, code in file.countries.items():
                VendorCountry.objects.update_or_create(
                    vendor=file.vendor, external_id=external_id, defaults={"code": code}
                )
            placing.name_countries(file.vendor, file.countries, tally)
        self._add(batch, file.name, tally)

    def _take(self, file: StagedFile, batch: ImportBatch, kind: str, apply) -> None:
        done = 0
        for rows in _batches(read_rows(file, now=clock.now(), kind=kind)):
            refused = [row for row in rows if isinstance(row, RowRefused)]
            good = [row for row in rows if not isinstance(row, RowRefused)]
            self._keep(batch, file.name, ((row.number, row.problem) for row in refused))
            self._apply(good, batch, file.name, apply)
            done += len(rows)
            self.progress(file.name, done, file.rows)

    def _apply(self, rows: list, batch: ImportBatch, name: str, apply) -> None:
        """Apply rows in one transaction; where one cannot be stored, all but that one."""
        if not rows:
            return
        try:
            tally = self._try(rows, batch, apply)
        except OperationalError as error:
            raise ImportStopped(
                _("The database is too busy or went away. Run the import again: it goes on.")
            ) from error
        except (DatabaseError, ValueError):
            if len(rows) == 1:
                self._keep(batch, name, [(rows[0].number, _not_storable())])
                return
            middle = len(rows) // 2
            self._apply(rows[:middle], batch, name, apply)
            self._apply(rows[middle:], batch, name, apply)
            return
        self._add(batch, name, tally)

    def _try(self, rows: list, batch: ImportBatch, apply) -> Tally:
        for attempt in range(TRIES):
            try:
                with transaction.atomic():
                    return apply(rows, batch)
            except OperationalError:
                self.firms.forget()
                if attempt + 1 == TRIES or connection.in_atomic_block:
                    raise
            except Exception:
                self.firms.forget()
                raise
        raise AssertionError("unreachable")

    def _apply_places(self, rows: list[PlaceSaid], batch: ImportBatch) -> Tally:
        tally = Tally(batch, self.options, clock.now())
        codes = VendorCountry.objects.filter(external_id__in={said.country_ref for said in rows})
        countries = {(row.vendor, row.external_id): row.code for row in codes}
        for said in rows:
            said.country = countries.get((said.vendor, said.country_ref), "")
        places = Places(self.firms, People((), tally), tally)
        places.load(rows)
        taken = []
        for said in rows:
            taken.append(places.describe(said))
            described.warn_of_gaps(said, tally)
            tally.findings += [(said.number, warning) for warning in said.warnings]
        places.save()
        places.settle(taken)
        return tally

    def _apply_chargers(self, rows: list[ChargerSaid], batch: ImportBatch) -> Tally:
        return stations.apply(rows, self.firms, Tally(batch, self.options, clock.now()))

    def _add(self, batch: ImportBatch, name: str, tally: Tally) -> None:
        self._keep(batch, name, tally.findings)
        counts = Counter(batch.counts)
        counts.update(tally.counts)
        batch.counts = dict(counts)
        batch.save(update_fields=["counts"])

    def _keep(self, batch: ImportBatch, name: str, found: Iterable[tuple[int, Problem]]) -> None:
        """Write findings to the database and the report; the counts go with them."""
        found = list(found)
        ImportRow.objects.bulk_create(
            ImportRow(
                batch=batch,
                number=number,
                field=problem.field[:40],
                reason=problem.reason[:300],
                cure=problem.cure[:300],
                refused=problem.refused,
            )
            for number, problem in found
        )
        counts = Counter(batch.counts)
        for number, problem in found:
            counts["refused" if problem.refused else "warnings"] += 1
            self.report(Finding(name, number, problem))
        batch.counts = dict(counts)


def _not_storable() -> Problem:
    return Problem(
        "", _("could not be stored"), _("Check every field; then report this row to us.")
    )


def _batches(rows: Iterator[Said]) -> Iterator[list[Said]]:
    """Yield up to BATCH_ROWS rows at a time, no serial twice in one."""
    batch, serials = [], set()
    for row in rows:
        serial = row.serial if isinstance(row, ChargerSaid) else None
        if len(batch) == BATCH_ROWS or serial in serials:
            yield batch
            batch, serials = [], set()
        batch.append(row)
        if serial:
            serials.add(serial)
    if batch:
        yield batch


class _alone:
    """Holds the lock of the one import that may run; the session's, as batches commit."""

    def __enter__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            if not cursor.fetchone()[0]:
                raise ImportStopped(_("Another import is running. Wait for it to end."))

    def __exit__(self, *_error) -> None:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
