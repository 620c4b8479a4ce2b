"""Triage by calls to an AI: steps are claimed together, called concurrently, and recorded as the
answers come.

No transaction is open during a call. Answers are recorded at once, so a call that hangs does not
delay the others.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from queue import Empty, SimpleQueue
from typing import Protocol

import structlog
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.database import transaction
from models.ledger import leases, steps
from models.ledger.steps import NEXT_STEP_GRACE, Claim
from models.ports import CallingEngine, TransientError, Triage, TriageText
from models.services import cached_answers
from models.services.cached_answers import CacheMiss
from tasks.policies import POLICIES
from tasks.steps.call_pool import Call, Work, call_pool
from tasks.steps.leases import lease_renewer
from tasks.steps.live_updates import announce_requests
from tasks.steps.runner import (
    CATCHABLE,
    claim_steps,
    conclude,
    fail,
    log_context,
    retry_while_away,
)
from tasks.steps.shutdown import is_shutting_down

log = structlog.get_logger()

# Answers that come within this time (seconds) share a transaction. A single call does not wait.
RECORD_WINDOW = 0.05
# How often (seconds) to check the cache for an answer that another worker asked for.
CHECK_EVERY = 0.1
MARGIN = 5.0  # seconds beyond the AI's own time limit until a claimed cache key is given up
# Steps that are done wait this long (seconds) for the other steps of their message. Then the
# dispatcher publishes their next steps without the others.
SLOW_MESSAGE_GRACE = 2.0
_IDLE = 0.5  # seconds between two checks whether the process is shutting down


@dataclass(frozen=True, slots=True)
class _Question:
    text: TriageText
    key: bytes
    give_up_at: float


# None: there is no text to ask about, so there is nothing to record.
_Answer = Triage | BaseException | None


# The texts to ask about, by request id; a request that is left out is nothing to do.
Read = Callable[[Session, Sequence[int]], Mapping[int, TriageText]]


class Record(Protocol):
    """Writes answers, which are by request id, as the ids of the web calls are."""

    def __call__(
        self,
        session: Session,
        results: Mapping[int, Triage],
        *,
        sure_from: float,
        call_ids: Mapping[int, str],
    ) -> None: ...


def run_ai_calls(
    task: str,
    run_ids: Sequence[int],
    position: int,
    *,
    engine: CallingEngine,
    read: Read,
    record: Record,
) -> list[Claim]:
    """Call the engine for the steps' requests; returns the claims that ended.

    Raises:
        celery.exceptions.Ignore: nothing ended, so the chain stops here.
    """
    message = _Message(task, run_ids, position, engine=engine, read=read, record=record)
    message.run()
    return conclude(task, run_ids, position, message.ended)


class _Message:
    """The steps of one message: to do, open (claimed and not recorded yet), ended."""

    def __init__(
        self,
        task: str,
        run_ids: Sequence[int],
        position: int,
        *,
        engine: CallingEngine,
        read: Read,
        record: Record,
    ) -> None:
        self.ended: list[Claim] = []
        self._task = task
        self._position = position
        self._engine = engine
        self._read_texts = read
        self._record_results = record
        self._settings = get_settings()
        # A call may wait for a slot, and may be made twice: with a strict schema, then without.
        longest = 4 * self._settings.openai_timeout + MARGIN
        self._policy = replace(POLICIES[task], limit=max(POLICIES[task].limit, longest))
        self._alone = len(run_ids) == 1
        self._todo = deque(run_ids)
        self._open: dict[Claim, _Question | None] = {}
        self._waiting: dict[Claim, _Question] = {}  # for another worker that asks the same
        self._calls: dict[Claim, Call] = {}
        self._answered: SimpleQueue[tuple[Claim, _Answer]] = SimpleQueue()
        self._checked_at = 0.0

    def run(self) -> None:
        """Until all steps are recorded, or released because the process shuts down."""
        try:
            with call_pool().claim_lock:
                while self._todo and not is_shutting_down():
                    self._begin()
                    if self._todo:  # else release the lock, so that the next message may begin
                        self._handle_answers()
            while self._open:
                self._handle_answers()
        except CATCHABLE as error:
            self._fail_all(error)

    def _handle_answers(self) -> None:
        self._record(self._collect())
        if self._waiting and time.monotonic() - self._checked_at > CHECK_EVERY:
            self._check_waiting()
        if is_shutting_down():
            self._release()

    def _begin(self) -> None:
        """Claim as many steps as there are slots for, and begin their calls."""
        slots = call_pool().take_slots(len(self._todo), seconds=0 if self._open else _IDLE)
        if not slots:
            return
        taken = [self._todo.popleft() for _ in range(slots)]
        before = len(self._calls)
        try:
            claims = retry_while_away(
                lambda: claim_steps(self._task, taken, self._position, alone=self._alone)
            )
            lease_renewer().add(claims, self._policy)
            self._open |= dict.fromkeys(claims)
            with log_context(claims):
                self._read_and_ask(claims)
        finally:
            call_pool().return_slots(slots - (len(self._calls) - before))

    def _read_and_ask(self, claims: Sequence[Claim]) -> None:
        """Read the texts, take answers from the cache, and call the AI for the rest.

        The caller has taken a slot for each claim.
        """
        if not claims:
            return
        with transaction() as session:
            texts = self._read_texts(session, [claim.subject_id for claim in claims])
        give_up_at = time.monotonic() + self._asking_seconds * 2
        for claim in claims:
            text = texts.get(claim.subject_id)
            if text is None:
                self._answered.put((claim, None))
                continue
            key = cached_answers.key_of(
                text, model=self._engine.model, prompt_version=self._engine.prompt_version
            )
            self._open[claim] = self._waiting[claim] = _Question(text, key, give_up_at)
        self._find_or_ask([claim for claim in claims if claim in self._waiting])

    def _find_or_ask(self, claims: Sequence[Claim]) -> list[Claim]:
        """Take cached answers, and begin calls for texts that nobody asks about yet; returns the
        claims of the calls that were begun."""
        self._checked_at = time.monotonic()
        keys = [self._waiting[claim].key for claim in claims]
        found = retry_while_away(lambda: self._find_or_claim(keys))
        asked: dict[Claim, Work] = {}
        for claim in claims:
            key = self._waiting[claim].key
            cached = found[key]
            if cached is CacheMiss.WAIT:
                continue
            question = self._waiting.pop(claim)
            if isinstance(cached, Triage):
                self._answered.put((claim, cached))
                self._open[claim] = None  # it is in the cache already
            else:
                asked[claim] = partial(self._ask, claim, question)
                found[key] = CacheMiss.WAIT  # claims with the same text wait for this answer
        self._calls |= zip(asked, call_pool().submit(asked.values()), strict=True)
        return list(asked)

    def _find_or_claim(self, keys: Sequence[bytes]) -> dict[bytes, Triage | CacheMiss]:
        with transaction() as session:
            return cached_answers.find_or_claim(
                session,
                keys,
                seconds=self._settings.openai_cache_seconds,
                asking_seconds=self._asking_seconds,
            )

    @property
    def _asking_seconds(self) -> float:
        return self._settings.openai_timeout + MARGIN

    async def _ask(self, claim: Claim, question: _Question) -> None:
        answer: _Answer
        try:
            with log_context([claim]):
                answer = await self._engine.ask(question.text)
        except CATCHABLE as error:
            answer = error
        self._answered.put((claim, answer))

    def _check_waiting(self) -> None:
        now = time.monotonic()
        for claim, question in list(self._waiting.items()):
            if question.give_up_at < now:
                del self._waiting[claim]
                self._open[claim] = None  # the cache key is another worker's
                reason = "another worker has been asking about this text for too long"
                self._answered.put((claim, TransientError(reason)))
        for _ in self._find_or_ask(list(self._waiting)):
            call_pool().take_extra_slot()

    def _collect(self) -> dict[Claim, _Answer]:
        """The answers that have come, by claim: waits for the first, then ``RECORD_WINDOW`` for
        others."""
        if not self._open:
            return {}
        pause = RECORD_WINDOW if self._todo else CHECK_EVERY if self._waiting else _IDLE
        try:
            found = dict([self._answered.get(timeout=pause)])
        except Empty:
            return {}
        if len(self._calls) > 1:
            time.sleep(RECORD_WINDOW)
        while not self._answered.empty():  # no other thread takes from the queue
            claim, answer = self._answered.get()
            found[claim] = answer
        return found

    def _record(self, group: Mapping[Claim, _Answer]) -> None:
        if not group:
            return
        ended = {c: a for c, a in group.items() if not isinstance(a, BaseException)}
        valid: list[Claim] = []
        failed = {c: a for c, a in group.items() if isinstance(a, BaseException)}
        try:
            valid = retry_while_away(lambda: self._write(ended))
        except CATCHABLE as error:
            failed |= dict.fromkeys(ended, error)
        for claim, reason in failed.items():
            self._fail(claim, reason)
        self._close(group)
        self.ended += valid
        announce_requests(claim for claim in valid if ended[claim])

    def _write(self, ended: Mapping[Claim, Triage | None]) -> list[Claim]:
        """Cache the answers, and record them for the claims that are still valid; returns those."""
        last = len(ended) == len(self._open) and not self._todo
        asked = [(q.key, a) for c, a in ended.items() if a and (q := self._open[c])]
        with transaction() as session:
            valid = steps.finish_steps(
                session, list(ended), grace=NEXT_STEP_GRACE if last else SLOW_MESSAGE_GRACE
            )
            self._record_results(
                session,
                {c.subject_id: answer for c in valid if (answer := ended[c])},
                sure_from=self._settings.triage_sure_from,
                call_ids={c.subject_id: c.request_id for c in valid},
            )
            cached_answers.store_answers(session, {k: a for k, a in asked if not a.degraded})
            cached_answers.release_keys(session, [k for k, a in asked if a.degraded])
        if len(valid) < len(ended):
            log.warning("lease_lost", steps=len(ended) - len(valid))
        return valid

    def _fail(self, claim: Claim, error: BaseException) -> None:
        fail(claim, self._policy, error)
        question = self._open.get(claim)
        if question is not None and claim not in self._waiting:
            retry_while_away(lambda: _release_keys([question.key]))

    def _close(self, claims: Mapping[Claim, object]) -> None:
        lease_renewer().remove(list(claims))
        for claim in claims:
            self._open.pop(claim, None)
            self._waiting.pop(claim, None)
            self._calls.pop(claim, None)

    def _release(self) -> None:
        """Release the claims without a call in flight: the process shuts down, others may run
        them."""
        idle = {c: q for c, q in self._calls.items() if call_pool().cancel(q)}
        left = [*idle, *self._waiting]
        if not left:
            return
        keys = [question.key for claim in idle if (question := self._open[claim])]

        def release() -> None:
            with transaction() as session:
                leases.release_steps(session, left, lease=0)
                cached_answers.release_keys(session, keys)

        retry_while_away(release)
        self._close(dict.fromkeys(left))

    def _fail_all(self, error: BaseException) -> None:
        """After an error that is not one request's: all open steps fail and are retried one by
        one."""
        for call in self._calls.values():
            call_pool().cancel(call)
        try:
            for claim in list(self._open):
                self._fail(claim, error)
        finally:
            self._close(dict(self._open))


def _release_keys(keys: Sequence[bytes]) -> None:
    with transaction() as session:
        cached_answers.release_keys(session, keys)
