"""What processes use, by the kernel's account: CPU time and memory of process trees."""

import os
from pathlib import Path

from launcher.proc import descendants

_TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(*roots: int) -> float:
    """User and system time of the trees below these processes, children that ended included."""
    return sum(_ticks(pid) for root in roots for pid in tree(root)) / _TICK


def memory_bytes(root: int) -> int:
    """Proportional set size of a tree: a page that processes share counts for each in part."""
    return sum(_pss(pid) for pid in tree(root))


def tree(root: int) -> list[int]:
    """The process and all below it."""
    return [root, *descendants(root)]


def _ticks(pid: int) -> int:
    """proc(5): fields 14 and 15 of ``stat``, and 16 and 17 for children that were waited for."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(int(field) for field in fields[11:15])


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
