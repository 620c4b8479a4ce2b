"""How the steps of one message ended that are not done: what its task says of itself to Celery, and
so in Flower.

The ledger is the truth and reads none of this. It imports no database, which beat and Flower do not
need.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

_CODE = re.compile(r"\b[1-5]\d\d\b")
_SHOWN = 5


class StepFailed(Exception):
    """Steps of the message are dead or unknown: they are not tried again by themselves."""


class StepWaits(Exception):
    """Steps of the message are to be tried again; the ledger has when."""


@dataclass(slots=True)
class Endings:
    """``failed`` are not tried again by themselves, ``waiting`` are. Each names run and reason."""

    failed: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)

    def error(self) -> StepFailed | StepWaits | None:
        """What the task must not call a success, if there is something."""
        if self.failed:
            return StepFailed(_told([*self.failed, *self.waiting]))
        return StepWaits(_told(self.waiting)) if self.waiting else None


_current: ContextVar[Endings | None] = ContextVar("endings", default=None)


@contextmanager
def gathered_endings() -> Iterator[Endings]:
    """Gather what is noted by this thread in the block."""
    endings = Endings()
    token = _current.set(endings)
    try:
        yield endings
    finally:
        _current.reset(token)


def note_ending(run_id: int, state: str, error: BaseException | str) -> None:
    """Note a step that is now ``retry``, ``dead`` or ``unknown``.

    Of the error only its kind and a server's three-digit reply are kept: its words may quote a
    requester's, and everybody who may open Flower reads them.
    """
    endings = _current.get()
    if endings is None:
        return
    kind = "" if isinstance(error, str) else type(error).__name__
    code = _CODE.search(str(error))
    reason = " ".join(part for part in (kind, code and code.group()) if part)
    noted = f"run {run_id} {state}" + (f" ({reason})" if reason else "")
    (endings.waiting if state == "retry" else endings.failed).append(noted)


def has_endings() -> bool:
    """Whether something was noted in this block."""
    endings = _current.get()
    return endings is not None and bool(endings.failed or endings.waiting)


def _told(noted: list[str]) -> str:
    more = len(noted) - _SHOWN
    return ", ".join(noted[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
