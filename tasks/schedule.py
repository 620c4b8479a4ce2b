"""Tasks that beat sends. Rows in the database decide what is due and start it once per period."""

from celery import shared_task

from config.settings import get_settings
from models.base import now
from models.database import transaction
from models.services import heartbeats, schedule


@shared_task(name="schedule.record_due")
def record_due(kind: str) -> None:
    """Start the newest period of ``kind`` if it is due and was not started."""
    with transaction() as session:
        schedule.record_due(session, kind, at=now(), timezone=get_settings().timezone)


@shared_task(name="schedule.record_tick")
def record_tick() -> None:
    """Record beat's heartbeat, and start what it missed while it was down."""
    with transaction() as session:
        heartbeats.record_heartbeat(session, "beat", "beat")
        for kind in schedule.KINDS:
            schedule.record_due(session, kind, at=now(), timezone=get_settings().timezone)
