"""Running a command after changing something in its process. Imports no other module of the tests,
because their conftest removes Haja's variables from the environment."""

import runpy
import sys
from collections.abc import Callable


def run_wrapped(arguments: list[str], prepare: Callable[[list[str]], None]) -> None:
    """``WORDS -- COMMAND``: call ``prepare`` with the words, then run the command in this process.

    The command is a module with a console script (``celery``) or ``python -m MODULE``.
    """
    separator = arguments.index("--")
    prepare(arguments[:separator])
    command = arguments[separator + 1 :]
    if command[0] == "python":
        command = command[2:]
    sys.argv = command
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)
