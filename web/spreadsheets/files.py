"""Reading a file of requests line by line: CSV as spreadsheets save it, or JSONL."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from web.spreadsheets.columns import column_of
from web.spreadsheets.csv_cells import BOM, unguard
from web.spreadsheets.encodings import find_encoding

DELIMITERS = (",", ";", "\t")


class UnreadableFile(Exception):
    """Nothing in the file can be taken; the message says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """A request as its line says it, by the API's names; ``problem`` is why it says nothing.

    ``raw`` is what the file had: the cells of a row, or the text of a JSON line.
    """

    number: int
    values: dict[str, Any]
    raw: "list[str] | str"
    problem: str = ""


class RequestFile(Protocol):
    """``headings`` and ``unknown`` columns are known once the first line was read."""

    headings: list[str]
    unknown: list[str]
    encoding: str
    delimiter: str

    def lines(self, file: BinaryIO) -> Iterator[Line]: ...


def open_kind(path: Path, encoding: str = "") -> RequestFile:
    """How to read ``path``, by the end of its name; the encoding is found if it is not given.

    Raises:
        UnreadableFile: another kind of file.
    """
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".tsv", ".txt", ".jsonl"):
        raise UnreadableFile(f"{path.name}: only .csv, .tsv, .txt and .jsonl can be read")
    encoding = encoding or find_encoding(path)
    return JsonFile(encoding) if suffix == ".jsonl" else CsvFile(encoding)


def _text(file: BinaryIO, encoding: str) -> io.TextIOWrapper:
    # Bytes that are no text become lone surrogates, which the rules for text refuse line by line.
    errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
    return io.TextIOWrapper(file, encoding=encoding, errors=errors, newline="")


@dataclass
class CsvFile:
    encoding: str
    delimiter: str = ","
    headings: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def lines(self, file: BinaryIO) -> Iterator[Line]:
        """One line per row; rows without any text are passed over.

        Raises:
            UnreadableFile: no heading row with a column for the description.
        """
        with _text(file, self.encoding) as text:
            head = text.readline().removeprefix(BOM)
            self.delimiter = _find_delimiter(head)
            source = _Watched(chain([head], text))
            rows = csv.reader(source, delimiter=self.delimiter)
            self.headings = next(rows, [])
            yield from _lines(rows, source, self._read_headings())

    def _read_headings(self) -> list[str | None]:
        names = [column_of(heading) for heading in self.headings]
        self.unknown = [h for h, name in zip(self.headings, names, strict=True) if not name and h]
        if "description" not in names:
            raise UnreadableFile(
                "the first line must name the columns, one of them description (or 내용); it has: "
                + ", ".join(self.headings)
            )
        twice = {name for name in names if name and names.count(name) > 1}
        if twice:
            raise UnreadableFile(f"two columns mean {', '.join(sorted(twice))}")
        return names


def _find_delimiter(head: str) -> str:
    """What stands between headings, outside of quotes."""
    bare = "".join(head.split('"')[::2])
    return max(DELIMITERS, key=bare.count)


class _Watched:
    """Rows, and whether they came to an end."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        yield from self._lines
        self.ended = True


def _lines(rows: Any, source: _Watched, names: list[str | None]) -> Iterator[Line]:
    """``rows`` is a csv.reader, which has no type of its own."""
    while True:
        number = rows.line_num + 1
        try:
            cells = next(rows, None)
        except csv.Error:
            yield Line(number, {}, [], "unreadable_line")
            continue
        if cells is None:
            return
        if source.ended:
            # A row asks for the line after it only in the midst of quotes: these swallowed the rest.
            yield Line(number, {}, cells, "unclosed_quote")
        elif any(cell.strip() for cell in cells):
            yield _line(number, cells, names)


def _line(number: int, cells: list[str], names: list[str | None]) -> Line:
    if any(cell.strip() for cell in cells[len(names) :]):
        return Line(number, {}, cells, "too_many_cells")
    values = {
        name: unguard(cell)
        for name, cell in zip(names, cells, strict=False)
        if name and cell.strip()
    }
    values.setdefault("description", "")
    return Line(number, values, cells)


@dataclass
class JsonFile:
    encoding: str
    delimiter: str = ""
    headings: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def lines(self, file: BinaryIO) -> Iterator[Line]:
        """One line per JSON object; members that are null count as not there."""
        with _text(file, self.encoding) as text:
            for number, raw in enumerate(text, 1):
                if raw.strip():
                    yield self._line(number, raw.removeprefix(BOM).rstrip("\r\n"))

    def _line(self, number: int, raw: str) -> Line:
        try:
            found = json.loads(raw)
        except (ValueError, RecursionError):
            return Line(number, {}, raw, "unreadable_line")
        if not isinstance(found, dict):
            return Line(number, {}, raw, "unreadable_line")
        values: dict[str, Any] = {}
        for heading, value in found.items():
            name = column_of(heading)
            if name is None:
                if heading not in self.unknown:
                    self.unknown.append(heading)
            elif value is not None:
                values[name] = value
        return Line(number, values, raw)
