"""Buffered log lines: none is lost, and they keep their order."""

import subprocess
import sys

_WRITING = """
import sys, threading
from config.log_buffer import LogBuffer
logger = LogBuffer()
def write(name):
    for n in range(500):
        logger.write(f"{name} {n}".encode())
threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
logger.write(b"before")
print("between", file=sys.stderr, flush=True)
logger.write(b"last")
"""


def test_no_line_is_lost_or_torn_and_none_overtakes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WRITING], capture_output=True, text=True, check=True
    )
    lines = done.stderr.splitlines()
    assert lines[-3:] == ["before", "between", "last"]
    for name in "abcd":
        numbers = [int(line.split()[1]) for line in lines if line.startswith(f"{name} ")]
        assert numbers == list(range(500))
    assert len(lines) == 2003
