"""Being a command with something changed before. Imports nothing of the tests: their conftest puts
the environment aside."""

import runpy
import sys
from collections.abc import Callable


def run_wrapped(arguments: list[str], prepare: Callable[[list[str]], None]) -> None:
    """``OWN WORDS -- COMMAND``: prepare by the own words, then be the command.

    The command is a console script of Python's (``celery``) or ``python -m MODULE``.
    """
    border = arguments.index("--")
    prepare(arguments[:border])
    command = arguments[border + 1 :]
    if command[0] == "python":
        command = command[2:]
    sys.argv = command
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)
