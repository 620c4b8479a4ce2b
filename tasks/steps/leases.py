"""Keeping the leases of running work alive, so that leases can be short.

One thread in each process renews what the process holds. A process that dies or freezes stops
renewing, and its steps are free again within one lease. Work that runs past its policy's limit is
given up: its lease is left to run out, and the process ends as soon as that harms nobody else.
"""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

from models.database import transaction
from models.ledger import leases
from models.ledger.steps import Claim, Policy

log = structlog.get_logger()

RENEW_EVERY = 4.0  # seconds; a lease allows for two renewals that fail
GRACE = 60.0  # seconds that other work in the process gets before a stuck one ends the process
EXIT_STUCK = 71


@dataclass(frozen=True, slots=True)
class _Held:
    claim: Claim
    lease: float
    gives_up_at: float


def _key(claim: Claim) -> tuple[int, int]:
    return claim.run_id, claim.position


class LeaseRenewer:
    """The claims that this process holds, by step."""

    def __init__(self) -> None:
        self._held: dict[tuple[int, int], _Held] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._pid = os.getpid()

    @contextmanager
    def keeping(self, claims: Sequence[Claim], policy: Policy) -> Iterator[None]:
        """Renew the leases of ``claims`` for the length of the block, up to the policy's limit."""
        self.hold(claims, policy)
        try:
            yield
        finally:
            self.let_go(claims)

    def hold(self, claims: Sequence[Claim], policy: Policy) -> None:
        """As ``keeping``, until each of them is let go."""
        gives_up_at = time.monotonic() + policy.limit
        with self._lock:
            for claim in claims:
                older = self._held.get(_key(claim))
                # A thread that lost its lease may still be at work on what another has now.
                if older is None or older.claim.token <= claim.token:
                    self._held[_key(claim)] = _Held(claim, policy.lease, gives_up_at)
            self._ensure_thread()

    def let_go(self, claims: Sequence[Claim]) -> None:
        """Renew these no more; what is not held is left quietly."""
        with self._lock:
            for claim in claims:
                held = self._held.get(_key(claim))
                if held and held.claim.token == claim.token:
                    del self._held[_key(claim)]

    @property
    def is_working(self) -> bool:
        """Whether this process holds a claim that is within its limit."""
        now = time.monotonic()
        with self._lock:
            return any(one.gives_up_at > now for one in self._held.values())

    def _ensure_thread(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._watch, daemon=True, name="leases")
            self._thread.start()

    def _watch(self) -> None:
        while True:
            time.sleep(RENEW_EVERY)
            with self._lock:
                held = list(self._held.values())
            now = time.monotonic()
            self._renew([one for one in held if one.gives_up_at > now])
            self._end_if_stuck([one for one in held if one.gives_up_at <= now], len(held), now)

    def _renew(self, held: Sequence[_Held]) -> None:
        if not held:
            return
        try:
            with transaction() as session:
                for lease in {one.lease for one in held}:
                    claims = [one.claim for one in held if one.lease == lease]
                    leases.renew_leases(session, claims, lease=lease)
        except SQLAlchemyError as error:
            log.warning("renewal_failed", error=type(error).__name__)

    def _end_if_stuck(self, stuck: Sequence[_Held], held: int, now: float) -> None:
        if not stuck:
            return
        alone = len(stuck) == held
        if alone or now - min(one.gives_up_at for one in stuck) > GRACE:
            log.critical("work_stuck", run_ids=[one.claim.run_id for one in stuck])
            os._exit(EXIT_STUCK)


_lease_renewer = LeaseRenewer()


def lease_renewer() -> LeaseRenewer:
    """This process's lease_renewer; a forked child makes its own, for threads do not survive a fork."""
    global _lease_renewer  # noqa: PLW0603 - one per process is the point
    if _lease_renewer._pid != os.getpid():
        _lease_renewer = LeaseRenewer()
    return _lease_renewer
