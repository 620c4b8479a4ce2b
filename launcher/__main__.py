"""``python -m launcher COMMAND``: run, demo, exec, check-migrations."""

import sys
from collections.abc import Callable
from importlib import import_module

from config.settings import SettingsError
from launcher.child import die_with_parent
from launcher.lock import LockedError
from launcher.ports import PortError
from launcher.procfile import ProcfileError
from launcher.release import ReleaseError
from launcher.server import ServerError

# Imported on use: a demo needs nothing of what starts a stack.
COMMANDS = {
    "run": "launcher.stack:run",
    "demo": "launcher.demo:main",
    "exec": "launcher.attach:execute",
    "check-migrations": "launcher.migrations:check",
}
# What a person can mend: these are told in lines, everything else is a fault and keeps its trace.
TOLD = (LockedError, PortError, ProcfileError, ReleaseError, ServerError, SettingsError)


def main(arguments: list[str]) -> int:
    """Run one command and return the exit code."""
    if not arguments or arguments[0] not in COMMANDS:
        print(f"usage: python -m launcher {{{','.join(COMMANDS)}}}", file=sys.stderr)
        return 2
    if "--with-parent" in arguments:
        die_with_parent()
    try:
        return _command(arguments[0])() or 0
    except TOLD as error:
        for line in str(error).splitlines():
            print(f"haja: {line}", file=sys.stderr)
        return 1


def _command(name: str) -> Callable[[], int | None]:
    module, _, function = COMMANDS[name].partition(":")
    command: Callable[[], int | None] = getattr(import_module(module), function)
    return command


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
