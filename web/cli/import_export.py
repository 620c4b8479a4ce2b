"""Moving in and out: ``flask --app web:create_app import|export requests FILE``."""

import os
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import click
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from config.settings import get_settings
from models.queries.listing.all_pages import list_pages
from models.queries.requests import Filter
from models.words import Category, Priority, Status
from web.http.database import transaction
from web.http.problems import FieldError
from web.spreadsheets.columns import word_of
from web.spreadsheets.exporting import csv_for_programs, jsonl
from web.spreadsheets.files import Line, RequestFile, open_kind
from web.spreadsheets.importing import Reading, Tally
from web.spreadsheets.rejected_rows import RefusedLines
from web.spreadsheets.texts import UnreadableFile, say
from web.spreadsheets.timestamps import read_moment

import_group = AppGroup("import", help="Bring requests in from files.")
export_group = AppGroup("export", help="Write requests to files.")

SHOWN = 20  # refused lines that are printed; --errors keeps them all
_EVERY = 10.0  # seconds between lines of progress where there is no terminal
_WRITERS = {".csv": csv_for_programs, ".jsonl": jsonl}


@import_group.command("requests")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
@click.option(
    "--errors",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the refused lines here, to be mended and imported.",
)
@click.option("--send-mail", is_flag=True, help="Mail a receipt for what is still open.")
@click.option(
    "--source", default="default", help="Where the ids come from, if from several places."
)
@click.option("--encoding", default="", help="utf-8, cp949, ...; else it is found.")
@click.option("--language", type=click.Choice(["ko", "en"]), default="en", help="Of what is said.")
def import_requests(
    *,
    file: Path,
    dry_run: bool,
    errors: Path | None,
    send_mail: bool,
    source: str,
    encoding: str,
    language: str,
) -> None:
    """Take the requests of a .csv or .jsonl FILE, line by line.

    A line that came before makes nothing new: stop whenever you like, and start again.
    """
    try:
        kind = open_kind(file, encoding)
        refused = RefusedLines(errors, kind)
        reading = Reading(
            transaction,
            _Printer(refused, language),
            get_settings().timezone,
            source,
            language=language,
            dry_run=dry_run,
            receipts=send_mail,
        )
        with file.open("rb") as content:
            progress = _Progress(file.stat().st_size, content, language)
            tally = _watch(reading.take(kind.lines(content)), progress)
    except UnreadableFile as error:
        raise click.ClickException(error.reason(language)) from error
    except UnicodeError as error:
        reason = say("unknown_encoding", language, encoding=encoding or kind.encoding)
        raise click.ClickException(reason) from error
    except SQLAlchemyError as error:
        reason = say("database_away", language, error=type(error).__name__)
        raise click.ClickException(reason) from error
    refused.close()
    _conclude(tally, kind, language, dry_run=dry_run, errors=errors)


class _Printer:
    """Prints the first refused lines, and keeps all of them."""

    def __init__(self, refused: RefusedLines, language: str) -> None:
        self._refused = refused
        self._language = language
        self._count = 0

    def __call__(self, line: Line, problems: tuple[FieldError, ...]) -> None:
        reason = "; ".join(f"{problem.field}: {problem.message}" for problem in problems)
        self._refused.write(line, reason)
        self._count += 1
        if self._count <= SHOWN:
            said = say("refused_line", self._language, number=line.number, reason=reason)
            click.echo(said, err=True)
        elif self._count == SHOWN + 1:
            click.echo(say("further_lines", self._language), err=True)


class _Progress:
    """A bar on a terminal, now and then a line elsewhere."""

    def __init__(self, size: int, content: BinaryIO, language: str) -> None:
        self._size = size
        self._language = language
        self._content = content
        self._said = time.monotonic()
        self._redraws = os.isatty(1)

    def show(self, tally: Tally) -> None:
        done = self._size if self._content.closed else self._content.tell()
        share = say("progress", self._language, share=done / self._size, read=tally.read)
        if self._redraws:
            click.echo(f"\r{share}", nl=False)
        elif time.monotonic() - self._said > _EVERY:
            self._said = time.monotonic()
            click.echo(share)

    def end(self) -> None:
        if self._redraws:
            click.echo()


def _watch(tallies: Iterator[Tally], progress: _Progress) -> Tally:
    tally = Tally()
    try:
        for tally in tallies:
            progress.show(tally)
    finally:
        progress.end()
    return tally


def _conclude(
    tally: Tally, kind: RequestFile, language: str, *, dry_run: bool, errors: Path | None
) -> None:
    if kind.heading_line > 1:
        click.echo(say("headings_below", language, number=kind.heading_line))
    if kind.unknown:
        click.echo(say("ignored_columns", language, names=", ".join(kind.unknown)))
    done = "would_be_done" if dry_run else "done"
    click.echo(say(done, language, encoding=kind.encoding, **asdict(tally)))
    if tally.refused and errors:
        click.echo(say("refused_file", language, errors=errors))


def _moment(_context: click.Context, _parameter: click.Parameter, value: str) -> datetime | None:
    try:
        return read_moment(value, get_settings().timezone) if value else None
    except ValueError:
        raise click.BadParameter("write it as 2026-11-23 or 2026-11-23 14:05") from None


def _word(_context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:
    words = {"status": Status, "category": Category, "priority": Priority}[str(parameter.name)]
    name = word_of(str(parameter.name), value)
    if value and name not in list(words):
        raise click.BadParameter(f"one of {', '.join(words)}")
    return (name,) if name else ()


@export_group.command("requests")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--status", default="", callback=_word)
@click.option("--category", default="", callback=_word)
@click.option("--priority", default="", callback=_word)
@click.option("--from", "created_from", default="", callback=_moment, help="Reported from then on.")
@click.option("--to", "created_to", default="", callback=_moment, help="Reported before.")
def export_requests(file: Path, **filters: Any) -> None:
    """Write requests, the oldest first, to a .csv or .jsonl FILE that import takes."""
    write = _WRITERS.get(file.suffix.lower())
    if write is None:
        raise click.ClickException("name a file that ends in .csv or .jsonl")
    pages = list_pages(transaction, Filter(sort="created_at", descending=False, **filters))
    count = 0

    def counted() -> Iterator[Any]:
        nonlocal count
        for rows in pages:
            count += len(rows)
            yield rows

    part = file.with_name(f"{file.name}.part")  # half a file must not look like a whole one
    with part.open("wb") as out:
        out.writelines(write(counted()))
    part.replace(file)
    click.echo(f"{file}: {count} requests")
