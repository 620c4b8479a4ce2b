"""Which of many patterns a text may match, found in one pass.

An ordinary report matches hardly any sign of danger, and to find that out with one search per sign
takes a hundred times as long as with one automaton for all of them (RE2, whose time grows with the
length of the text and with nothing else). It knows no look-around; without it a pattern only
matches more, and who asks searches for those that are left.
"""

import re
from collections.abc import Iterable
from re import Pattern

import re2

_MEMORY = 32 * 2**20  # bytes, at most, for the automaton of one screen
_ASSERTION = re.compile(r"\(\?<?[=!]")


class Screen:
    """Of these patterns, in this order."""

    def __init__(self, patterns: Iterable[Pattern[str]]) -> None:
        options = re2.Options()
        options.max_mem = _MEMORY
        options.never_capture = True
        self._set = re2.Set.SearchSet(options)
        for pattern in patterns:
            self._set.Add(_widened(pattern.pattern))
        self._set.Compile()

    def possible(self, text: str) -> set[int]:
        """The places of the patterns that may match; no other one does."""
        return set(self._set.Match(text) or ())


def _widened(pattern: str) -> str:
    """``pattern`` without look-around. ``\\w`` also means what is no ASCII, as it does in ``re``."""
    while assertion := _ASSERTION.search(pattern):
        start = assertion.start()
        pattern = pattern[:start] + pattern[_end_of_group(pattern, start) :]
    return re.sub(r"(?<!\\)\\w", r"[\\w\\x{80}-\\x{10ffff}]", pattern)


def _end_of_group(pattern: str, start: int) -> int:
    depth, place, in_class = 0, start, False
    while True:
        character = pattern[place]
        if character == "\\":
            place += 1
        elif in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
        else:
            depth += (character == "(") - (character == ")")
            if not depth:
                return place + 1
        place += 1
