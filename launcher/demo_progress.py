"""What the demo shows: a bar in a terminal, plain lines elsewhere, and a table at the end."""

import shutil
import sys
import time
import unicodedata
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import click

from launcher.demo_ride import Ride

PLAIN_EVERY = 2.0  # seconds between lines where there is no terminal
_BEGINNING = 34  # columns of a description
_BAR = 40  # columns of the bar, so that the rest stays on its line
_HEADING = ("reference", "category", "priority", "seconds", "photos", "request")


class Progress:
    """A context manager; ``show`` may be called as often as one likes."""

    def __init__(self, rides: Sequence[Ride]) -> None:
        self._rides = rides
        self._length = sum(ride.milestones for ride in rides)
        self._said, self._said_at = "", 0.0
        self._bar = (
            click.progressbar(
                length=self._length,
                label="하자 demo",
                item_show_func=lambda text: text,
                show_eta=False,
                width=16,
            )
            if sys.stdout.isatty()
            else None
        )

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.__exit__(kind, error, trace)
        else:
            self._say(self._counts(), at_once=True)

    def show(self, note: str = "") -> None:
        """How far all are; ``note`` says what we wait for when it is not the service."""
        counts = " · ".join(part for part in (note, self._counts()) if part)
        if self._bar:
            room = shutil.get_terminal_size().columns - _BAR
            self._bar.update(self._passed() - self._bar.pos, _beginning(counts, room))
        else:
            self._say(counts)

    def _passed(self) -> int:
        return sum(ride.passed for ride in self._rides)

    def _counts(self) -> str:
        every, rides = len(self._rides), self._rides
        photos = sum(len(ride.example.scenes) for ride in rides)
        return (
            f"접수 accepted {sum(r.accepted for r in rides)}/{every}"
            f" · 분류 triage {sum(r.categorized for r in rides)}/{every}"
            f" · 메일 receipts {sum(r.has_receipt for r in rides)}/{every}"
            f" · 사진 photos {sum(r.photos_ready for r in rides)}/{photos}"
        )

    def _say(self, counts: str, *, at_once: bool = False) -> None:
        due = at_once or time.monotonic() - self._said_at >= PLAIN_EVERY
        if due and counts != self._said:
            self._said, self._said_at = counts, time.monotonic()
            print(counts, flush=True)


def table(rides: Sequence[Ride]) -> str:
    """One line for each accepted request, a heading above."""
    rows: list[tuple[str, ...]] = [_HEADING]
    rows += [_row(ride) for ride in rides if ride.accepted]
    widths = [max(_columns(row[at]) for row in rows) for at in range(len(rows[0]))]
    return "\n".join(
        "  ".join(_pad(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _row(ride: Ride) -> tuple[str, ...]:
    return (
        str(ride.shown["reference"]),
        str(ride.shown["category"]),
        str(ride.shown["priority"]),
        f"{ride.seconds:7.2f}" if ride.through else "      -",
        str(ride.photos_ready or ""),
        _beginning(ride.example.description, _BEGINNING),
    )


def _beginning(text: str, room: int) -> str:
    """As much of ``text`` as fits into ``room`` columns, with a sign that there is more."""
    kept = ""
    for letter in text:
        if _columns(kept + letter) > room:
            return f"{kept}…"
        kept += letter
    return kept


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _columns(text))


def _columns(text: str) -> int:
    """A Korean letter takes two columns of a terminal."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
