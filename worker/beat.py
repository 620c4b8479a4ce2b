"""Beat: Celery's own process, which starts due work by rows of the database and without the broker.

Celery's scheduler sends messages and remembers when it last did by this machine's clock. It is silent
after its broker was restarted (celery/celery#3409), and for as long as its clock was once ahead. This
one keeps nothing: each tick asks the database what is due by the database's clock.
"""

from typing import Any

import structlog
from celery.beat import Scheduler

from config.db_timeouts import limit_database_waits
from config.schedule import TICK_SECONDS
from config.settings import get_settings
from models.database import transaction
from models.ledger.due_times import mend_due_times
from models.services import heartbeats, schedule
from models.services.submission_days import order_regrouping
from tasks.policies import longest_waits

log = structlog.get_logger()

PAUSE_AFTER_OUTAGE = 1.0  # seconds


class RowScheduler(Scheduler):
    """For Celery's setting ``beat_scheduler``; ``tick`` is called again and again."""

    def setup_schedule(self) -> None:
        """There is none in memory: see ``config/schedule.py``."""
        limit_database_waits()  # a frozen database would freeze beat

    def should_sync(self) -> bool:
        return False

    def tick(self, *_args: Any, **_kwargs: Any) -> float:
        """One round; returns the seconds until the next one. No failure ends the process."""
        try:
            tick()
        except Exception as error:  # noqa: BLE001 - the next round tries again with a new connection
            log.warning("tick_failed", error=type(error).__name__)
            return PAUSE_AFTER_OUTAGE
        return float(TICK_SECONDS)


def tick() -> None:
    """Record beat's heartbeat, mend due times that a wrong clock wrote, start what is due, and have the
    days counted anew where the house's time zone was changed."""
    with transaction() as session:
        heartbeats.record_heartbeat(session, "beat", "beat")
        heartbeats.delete_future_heartbeats(session)
        if mended := mend_due_times(session, longest_waits()):
            log.warning("due_times_mended", steps=mended)
        timezone = get_settings().timezone
        schedule.start_due(session, timezone=timezone)
        if order_regrouping(session, timezone=timezone):
            log.info("timezone_changed", timezone=timezone.key)
