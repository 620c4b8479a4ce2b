"""The terminal: each process's lines behind its coloured name."""

import os
import sys
import threading

_COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
_WIDTH = 10


class Output:
    """Prints whole lines, one at a time, from whichever thread."""

    def __init__(self) -> None:
        self._colours: dict[str, int] = {}
        self._lock = threading.Lock()
        self._coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def line(self, name: str, text: str) -> None:
        """One line of the process ``name``."""
        with self._lock:
            self._print(f"{self._label(name)} {text}")

    def plain(self, text: str) -> None:
        """Text of the launcher itself, as it is."""
        with self._lock:
            self._print(text)

    def _label(self, name: str) -> str:
        label = f"{name:<{_WIDTH}} |"
        if not self._coloured:
            return label
        colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
        return f"\033[{colour}m{label}\033[0m"

    def _print(self, text: str) -> None:
        try:
            print(text, flush=True)
        except (BrokenPipeError, ValueError):
            # Whoever read along has left; the stack goes on without a word.
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - stays open to the end
        except OSError:
            return  # a file on a full disk: this line is lost, and later ones may not be
