"""The step before all others: migrations and the first admin."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from launcher.leftovers import kill_session
from launcher.output import Output
from launcher.procfile import RELEASE
from launcher.server import child_command


class ReleaseError(Exception):
    """The release step failed; its output has been shown."""


def run_release(command: str, environment: Mapping[str, str], folder: Path, output: Output) -> None:
    """Run it to its end and show what it prints.

    Raises:
        ReleaseError: it ended with an exit code other than 0.
    """
    process = subprocess.Popen(
        child_command(["/bin/sh", "-c", command]),
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        for line in process.stdout or ():
            output.line(RELEASE, line.rstrip("\n"))
        if process.wait():
            raise ReleaseError("준비 단계가 실패했습니다 · the release step failed: see above")
    finally:
        kill_session(process.pid)
        process.wait()
