"""What the kernel says that processes used: CPU of process trees, and memory."""

import os
from collections import defaultdict
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(*roots: int) -> float:
    """User and system time of the trees below ``roots`` (process ids), ended children included.

    proc(5): fields 14 and 15 of ``stat``, and 16 and 17 for children that were waited for.
    """
    used = 0
    children = _children()
    todo = list(roots)
    while todo:
        pid = todo.pop()
        if fields := _stat(pid):
            used += sum(int(field) for field in fields[11:15])
            todo += children[pid]
    return used / _TICK


def pids(root: int) -> list[int]:
    """``root`` and all processes below it."""
    children, found = _children(), [root]
    for pid in found:
        found += children[pid]
    return found


def resident_bytes(root: int) -> int:
    """Proportional set size of a tree: shared pages count for each process in part (proc(5))."""
    return sum(_pss(pid) for pid in pids(root))


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _children() -> dict[int, list[int]]:
    found = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            found[int(fields[1])].append(int(entry.name))
    return found


def _stat(pid: int) -> list[str]:
    """The fields after the command's name, or none if the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
