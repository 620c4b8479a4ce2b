"""The fault storm: clients keep posting while random faults are caused in all processes and servers.

``python -m tests.faults.storm --seconds 120 --seed 7``. Prints how often each fault was caused and
every invariant that did not hold; then it exits with 1.
"""

import argparse
import heapq
import json
import random
import shutil
import sys
import tempfile
import time
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path

import psycopg2

from tests.faults.clients import Client, ClientLog
from tests.faults.faults import FAULTS, FaultInjector
from tests.faults.naive.variant import NAIVE
from tests.faults.stack import StormStack
from tests.faults.variant import HAJA, Variant
from tests.faults.verdict import Verdict

VARIANTS = {"haja": HAJA, "naive": NAIVE}
CANARY_SECONDS = 10.0
TICK = 0.05


class Storm:
    """One storm over a running stack."""

    def __init__(
        self,
        stack: StormStack,
        *,
        seed: int,
        rate: float,
        clients: int = 4,
        variant: Variant = HAJA,
    ) -> None:
        self.stack = stack
        self.variant = variant
        self.seed = seed
        self.client_log = ClientLog()
        self.injected: Counter[str] = Counter()
        self.injector = FaultInjector(stack, random.Random(seed))
        self._undo: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._clients = [
            Client(stack.url, self.client_log, rate=rate / clients, seed=seed * 100 + number)
            for number in range(clients)
        ]

    def cause_faults(self, seconds: float, names: Sequence[str]) -> None:
        """Cause faults for ``seconds``, then undo those that remain."""
        for client in self._clients:
            client.start()
        started = time.monotonic()
        plan = self._plan(seconds, names)
        while time.monotonic() - started < seconds:
            now = time.monotonic() - started
            while plan and plan[0][0] <= now:
                self._inject(heapq.heappop(plan)[1])
            self._tick()
        for client in self._clients:
            client.stop()
        for _, _, undo in sorted(self._undo):
            undo()
        self._undo = []

    def _plan(self, seconds: float, names: Sequence[str]) -> list[tuple[float, str]]:
        """Times and names of faults: each about once in 20 seconds, and at least once."""
        chance = self.injector.chance
        rounds = max(1, int(seconds // 20))
        plan = [
            (chance.uniform(1, max(2, seconds - 2)), name) for name in names for _ in range(rounds)
        ]
        heapq.heapify(plan)
        return plan

    def _inject(self, name: str) -> None:
        self.injected[name] += 1
        undo = FAULTS[name](self.injector)
        if undo is not None:
            after, action = undo
            heapq.heappush(self._undo, (time.monotonic() + after, next(self._order), action))

    def _tick(self) -> None:
        while self._undo and self._undo[0][0] <= time.monotonic():
            heapq.heappop(self._undo)[2]()
        self.stack.ensure_running()
        time.sleep(TICK)

    def recover(self) -> float:
        """Wait until every client was answered and every step has ended; returns how many seconds
        the canary request took.

        Raises:
            TimeoutError: something did not recover.
        """
        self.stack.wait_until_ready()
        deadline = time.monotonic() + self.variant.patience
        while any(client.is_alive() for client in self._clients):
            self._tick()
            if time.monotonic() > deadline:
                raise TimeoutError("a client was never answered")
        self._wait_for_all(deadline)
        canary = self._canary()
        self._wait_for_all(deadline + CANARY_SECONDS)
        return canary

    def _wait_for_all(self, deadline: float) -> None:
        """Wait until all steps have ended: the backlog of a long outage takes some time."""
        while unfinished := self._unfinished():
            self._tick()
            if time.monotonic() > deadline:
                raise TimeoutError(f"unfinished to the end: {unfinished}")

    def _canary(self) -> float:
        """Submit a request after the storm; returns the seconds until it is categorized."""
        started = time.monotonic()
        body = {"description": "canary: the light in the hall flickers"}
        key = uuid.uuid4().hex
        self.client_log.begun.add(key)
        request = urllib.request.Request(
            f"{self.stack.url}/api/requests",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Idempotency-Key": key},
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            row_id = int(json.load(response)["id"])
        self.client_log.accepted[key] = row_id
        while time.monotonic() - started < self.variant.patience:
            self._tick()
            if self._ask(self.variant.canary.format(id=row_id)):
                return time.monotonic() - started
        raise TimeoutError("the canary never came through")

    def _unfinished(self) -> object:
        return self._ask(self.variant.unfinished)

    def _ask(self, query: str) -> object:
        connection = self.stack.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(query)
                row = cursor.fetchone()
                return row[0] if row else None
        finally:
            connection.close()

    def judge(self) -> Verdict:
        return self.variant.judge(self.stack, self.client_log, self.injector.all_cuts)


def run_storm(
    folder: Path,
    *,
    seed: int,
    seconds: float,
    rate: float = 20,
    names: Sequence[str] = (),
    variant: Variant = HAJA,
    canary_seconds: float = CANARY_SECONDS,
) -> tuple[Storm, Verdict]:
    """Start the stack, cause faults, wait for the recovery, and check the invariants."""
    with variant.stack(folder) as stack:
        stack.wait_until_ready()
        storm = Storm(stack, seed=seed, rate=rate, variant=variant)
        affected = [name for name in names or FAULTS if variant.affected_by(name)]
        storm.cause_faults(seconds, affected)
        started = time.monotonic()
        try:
            canary = storm.recover()
        except TimeoutError as error:
            verdict = _judged_anyway(storm)
            verdict.broken["everything recovers"] = str(error)
            return storm, verdict
        verdict = storm.judge()
        verdict.numbers |= {
            "canary ms": round(canary * 1000),
            "recovery s": round(time.monotonic() - started),
        }
        verdict.hold("the canary is through in time", canary < canary_seconds, canary)
        return storm, verdict


def _judged_anyway(storm: Storm) -> Verdict:
    with suppress(psycopg2.Error, OSError):
        return storm.judge()
    return Verdict()


def report(storm: Storm, verdict: Verdict) -> str:
    """Text for a person: one line per fault, then the numbers, then the broken invariants."""
    lines = [f"seed {storm.seed}"]
    lines += [f"  {name:<40}{storm.injected[name]:>4}" for name in FAULTS if storm.injected[name]]
    lines.append("  " + ", ".join(f"{name} {n}" for name, n in verdict.numbers.items()))
    lines += [f"  BROKEN {name}: {found}" for name, found in verdict.broken.items()]
    lines.append("  held" if not verdict.broken else "  DID NOT HOLD")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--storms", type=int, default=1, help="so many, with following seeds")
    parser.add_argument("--rate", type=float, default=20, help="requests a second")
    parser.add_argument("--only", help="faults whose name contains this")
    parser.add_argument("--variant", choices=VARIANTS, default="haja")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs")
    given = parser.parse_args()
    names = [name for name in FAULTS if not given.only or given.only in name]
    broken = 0
    for seed in range(given.seed, given.seed + given.storms):
        folder = Path(tempfile.mkdtemp(prefix="haja-storm-"))
        print(f"storm of {given.seconds:.0f} s, seed {seed}, logs in {folder}", flush=True)
        storm, verdict = run_storm(
            folder,
            seed=seed,
            seconds=given.seconds,
            rate=given.rate,
            names=names,
            variant=VARIANTS[given.variant],
        )
        print(report(storm, verdict), flush=True)
        broken += bool(verdict.broken)
        if not given.keep and not verdict.broken:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{given.storms - broken} of {given.storms} storms held", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
