"""Reading a file in batches, each in a transaction of its own: whatever ends it, what was taken
stays, and the next reading goes on from there."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from models.services.importing import ImportedRequest, Verdict, import_requests, judge_rows
from models.services.statistics import fold_deltas
from web.http.messages import field_message
from web.http.problems import FieldError
from web.spreadsheets.files import Line
from web.spreadsheets.row_schema import read_row

BATCH = 1000
_FOLD_EVERY = 20  # batches
_REFUSED = {
    Verdict.KEY_REUSED: ("id", "id_reused"),
    Verdict.REFERENCE_TAKEN: ("reference", "reference_taken"),
}


@dataclass(slots=True)
class Tally:
    """How many lines were what."""

    read: int = 0
    new: int = 0
    known: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read: ``refuse`` is told of each line that is not taken, and why."""

    open_session: Callable[[], AbstractContextManager[Session]]
    refuse: Callable[[Line, tuple[FieldError, ...]], None]
    timezone: ZoneInfo
    source: str
    language: str = "en"
    dry_run: bool = False
    receipts: bool = False

    def take(self, lines: Iterable[Line]) -> Iterator[Tally]:
        """Take all lines; yields the tally so far after each batch."""
        tally = Tally()
        for count, batch in enumerate(_batches(lines), 1):
            self._take_batch(batch, tally)
            if not self.dry_run and count % _FOLD_EVERY == 0:
                self._fold()
            yield tally
        if not self.dry_run:
            self._fold()

    def _fold(self) -> None:
        # Not together with a batch: the nightly recount locks in the opposite order.
        with self.open_session() as session:
            fold_deltas(session)

    def _take_batch(self, batch: list[Line], tally: Tally) -> None:
        read = [(line, self._read(line)) for line in batch]
        good = [(line, found) for line, found in read if isinstance(found, ImportedRequest)]
        verdicts = self._write([arrival for _, arrival in good])
        refused = {line.number: found for line, found in read if isinstance(found, tuple)}
        for (line, _), verdict in zip(good, verdicts, strict=True):
            if verdict in _REFUSED:
                field, kind = _REFUSED[verdict]
                refused[line.number] = (FieldError(field, field_message(kind, self.language)),)
        for line in batch:
            if line.number in refused:
                self.refuse(line, refused[line.number])
        tally.read += len(batch)
        tally.new += verdicts.count(Verdict.NEW)
        tally.known += verdicts.count(Verdict.KNOWN)
        tally.refused += len(refused)

    def _read(self, line: Line) -> ImportedRequest | tuple[FieldError, ...]:
        if line.problem:
            return (FieldError("line", field_message(line.problem, self.language)),)
        return read_row(
            line.values, source=self.source, timezone=self.timezone, language=self.language
        )

    def _write(self, arrivals: list[ImportedRequest]) -> list[Verdict]:
        if not arrivals:
            return []
        with self.open_session() as session:
            if self.dry_run:
                return judge_rows(session, arrivals)
            return import_requests(
                session, arrivals, timezone=self.timezone, receipts=self.receipts
            )


def _batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    source = iter(lines)
    while batch := list(islice(source, BATCH)):
        yield batch
