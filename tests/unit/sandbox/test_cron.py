"""When schedules are due, by the rules of EventBridge Scheduler."""

from datetime import UTC, datetime

import pytest

from dpctl.sandbox import cron

FRIDAY = datetime(2026, 1, 30, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "after", "zone", "due"),
    [
        ("cron(0 1 * * ? *)", FRIDAY, "UTC", "2026-01-31T01:00"),
        ("cron(0 1 * * ? *)", FRIDAY, "Asia/Kolkata", "2026-01-30T19:30"),
        ("cron(0 12 * * ? *)", FRIDAY, "UTC", "2026-01-31T12:00"),  # after, not at
        ("cron(0/15 * * * ? *)", FRIDAY, "UTC", "2026-01-30T12:15"),
        ("cron(5,35 14-16 * * ? *)", FRIDAY, "UTC", "2026-01-30T14:05"),
        ("cron(0 8 1 * ? *)", FRIDAY, "UTC", "2026-02-01T08:00"),
        ("cron(0 8 L * ? *)", FRIDAY, "UTC", "2026-01-31T08:00"),
        ("cron(0 8 15W 2 ? *)", FRIDAY, "UTC", "2026-02-16T08:00"),  # the 15th is a Sunday
        ("cron(0 8 LW 2 ? *)", FRIDAY, "UTC", "2026-02-27T08:00"),
        ("cron(0 8 1W 8 ? *)", FRIDAY, "UTC", "2026-08-03T08:00"),  # a Saturday, and the first
        ("cron(0 8 ? * MON-FRI *)", datetime(2026, 1, 30, 9, 0, tzinfo=UTC), "UTC", "2026-02-02T08:00"),
        ("cron(0 8 ? * 1 *)", FRIDAY, "UTC", "2026-02-01T08:00"),
        ("cron(0 8 ? * FRI-MON *)", FRIDAY, "UTC", "2026-01-31T08:00"),
        ("cron(0 8 ? * 6L *)", FRIDAY, "UTC", "2026-02-27T08:00"),
        ("cron(0 8 ? * L *)", FRIDAY, "UTC", "2026-01-31T08:00"),
        ("cron(0 8 ? * TUE#2 *)", FRIDAY, "UTC", "2026-02-10T08:00"),
        ("cron(0 0 29 FEB ? *)", FRIDAY, "UTC", "2028-02-29T00:00"),
        ("cron(0 0 1 JAN ? 2030)", FRIDAY, "UTC", "2030-01-01T00:00"),
        ("cron(0 0 1 JAN ? 2020)", FRIDAY, "UTC", None),
        ("cron(0 0 30 2 ? *)", FRIDAY, "UTC", None),
        # In spring this half hour is skipped on the 29th of March.
        ("cron(30 2 29,30 3 ? *)", FRIDAY, "Europe/Berlin", "2026-03-30T00:30"),
        ("at(2026-01-31T00:00)", FRIDAY, "Asia/Kolkata", "2026-01-30T18:30"),
        ("at(2026-01-01T00:00:00)", FRIDAY, "UTC", None),
        ("rate(5 minutes)", FRIDAY, "UTC", None),
        ("cron(0 1 * * *)", FRIDAY, "UTC", None),
    ],
)
def test_when_it_is_due(expression, after, zone, due):
    found = cron.following(expression, after, zone)
    assert (found and found.strftime("%Y-%m-%dT%H:%M")) == due


def test_an_hour_that_comes_twice_counts_once():
    first = cron.following("cron(30 2 25 10 ? *)", FRIDAY, "Europe/Berlin")
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    again = cron.following("cron(30 2 25 10 ? *)", first, "Europe/Berlin")
    assert again == datetime(2027, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [
        ("rate(1 minute)", 60),
        ("rate(5 minutes)", 300),
        ("rate(2 days)", 172_800),
        ("cron(0 1 * * ? *)", None),
    ],
)
def test_a_rate_in_seconds(expression, seconds):
    assert cron.rate(expression) == seconds
