"""Tasks that harm their own worker, and a harmless one that must be done all the same.

Only ``tests.faults.poisoned`` loads this module.
"""

import os
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from celery import Task, shared_task

from models.ledger.steps import Claim, Policy
from tasks.pipelines import PIPELINES
from tasks.policies import DATABASE_WORK, POLICIES, TRIAGE
from tasks.steps.runner import Outcome, run_each

LOSSES = 2
FAILURES = 2
LEASE = 2.0  # seconds
LIMIT = 3.0  # seconds
SPARE_MEMORY = 256 * 1024**2  # bytes


def _kill_itself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _exhaust_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    hoard = []
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + SPARE_MEMORY, hard))
    try:
        while True:
            hoard.append(bytearray(16 * 1024**2))
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _raise_memory_error() -> None:
    raise MemoryError


def _leave() -> None:
    sys.exit(3)


def _leave_at_once() -> None:
    os._exit(3)


def _recurse() -> None:
    _recurse()


def _loop() -> None:
    while True:
        pass


def _do_nothing() -> None:
    pass


POISONS: dict[str, Callable[[], None]] = {
    "kill_itself": _kill_itself,
    "exhaust_memory": _exhaust_memory,
    "raise_memory_error": _raise_memory_error,
    "leave": _leave,
    "leave_at_once": _leave_at_once,
    "recurse": _recurse,
    "loop": _loop,
}
# A pool of threads, one of processes, and one that runs tasks in the event loop.
WORKERS: dict[str, tuple[str, ...]] = {
    "triage": ("kill_itself", "exhaust_memory", "raise_memory_error", "leave", "loop"),
    "photos": ("kill_itself", "exhaust_memory", "raise_memory_error", "leave_at_once", "loop"),
    "stats": ("kill_itself", "raise_memory_error", "leave", "recurse", "loop"),
}

POISON_POLICY = replace(
    DATABASE_WORK,
    lease=LEASE,
    limit=LIMIT,
    max_losses=LOSSES,
    max_failures=FAILURES,
    backoff=0.2,
    backoff_cap=0.5,
)
HARMLESS_POLICY = replace(TRIAGE, lease=LEASE, batch=10)


def _register(task_name: str, act: Callable[[], None], policy: Policy) -> None:
    def work(_claim: Claim) -> Outcome:
        act()
        return Outcome()

    def run(self: Task, run_ids: list[int], position: int) -> None:
        run_each(self.name, run_ids, position, work=work)

    shared_task(bind=True, name=task_name)(run)
    PIPELINES[task_name] = (task_name,)
    POLICIES[task_name] = policy


def register_all() -> None:
    """The poison tasks and the harmless task of each queue, each with its own event."""
    for queue, names in WORKERS.items():
        for name in names:
            _register(f"{queue}.{name}", POISONS[name], POISON_POLICY)
        _register(f"{queue}.harmless", _do_nothing, HARMLESS_POLICY)
