"""A worker whose AI and mail server answer at once, so that Haja's own work is left:
``python -m bench.instant`` stands for ``python -m worker``."""

import runpy
from collections.abc import Callable, Sequence

from models import wiring
from models.ports import OutgoingMail, Triage, TriageText

ANSWER = Triage("plumbing", "medium", 0.9, "Water is named.", "en", "instant")


class InstantEngine:
    def triage(self, texts: Sequence[TriageText]) -> list[Triage]:
        """The same answer for all."""
        return [ANSWER] * len(texts)


class InstantSender:
    def send(self, mail: OutgoingMail, *, before_handover: Callable[[], None]) -> None:  # noqa: ARG002 - the port's
        """Asks before it takes the message, as every sender has to."""
        before_handover()

    def check(self) -> None:
        """It is always there."""


if __name__ == "__main__":
    engine, sender = InstantEngine(), InstantSender()
    wiring.triage_engine = lambda: engine  # type: ignore[assignment]  # it is a cached one
    wiring.mail_sender = lambda: sender  # type: ignore[assignment]  # as well
    runpy.run_module("worker", run_name="__main__", alter_sys=True)
