"""The times of scheduled work, in the building's time zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

TICK_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Daily:
    """Due each day at ``at``, or only on one weekday (Monday is 0)."""

    at: time
    weekday: int | None = None

    def latest_due(self, moment: datetime, timezone: ZoneInfo) -> date:
        """The day of the newest occurrence that is not after ``moment`` (with a time zone)."""
        local = moment.astimezone(timezone)
        day = local.date() if local.time() >= self.at else local.date() - timedelta(days=1)
        if self.weekday is not None:
            day -= timedelta(days=(day.weekday() - self.weekday) % 7)
        return day


SCHEDULE: dict[str, Daily] = {
    "rebuild": Daily(time(3, 0)),
    "thinning": Daily(time(4, 0)),
    "daily_report": Daily(time(7, 0)),
    "weekly_report": Daily(time(7, 0), weekday=0),
}
