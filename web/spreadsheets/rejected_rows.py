"""The lines that were not taken, in a file that can be mended and read again."""

import csv
import json
from pathlib import Path
from typing import TextIO

from web.spreadsheets.files import Line, RequestFile

REASON = "haja_error"  # an unknown column to the next reading


class RefusedLines:
    """Writes each refused line as it was, with its reason; makes no file if there is none."""

    def __init__(self, path: Path | None, origin: RequestFile) -> None:
        self._path = path
        self._origin = origin
        self._file: TextIO | None = None

    def write(self, line: Line, reason: str) -> None:
        if self._path is None:
            return
        headings = self._origin.headings
        if self._file is None:
            is_csv = isinstance(line.raw, list)
            self._file = self._path.open(
                "w", encoding="utf-8-sig" if is_csv else "utf-8", errors="replace", newline=""
            )
            if is_csv:
                csv.writer(self._file).writerow([*headings, REASON])
        if isinstance(line.raw, list):
            missing = [""] * (len(headings) - len(line.raw))
            csv.writer(self._file).writerow([*line.raw, *missing, reason])
        else:
            self._file.write(_with_reason(line.raw, reason) + "\n")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _with_reason(raw: str, reason: str) -> str:
    """A JSON object gets one member more; what is none stays as it is."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return raw
    if not isinstance(found, dict):
        return raw
    return json.dumps({**found, REASON: reason}, ensure_ascii=False)
