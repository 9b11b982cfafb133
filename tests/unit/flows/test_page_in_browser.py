"""The page of ``status --html`` in a real browser: light and dark, and no wider than a phone."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dpctl.flows import page
from dpctl.flows.status import Hop, Status

PHONE = 390
LONG = "s3://" + "a-very-long-name-without-a-space/" * 8
MEASURE = """<script>addEventListener("load", () => {
  const style = getComputedStyle(document.body);
  document.title = JSON.stringify({width: document.documentElement.scrollWidth, view: innerWidth,
    back: style.backgroundColor, ink: style.color, hops: document.querySelectorAll(".chain li").length,
    stuck: getComputedStyle(document.querySelector(".stuck.state, .state.stuck")).color});
});</script>"""


def browser() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return found or pytest.skip("no Chromium here: apt-get install chromium")


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
    if dark:  # a headless browser has no such setting: the rules for dark are made to hold
        assert text.count("@media (prefers-color-scheme: dark)") == 1
        text = text.replace("@media (prefers-color-scheme: dark)", "@media all")
    framed = tmp_path / f"page-{dark}.html"
    framed.write_text(text.replace("</body>", f"{MEASURE}</body>"), encoding="utf-8")
    frame = tmp_path / f"frame-{dark}.html"
    frame.write_text(
        f'<iframe id="f" src="{framed.name}" style="width:{PHONE}px;height:900px;border:0"></iframe>'
        "<script>f.onload = () => setTimeout(() => { document.body.dataset.found = "
        "f.contentDocument.title; }, 0);</script>"
    )
    done = subprocess.run(
        [browser(), "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
         f"--user-data-dir={tmp_path}/profile", "--virtual-time-budget=5000", "--dump-dom", frame.as_uri()],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    found = re.search(r'data-found="([^"]*)"', done.stdout)
    assert found, done.stdout[-2000:] + done.stderr[-2000:]
    pairs = re.findall(r"&quot;(\w+)&quot;:(?:&quot;)?([^&}]*?)(?:&quot;)?(?=,&quot;|})", found[1])
    return dict(pairs)


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
