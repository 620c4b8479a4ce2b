"""The statistics always equal a plain count, also with concurrent writers."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from models.maintenance_request import MaintenanceRequest
from models.queries.statistics import count_requests, read_statistics
from models.services.references import new_reference
from models.services.statistics import fold_deltas, rebuild_counts
from models.statistic import STATISTIC_DELTAS, StatisticCount, StatisticState
from models.words import Category, Priority, Status
from tests.crowd import at_once
from tests.factories import RequestFactory, using

Opener = Callable[[], Session]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def check_equal(session: Session) -> None:
    """The statistics, folded or not, equal a plain count."""
    shown = read_statistics(session)
    for name, counts in (
        ("category", shown.by_category),
        ("priority", shown.by_priority),
        ("status", shown.by_status),
        ("submitted_on::text", shown.by_day),
    ):
        rows = session.execute(
            text(f"SELECT {name}, count(*) FROM maintenance_requests GROUP BY 1")
        )
        assert {word: n for word, n in counts.items() if n} == dict(row._tuple() for row in rows)
    total = session.scalar(select(func.count()).select_from(MaintenanceRequest))
    assert shown.total == count_requests(session) == total
    hours = session.scalar(
        text("""
            SELECT round(avg(extract(epoch FROM completed_at - created_at)) / 3600, 2)::float
            FROM maintenance_requests WHERE status = 'completed'
        """)
    )
    assert shown.hours_to_complete == hours


def _change_at_random(session: Session, dice: random.Random) -> None:
    ids = list(session.scalars(select(MaintenanceRequest.id)))
    act = dice.randrange(5)
    with using(session):
        if act == 0 or not ids:
            RequestFactory.create_batch(
                dice.randrange(1, 4), created_at=NOON + timedelta(days=dice.randrange(3))
            )
            return
    some = dice.sample(ids, min(len(ids), dice.randrange(1, 4)))
    chosen = update(MaintenanceRequest).where(MaintenanceRequest.id.in_(some))
    if act == 1:
        session.execute(chosen.values(category=dice.choice(list(Category))))
    elif act == 2:
        session.execute(chosen.values(priority=dice.choice(list(Priority))))
    elif act == 3:
        completed = dice.random() < 0.5
        session.execute(
            chosen.values(
                status=Status.COMPLETED if completed else Status.ON_HOLD,
                completed_at=NOON + timedelta(days=5, seconds=dice.randrange(9999))
                if completed
                else None,
            )
        )
    else:
        session.execute(delete(MaintenanceRequest).where(MaintenanceRequest.id.in_(some)))


def test_any_changes_in_any_order_of_folds(session: Session) -> None:
    dice = random.Random(20261123)
    for _ in range(120):
        _change_at_random(session, dice)
        if dice.random() < 0.2:
            fold_deltas(session)
        check_equal(session)
    assert rebuild_counts(session) == 0
    check_equal(session)


def test_folding_leaves_no_delta_and_can_be_repeated(session: Session) -> None:
    RequestFactory.create_batch(3)
    for _ in range(2):
        fold_deltas(session)
        assert session.scalar(select(func.count()).select_from(STATISTIC_DELTAS)) == 0
        check_equal(session)


def test_rolled_back_rows_are_not_counted(session: Session) -> None:
    savepoint = session.begin_nested()
    RequestFactory()
    savepoint.rollback()
    assert read_statistics(session).total == 0


def test_a_rebuild_corrects_and_reports_drift(session: Session) -> None:
    RequestFactory.create_batch(4, categorized=True)
    fold_deltas(session)
    session.execute(
        update(StatisticCount)
        .where(StatisticCount.dimension == "category", StatisticCount.name == "plumbing")
        .values(n=StatisticCount.n + 3)
    )
    session.execute(delete(StatisticCount).where(StatisticCount.dimension == "status"))
    assert rebuild_counts(session) == 3 + 4
    check_equal(session)
    state = session.scalars(select(StatisticState)).one()
    assert (state.drift, state.rebuilt_at is not None) == (7, True)


def test_the_statistics_of_an_empty_table(session: Session) -> None:
    fold_deltas(session)
    assert rebuild_counts(session) == 0
    check_equal(session)


def test_concurrent_writers_folds_and_rebuilds(committed: Opener) -> None:
    """Six writers, a fold and a rebuild at once: no deadlock, and no lost or doubled count."""

    def act(number: int) -> int:
        dice = random.Random(number)
        drift = 0
        for _ in range(12):
            with committed() as session, session.begin():
                if number == 0:
                    fold_deltas(session)
                elif number == 1:
                    drift += rebuild_counts(session)
                else:
                    _insert_or_change(session, dice)
        return drift

    drifts = at_once(8, act)
    assert drifts == [0] * 8
    with committed() as session:
        check_equal(session)
        fold_deltas(session)
        check_equal(session)
        assert rebuild_counts(session) == 0


def _insert_or_change(session: Session, dice: random.Random) -> None:
    """Without factories: they would share one session between threads."""
    for _ in range(3):
        session.add(
            MaintenanceRequest(reference=new_reference(), description="x", submitted_on=NOON.date())
        )
    session.flush()
    rows = session.scalars(
        select(MaintenanceRequest)
        .order_by(func.random())
        .limit(2)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.category = dice.choice(list(Category))
        row.status = Status.COMPLETED
        row.completed_at = row.created_at + timedelta(hours=1)
