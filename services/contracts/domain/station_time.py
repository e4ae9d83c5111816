"""Wall-clock times of a station and the instants they mean, over clock changes too (CT-LOG-18)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.kernel.errors import Invalid


def instant(day: date, minute: int, time_zone: str) -> datetime:
    """The UTC instant of a wall-clock time; in a repeated hour the first pass is meant.

    `Invalid("no_such_time")` in the hour that a clock change leaves out.
    """
    zone = ZoneInfo(time_zone)
    local = datetime.combine(day, time(), zone) + timedelta(minutes=minute)
    meant = local.astimezone(UTC)
    if meant.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Invalid("no_such_time", "The clock skips this time on that day.")
    return meant


def exists(day: date, minute: int, time_zone: str) -> bool:
    """Whether the day has this wall-clock time."""
    try:
        instant(day, minute, time_zone)
    except Invalid:
        return False
    return True
