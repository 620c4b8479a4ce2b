"""Reopening by the requester: "it is not fixed", for a time after the work was called done."""

from datetime import datetime, timedelta

from config.settings import get_settings
from models.base import now
from models.maintenance_request import MaintenanceRequest
from models.words import Status


def reopens_until(request: MaintenanceRequest) -> datetime | None:
    """Until when its requester may reopen it (UTC); None if it is not done, or the time is over.

    The clock is the host's: a few seconds decide nothing here.
    """
    if request.status != Status.COMPLETED or request.completed_at is None:
        return None
    until = request.completed_at + timedelta(days=get_settings().reopen_days)
    return until if until > now() else None
