"""The ledger, broken on purpose: ``python -m tests.faults.broken BREAK [GATE] -- COMMAND``.

Patches one statement or function and then runs the command. ``none`` breaks nothing. Leases are
short, and a gate stops a runner at a known point: it waits there while ``$GATE/closed`` exists.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from models.database import transaction
from models.ledger import leases as step_leases
from models.ledger import steps
from models.ledger.steps import Claim
from tasks import policies
from tasks.steps import leases, runner
from tests.faults.wrapping import run_wrapped

LEASE = 2.0  # seconds


def _shorten_leases() -> None:
    leases.RENEW_EVERY = LEASE / 4
    for task, policy in policies.POLICIES.items():
        policies.POLICIES[task] = replace(policy, lease=LEASE)


def _without(statement: TextClause, *parts: str) -> TextClause:
    sql = statement.text
    for part in parts:
        if part not in sql:
            raise LookupError(f"the statement has changed, it has no {part!r} to break")
        sql = sql.replace(part, "")
    return text(sql)


_TOKEN = """
    AND token = (CAST(:tokens AS bigint[]))[
        array_position(CAST(:run_ids AS bigint[]), run_id)]
""".strip()


def _finish_unfenced() -> None:
    """A step can be finished again: neither the token nor the state is checked."""
    steps._FINISH = _without(steps._FINISH, _TOKEN, "AND done_at IS NULL")


def _claim_unchecked() -> None:
    """A step can be claimed although it is done or claimed by another runner."""
    steps._CLAIM = _without(
        steps._CLAIM,
        "AND CASE WHEN state IN ('running', 'retry') THEN due_at <= clock_timestamp()"
        " ELSE state = 'ready' END",
        "AND (claims = 0 OR :alone)",
    )


def _no_phase() -> None:
    """The phase is not recorded before the final dot."""

    def enter_phase(
        session: Session,
        claims: Sequence[Claim],
        phase: str,
        *,
        lease: float,
    ) -> list[Claim]:
        return list(claims)

    step_leases.enter_phase = enter_phase


def _separate_effect() -> None:
    """``done`` is committed first, and the effect in another transaction."""

    def record_all(claims: Sequence[Claim], record: runner.RecordAll) -> list[Claim]:
        with transaction() as session:
            valid = steps.finish_steps(session, claims)
        _wait_at_gate()
        with transaction() as session:
            record(session, valid)
        return valid

    runner._record_all = record_all


BREAKS: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "finish-unfenced": _finish_unfenced,
    "claim-unchecked": _claim_unchecked,
    "no-phase": _no_phase,
    "separate-effect": _separate_effect,
}


def _wait_at_gate() -> None:
    gate = Path(os.environ["GATE"])
    while (gate / "closed").exists():
        (gate / "reached").touch()
        time.sleep(0.02)


def _gate_before_finish() -> None:
    record_all = runner._record_all

    @wraps(record_all)
    def gated(claims: Sequence[Claim], record: runner.RecordAll) -> list[Claim]:
        _wait_at_gate()
        return record_all(claims, record)

    runner._record_all = gated


def _gate_after_finish() -> None:
    """Between ``done`` and the effect; if both are in one transaction, inside it."""
    finish_steps = steps.finish_steps

    @wraps(finish_steps)
    def gated(*args: Any, **kwargs: Any) -> list[Claim]:
        valid = finish_steps(*args, **kwargs)
        if runner._record_all.__module__ == runner.__name__:
            _wait_at_gate()
        return valid

    steps.finish_steps = gated


GATES = {"before-finish": _gate_before_finish, "after-finish": _gate_after_finish}


def _prepare(words: list[str]) -> None:
    name, *gates = words
    _shorten_leases()
    BREAKS[name]()
    for gate in gates:
        GATES[gate]()


if __name__ == "__main__":
    run_wrapped(sys.argv[1:], _prepare)
