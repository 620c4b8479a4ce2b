"""Taking due work for publishing, by several dispatchers at once."""

from collections import Counter
from collections.abc import Callable

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from models.database import get_engine
from models.ledger import dispatch
from models.ledger.dispatch import (
    LOST_AFTER,
    PUBLISH_LEASE,
    DueStep,
    give_back,
    group_into_batches,
    hold_back,
    recall_lost,
    release_held,
    take_due,
)
from models.ledger.run import StepState
from tests.crowd import at_once
from tests.models.ledger.step_rows import POLICY, age, claim_step, make_run, read_step

TASKS = ["stats.refresh_statistics"]


def test_four_dispatchers_never_take_a_step_twice(committed: Callable[[], Session]) -> None:
    with committed() as session:
        run_ids = [make_run(session) for _ in range(300)]

    def dispatch_all(_number: int) -> list[int]:
        taken: list[int] = []
        with get_engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while due := take_due(connection, TASKS):
                taken += [step.run_id for step in due]
        return taken

    parts = at_once(4, dispatch_all)
    counted = Counter(run_id for part in parts for run_id in part)
    assert sorted(counted) == run_ids
    assert set(counted.values()) == {1}


def test_due_are_ready_steps_and_those_whose_time_ran_out(
    session: Session, connection: Connection
) -> None:
    ready = make_run(session, subject_id=5)
    lost = make_run(session)
    claim_step(session, lost)
    age(session, POLICY.lease + 1, lost)
    retry = make_run(session, state=StepState.RETRY, claims=1, failures=1)
    held = make_run(session)
    claim_step(session, held)
    later = make_run(session, state=StepState.RETRY)
    age(session, -50, later)
    make_run(session, state=StepState.BLOCKED)
    make_run(session, state=StepState.DEAD)
    due = {step.run_id: step for step in take_due(connection, TASKS)}
    assert set(due) == {ready, lost, retry}
    assert due[ready] == DueStep(ready, 0, TASKS[0], 0, "request_updated", 5)
    assert due[retry].claims == 1
    assert take_due(connection, TASKS) == []


def test_what_was_published_and_not_claimed_comes_due_again(
    session: Session, connection: Connection
) -> None:
    run_id = make_run(session)
    take_due(connection, TASKS)
    step = read_step(session, run_id)
    assert step.state == StepState.READY and PUBLISH_LEASE - 1 < step.due_in <= PUBLISH_LEASE
    age(session, PUBLISH_LEASE)
    assert [step.run_id for step in take_due(connection, TASKS)] == [run_id]


def test_only_the_tasks_that_were_asked_for(session: Session, connection: Connection) -> None:
    make_run(session)
    assert take_due(connection, ["mail.send_receipt"]) == []
    assert take_due(connection, []) == []


def test_a_round_is_bounded_and_takes_the_oldest_first(
    session: Session, connection: Connection
) -> None:
    run_ids = [make_run(session) for _ in range(3)]
    age(session, 60, run_ids[2])
    taken = connection.execute(
        dispatch._TAKE, {"tasks": TASKS, "capacity": 1, "lease": PUBLISH_LEASE}
    ).all()
    assert [row.run_id for row in taken] == [run_ids[2]]


def test_steps_that_are_given_back_are_due_at_once(
    session: Session, connection: Connection
) -> None:
    run_id, claimed = make_run(session), make_run(session)
    due = take_due(connection, TASKS)
    claim_step(session, claimed)
    give_back(connection, due)
    assert read_step(session, run_id).due_in <= 0
    # A message that did reach the broker may have been claimed before its step is given back.
    assert read_step(session, claimed).state == StepState.RUNNING
    assert read_step(session, claimed).due_in > 0
    give_back(connection, [])


def test_steps_whose_messages_an_emptied_broker_lost_are_due_again(
    session: Session, connection: Connection
) -> None:
    run_id, held, other = make_run(session), make_run(session), make_run(session)
    session.execute(
        text("UPDATE steps SET task = 'mail.send_receipt' WHERE run_id = :id"), {"id": other}
    )
    take_due(connection, [*TASKS, "mail.send_receipt"])
    claim_step(session, held)
    assert recall_lost(connection, TASKS) == 0  # the message may still be delivered
    age(session, LOST_AFTER + 0.5)
    assert recall_lost(connection, TASKS) == 1
    assert read_step(session, run_id).due_in <= 0
    assert read_step(session, held).state == StepState.RUNNING
    assert read_step(session, other).due_in > 0


def test_a_batch_has_one_event_and_one_position() -> None:
    fresh = [DueStep(n, 0, "a", 0, "came", n) for n in range(5)]
    second = [DueStep(9, 1, "b", 0, "came", 9)]
    other = [DueStep(10, 0, "a", 0, "went", 10)]
    tried = [DueStep(11, 0, "a", 1, "came", 11)]
    batches = list(group_into_batches([*fresh, *second, *other, *tried], {"a": 2, "b": 9}))
    found = sorted((b.event, b.position, b.run_ids) for b in batches)
    assert found == [
        ("came", 0, [0, 1]),
        ("came", 0, [2, 3]),
        ("came", 0, [4]),
        ("came", 0, [11]),
        ("came", 1, [9]),
        ("went", 0, [10]),
    ]


def test_finding_due_steps_uses_the_partial_index(session: Session, connection: Connection) -> None:
    """The cost must not grow with the number of old runs: no scan of the whole table."""
    session.execute(text("SET LOCAL enable_seqscan = off"))
    plan = "\n".join(
        row[0]
        for row in connection.execute(
            text(f"EXPLAIN {dispatch._TAKE.text}"),
            {"tasks": TASKS, "capacity": 10, "lease": PUBLISH_LEASE},
        )
    )
    assert "ix_steps_due" in plan


def test_what_is_held_back_waits_until_its_queue_is_empty(
    session: Session, connection: Connection
) -> None:
    held = {make_run(session) for _ in range(3)}
    hold_back(session, TASKS[0])
    assert take_due(connection, TASKS) == []
    assert recall_lost(connection, TASKS) == 0
    assert release_held(connection, ["mail.send_queued"]) == 0
    assert release_held(connection, TASKS) == 3
    assert {step.run_id for step in take_due(connection, TASKS)} == held
    assert release_held(connection, TASKS) == 0


def test_two_dispatchers_release_different_steps(committed: Callable[[], Session]) -> None:
    with committed() as session:
        for _ in range(dispatch.RELEASED_AT_ONCE + 10):
            make_run(session)
        session.execute(text("UPDATE steps SET due_at = '9999-01-01T00:00:00Z'"))
        session.commit()

    def release(_number: int) -> int:
        with get_engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            return release_held(connection, TASKS)

    assert sum(at_once(2, release)) == dispatch.RELEASED_AT_ONCE + 10


def test_what_others_recorded_is_not_held(committed: Callable[[], Session]) -> None:
    with committed() as session:
        earlier = make_run(session)
        session.commit()
    with committed() as session:
        hold_back(session, TASKS[0])
        session.commit()
        assert read_step(session, earlier).due_at.year < 9999
