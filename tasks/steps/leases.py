"""Renewing the leases of running steps, so that leases can be short.

One thread in each process renews the leases of the process's claims. A process that dies or freezes
stops renewing, and its steps are free again within one lease. Work that runs past its policy's
limit is not renewed any more, and the process ends itself as soon as no other work is running in it.
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

RENEW_EVERY = 4.0  # seconds; within a lease, two renewals may fail
GRACE = 60.0  # seconds that other work in the process gets before stuck work ends the process
EXIT_STUCK = 71


@dataclass(frozen=True, slots=True)
class _Renewed:
    claim: Claim
    lease: float
    until: float


def _key(claim: Claim) -> tuple[int, int]:
    return claim.run_id, claim.position


class LeaseRenewer:
    """The claims whose leases this process renews, by step."""

    def __init__(self) -> None:
        self._renewed: dict[tuple[int, int], _Renewed] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._pid = os.getpid()

    @contextmanager
    def renewing(self, claims: Sequence[Claim], policy: Policy) -> Iterator[None]:
        """Renew the leases of ``claims`` during the block, up to the policy's limit."""
        self.add(claims, policy)
        try:
            yield
        finally:
            self.remove(claims)

    def add(self, claims: Sequence[Claim], policy: Policy) -> None:
        """Renew the leases of ``claims`` until they are removed, up to the policy's limit."""
        until = time.monotonic() + policy.limit
        with self._lock:
            for claim in claims:
                older = self._renewed.get(_key(claim))
                # A thread that lost its lease may still run a step that another thread claimed.
                if older is None or older.claim.token <= claim.token:
                    self._renewed[_key(claim)] = _Renewed(claim, policy.lease, until)
            self._ensure_thread()

    def remove(self, claims: Sequence[Claim]) -> None:
        """Stop renewing these leases; claims that are not renewed are ignored."""
        with self._lock:
            for claim in claims:
                renewed = self._renewed.get(_key(claim))
                if renewed and renewed.claim.token == claim.token:
                    del self._renewed[_key(claim)]

    @property
    def is_working(self) -> bool:
        """Whether this process has a claim that is within its limit."""
        now = time.monotonic()
        with self._lock:
            return any(one.until > now for one in self._renewed.values())

    def _ensure_thread(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._watch, daemon=True, name="leases")
            self._thread.start()

    def _watch(self) -> None:
        while True:
            time.sleep(RENEW_EVERY)
            with self._lock:
                renewed = list(self._renewed.values())
            now = time.monotonic()
            self._renew([one for one in renewed if one.until > now])
            self._end_if_stuck([one for one in renewed if one.until <= now], len(renewed), now)

    def _renew(self, renewed: Sequence[_Renewed]) -> None:
        if not renewed:
            return
        try:
            with transaction() as session:
                for lease in {one.lease for one in renewed}:
                    claims = [one.claim for one in renewed if one.lease == lease]
                    leases.renew_leases(session, claims, lease=lease)
        except SQLAlchemyError as error:
            log.warning("renewal_failed", error=type(error).__name__)

    def _end_if_stuck(self, stuck: Sequence[_Renewed], total: int, now: float) -> None:
        if not stuck:
            return
        all_stuck = len(stuck) == total
        if all_stuck or now - min(one.until for one in stuck) > GRACE:
            log.critical("work_stuck", run_ids=[one.claim.run_id for one in stuck])
            os._exit(EXIT_STUCK)


_lease_renewer = LeaseRenewer()


def lease_renewer() -> LeaseRenewer:
    """This process's renewer. A forked child makes its own, because threads do not survive a fork."""
    global _lease_renewer  # noqa: PLW0603 - there must be one per process
    if _lease_renewer._pid != os.getpid():
        _lease_renewer = LeaseRenewer()
    return _lease_renewer
