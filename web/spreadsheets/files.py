"""Reading a file of requests line by line: CSV as spreadsheets save it, or JSONL."""

import codecs
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from web.spreadsheets.columns import column_of
from web.spreadsheets.csv_cells import BOM, unguard
from web.spreadsheets.encodings import find_encoding
from web.spreadsheets.headings import LOOKED_AT, find_headings
from web.spreadsheets.texts import UnreadableFile

_SUFFIXES = (".csv", ".tsv", ".txt", ".jsonl")
# How files begin that are sent by mistake, whatever their name says.
_WORKBOOKS = ((b"PK\x03\x04", ".xlsx"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xls"))
_WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".numbers")
_WEB_PAGES = (b"<!doctype html", b"<html", b"<table", b"<meta")


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
    """``headings``, their ``heading_line`` and ``unknown`` columns are known once the first line was
    read."""

    headings: list[str]
    heading_line: int
    unknown: list[str]
    encoding: str
    delimiter: str

    def lines(self, file: BinaryIO) -> Iterator[Line]: ...


def open_kind(path: Path, encoding: str = "") -> RequestFile:
    """How to read ``path``, by the end of its name; the encoding is found if it is not given.

    Raises:
        UnreadableFile: another kind of file, or an encoding that is not known.
    """
    _refuse_other_kinds(path)
    try:
        "".encode(encoding or "utf-8")
    except LookupError:
        raise UnreadableFile("unknown_encoding", encoding=encoding) from None
    encoding = encoding or find_encoding(path)
    return JsonFile(encoding) if path.suffix.lower() == ".jsonl" else CsvFile(encoding)


def _refuse_other_kinds(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(200)
    suffix = path.suffix.lower()
    for beginning, kind in _WORKBOOKS:
        if head.startswith(beginning) or suffix in _WORKBOOK_SUFFIXES:
            found = suffix if suffix in _WORKBOOK_SUFFIXES else kind
            raise UnreadableFile("workbook", name=path.name, ending=found)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_WEB_PAGES):
        raise UnreadableFile("web_page", name=path.name)
    if suffix not in _SUFFIXES:
        raise UnreadableFile("other_kind", name=path.name)


def _mark_unreadable(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are no text become lone surrogates, which the rules for text refuse line by line."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


codecs.register_error("haja.unreadable", _mark_unreadable)


def _text(file: BinaryIO, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(file, encoding=encoding, errors="haja.unreadable", newline="")


@dataclass
class CsvFile:
    encoding: str
    delimiter: str = ","
    headings: list[str] = field(default_factory=list)
    heading_line: int = 1
    unknown: list[str] = field(default_factory=list)

    def lines(self, file: BinaryIO) -> Iterator[Line]:
        """One line per row; rows without any text are passed over.

        Raises:
            UnreadableFile: no line names the columns, one of them for the description.
        """
        with _text(file, self.encoding) as text:
            beginning = list(islice(text, LOOKED_AT))
            if beginning:
                beginning[0] = beginning[0].removeprefix(BOM)
            found = find_headings(beginning)
            self.delimiter, self.headings = found.delimiter, found.cells
            source = _Watched(chain(beginning, text))
            rows = csv.reader(source, delimiter=self.delimiter)
            for _ in range(found.rows_above + 1):
                self.heading_line = rows.line_num + 1
                next(rows)
            yield from _lines(rows, source, self._read_headings())

    def _read_headings(self) -> list[str | None]:
        names = [column_of(heading) for heading in self.headings]
        self.unknown = [h for h, name in zip(self.headings, names, strict=True) if not name and h]
        twice = {name for name in names if name and names.count(name) > 1}
        if twice:
            raise UnreadableFile("two_columns", names=", ".join(sorted(twice)))
        return names


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
    heading_line: int = 1
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
