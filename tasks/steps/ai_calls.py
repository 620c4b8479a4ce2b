"""Triage by calls to an AI: claimed together, in flight side by side, recorded as answers come.

Nothing is held in the database while a call is under way. What has been answered is written down
at once, whatever the others do, so a call that hangs holds nobody back.
"""

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from queue import Empty, SimpleQueue

import structlog
from celery.exceptions import Ignore

from config.settings import get_settings
from models.database import transaction
from models.ledger import leases, steps
from models.ledger.steps import FAST_ROAD_GRACE, Claim
from models.ports import CallingEngine, TransientError, Triage, TriageText
from models.services import cached_answers, triage
from models.services.cached_answers import Turn
from tasks.policies import POLICIES
from tasks.steps.call_pool import Call, Work, call_pool
from tasks.steps.leases import lease_renewer
from tasks.steps.live_updates import announce_requests
from tasks.steps.runner import CATCHABLE, claim_steps, fail, log_context, retry_while_away
from tasks.steps.shutdown import is_shutting_down

log = structlog.get_logger()

# Answers that come within this time (seconds) share a transaction; one that is alone waits for none.
TOGETHER = 0.05
# How often (seconds) to look for an answer that another worker is waiting for.
LOOK_EVERY = 0.1
MARGIN = 5.0  # seconds beyond the AI's own time limit, before an asker counts as dead
# What is done while others of its message are still being asked about goes on without them after
# this time (seconds), if the message has not ended by then.
HOLD_UP = 2.0
_IDLE = 0.5  # seconds between two looks at whether the process is to end


@dataclass(frozen=True, slots=True)
class _Question:
    text: TriageText
    key: bytes
    give_up_at: float


# None: the request is gone, and there is nothing to say about it.
_Answer = Triage | BaseException | None


def run_ai_calls(
    task: str, run_ids: Sequence[int], position: int, *, engine: CallingEngine
) -> list[Claim]:
    """Ask the engine about the steps' requests; returns the claims that ended.

    Raises:
        celery.exceptions.Ignore: nothing ended, so the chain stops here.
    """
    message = _Message(task, run_ids, position, engine)
    message.run()
    if not message.ended:
        raise Ignore
    return message.ended


