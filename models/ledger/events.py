"""Writing an event to the outbox: a run, and the steps of its pipeline."""

from collections.abc import Sequence
from itertools import zip_longest

from sqlalchemy import text
from sqlalchemy.orm import Session

from models import wiring
from models.arrays import as_array, as_rows
from models.ledger.run import StepState

# Inserts the steps of every row of ``run``, the first of them ready or, with a delay, waiting: the
# upper half of the delay is random, so that what was recorded together is not done together.
_STEPS = f"""
    INSERT INTO steps (run_id, position, task, state, due_at)
    SELECT run.id, todo.position - 1, todo.task,
        CASE WHEN todo.position > 1 THEN '{StepState.BLOCKED}'
            WHEN :delay > 0 THEN '{StepState.RETRY}' ELSE '{StepState.READY}' END,
        now() + make_interval(secs => CAST(:delay AS float8) * (1 + random()) / 2)
    FROM run CROSS JOIN unnest(CAST(:tasks AS text[])) WITH ORDINALITY AS todo (task, position)
"""


# A run and its steps in one statement, because the intake waits for it.
_RECORD = text(f"""
    WITH run AS (
        INSERT INTO runs (event, subject_id, request_id)
        VALUES (:event, :subject_id, :request_id) RETURNING id
    )
    {_STEPS}
    RETURNING run_id
""")

_RECORD_MANY = text(f"""
    WITH run AS (
        INSERT INTO runs (event, subject_id, request_id)
        SELECT :event, subject, coalesce(call, '')
        FROM json_to_recordset(CAST(:causes AS json)) AS one (subject bigint, call text)
        RETURNING id
    )
    {_STEPS}
""")


def record_event(
    session: Session, event: str, *, subject_id: int, request_id: str = "", delay: float = 0
) -> int:
    """Write the run of ``event`` and its steps in the caller's transaction; returns the run's id.

    ``request_id`` is the X-Request-ID of the web call, for the logs of everything that follows;
    ``delay`` is as for ``record_events``.

    Raises:
        KeyError: no pipeline is known for ``event``.
    """
    tasks = wiring.pipelines()[event]
    recorded = session.execute(
        _RECORD,
        {
            "event": event,
            "subject_id": subject_id,
            "request_id": request_id,
            "tasks": list(tasks),
            "delay": delay,
        },
    )
    return int(recorded.scalars().first() or 0)


def record_events(
    session: Session,
    event: str,
    subject_ids: Sequence[int],
    *,
    request_ids: Sequence[str] = (),
    delay: float = 0,
) -> None:
    """The same event for many subjects, in one statement; without subjects, nothing is written.

    ``request_ids`` are the X-Request-IDs of the web calls, one for each subject, or none at all.
    ``delay`` is how long (seconds) the first steps wait at the most; half of it at the least.

    Raises:
        KeyError: no pipeline is known for ``event``.
    """
    tasks = list(wiring.pipelines()[event])
    if subject_ids:
        causes = as_rows(
            {"subject": subject, "call": call}
            for subject, call in zip_longest(subject_ids, request_ids, fillvalue="")
        )
        session.execute(
            _RECORD_MANY, {"event": event, "causes": causes, "tasks": tasks, "delay": delay}
        )


# By the index of the runs that wait to tell somebody.
_BRING_FORWARD = text("""
    UPDATE steps SET state = 'ready', due_at = clock_timestamp()
    WHERE position = 0 AND state = 'retry' AND claims = 0 AND run_id = ANY(ARRAY(
        SELECT id FROM runs WHERE subject_id = ANY(CAST(:subject_ids AS bigint[]))
            AND event IN ('notice_due', 'receipt_due')))
""")


def bring_messages_forward(session: Session, request_ids: Sequence[int]) -> None:
    """Make the messages about these requests due, where they were waiting for triage."""
    session.execute(_BRING_FORWARD, {"subject_ids": as_array(request_ids)})


_WITHDRAW = text("""
    UPDATE steps SET state = 'done', done_at = clock_timestamp()
    WHERE run_id = :run_id AND position = 0 AND state = 'retry' AND claims = 0
    RETURNING run_id
""")


def withdraw_message(session: Session, run_id: int) -> bool:
    """End the run of a message that still waits, unsent; whether it did."""
    return session.execute(_WITHDRAW, {"run_id": run_id}).first() is not None
