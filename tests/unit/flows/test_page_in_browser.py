"""The page of ``status --html`` in a real browser: light and dark, and no wider than a phone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dpctl.flows import page
from dpctl.flows.status import Hop, Status
from tests.browser import measured

PHONE = 390
LONG = "s3://" + "a-very-long-name-without-a-space/" * 8
MEASURE = """<script>addEventListener("load", () => {
  const style = getComputedStyle(document.body);
  document.title = JSON.stringify({width: document.documentElement.scrollWidth, view: innerWidth,
    back: style.backgroundColor, ink: style.color, hops: document.querySelectorAll(".chain li").length,
    stuck: getComputedStyle(document.querySelector(".stuck.state, .state.stuck")).color});
});</script>"""


def status() -> Status:
    made = Status("dev", "054158074701", True, "2026-01-31T10:00:00Z")
    made.chain = [
        Hop("table", "ok", "Orders"),
        Hop("keys", "stuck", f"waiting for {LONG}", backlog=1234, oldest_seconds=86_400),
        Hop("job", "warn", LONG, last_success="2026-01-31T09:00:00Z"),
    ]
    error = {"line": 3, "column": "amount", "message": LONG}
    made.autocopy = [
        {
            "name": "order_files_autocopy", "table": "order_files", "state": "in sync",
            "loaded": 1, "failed": 1, "overwritten": 0,
            "files": [{"url": LONG, "state": "failed", "error": error}],
        }
    ]  # fmt: skip
    made.dumps = [
        {"table": "orders", "last": None, "location": LONG, "rows": 5, "schedules": ["rate(1 day)"]}
    ]
    made.dead_letters = {"count": 1, "reasons": {f"column customer: {LONG}": 1}, "shown": 1}
    made.layers = [
        {"layer": "static", "applied": "2026-01-31T09:00:00Z", "drifted": 2, "drift_seen": "today"}
    ]
    made.cost = {"month": "2026-01", "redshift_usd": 12.5}
    made.next = f"fix {LONG}"
    return made


def seen(tmp_path: Path, *, dark: bool) -> dict[str, str]:
    """What a browser makes of the page, in a frame as wide as a phone."""
    text = page.page(status())
    assert text.count("@media (prefers-color-scheme: dark)") == 1
    found = measured(tmp_path, text, MEASURE, width=PHONE, dark=dark)
    return {name: str(value) for name, value in found.items()}


@pytest.mark.sandbox
def test_the_page_fits_a_phone_in_light_and_dark(tmp_path: Path) -> None:
    light, dark = (seen(tmp_path, dark=dark) for dark in (False, True))
    for found in (light, dark):
        assert int(found["view"]) == PHONE
        assert int(found["width"]) <= PHONE, "the page is wider than the phone"
        assert found["hops"] == "3"
    assert light["back"] == "rgb(255, 255, 255)"
    assert brightness(light["ink"]) < 100 < 150 < brightness(dark["ink"])
    assert brightness(dark["back"]) < 50
    assert light["stuck"] != dark["stuck"]


def brightness(colour: str) -> float:
    """The mean of a colour's parts, 0 to 255."""
    parts = [int(part) for part in re.findall(r"\d+", colour)]
    return sum(parts[:3]) / 3
