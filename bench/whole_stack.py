"""The Procfile's processes, started all at once as the launcher does, and what each of them costs."""

import json
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bench.accounting import cpu_seconds, pids, resident_bytes
from bench.databases import execute
from bench.servers import ROOT, listening, servers
from launcher.environment import compose
from launcher.leftovers import kill_session
from launcher.procfile import RELEASE, read_procfile
from launcher.ready import ask, missing_parts
from launcher.server import child_command, free_port

PATIENCE = 150.0  # seconds for one start
STILL_SECONDS, STILL_SHARE = 2.0, 0.25  # at rest: for so long, less of a core than so much
REQUEST = json.dumps({"description": "복도 전등이 깜빡입니다", "location": "3층"}).encode()

# What the naive processes are started from instead: see bench/everything.py.
_NAIVE = {
    "web:create_app": "bench.everything:create_app",
    "-m worker.dispatcher": "-m bench.everything worker.dispatcher",
    "-m worker ": "-m bench.everything worker ",
}


@dataclass(frozen=True, slots=True)
class Cost:
    """One process type with its children: memory in MB, CPU seconds since its start."""

    memory: float
    cpu: float
    processes: int


@contextmanager
def surroundings() -> Iterator[dict[str, str]]:
    """PostgreSQL, Redis and an inbox; yields the environment of the Procfile's processes."""
    with servers() as base:
        names = ("PORT", "LIVE_PORT", "FLOWER_PORT", "MAIL_PORT")
        ports = {name: str(free_port()) for name in names}
        own = {
            **base.environment,
            **ports,
            "MAIL_SERVER": "127.0.0.1",
            "FLOWER_BASIC_AUTH": f"flower:{secrets.token_hex(12)}",
            "HOME": str(base.folder),
        }
        environment = compose(base.folder, own)
        Path(environment["HAJA_DATA_DIR"], "run").mkdir(parents=True)
        inbox = [sys.executable, "-m", "launcher.inbox"]
        port = int(ports["MAIL_PORT"])
        with listening(inbox, environment, folder=base.folder, port=port):
            yield environment


class WholeStack:
    """All of the Procfile but its release step, from ``with`` on."""

    def __init__(self, environment: Mapping[str, str], *, naive: bool) -> None:
        self._environment = dict(environment)
        self._commands = commands(naive=naive)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._exits = ExitStack()
        self._begun = 0.0

    def __enter__(self) -> Self:
        # Signs of life of an earlier stack would make this one look ready.
        execute(self._environment["DATABASE_URL"], "TRUNCATE heartbeats")
        self._begun = time.monotonic()
        for name, command in self._commands.items():
            self._running[name] = self._start(name, command)
        return self

    def __exit__(self, *_: object) -> None:
        self._exits.close()

    def first_accepted(self) -> float:
        """Seconds from the start of all processes to the first 201.

        Raises:
            RuntimeError: a process died, or it takes too long; so do the others.
        """
        while not _accepted(f"http://127.0.0.1:{self._environment['PORT']}/api/requests"):
            self._pause(0.02)
        return time.monotonic() - self._begun

    def rest(self) -> float:
        """Wait until all parts say that they are there and nothing is busy any more; returns the
        seconds from the start until all were there."""
        while self._missing():
            self._pause(0.2)
        ready = time.monotonic() - self._begun
        while self._share_of_a_core() > STILL_SHARE:
            self._pause(0.0)
        return ready

    def costs(self) -> dict[str, Cost]:
        """By process type."""
        return {
            name: Cost(
                resident_bytes(process.pid) / 1e6, cpu_seconds(process.pid), len(pids(process.pid))
            )
            for name, process in self._running.items()
        }

    def _start(self, name: str, command: str) -> "subprocess.Popen[bytes]":
        log = Path(self._environment["HAJA_DATA_DIR"], f"{name}.log")
        output = self._exits.enter_context(log.open("wb"))
        process = subprocess.Popen(
            child_command(["/bin/sh", "-c", f"exec {command}"]),
            env=self._environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        self._exits.callback(process.wait)
        self._exits.callback(kill_session, process.pid)
        return process

    def _missing(self) -> bool:
        web, flower = (self._environment[name] for name in ("PORT", "FLOWER_PORT"))
        if missing_parts(ask(f"http://127.0.0.1:{web}/readyz")):
            return True
        return ask(f"http://127.0.0.1:{flower}/healthcheck") is None

    def _share_of_a_core(self) -> float:
        leaders = [process.pid for process in self._running.values()]
        before = cpu_seconds(*leaders)
        time.sleep(STILL_SECONDS)
        return (cpu_seconds(*leaders) - before) / STILL_SECONDS

    def _pause(self, seconds: float) -> None:
        for name, process in self._running.items():
            if process.poll() is not None:
                log = Path(self._environment["HAJA_DATA_DIR"], f"{name}.log")
                tail = log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{name} ended with {process.returncode}\n{tail}")
        if time.monotonic() - self._begun > PATIENCE:
            raise RuntimeError("the stack does not come to rest")
        time.sleep(seconds)


def commands(*, naive: bool) -> dict[str, str]:
    """Command by process type."""
    found = read_procfile(ROOT / "Procfile")
    del found[RELEASE]
    for own, instead in _NAIVE.items() if naive else ():
        found = {name: command.replace(own, instead) for name, command in found.items()}
    return found


def _accepted(url: str) -> bool:
    request = urllib.request.Request(url, REQUEST, {"Content-Type": "application/json"})  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own server
            return int(answer.status) == 201
    except OSError:
        return False
