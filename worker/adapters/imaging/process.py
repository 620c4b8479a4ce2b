"""Processing one picture in a sandbox, and telling faults of the picture from faults of the machine."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from models.ports import PermanentError, ProcessedPicture, TransientError
from worker.adapters.imaging.frame import READY, BadFrame, decode
from worker.adapters.imaging.limits import ANSWER_BYTES, WALL_SECONDS

ROOT = Path(__file__).parents[3]
MODULE = "worker.adapters.imaging.sandbox"

# Signals that the decoder causes. SIGKILL and SIGTERM come from outside (an operator, or a machine
# without memory), so they are not the picture's fault.
_PICTURES_FAULT = {
    -signal.SIGXCPU: "takes too long to decode",
    -signal.SIGSEGV: "crashes the decoder",
    -signal.SIGBUS: "crashes the decoder",
    -signal.SIGABRT: "crashes the decoder",
    -signal.SIGFPE: "crashes the decoder",
    -signal.SIGILL: "crashes the decoder",
}


def process_picture(content: bytes, *, wall_seconds: float = WALL_SECONDS) -> ProcessedPicture:
    """Every rendition of the picture in ``content``, without metadata.

    Raises:
        PermanentError: it is no picture, or one that cannot be decoded within the limits; the
            message is a short reason with "The picture" as its subject.
        TransientError: the sandbox did not start, or the machine stopped it.
    """
    with TemporaryFile() as stdin, TemporaryFile() as stdout, TemporaryFile() as stderr:
        stdin.write(content)
        stdin.seek(0)
        code = _run(stdin, stdout, stderr, wall_seconds)
        return _result(code, _read(stdout, ANSWER_BYTES), _read(stderr, 2_000))


def _run(stdin: IO[bytes], stdout: IO[bytes], stderr: IO[bytes], wall_seconds: float) -> int:
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", MODULE],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            cwd=ROOT,
            env={"LANG": "C.UTF-8"},  # none of the service's secrets
            start_new_session=True,
        )
    except OSError as error:
        raise TransientError(f"the picture sandbox does not start: {error}") from error
    with process:
        try:
            return process.wait(wall_seconds)
        except subprocess.TimeoutExpired:
            # A decoder that computes reaches its processor time limit long before. This one got no
            # processor time, which is not the picture's fault.
            raise TransientError("the picture sandbox ran out of time") from None
        finally:
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill the process group if it still runs."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _read(file: IO[bytes], limit: int) -> bytes:
    file.seek(0)
    return file.read(limit)


def _result(code: int, answer: bytes, errors: bytes) -> ProcessedPicture:
    if not answer.startswith(READY):
        raise TransientError(f"the picture sandbox does not start: {_last_line(errors)}")
    if code in _PICTURES_FAULT:
        raise PermanentError(_PICTURES_FAULT[code])
    if code != 0:
        raise TransientError(f"the picture sandbox ended with {code}: {_last_line(errors)}")
    try:
        result = decode(answer.removeprefix(READY))
    except BadFrame as error:
        raise TransientError(f"the picture sandbox makes no sense: {error}") from error
    if isinstance(result, str):
        raise PermanentError(result)
    return result


def _last_line(errors: bytes) -> str:
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else "no word"
