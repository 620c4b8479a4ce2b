"""Carrying mails in small groups: one claim, one note before the dots, one record for each group.

The promise is the same as for single ones: before a final dot goes out, a note that is fenced and
committed says so, and what has such a note is never sent again by itself. A group is as long as a
blink (see ``tasks/pace.py``), so a runner that dies leaves few in doubt; what it claimed and did
not come to in that time it gives back.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from celery.exceptions import Ignore
from sqlalchemy.orm import Session

from config import wiring
from models.database import transaction
from models.errors import LostLease
from models.ports import AmbiguousError, PermanentError
from models.run import StepState
from models.services import ledger, mails
from models.services.ledger import HANDING_OVER, Claim
from models.services.mails import Written
from tasks.carrier import CATCHABLE, claim_steps, fail, patiently, saying_whose
from tasks.leases import keeper
from tasks.pace import BUDGET, LARGEST, Pace
from tasks.policies import POLICIES

log = structlog.get_logger()

# Stores what the claims' messages are; by run, and without those that need none.
Write = Callable[[Session, Sequence[Claim]], Mapping[int, Written]]
Ending = tuple[StepState, str]

# A note older than this (seconds) is made anew before the dot: a runner that stood still meanwhile
# learns that others have its work. Well below any lease.
FRESH = 1.0

_pace = Pace(LARGEST)


@dataclass(slots=True)
class _Group:
    """Claims in hand: how those ended that were tried, and which ones were not come to."""

    task: str
    claims: Sequence[Claim]
    letters: Mapping[int, Written] = field(default_factory=dict)
    endings: dict[Claim, Ending] = field(default_factory=dict)
    left: Sequence[Claim] = ()
    noted: set[int] = field(default_factory=set)
    noted_at: float = 0.0  # the newest note
    first_at: float = 0.0  # the first one

    @property
    def seconds(self) -> float:
        """For how long messages of this group have been in the balance."""
        return time.monotonic() - self.first_at if self.first_at else 0.0

    def before_handover(self, claim: Claim) -> None:
        """Note that this message and those after it are about to be handed over.

        Raises:
            LostLease: somebody else has this one; it must not be sent.
        """
        if claim.run_id in self.noted and time.monotonic() - self.noted_at < FRESH:
            return
        following = [
            one for one in self.claims[self.claims.index(claim) :] if one.run_id in self.letters
        ]
        with transaction() as session:
            ours = ledger.enter_phase_together(
                session, following, HANDING_OVER, lease=POLICIES[self.task].lease
            )
        self.noted, self.noted_at = {one.run_id for one in ours}, time.monotonic()
        self.first_at = self.first_at or self.noted_at
        if claim.run_id not in self.noted:
            raise LostLease


def carry_mails(task: str, run_ids: Sequence[int], position: int, *, write: Write) -> list[Claim]:
    """Carry the steps' messages to the mail server; returns the claims that ended.

    Raises:
        celery.exceptions.Ignore: nothing ended, so the chain stops here.
    """
    carried: list[Claim] = []
    todo = list(run_ids)
    while todo:
        size = _pace.size
        group = _carry_group(task, todo[:size], position, write)
        carried += group.endings
        todo = [claim.run_id for claim in group.left] + todo[size:]
    if not carried:
        raise Ignore
    return carried


def _carry_group(task: str, run_ids: Sequence[int], position: int, write: Write) -> _Group:
    claims = patiently(lambda: claim_steps(task, run_ids, position))
    group = _Group(task, claims)
    if claims:
        with keeper().keeping(claims, POLICIES[task]), saying_whose(claims):
            if _write(group, write):
                _hand_over(group)
                _end(group)
    return group


def _write(group: _Group, write: Write) -> bool:
    try:
        with transaction() as session:
            group.letters = write(session, group.claims)
    except CATCHABLE as error:
        for claim in group.claims:
            fail(claim, POLICIES[group.task], error)
        return False
    return True


def _end(group: _Group) -> None:
    """Write down what became of the group; where that fails, that it is not known."""
    try:
        group.endings = patiently(lambda: _record(group))
    except CATCHABLE as error:
        tried, group.endings = group.endings, {}
        for claim in tried:
            fail(claim, POLICIES[group.task], error)
    if group.left:
        patiently(lambda: _give_back(group))


def _give_back(group: _Group) -> None:
    with transaction() as session:
        ledger.release_steps(session, group.left, lease=POLICIES[group.task].lease)


def _hand_over(group: _Group) -> None:
    for number, claim in enumerate(group.claims):
        if (
            number and group.seconds > BUDGET
        ):  # the first is always tried, so all come to their turn
            group.left = group.claims[number:]
            break
        try:
            group.endings[claim] = _send(group, claim)
        except LostLease:
            _tell_lost(claim)
        except CATCHABLE as error:
            fail(claim, POLICIES[group.task], error)
    _pace.learn(len(group.claims) - len(group.left), group.seconds)


def _send(group: _Group, claim: Claim) -> Ending:
    written = group.letters.get(claim.run_id)
    if written is None:
        return StepState.DONE, ""
    sender = wiring.mail_sender()
    try:
        sender.send(written.outgoing, before_handover=lambda: group.before_handover(claim))
    except AmbiguousError as error:
        return StepState.UNKNOWN, str(error)
    except PermanentError as error:
        return StepState.DEAD, str(error)
    return StepState.DONE, ""


def _record(group: _Group) -> dict[Claim, Ending]:
    """Write down how the group ended, in one transaction; returns what was still ours."""
    kept: dict[Claim, Ending] = {}
    with transaction() as session:
        for ending in sorted(set(group.endings.values())):
            members = [claim for claim, how in group.endings.items() if how == ending]
            state, error = ending
            ours = ledger.finish_steps(session, members, state=state, error=error)
            sent = [group.letters[c.run_id].id for c in ours if c.run_id in group.letters]
            mails.record_sending(session, sent, state)
            kept |= dict.fromkeys(ours, ending)
    for claim in group.endings.keys() - kept.keys():
        _tell_lost(claim)
    return kept


def _tell_lost(claim: Claim) -> None:
    log.warning("lease_lost", run_id=claim.run_id, position=claim.position)
