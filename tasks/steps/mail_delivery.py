"""Delivering mails: many are claimed and written at once, and sent in short batches.

Before a message's final dot is sent, the phase ``handing_over`` is committed, fenced by the claim's
token, and a message in that phase is never sent again automatically. One commit enters the phase
for a whole batch, and one records the results. A batch lasts milliseconds (see
``tasks/steps/mail_batch.py``), so if a runner dies, few messages are unknown; steps that it claimed
but did not begin are free again when their leases run out.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy.orm import Session

from models import wiring
from models.database import transaction
from models.errors import LostLease
from models.ledger import leases, steps
from models.ledger.leases import HANDING_OVER
from models.ledger.run import StepState
from models.ledger.steps import Claim
from models.ports import AmbiguousError, PermanentError, TransientError
from models.services import mail_store
from models.services.mail_store import StoredMail
from tasks.policies import POLICIES
from tasks.steps.endings import note_ending
from tasks.steps.leases import lease_renewer
from tasks.steps.live_updates import announce_changes
from tasks.steps.mail_batch import BATCH_SECONDS, MAX_BATCH, BatchSize
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

# Stores and returns the claims' messages, by run; claims that need no message are left out.
Write = Callable[[Session, Sequence[Claim]], Mapping[int, StoredMail]]
Ending = tuple[StepState, str]

# If the phase was entered longer ago than this (seconds), it is entered again before the dot: a
# runner that was paused meanwhile notices that it lost its claims. Well below any lease.
FRESH = 1.0

# After this time (seconds) no further message is begun and the remaining claims are released, so
# that a slow mail server delays only a few messages.
CLAIM_SECONDS = 10.0

_batch_size = BatchSize(MAX_BATCH)


def deliver_mails(task: str, run_ids: Sequence[int], position: int, *, write: Write) -> list[Claim]:
    """Send the steps' messages; returns the claims that ended.

    Raises:
        celery.exceptions.Ignore: nothing ended, so the chain stops here.
    """
    ended: list[Claim] = []
    todo = list(run_ids)
    while todo and not (ended and is_shutting_down()):
        claims = retry_while_away(
            lambda: claim_steps(task, todo, position, alone=len(run_ids) == 1)  # noqa: B023 - called at once
        )
        delivery = _Delivery(task, claims)
        if claims:
            with lease_renewer().renewing(claims, POLICIES[task]), log_context(claims):
                delivery.run(write)
        announce_changes(delivery.told)
        ended += delivery.ended
        todo = [claim.run_id for claim in delivery.left]
    return conclude(task, run_ids, position, ended)


@dataclass(slots=True)
class _Delivery:
    """One claim's messages: ``ended`` are recorded, ``left`` were not begun and are released."""

    task: str
    claims: Sequence[Claim]
    ended: list[Claim] = field(default_factory=list)
    left: Sequence[Claim] = ()
    messages: Mapping[int, StoredMail] = field(default_factory=dict)
    # The batch: claims in the phase that were not tried yet, and how the others ended.
    entered: dict[int, Claim] = field(default_factory=dict)
    entered_at: float = 0.0  # when the phase was entered last
    began_at: float = 0.0  # when the batch entered the phase first
    tried: int = 0
    begun: Claim | None = None  # its final dot may have been sent
    endings: dict[Claim, Ending] = field(default_factory=dict)
    told: set[int] = field(default_factory=set)  # requests whose timelines say more now

    def run(self, write: Write) -> None:
        """Until all claims are recorded, or released."""
        if not self._write(write):
            return
        release_at = time.monotonic() + CLAIM_SECONDS
        for number, claim in enumerate(self.claims):
            if number and (is_shutting_down() or time.monotonic() > release_at):
                self._record_batch()
                self.left = self.claims[number:]
                retry_while_away(self._release)
                return
            self._try(claim)
            if (self.entered and self._seconds > BATCH_SECONDS) or (
                not self.entered and self.tried
            ):
                self._record_batch()
        self._record_batch()

    def _write(self, write: Write) -> bool:
        try:
            with transaction() as session:
                self.messages = write(session, self.claims)
        except CATCHABLE as error:
            for claim in self.claims:
                fail(claim, POLICIES[self.task], error)
            return False
        return True

    @property
    def _seconds(self) -> float:
        """How long the batch has been in the phase."""
        return time.monotonic() - self.began_at

    def _try(self, claim: Claim) -> None:
        try:
            self.endings[claim] = self._send(claim)
        except LostLease:
            _log_lost(claim)
        except CATCHABLE as error:
            # The claim may be in the phase with its batch, or by a commit whose reply was lost.
            self._fail(claim, error)
        if self.entered.pop(claim.run_id, None):
            self.tried += 1

    def _fail(self, claim: Claim, error: BaseException) -> None:
        message = self.messages.get(claim.run_id)
        reason = str(error) if isinstance(error, TransientError) else ""

        def record(session: Session, state: StepState) -> None:
            if message and state is StepState.RETRY and not claim.failures:
                mail_store.record_waiting(session, message.id, reason=reason)
            elif message and state is StepState.DEAD:
                mail_store.record_sending(session, [message.id], state, reason=reason)

        certain = self.begun is not claim
        fail(claim, POLICIES[self.task], error, certain=certain, reason=reason, record=record)
        self._note_told([claim])

    def _send(self, claim: Claim) -> Ending:
        message = self.messages.get(claim.run_id)
        if message is None:
            return StepState.DONE, ""
        sender = wiring.mail_sender()
        try:
            sender.send(message.outgoing, before_handover=lambda: self._enter(claim))
        except AmbiguousError as error:
            return StepState.UNKNOWN, str(error)
        except PermanentError as error:
            return StepState.DEAD, str(error)
        return StepState.DONE, ""

    def _enter(self, claim: Claim) -> None:
        """Commit that this message and the next ones of the batch are about to be sent.

        Raises:
            LostLease: the claim was lost; the message must not be sent.
        """
        if claim.run_id not in self.entered or time.monotonic() - self.entered_at >= FRESH:
            self._enter_batch(claim)
        self.begun = claim

    def _enter_batch(self, claim: Claim) -> None:
        start = self.claims.index(claim)
        following = [one for one in self.claims[start:] if one.run_id in self.messages]
        batch = following[: max(1, len(self.entered)) if self.tried else _batch_size.size]
        with transaction() as session:
            valid = leases.enter_phase(
                session, batch, HANDING_OVER, lease=POLICIES[self.task].lease
            )
        self.entered, self.entered_at = {one.run_id: one for one in valid}, time.monotonic()
        if not self.tried:
            self.began_at = self.entered_at
        if claim.run_id not in self.entered:
            raise LostLease

    def _record_batch(self) -> None:
        """Record how the batch ended. If that fails, its messages become unknown."""
        if self.tried:
            _batch_size.adapt(self.tried, self._seconds)
        try:
            recorded = retry_while_away(self._record)
            self._note_failures(recorded)
            self._note_told(recorded)
            self.ended += recorded
        except CATCHABLE as error:
            for claim in self.endings:
                fail(claim, POLICIES[self.task], error)
        self.entered, self.endings, self.tried = {}, {}, 0

    def _record(self) -> list[Claim]:
        """Record the batch in one transaction; returns the claims that were still valid."""
        recorded: list[Claim] = []
        if not self.endings and not self.entered:
            return recorded
        with transaction() as session:
            for ending in sorted(set(self.endings.values())):
                members = [claim for claim, how in self.endings.items() if how == ending]
                state, error = ending
                valid = steps.finish_steps(session, members, state=state, error=error)
                sent = [self.messages[c.run_id].id for c in valid if c.run_id in self.messages]
                mail_store.record_sending(session, sent, state, reason=error)
                recorded += valid
            leases.leave_phase(session, list(self.entered.values()))
        for claim in self.endings.keys() - set(recorded):
            _log_lost(claim)
        return recorded

    def _note_failures(self, recorded: Sequence[Claim]) -> None:
        for claim in recorded:
            state, error = self.endings[claim]
            if state is not StepState.DONE:
                note_ending(claim.run_id, state, error)

    def _note_told(self, claims: Iterable[Claim]) -> None:
        messages = (self.messages.get(claim.run_id) for claim in claims)
        self.told |= {one.request_id for one in messages if one and one.request_id is not None}

    def _release(self) -> None:
        with transaction() as session:
            leases.release_steps(session, self.left, lease=POLICIES[self.task].lease)


def _log_lost(claim: Claim) -> None:
    log.warning("lease_lost", run_id=claim.run_id, position=claim.position)
