"""Other programs with the running stack's environment: ``python -m launcher exec PROGRAM ARG...``."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from config.settings import Settings
from launcher.environment import ROOT, compose
from launcher.lock import LockedError, hold
from launcher.server import ServerError

# Every setting of the stack, wherever it came from; all else a program finds where it found it.
_SETTINGS = frozenset(name.upper() for name in Settings.model_fields)


def keep_environment(environment: Mapping[str, str], data: Path) -> None:
    """Write down what others need to reach this stack, readable by us alone."""
    path = _path(data)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({name: environment[name] for name in _SETTINGS if name in environment}, file)


def read_environment(data: Path) -> dict[str, str]:
    """What the stack that runs on this data folder wrote down; empty if none runs there."""
    kept: dict[str, str] = json.loads(_path(data).read_text()) if _is_running(data) else {}
    return kept


def execute() -> None:
    """Become the program that the command line names, from the repository's root.

    Raises:
        ServerError: no stack runs on this data folder.
    """
    environment = compose(ROOT, os.environ)
    kept = read_environment(Path(environment["HAJA_DATA_DIR"]))
    if not kept:
        raise ServerError("하자가 돌고 있지 않습니다 · Haja does not run: start it with make run")
    for name in _SETTINGS:  # what was set for this call alone is none of the stack's
        environment.pop(name, None)
    environment |= kept
    os.chdir(ROOT)
    os.execvpe(sys.argv[2], sys.argv[2:], environment)


def _path(data: Path) -> Path:
    return data / "run" / "environment.json"


def _is_running(data: Path) -> bool:
    if not _path(data).exists():
        return False
    try:
        with hold(data):
            return False
    except LockedError:
        return True
