"""What the kernel says about processes, read from ``/proc`` (nothing elsewhere than on Linux)."""

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")


class Process(NamedTuple):
    """One process. ``started`` (clock ticks after boot) tells it from a later owner of its id."""

    pid: int
    parent: int
    session: int
    started: int
    zombie: bool


def find_process(pid: int) -> Process | None:
    """The process ``pid``, or None when there is none."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # The name in brackets may hold blanks and brackets itself: count from the last one.
    fields = stat[stat.rindex(")") + 2 :].split()
    return Process(pid, int(fields[1]), int(fields[3]), int(fields[19]), fields[0] in "ZX")


def list_processes() -> list[Process]:
    """Every process that we can see."""
    if not _PROC.is_dir():
        return []
    found = (find_process(int(entry.name)) for entry in _PROC.iterdir() if entry.name.isdigit())
    return [process for process in found if process]


def descendants(pid: int) -> list[int]:
    """Children of ``pid``, their children, and so on."""
    children = defaultdict(list)
    for process in list_processes():
        children[process.parent].append(process.pid)
    found, waiting = [], [pid]
    while waiting:
        born = children[waiting.pop()]
        found += born
        waiting += born
    return found
