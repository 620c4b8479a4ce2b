"""A change of the house's time zone: the days of the statistics become those of the new one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from config.settings import Settings
from models.database import transaction
from models.ledger.run import Run, Step
from models.maintenance_request import MaintenanceRequest
from models.queries.statistics import read_statistics
from models.services.statistics import rebuild_counts
from models.services.submission_days import order_regrouping, regroup_days
from models.statistic import StatisticState
from tasks import stats
from tests.factories import RequestFactory, using
from tests.models.services.test_statistics import check_equal

Opener = Callable[[], Session]
SEOUL, HONOLULU = ZoneInfo("Asia/Seoul"), ZoneInfo("Pacific/Honolulu")
EVENING = datetime(2026, 3, 1, 20, tzinfo=UTC)  # the second of March in Seoul


def _submit(session: Session, zone: ZoneInfo) -> None:
    with using(session):
        for hours in (0, 1, 24):
            moment = EVENING + timedelta(hours=hours)
            RequestFactory(created_at=moment, submitted_on=moment.astimezone(zone).date())


def _orders(session: Session) -> int:
    return len(session.scalars(select(Run).where(Run.event == "rebuild_due")).all())


def test_a_changed_zone_orders_one_recount(session: Session) -> None:
    assert not order_regrouping(session, timezone=SEOUL)  # new: there is nothing to count
    _submit(session, SEOUL)
    assert not order_regrouping(session, timezone=SEOUL)
    assert order_regrouping(session, timezone=HONOLULU)
    assert not order_regrouping(session, timezone=HONOLULU)
    assert _orders(session) == 1
    assert order_regrouping(session, timezone=SEOUL)
    assert _orders(session) == 2


def test_what_was_counted_in_a_zone_that_nobody_noted_is_counted_anew(session: Session) -> None:
    """As an earlier version left it."""
    _submit(session, SEOUL)
    session.add(StatisticState(id=1))
    session.flush()
    assert order_regrouping(session, timezone=SEOUL)
    assert not order_regrouping(session, timezone=SEOUL)


def test_the_recount_regroups_the_days(
    committed: Opener, redis: object, settings_with: Callable[..., Settings]
) -> None:
    with committed() as session, session.begin():
        _submit(session, SEOUL)
        before = session.execute(select(MaintenanceRequest.id, MaintenanceRequest.version)).all()
    with committed() as session:
        assert read_statistics(session).by_day == {"2026-03-02": 2, "2026-03-03": 1}
        assert order_regrouping(session, timezone=HONOLULU)
        session.commit()
        run_id, position = session.execute(select(Step.run_id, Step.position)).one()
    settings_with(HAJA_TIMEZONE=HONOLULU.key)
    stats.rebuild_statistics([run_id], position)
    with committed() as session:
        assert read_statistics(session).by_day == {"2026-03-01": 2, "2026-03-02": 1}
        check_equal(session)
        assert session.scalars(select(StatisticState)).one().drift == 0
        after = session.execute(select(MaintenanceRequest.id, MaintenanceRequest.version)).all()
        assert sorted(after) == sorted(before)  # nobody's edit is lost over it
        assert session.scalars(select(Step.state)).one() == "done"


def test_the_statistics_are_exact_while_it_goes_on_and_a_locked_row_holds_nothing_up(
    committed: Opener,
) -> None:
    with committed() as session, session.begin():
        _submit(session, SEOUL)
        first = session.scalars(select(MaintenanceRequest.id)).first()
    with committed() as other:
        other.execute(
            update(MaintenanceRequest).where(MaintenanceRequest.id == first).values(location="x")
        )
        assert regroup_days(transaction, timezone=HONOLULU) == 2
        with committed() as session:
            check_equal(session)
        other.commit()
    assert regroup_days(transaction, timezone=HONOLULU) == 1
    assert regroup_days(transaction, timezone=HONOLULU) == 0
    with committed() as session:
        check_equal(session)
        assert rebuild_counts(session) == 0
