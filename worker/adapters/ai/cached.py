"""An engine that does not ask twice: the same text is sent to the AI once within a set time."""

import time
from collections.abc import Sequence

from models.database import transaction
from models.ports import TransientError, Triage, TriageEngine, TriageText
from models.services import answers
from models.services.answers import Turn

POLL_SECONDS = 0.1
MARGIN_SECONDS = 5.0  # beyond the AI's own time limit, before an asker counts as dead


class CachedEngine:
    """A ``models.ports.TriageEngine`` in front of another; answers are kept in the database, so
    all workers share them and a restart forgets none."""

    def __init__(
        self,
        engine: TriageEngine,
        *,
        model: str,
        prompt_version: str,
        timeout: float,
        seconds: float,
    ) -> None:
        """``timeout`` is the engine's own for one text, ``seconds`` how long an answer is kept."""
        self._engine = engine
        self._model = model
        self._prompt_version = prompt_version
        self._patience = timeout + MARGIN_SECONDS
        self._seconds = seconds

    def triage(self, texts: Sequence[TriageText]) -> list[Triage]:
        """See :meth:`models.ports.TriageEngine.triage`."""
        return [self._triage(text) for text in texts]

    def _triage(self, text: TriageText) -> Triage:
        key = answers.key_of(text, model=self._model, prompt_version=self._prompt_version)
        give_up = time.monotonic() + self._patience * 2
        while time.monotonic() < give_up:
            with transaction() as session:
                turn = answers.take_turn(
                    session, key, seconds=self._seconds, patience=self._patience
                )
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
