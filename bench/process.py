"""A process for one measurement: started, waited for, ended with all its children, and what the
kernel says that it used."""

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
from launcher.proc import descendants
from launcher.procfile import read_procfile
from launcher.server import child_command
from tools.bootstrap import LOCKS, TOOLS, call, install_uv, pip_settings, uv_environment

ROOT = Path(__file__).parents[1]
PATIENCE = 150.0  # seconds
_TICK = os.sysconf("SC_CLK_TCK")


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
        CalledProcessError: it failed.
    """
    command = ["/bin/sh", "-c", f"exec {line}"]
    return subprocess.run(
        command, env=dict(environment), cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def procfile(name: str) -> str:
    """The command line of a process."""
    return read_procfile(ROOT / "Procfile")[name]


def granian(application: str) -> str:
    """The web's server and its sizes with another application: a function that makes one."""
    sizes = "--workers ${WEB_CONCURRENCY:-2} --blocking-threads ${WEB_THREADS:-32}"
    server = f"granian --interface wsgi --factory --http 1 --log-level warning {sizes}"
    return f'{server} --port "$WEB_PORT" {application}'


def locked(lock: str) -> str:
    """PATH with an environment first that has what ``requirements/LOCK.txt`` locks, and no more.

    Raises:
        BootstrapError: it cannot be made; the message says why.
    """
    folder, environment = (
        TOOLS / f"bench-{lock}",
        uv_environment(pip_settings(sys.executable), os.environ),
    )
    uv, python = str(install_uv(sys.executable)), str(folder / "bin" / "python")
    make = [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(folder)]
    call(make, environment, f"the environment of {lock}.txt could not be made")
    sync = [uv, "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode"]
    file = str(LOCKS / f"{lock}.txt")
    call([*sync, "--python", python, file], environment, f"not all of {lock}.txt was installed")
    return f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"


def tree(root: int) -> list[int]:
    """The process and all below it."""
    return [root, *descendants(root)]


def cpu_seconds(*roots: int) -> float:
    """User and system time of the trees below these processes, children that ended included."""
    return sum(_ticks(pid) for root in roots for pid in tree(root)) / _TICK


def memory_bytes(root: int) -> int:
    """Proportional set size of a tree: a page that processes share counts for each in part."""
    rollups = (_read(pid, "smaps_rollup").splitlines() for pid in tree(root))
    shares = (line.split()[1] for lines in rollups for line in lines if line.startswith("Pss:"))
    return sum(int(share) * 1024 for share in shares)


def _ticks(pid: int) -> int:
    """proc(5): fields 14 and 15 of ``stat``, and 16 and 17 for children that were waited for."""
    return sum(int(field) for field in _read(pid, "stat").rpartition(")")[2].split()[11:15])


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except OSError:  # it ended
        return ""
