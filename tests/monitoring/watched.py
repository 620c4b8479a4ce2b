"""Haja with a bug: ``python -m tests.monitoring.watched NAME -- COMMAND``.

The bug's error quotes a person's text in its message and local variables, as real errors do. None of
it may leave the process.
"""

import sys
from typing import Any, NoReturn

from tests.faults.wrapping import run_wrapped

EXPLODE = "explode"  # a description with this word causes the error


def fail(written: str) -> NoReturn:
    quoted = f"cannot read {written!r}"
    raise ValueError(quoted)


def _break_triage() -> None:
    from worker.adapters.ai.embedded import EmbeddedEngine

    triage = EmbeddedEngine.triage

    def explode(self: EmbeddedEngine, texts: Any) -> Any:
        if EXPLODE in repr(texts):
            fail(repr(texts))
        return triage(self, texts)

    EmbeddedEngine.triage = explode  # type: ignore[method-assign]


def _prepare(words: list[str]) -> None:
    if "triage" in words:
        _break_triage()


if __name__ == "__main__":
    run_wrapped(sys.argv[1:], _prepare)
