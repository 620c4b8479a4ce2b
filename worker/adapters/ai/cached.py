"""An engine that does not ask twice: the same text is sent to the AI once within a set time."""

import time
from collections.abc import Sequence
from typing import Protocol

from models.database import transaction
from models.ports import TransientError, Triage, TriageText
from models.services import answers
from models.services.answers import Turn

POLL_SECONDS = 0.1
MARGIN_SECONDS = 5.0  # beyond the AI's own time limit, before an asker counts as dead


class NamedEngine(Protocol):
    """An engine whose answers depend on nothing but the text, its model and its prompt."""

    model: str
    prompt_version: str
    timeout: float

    def triage(self, texts: Sequence[TriageText]) -> list[Triage]: ...


class CachedEngine:
    """A ``models.ports.TriageEngine`` in front of another; answers are kept in the database, so
    all workers share them and a restart forgets none."""

    def __init__(self, engine: NamedEngine, *, seconds: float) -> None:
        self._engine = engine
        self._seconds = seconds

    def triage(self, texts: Sequence[TriageText]) -> list[Triage]:
        """See :meth:`models.ports.TriageEngine.triage`."""
        return [self._triage(text) for text in texts]

    def _triage(self, text: TriageText) -> Triage:
        key = answers.key_of(
            text, model=self._engine.model, prompt_version=self._engine.prompt_version
        )
        patience = self._engine.timeout + MARGIN_SECONDS
        give_up = time.monotonic() + patience * 2
        while time.monotonic() < give_up:
            with transaction() as session:
                turn = answers.take_turn(session, key, seconds=self._seconds, patience=patience)
            if isinstance(turn, Triage):
                return turn
            if turn is Turn.ASK:
                return self._ask(key, text)
            time.sleep(POLL_SECONDS)
        raise TransientError("another worker has been asking about this text for too long")

    def _ask(self, key: bytes, text: TriageText) -> Triage:
        try:
            (answer,) = self._engine.triage([text])
        except BaseException:
            with transaction() as session:
                answers.give_up_turn(session, key)
            raise
        with transaction() as session:
            if answer.degraded:
                answers.give_up_turn(session, key)
            else:
                answers.keep_answer(session, key, answer)
        return answer
