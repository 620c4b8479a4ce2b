"""A process for one measurement: started, waited for, and ended with all its children."""

import hashlib
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from launcher.leftovers import kill_session
from launcher.procfile import read_procfile
from launcher.server import child_command
from tools.bootstrap import LOCKS, TOOLS, call, install_uv, pip_settings, say, uv_environment

ROOT = Path(__file__).parents[1]
PATIENCE = 150.0  # seconds


@dataclass(frozen=True, slots=True)
class Process:
    """``log`` is what all of its tree wrote, ``port`` where it listens, if it does."""

    popen: "subprocess.Popen[bytes]"
    log: Path
    port: int = 0

    @property
    def pid(self) -> int:
        return self.popen.pid

    def said(self) -> str:
        return self.log.read_text(errors="replace")


@contextmanager
def started(
    line: str, environment: Mapping[str, str], folder: Path, *, port: int = 0
) -> Iterator[Process]:
    """Run a command line as the launcher does; ended at the end, after ten seconds by force."""
    log = folder / f"{secrets.token_hex(4)}.log"
    with log.open("wb") as output:
        popen = subprocess.Popen(
            child_command(["/bin/sh", "-c", f"exec {line}"]),
            env=dict(environment),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield Process(popen, log, port)
    finally:
        popen.send_signal(signal.SIGTERM)
        try:
            popen.wait(10)
        except subprocess.TimeoutExpired:
            popen.kill()
        kill_session(popen.pid)
        popen.wait()


def wait(
    condition: Callable[[], bool], what: str, *processes: Process, pause: float = 0.01
) -> None:
    """Until ``condition`` holds.

    Raises:
        RuntimeError: it takes too long, or one of ``processes`` ended.
    """
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end or any(one.popen.poll() is not None for one in processes):
            logs = "\n".join(one.said()[-3000:] for one in processes)
            raise RuntimeError(f"not in time: {what}\n{logs}")
        time.sleep(pause)


def run(line: str, environment: Mapping[str, str]) -> str:
    """What a command line printed; its progress goes to the terminal.

    Raises:
        RuntimeError: it failed.
    """
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec {line}"],
        env=dict(environment),
        cwd=ROOT,
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{line}\n{done.stdout[-3000:]}")
    return done.stdout


def procfile(name: str) -> str:
    """The command line of a process."""
    return read_procfile(ROOT / "Procfile")[name]


def granian(application: str) -> str:
    """The Procfile's web line with another application: a function that makes one."""
    return procfile("web").replace("web.wsgi:application", application)


def programs(kind: str = "run") -> str:
    """PATH with an environment first that has what ``requirements/{kind}.txt`` locks, made on first
    use. ``run`` is what people run, without the packages of development.

    Raises:
        BootstrapError: it cannot be made; the message says why.
    """
    lock, folder = LOCKS / f"{kind}.txt", TOOLS / f"bench-{kind}"
    mark, wanted = folder / "haja.mark", f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {ROOT}"
    if not mark.exists() or mark.read_text() != wanted:
        TOOLS.mkdir(exist_ok=True)
        environment = uv_environment(pip_settings(sys.executable), os.environ)
        uv, python = str(install_uv(sys.executable)), str(folder / "bin" / "python")
        say(f"making an environment of {lock.name}")
        make = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)]
        call(make, environment, "the environment could not be made")
        sync = [uv, "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode"]
        call([*sync, "--python", python, str(lock)], environment, "not everything was installed")
        mark.write_text(wanted)
    return f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
