"""Carrying mails: claimed and written many at once, handed over in groups as short as a blink.

The promise is the same as for single ones: before a final dot goes out, a note that is fenced and
committed says so, and what has such a note is never sent again by itself. One note stands for a
group of messages, and when the group is through, one record says what became of them. A group
takes as long as a blink (see ``tasks/steps/mail_batch.py``), so a runner that dies leaves few in doubt; what it
has claimed and not noted is free again when its lease runs out.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from celery.exceptions import Ignore
from sqlalchemy.orm import Session

from models import wiring
from models.database import transaction
from models.errors import LostLease
from models.ledger import leases, steps
from models.ledger.leases import HANDING_OVER
from models.ledger.run import StepState
from models.ledger.steps import Claim
from models.ports import AmbiguousError, PermanentError
from models.services import mails
from models.services.mails import Written
from tasks.policies import POLICIES
from tasks.steps.leases import keeper
from tasks.steps.mail_batch import BUDGET, LARGEST, Pace
from tasks.steps.runner import CATCHABLE, claim_steps, fail, patiently, saying_whose
from tasks.steps.shutdown import is_closing

log = structlog.get_logger()

# Stores what the claims' messages are; by run, and without those that need none.
Write = Callable[[Session, Sequence[Claim]], Mapping[int, Written]]
Ending = tuple[StepState, str]

# A note older than this (seconds) is made anew before the dot: a runner that stood still meanwhile
# learns that others have its work. Well below any lease.
FRESH = 1.0

# What is claimed is kept in hand for so long (seconds), and for one message more; the rest is given
# back then, so that a slow server holds up no more than a few.
IN_HAND = 10.0

_pace = Pace(LARGEST)


def carry_mails(task: str, run_ids: Sequence[int], position: int, *, write: Write) -> list[Claim]:
    """Carry the steps' messages to the mail server; returns the claims that ended.

    Raises:
        celery.exceptions.Ignore: nothing ended, so the chain stops here.
    """
    carried: list[Claim] = []
    todo = list(run_ids)
    while todo and not (carried and is_closing()):
        claims = patiently(lambda: claim_steps(task, todo, position, alone=len(run_ids) == 1))  # noqa: B023 - called at once
        hand = _Hand(task, claims)
        if claims:
            with keeper().keeping(claims, POLICIES[task]), saying_whose(claims):
                hand.carry(write)
        carried += hand.ended
        todo = [claim.run_id for claim in hand.left]
    if not carried:
        raise Ignore
    return carried


@dataclass(slots=True)
class _Hand:
    """Claims in hand: ``ended`` are written down, ``left`` were not come to and are given back."""

    task: str
    claims: Sequence[Claim]
    ended: list[Claim] = field(default_factory=list)
    left: Sequence[Claim] = ()
    letters: Mapping[int, Written] = field(default_factory=dict)
    # The group: what it was noted for and has not been tried, how the others ended.
    noted: dict[int, Claim] = field(default_factory=dict)
    noted_at: float = 0.0  # the newest note
    began_at: float = 0.0  # the group's first one
    tried: int = 0
    begun: Claim | None = None  # its dot may have gone out
    endings: dict[Claim, Ending] = field(default_factory=dict)

    def carry(self, write: Write) -> None:
        """Until all are written down, or given back."""
        if not self._write(write):
            return
        give_back_at = time.monotonic() + IN_HAND
        for number, claim in enumerate(self.claims):
            if number and (is_closing() or time.monotonic() > give_back_at):
                self._settle()
                self.left = self.claims[number:]
                patiently(self._give_back)
                return
            self._try(claim)
            if (self.noted and self._seconds > BUDGET) or (not self.noted and self.tried):
                self._settle()
        self._settle()

    def _write(self, write: Write) -> bool:
        try:
            with transaction() as session:
                self.letters = write(session, self.claims)
        except CATCHABLE as error:
            for claim in self.claims:
                fail(claim, POLICIES[self.task], error)
            return False
        return True

    @property
    def _seconds(self) -> float:
        """For how long messages of this group have been in the balance."""
        return time.monotonic() - self.began_at

    def _try(self, claim: Claim) -> None:
        try:
            self.endings[claim] = self._send(claim)
        except LostLease:
            _tell_lost(claim)
        except CATCHABLE as error:
            # A note may stand for it that was made with others', or whose answer was lost.
            fail(claim, POLICIES[self.task], error, certain=self.begun is not claim)
        if self.noted.pop(claim.run_id, None):
            self.tried += 1

    def _send(self, claim: Claim) -> Ending:
        written = self.letters.get(claim.run_id)
        if written is None:
            return StepState.DONE, ""
        sender = wiring.mail_sender()
        try:
            sender.send(written.outgoing, before_handover=lambda: self._note(claim))
        except AmbiguousError as error:
            return StepState.UNKNOWN, str(error)
        except PermanentError as error:
            return StepState.DEAD, str(error)
        return StepState.DONE, ""

    def _note(self, claim: Claim) -> None:
        """Note that this message and the next ones are about to be handed over.

        Raises:
            LostLease: somebody else has this one; it must not be sent.
        """
        if claim.run_id not in self.noted or time.monotonic() - self.noted_at >= FRESH:
            self._note_group(claim)
        self.begun = claim

    def _note_group(self, claim: Claim) -> None:
        start = self.claims.index(claim)
        following = [one for one in self.claims[start:] if one.run_id in self.letters]
        group = following[: max(1, len(self.noted)) if self.tried else _pace.size]
        with transaction() as session:
            ours = leases.enter_phase(session, group, HANDING_OVER, lease=POLICIES[self.task].lease)
        self.noted, self.noted_at = {one.run_id: one for one in ours}, time.monotonic()
        if not self.tried:
            self.began_at = self.noted_at
        if claim.run_id not in self.noted:
            raise LostLease

    def _settle(self) -> None:
        """Write down what became of the group; where that fails, that it is not known."""
        if self.tried:
            _pace.learn(self.tried, self._seconds)
        try:
            self.ended += patiently(self._record)
        except CATCHABLE as error:
            for claim in self.endings:
                fail(claim, POLICIES[self.task], error)
        self.noted, self.endings, self.tried = {}, {}, 0

    def _record(self) -> list[Claim]:
        """How the group ended, in one transaction; returns what was still ours."""
        kept: list[Claim] = []
        if not self.endings and not self.noted:
            return kept
        with transaction() as session:
            for ending in sorted(set(self.endings.values())):
                members = [claim for claim, how in self.endings.items() if how == ending]
                state, error = ending
                ours = steps.finish_steps(session, members, state=state, error=error)
                sent = [self.letters[c.run_id].id for c in ours if c.run_id in self.letters]
                mails.record_sending(session, sent, state)
                kept += ours
            leases.leave_phase(session, list(self.noted.values()))
        for claim in self.endings.keys() - set(kept):
            _tell_lost(claim)
        return kept

    def _give_back(self) -> None:
        with transaction() as session:
            leases.release_steps(session, self.left, lease=POLICIES[self.task].lease)


def _tell_lost(claim: Claim) -> None:
    log.warning("lease_lost", run_id=claim.run_id, position=claim.position)
