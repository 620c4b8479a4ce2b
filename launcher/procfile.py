"""The Procfile: which processes make up Haja."""

import re
from pathlib import Path

RELEASE = "release"  # runs to its end before the others start, and is not one of them

_LINE = re.compile(r"^([A-Za-z][A-Za-z0-9_-]*):\s*(.+)$")


class ProcfileError(Exception):
    """A line that is neither a process, nor a comment, nor empty."""


def read_procfile(path: Path) -> dict[str, str]:
    """Command by process name, in the file's order.

    Raises:
        ProcfileError: naming the line.
    """
    processes = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.match(line)
        if not found:
            raise ProcfileError(f"{path.name}, line {number}: not a process: {line!r}")
        processes[found[1]] = found[2].strip()
    return processes
