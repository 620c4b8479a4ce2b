"""Update the locks in ``requirements``: ``run.txt`` and ``dev.txt`` from ``setup.cfg``, and that of
the programs that ``bench`` compares with from ``bench/rivals.in``.

All have hashes and are valid for every system and every Python from 3.11 on. ``dev.txt`` has all of
``run.txt`` in the same versions, so that one environment can serve both.
"""

import os
import subprocess
import sys
from pathlib import Path

from tools.bootstrap import LOCKS, ROOT, TOOLS, install_uv, pip_settings, uv_environment

FORM = ["--universal", "--generate-hashes", "--no-annotate", "--no-header", "--python-version=3.11"]
EXTRAS = {"run": ("local",), "dev": ("local", "train", "dev")}


def compile_lock(uv: Path, kind: str, source: str, options: list[str]) -> None:
    """Write one lock.

    Raises:
        CalledProcessError: no set of versions fits.
    """
    command = [str(uv), "pip", "compile", source, *FORM, *options, "--quiet"]
    command += [f"--output-file=requirements/{kind}.txt"]
    environment = uv_environment(pip_settings(sys.executable), os.environ)
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def main(options: list[str]) -> int:
    """Update all locks; ``options`` are passed to uv, such as ``--upgrade``."""
    TOOLS.mkdir(exist_ok=True)
    uv = install_uv(sys.executable)
    same = f"--constraint={LOCKS / 'run.txt'}"
    for kind, constraint in (("run", []), ("dev", [same])):
        extras = [f"--extra={extra}" for extra in EXTRAS[kind]]
        compile_lock(uv, kind, "setup.cfg", [*options, *extras, *constraint])
    compile_lock(uv, "rivals", "bench/rivals.in", options)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