class _Message:
    """The steps of one message: to do, open (claimed and not written down), ended."""

    def __init__(
        self, task: str, run_ids: Sequence[int], position: int, engine: CallingEngine
    ) -> None:
        self.ended: list[Claim] = []
        self._task = task
        self._position = position
        self._engine = engine
        self._settings = get_settings()
        # A call may wait for a slot, and be two: with a strict schema, then without.
        patience = 4 * self._settings.openai_timeout + MARGIN
        self._policy = replace(POLICIES[task], limit=max(POLICIES[task].limit, patience))
        self._alone = len(run_ids) == 1
        self._todo = deque(run_ids)
        self._open: dict[Claim, _Question | None] = {}
        self._waiting: dict[Claim, _Question] = {}  # somebody else asks the same
        self._calls: dict[Claim, Call] = {}
        self._answered: SimpleQueue[tuple[Claim, _Answer]] = SimpleQueue()
        self._looked_at = 0.0

    def run(self) -> None:
        """Until all is written down, or given back because the process ends."""
        try:
            with call_pool().claim_lock:
                while self._todo and not is_shutting_down():
                    self._begin()
                    if self._todo:  # else the next message may begin
                        self._tend()
            while self._open:
                self._tend()
        except CATCHABLE as error:
            self._give_up(error)

    def _tend(self) -> None:
        self._record(self._gather())
        if self._waiting and time.monotonic() - self._looked_at > LOOK_EVERY:
            self._look_again()
        if is_shutting_down():
            self._give_back()

    def _begin(self) -> None:
        """Claim as many as there are slots for, and ask about them."""
        slots = call_pool().take_slots(len(self._todo), seconds=0 if self._open else _IDLE)
        if not slots:
            return
        taken = [self._todo.popleft() for _ in range(slots)]
        before = len(self._calls)
        try:
            claims = retry_while_away(
                lambda: claim_steps(self._task, taken, self._position, alone=self._alone)
            )
            lease_renewer().hold(claims, self._policy)
            self._open |= dict.fromkeys(claims)
            with log_context(claims):
                self._look(claims)
        finally:
            call_pool().return_slots(slots - (len(self._calls) - before))

    def _look(self, claims: Sequence[Claim]) -> None:
        """Read the texts, take what was answered before, and ask about the rest.

        The caller has a slot for each.
        """
        if not claims:
            return
        with transaction() as session:
            texts = triage.list_texts(session, [claim.subject_id for claim in claims])
        give_up_at = time.monotonic() + self._patience * 2
        for claim in claims:
            text = texts.get(claim.subject_id)
            if text is None:
                self._answered.put((claim, None))
                continue
            key = cached_answers.key_of(
                text, model=self._engine.model, prompt_version=self._engine.prompt_version
            )
            self._open[claim] = self._waiting[claim] = _Question(text, key, give_up_at)
        self._take_turns([claim for claim in claims if claim in self._waiting])

    def _take_turns(self, claims: Sequence[Claim]) -> list[Claim]:
        """Take answers and turns to ask; returns the claims that are asked about now."""
        self._looked_at = time.monotonic()
        keys = [self._waiting[claim].key for claim in claims]
        turns = retry_while_away(lambda: self._turns(keys))
        asked: dict[Claim, Work] = {}
        for claim in claims:
            key = self._waiting[claim].key
            turn = turns[key]
            if turn is Turn.WAIT:
                continue
            question = self._waiting.pop(claim)
            if isinstance(turn, Triage):
                self._answered.put((claim, turn))
                self._open[claim] = None  # kept already
            else:
                asked[claim] = partial(self._ask, claim, question)
                turns[key] = Turn.WAIT  # others with the same text hear of this one's answer
        self._calls |= zip(asked, call_pool().submit(asked.values()), strict=True)
        return list(asked)

    def _turns(self, keys: Sequence[bytes]) -> dict[bytes, Triage | Turn]:
        with transaction() as session:
            return cached_answers.take_turns(
                session,
                keys,
                seconds=self._settings.openai_cache_seconds,
                patience=self._patience,
            )

    @property
    def _patience(self) -> float:
        return self._settings.openai_timeout + MARGIN

    async def _ask(self, claim: Claim, question: _Question) -> None:
        answer: _Answer
        try:
            with log_context([claim]):
                answer = await self._engine.ask(question.text)
        except CATCHABLE as error:
            answer = error
        self._answered.put((claim, answer))

    def _look_again(self) -> None:
        now = time.monotonic()
        for claim, question in list(self._waiting.items()):
            if question.give_up_at < now:
                del self._waiting[claim]
                self._open[claim] = None  # the turn is another's
                reason = "another worker has been asking about this text for too long"
                self._answered.put((claim, TransientError(reason)))
        for _ in self._take_turns(list(self._waiting)):
            call_pool().take_extra_slot()

    def _gather(self) -> dict[Claim, _Answer]:
        """What has been answered, by claim; waits for the first, and ``TOGETHER`` for others."""
        if not self._open:
            return {}
        pause = TOGETHER if self._todo else LOOK_EVERY if self._waiting else _IDLE
        try:
            found = dict([self._answered.get(timeout=pause)])
        except Empty:
            return {}
        if len(self._calls) > 1:
            time.sleep(TOGETHER)
        while not self._answered.empty():  # this thread alone takes out
            claim, answer = self._answered.get()
            found[claim] = answer
        return found

    def _record(self, group: Mapping[Claim, _Answer]) -> None:
        if not group:
            return
        ended = {c: a for c, a in group.items() if not isinstance(a, BaseException)}
        ours: list[Claim] = []
        failed = {c: a for c, a in group.items() if isinstance(a, BaseException)}
        try:
            ours = retry_while_away(lambda: self._write(ended))
        except CATCHABLE as error:
            failed |= dict.fromkeys(ended, error)
        for claim, reason in failed.items():
            self._fail(claim, reason)
        self._let_go(group)
        self.ended += ours
        announce_requests(ours)

    def _write(self, ended: Mapping[Claim, Triage | None]) -> list[Claim]:
        """Keep the answers, and record them for the claims that are still ours."""
        last = len(ended) == len(self._open) and not self._todo
        asked = [(q.key, a) for c, a in ended.items() if a and (q := self._open[c])]
        with transaction() as session:
            ours = steps.finish_steps(
                session, list(ended), grace=FAST_ROAD_GRACE if last else HOLD_UP
            )
            results = {c.subject_id: answer for c in ours if (answer := ended[c])}
            triage.record_results(session, results, sure_from=self._settings.triage_sure_from)
            cached_answers.keep_answers(session, {k: a for k, a in asked if not a.degraded})
            cached_answers.give_up_turns(session, [k for k, a in asked if a.degraded])
        if len(ours) < len(ended):
            log.warning("lease_lost", steps=len(ended) - len(ours))
        return ours

    def _fail(self, claim: Claim, error: BaseException) -> None:
        fail(claim, self._policy, error)
        question = self._open.get(claim)
        if question is not None and claim not in self._waiting:
            retry_while_away(lambda: _give_up_turns([question.key]))

    def _let_go(self, claims: Mapping[Claim, object]) -> None:
        lease_renewer().let_go(list(claims))
        for claim in claims:
            self._open.pop(claim, None)
            self._waiting.pop(claim, None)
            self._calls.pop(claim, None)

    def _give_back(self) -> None:
        """The process ends: what was claimed and is not being asked about is for others."""
        idle = {c: q for c, q in self._calls.items() if call_pool().cancel(q)}
        left = [*idle, *self._waiting]
        if not left:
            return
        keys = [question.key for claim in idle if (question := self._open[claim])]

        def release() -> None:
            with transaction() as session:
                leases.release_steps(session, left, lease=0)
                cached_answers.give_up_turns(session, keys)

        retry_while_away(release)
        self._let_go(dict.fromkeys(left))

    def _give_up(self, error: BaseException) -> None:
        """Something went wrong beyond one request: all that is open is tried again, one by one."""
        for call in self._calls.values():
            call_pool().cancel(call)
        try:
            for claim in list(self._open):
                self._fail(claim, error)
        finally:
            self._let_go(dict(self._open))


def _give_up_turns(keys: Sequence[bytes]) -> None:
    with transaction() as session:
        cached_answers.give_up_turns(session, keys)
