"""Environments of their own for what Haja is measured against, made from locks on first use."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tools.bootstrap import LOCKS, ROOT, TOOLS, call, install_uv, pip_settings, say, uv_environment


def rival_python(kind: str) -> Path:
    """The interpreter that has what ``requirements/{kind}.txt`` locks.

    Raises:
        BootstrapError: it cannot be made; the message says why.
    """
    lock = LOCKS / f"{kind}.txt"
    folder = TOOLS / f"bench-{kind}"
    python, mark = folder / "bin" / "python", folder / "haja.mark"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if mark.exists() and mark.read_text() == f"{digest} {ROOT}":
        return python
    TOOLS.mkdir(exist_ok=True)
    environment = uv_environment(pip_settings(sys.executable), os.environ)
    uv = str(install_uv(sys.executable))
    say(f"making an environment for {kind}")
    make = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)]
    call(make, environment, "the environment could not be made")
    sync = [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(lock)]
    call(sync, environment, "not everything could be installed")
    mark.write_text(f"{digest} {ROOT}")
    return python


def runs(python: Path, module: str) -> bool:
    """Whether ``module`` can be imported there."""
    command = [str(python), "-c", f"import {module}"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
