"""Wall-clock times of a station and the instants they mean, over clock changes too (CT-LOG-18)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.kernel.errors import Invalid


def instant(day: date, minute: int, time_zone: str, *, second_pass: bool = False) -> datetime:
    """The UTC instant of a wall-clock time; in a repeated hour the first pass is meant unless stated.

    `Invalid("no_such_time")` in the hour that a clock change leaves out, and for a second pass of what comes once.
    """
    zone = ZoneInfo(time_zone)
    local = datetime.combine(day, time(), zone) + timedelta(minutes=minute)
    first, second = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Invalid("no_such_time", "The clock skips this time on that day.")
    if second_pass and first == second:
        raise Invalid("no_such_time", "The day has this time only once.")
    return second if second_pass else first


def exists(day: date, minute: int, time_zone: str) -> bool:
    """Whether the day has this wall-clock time."""
    try:
        instant(day, minute, time_zone)
    except Invalid:
        return False
    return True


def is_repeated(day: date, minute: int, time_zone: str) -> bool:
    """Whether the day's clock shows this time twice."""
    local = datetime.combine(day, time(), ZoneInfo(time_zone)) + timedelta(minutes=minute)
    return exists(day, minute, time_zone) and local.astimezone(UTC) != local.replace(fold=1).astimezone(UTC)


def elapsed_minutes(since: date, day: date, minute: int, time_zone: str) -> int:
    """Real minutes from the midnight that begins one day to a wall-clock time of a day, before it when negative."""
    zone = ZoneInfo(time_zone)
    midnight = datetime.combine(since, time(), zone)
    at = datetime.combine(day, time(), zone) + timedelta(minutes=minute)
    return int((at.astimezone(UTC) - midnight.astimezone(UTC)).total_seconds()) // 60


def day_of(at: datetime, time_zone: str) -> date:
    """Which day an instant belongs to where the station is."""
    return at.astimezone(ZoneInfo(time_zone)).date()
