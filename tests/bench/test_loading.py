"""Generated requests are listed, found and counted like real ones."""

from collections.abc import Callable

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bench.loading import load_requests
from config.settings import get_settings
from models.maintenance_request import MaintenanceRequest
from models.queries.requests import Filter, list_requests
from models.queries.statistics import read_statistics
from models.services.intake import Submission, submit_request
from models.timeline_entry import TimelineEntry


def test_loaded_requests_are_listed_found_and_counted(
    committed: Callable[[], Session],
) -> None:
    written: list[int] = []
    with committed() as session:
        load_requests(session, 300, timezone=get_settings().timezone, progress=written.append)
        session.commit()

        assert sum(written) == 300
        assert session.scalar(select(func.count(MaintenanceRequest.id))) == 300
        assert session.scalar(select(func.count(TimelineEntry.id))) == 600
        assert list_requests(session, Filter()).total == 300
        for language in ("ko", "en"):
            said = select(MaintenanceRequest.description).filter_by(language=language)
            words = (session.scalars(said).first() or "").split()
            longest = max(words, key=len).strip(".,!?")
            assert list_requests(session, Filter(q=longest)).rows, longest
        plain = session.execute(
            text("SELECT status, count(*) AS n FROM maintenance_requests GROUP BY 1")
        )
        stored = {k: n for k, n in read_statistics(session).by_status.items() if n}
        assert {row.status: row.n for row in plain} == stored


def test_later_requests_get_other_ids(committed: Callable[[], Session]) -> None:
    zone = get_settings().timezone
    with committed() as session:
        load_requests(session, 20, timezone=zone, progress=lambda _n: None)
        load_requests(session, 20, timezone=zone, progress=lambda _n: None)
        receipt = submit_request(session.connection(), Submission("물이 새요"), timezone=zone)
        session.commit()
        newest = session.scalar(select(func.max(MaintenanceRequest.id)))
        assert receipt.request.id == newest


def test_the_first_load_leaves_indexes_and_keys_as_they_were(
    committed: Callable[[], Session],
) -> None:
    def shape(session: Session) -> list[tuple[str, str]]:
        rows = session.execute(
            text("""
                SELECT indexname::text AS name, indexdef AS made FROM pg_indexes
                WHERE schemaname = 'public'
                UNION ALL
                SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
                FROM pg_constraint WHERE connamespace = 'public'::regnamespace
                ORDER BY 1
            """)
        )
        return [(row.name, row.made) for row in rows]

    with committed() as session:
        before = shape(session)
        load_requests(session, 50, timezone=get_settings().timezone, progress=lambda _n: None)
        session.commit()
        assert shape(session) == before
