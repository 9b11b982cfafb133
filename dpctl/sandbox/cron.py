"""When a schedule of EventBridge Scheduler is due: ``rate(5 minutes)``, ``cron(0 1 * * ? *)``, ``at(...)``.

Fields and wildcards are those of the Scheduler user guide, "Schedule types"; dpctl.config checks what
env.yaml has, a schedule made by hand may have anything.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
SECONDS = {"minute": 60.0, "hour": 3600.0, "day": 86_400.0}
_CRON = re.compile(r"cron\(([^)]*)\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)\)")
_MONTHS = [name.upper() for name in calendar.month_abbr]
_DAYS = ["", "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_YEARS_AHEAD = 8  # the 29th of February may be eight years off


def rate(expression: str) -> float | None:
    """The seconds of a rate; None for another kind."""
    found = RATE.fullmatch(expression)
    return int(found[1]) * SECONDS[found[2]] if found else None


def following(expression: str, after: datetime, timezone: str = "UTC") -> datetime | None:
    """When a cron or at expression is due next, after a moment; None for never, or for what is neither.

    A time that the clocks skip in spring is not due that day; one that they repeat in autumn is due once.
    """
    zone = ZoneInfo(timezone or "UTC")
    if once := _AT.fullmatch(expression):
        due = datetime.fromisoformat(once[1]).replace(tzinfo=zone).astimezone(UTC)
        return due if due > after else None
    found = _CRON.fullmatch(expression)
    if not found or len(found[1].split()) != 6:
        return None
    fields = found[1].split()
    minutes, hours = _numbers(fields[0], 0, 59), _numbers(fields[1], 0, 23)
    local = after.astimezone(zone)
    for day in _days(fields, local.date()):
        for hour in hours:
            for minute in minutes:
                naive = datetime(day.year, day.month, day.day, hour, minute)
                due = naive.replace(tzinfo=zone).astimezone(UTC)
                if due > after and due.astimezone(zone).replace(tzinfo=None) == naive:
                    return due
    return None


def _days(fields: list[str], first: date) -> Iterator[date]:
    """The days that the last four fields let through, from ``first`` on."""
    _, _, of_month, month, of_week, year = fields
    months, years = _numbers(month, 1, 12, _MONTHS), _numbers(year, 1970, 2199)
    day = first
    while day.year <= first.year + _YEARS_AHEAD:
        if day.year in years and day.month in months and _is_day(of_month, of_week, day):
            yield day
        day += timedelta(days=1)


def _is_day(of_month: str, of_week: str, day: date) -> bool:
    if of_month != "?":
        return any(_of_month(part, day) for part in of_month.split(","))
    return any(_of_week(part, day) for part in of_week.split(","))


def _of_month(part: str, day: date) -> bool:
    last = calendar.monthrange(day.year, day.month)[1]
    if part == "L":
        return day.day == last
    if part.endswith("W"):  # the working day that is nearest, of the same month
        wanted = last if part == "LW" else min(int(part[:-1]), last)
        return day.day == _nearest_weekday(day.year, day.month, wanted, last)
    return day.day in _numbers(part, 1, 31)


def _nearest_weekday(year: int, month: int, wanted: int, last: int) -> int:
    weekday = date(year, month, wanted).weekday()
    if weekday == 5:
        return wanted - 1 if wanted > 1 else wanted + 2
    if weekday == 6:
        return wanted + 1 if wanted < last else wanted - 2
    return wanted


def _of_week(part: str, day: date) -> bool:
    number = day.isoweekday() % 7 + 1  # Sunday is 1
    if "#" in part:
        name, _, which = part.partition("#")
        return number == _number(name, _DAYS) and (day.day - 1) // 7 + 1 == int(which)
    if part.endswith("L") and part != "L":
        last = calendar.monthrange(day.year, day.month)[1]
        return number == _number(part[:-1], _DAYS) and day.day + 7 > last
    return number in ([7] if part == "L" else _numbers(part, 1, 7, _DAYS))


def _numbers(field: str, low: int, high: int, names: list[str] | None = None) -> list[int]:
    """What a field of numbers lets through: ``*``, ``5``, ``MON-FRI``, ``0/15``, and lists of them."""
    found: set[int] = set()
    for part in field.split(","):
        base, _, step = part.partition("/")
        start, _, end = base.partition("-")
        if base in ("*", "?"):
            first, final = low, high
        else:
            first = _number(start, names)
            final = _number(end, names) if end else (high if step else first)
        found.update(range(first, final + 1, int(step or 1)))
        if final < first:  # FRI-MON goes over the end
            found.update([*range(first, high + 1), *range(low, final + 1)])
    return sorted(found)


def _number(text: str, names: list[str] | None = None) -> int:
    return names.index(text.upper()) if names and text.upper() in names else int(text)
