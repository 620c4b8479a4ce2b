"""What a launcher that was killed left behind, found again and ended at the next start."""

import json
import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from launcher.proc import Process, find_process, list_processes

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
WARM_SECONDS = 10.0


class Record(NamedTuple):
    """One child: it leads a session of its own, so that its children can be found by it."""

    name: str
    pid: int
    started: int


class ChildrenFile:
    """The list of running children on the disk, renewed at every start of a child."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, children: Iterable[tuple[str, int]]) -> None:
        """Replace the list by these names and process ids.

        On a full disk the list of before stays: what it lacks ends with its parent all the same.
        """
        records = []
        for name, pid in children:
            if process := find_process(pid):
                records.append(Record(name, pid, process.started))
        draft = self._path.with_suffix(".new")
        with suppress(OSError):
            draft.write_text(json.dumps({"boot": _boot(), "children": records}))
            draft.replace(self._path)

    def read(self) -> list[Record]:
        """The children of an earlier launcher, none if the machine was started again since."""
        try:
            content = json.loads(self._path.read_text())
            records = [Record(*entry) for entry in content["children"]]
        except (OSError, ValueError, KeyError, TypeError):
            return []
        return records if content.get("boot") == _boot() else []

    def end_leftovers(self) -> int:
        """End what still runs, warmly, then by force; returns how many processes there were."""
        records = self.read()
        found = len(list(_members(records)))
        if found:
            _end(records)
        self._path.unlink(missing_ok=True)
        return found


def kill_session(leader: int) -> None:
    """Kill what is left of the session that ``leader`` led, and return when it is gone."""
    deadline = time.monotonic() + WARM_SECONDS  # one that hangs in the kernel must not hang us
    while (remaining := _members_of(leader)) and time.monotonic() < deadline:
        for pid in remaining:
            _send(pid, signal.SIGKILL)
        time.sleep(0.02)


def _members_of(leader: int) -> list[int]:
    running = (process for process in list_processes() if not process.zombie)
    return [process.pid for process in running if process.session == leader]


def _boot() -> str:
    return _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""


def _members(records: Iterable[Record]) -> Iterator[Process]:
    """Processes of the recorded sessions. An id that was given out anew has another start time,
    and no process gets the id of a session that still has members."""
    by_pid = {record.pid: record for record in records}
    running = {process.pid: process for process in list_processes() if not process.zombie}
    for process in running.values():
        record = by_pid.get(process.session)
        leader = running.get(process.session)
        if not record or (leader and leader.started != record.started):
            continue
        if process.started >= record.started:
            yield process


def _end(records: list[Record]) -> None:
    """A leader sees to its own children; where it is gone, they are told themselves."""
    remaining = list(_members(records))
    alive = {process.pid for process in remaining}
    for process in remaining:
        if process.pid == process.session or process.session not in alive:
            _send(process.pid, signal.SIGTERM)
            _send(process.pid, signal.SIGCONT)
    deadline = time.monotonic() + WARM_SECONDS
    while any(_members(records)) and time.monotonic() < deadline:
        time.sleep(0.1)
    while remaining := list(_members(records)):
        for process in remaining:
            _send(process.pid, signal.SIGKILL)
        time.sleep(0.1)


def _send(pid: int, signum: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signum)
