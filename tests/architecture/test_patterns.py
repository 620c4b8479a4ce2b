"""No pattern may cost a process the square of the length of what a stranger sends.

The engine of ``re`` cannot be asked for its steps, so the form of each pattern is judged: what may
take the square of the length (or worse) is one of the three forms below.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from re import _constants as kinds
from re import _parser as parser
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

# The interpreter remembers what our own modules compile while they are imported.
_COLLECT = """
import importlib, json, pkgutil, re, sys
compile_, root, found = re.compile, sys.argv[1], {}
def remember(pattern, flags=0):
    compiled, frame = compile_(pattern, flags), sys._getframe(1)
    file = frame.f_code.co_filename
    if file.startswith(root) and "site-packages" not in file and isinstance(compiled.pattern, str):
        found[compiled.pattern] = [file[len(root) + 1:], int(compiled.flags)]
    return compiled
re.compile = remember
for name in ("models", "web", "worker", "tasks", "live"):
    for module in pkgutil.walk_packages(importlib.import_module(name).__path__, name + "."):
        if not module.name.endswith(("__main__", ".wsgi")) and ".migrations" not in module.name:
            try:
                importlib.import_module(module.name)
            except SystemExit:  # an application that wants its settings: it has no patterns
                pass
print(json.dumps([[pattern, *rest] for pattern, rest in found.items()]))
"""
# Used with fullmatch, or on a search of at most 200 characters.
_SHORT = {
    "models/queries/listing/ranking.py",
    "worker/adapters/mail/mime.py",
    "live/origin.py",
    "web/http/content_policy.py",
}
LONGEST = 200  # repetitions that count as bounded


def test_each_pattern_takes_time_in_proportion_to_the_text() -> None:
    found = _collect()
    assert len(found) > 100
    wrong = [
        f"{file}: {fault}: {pattern[:80]}"
        for pattern, file, flags in found
        if file not in _SHORT
        for fault in _faults(parser.parse(pattern, flags))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "pattern",
    [r"smoke.*detector", r"(?:a+)+b", r"[\w.]+@", r"\battic\b(?=.*\bbat\b)", r"x|\S+@\S+"],
)
def test_what_takes_longer_is_found(pattern: str) -> None:
    assert list(_faults(parser.parse(pattern)))


@pytest.mark.parametrize(
    "pattern", [r"\bsmok\w+ out", r"(?<![\w.])[\w.]+@", r"[\s_]+", r"a.{0,80}b", r"(?:ab)+"]
)
def test_what_does_not_is_let_through(pattern: str) -> None:
    assert not list(_faults(parser.parse(pattern)))


def _collect() -> list[list[Any]]:
    run = subprocess.run(
        [sys.executable, "-c", _COLLECT, str(ROOT)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    found: list[list[Any]] = json.loads(run.stdout.splitlines()[-1])
    return found


def _faults(tree: Any, *, inside: bool = False, begins: bool = True) -> Iterator[str]:
    """``inside`` a repetition without bound; where the pattern ``begins``."""
    items = list(tree)
    for place, (kind, value) in enumerate(items):
        first = begins and place == 0
        if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT):
            _, most, repeated = value
            unbounded = most == kinds.MAXREPEAT or most > LONGEST
            if unbounded and inside:
                yield "a repetition in a repetition"
            if unbounded and _is_anything(repeated) and place < len(items) - 1:
                yield "anything, and then something"
            if unbounded and first and place < len(items) - 1:
                yield "begins with a repetition that the rest may refuse"
            yield from _faults(repeated, inside=inside or unbounded, begins=first)
        elif kind is kinds.SUBPATTERN:
            yield from _faults(value[3], inside=inside, begins=first)
        elif kind is kinds.BRANCH:
            for branch in value[1]:
                yield from _faults(branch, inside=inside, begins=first)
        elif kind in (kinds.ASSERT, kinds.ASSERT_NOT):
            yield from _faults(value[1], inside=inside, begins=False)


def _is_anything(repeated: Any) -> bool:
    return len(repeated) == 1 and repeated[0][0] is kinds.ANY
