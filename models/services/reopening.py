"""Reopening by the requester: "it is not fixed", or "it is still needed", for a time after the house has
ended the request."""

from datetime import datetime, timedelta

from config.settings import get_settings
from models.base import now
from models.maintenance_request import MaintenanceRequest
from models.words import Status


def reopens_until(request: MaintenanceRequest) -> datetime | None:
    """Until when its requester may reopen it (UTC); None if it is open, or the time is over.

    The clock is the host's: a few seconds decide nothing here.
    """
    cancelled = request.status == Status.CANCELLED
    return _until(request.ended_at) if cancelled else rates_until(request)


def rates_until(request: MaintenanceRequest) -> datetime | None:
    """Until when its requester may rate the work: there is none of a request that was cancelled."""
    return _until(request.completed_at) if request.status == Status.COMPLETED else None


def _until(ended_at: datetime | None) -> datetime | None:
    until = ended_at + timedelta(days=get_settings().reopen_days) if ended_at else None
    return until if until and until > now() else None
