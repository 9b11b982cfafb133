"""AWS's schedule expressions, and the time zones that they are read in."""

from __future__ import annotations

import calendar
import re
import zoneinfo
from typing import Annotated

from pydantic import AfterValidator

from dpctl.config.types import Wrong, closest

_RATE = re.compile(r"rate\(([1-9]\d*) (minute|minutes|hour|hours|day|days)\)")
_CRON = re.compile(r"cron\((.+)\)")
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
# name, lowest, highest, names (the first of them has the value `lowest`), letters allowed beside numbers
_CRON_FIELDS: tuple[tuple[str, int, int, list[str], str], ...] = (
    ("minutes", 0, 59, [], ""),
    ("hours", 0, 23, [], ""),
    ("day of month", 1, 31, [], "LW"),
    ("month", 1, 12, _MONTHS, ""),
    ("day of week", 1, 7, _DAYS, "L#"),
    ("year", 1970, 2199, [], ""),
)


def _timezone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        known = [name for name in zoneinfo.available_timezones() if "/" in name]
        near = closest(value, known, 0.6).replace("Asia/Calcutta", "Asia/Kolkata")
        message = f"{value!r} is not a time zone of the IANA database, as Asia/Kolkata is"
        raise Wrong(message, near or "Asia/Kolkata") from error
    return value


def _cron_number(text: str, low: int, high: int, names: list[str]) -> int | None:
    if text.upper() in names:
        return low + names.index(text.upper())
    return int(text) if text.isdecimal() and low <= int(text) <= high else None


def _cron_part(part: str, low: int, high: int, names: list[str], letters: str) -> bool:
    base, slash, step = part.partition("/")
    if slash and not (step.isdecimal() and int(step) > 0):
        return False
    if base == "*" or (not slash and "L" in letters and base == "L"):
        return True
    if not slash and "W" in letters and re.fullmatch(r"\d{1,2}W|LW", base):
        return base == "LW" or low <= int(base[:-1]) <= high
    if not slash and "#" in letters and (match := re.fullmatch(r"([1-7]|[A-Za-z]{3})#[1-5]", base)):
        return _cron_number(match[1], low, high, names) is not None
    if not slash and letters == "L#" and re.fullmatch(r"[1-7]L", base):
        return True
    ends = [_cron_number(end, low, high, names) for end in base.split("-")]
    return len(ends) <= 2 and None not in ends


def _schedule(value: str) -> str:
    """AWS's schedule expressions (EventBridge Scheduler user guide, "Schedule types")."""
    if rate := _RATE.fullmatch(value):
        unit = rate[2].removesuffix("s") + ("" if rate[1] == "1" else "s")
        if unit != rate[2]:
            raise Wrong(f"{value!r}: AWS wants the unit {unit} here", f"rate({rate[1]} {unit})")
        return value
    match = _CRON.fullmatch(value)
    fields = (match[1] if match else value).split()
    if not match:
        raise Wrong(
            f"{value!r} is neither cron(minutes hours day month weekday year) nor rate(5 minutes)",
            _as_aws(fields, unix=True),
        )
    if len(fields) != 6:
        message = f"{value!r} has {len(fields)} fields; AWS's cron has 6, the last one the year"
        raise Wrong(message, _as_aws(fields, unix=False))
    for text, (name, low, high, names, letters) in zip(fields, _CRON_FIELDS, strict=True):
        if text == "?" and name.startswith("day"):
            continue
        if not all(_cron_part(part, low, high, names, letters) for part in text.split(",")):
            allowed = f"{name}: {low} to {high}" + (f", or {names[0]} to {names[-1]}" if names else "")
            raise Wrong(f"{value!r}: {text!r} is not a value for {name}", allowed)
    if (fields[2] == "?") == (fields[4] == "?"):
        message = f"{value!r}: exactly one of day of month and day of week must be ?"
        raise Wrong(message, _as_aws(fields, unix=False))
    longest = max(_days(month) for month in fields[3].split(","))
    if fields[2].isdecimal() and int(fields[2]) > longest:
        raise Wrong(f"{value!r}: that day never comes", value.replace(f" {fields[2]} ", " L ", 1))
    return value


def _days(month: str) -> int:
    """The most days that a month of a cron expression has; 31 for what is more than one month."""
    number = _cron_number(month, 1, 12, _MONTHS)
    return 31 if number is None else calendar.monthrange(2000, number)[1]  # a leap year


def _as_aws(fields: list[str], *, unix: bool) -> str:
    """What somebody means who knows cron's five fields, or writes * for both days."""
    if len(fields) not in (5, 6) or not all(re.fullmatch(r"[\w*,/?#-]+", field) for field in fields):
        return "cron(0 1 * * ? *)"
    minutes, hours, day, month, weekday, year = (*fields, "*")[:6]
    if unix and len(fields) == 5:  # there Sunday is 0, here 1
        weekday = re.sub(r"(?<![/#\w])\d", lambda digit: str(int(digit[0]) % 7 + 1), weekday)
    if "?" not in (day, weekday):
        day, weekday = (day, "?") if weekday == "*" else ("?", weekday)
    elif day == weekday == "?":
        day = "*"
    return f"cron({minutes} {hours} {day} {month} {weekday} {year})"


Timezone = Annotated[str, AfterValidator(_timezone)]
Schedule = Annotated[str, AfterValidator(_schedule)]
