"""The progress of something long: one line that is redrawn on a terminal, plain lines elsewhere."""

import sys
from typing import Self

import click

from models.learning import Progress

WIDTH = 30


class ProgressLine:
    """``with ProgressLine() as line: line.show(progress)``."""

    def __init__(self) -> None:
        self._redraws = sys.stdout.isatty()
        self._drawn = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._redraws and self._drawn:
            click.echo()

    def show(self, progress: Progress) -> None:
        """Print the news above, then the bar, if it is another than before."""
        for news in progress.news:
            self._print_above(f"  {news}")
        drawn = _bar(progress)
        if drawn == self._drawn and not (self._redraws and progress.news):
            return
        if self._redraws:
            click.echo(f"\r\x1b[K{drawn}", nl=False)
        else:
            click.echo(drawn)
        self._drawn = drawn

    def _print_above(self, text: str) -> None:
        clean = click.unstyle(text)
        click.echo(f"\r\x1b[K{clean}" if self._redraws else clean)


def _bar(progress: Progress) -> str:
    if progress.share is None:
        return progress.status
    full = round(WIDTH * progress.share)
    return f"{progress.status}  [{'#' * full}{'.' * (WIDTH - full)}] {progress.share:4.0%}"
