"""The page in a real browser: readable in light and dark, and no wider than a phone."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dpctl.doctor import page
from dpctl.doctor.diagnosis import diagnose
from tests.unit.doctor import accounts as a

PHONE, READABLE = 390, 4.5  # pixels; the contrast that WCAG 2.2 asks for (success criterion 1.4.3, AA)
MEASURE = """<script>addEventListener("load", () => {
  const parts = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(x => x / 255)
    .map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4)
    .reduce((sum, x, n) => sum + x * [0.2126, 0.7152, 0.0722][n], 0);
  const ground = one => { for (; one; one = one.parentElement) {
    const back = parts(getComputedStyle(one).backgroundColor);
    if (back.length < 4 || back[3] > 0) return back; } return [255, 255, 255]; };
  const worst = [...document.querySelectorAll("body *:not(svg *):not(script)")]
    .filter(one => [...one.childNodes].some(x => x.nodeType === 3 && x.textContent.trim()))
    .map(one => { const [x, y] = [light(parts(getComputedStyle(one).color)), light(ground(one))];
      return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05); });
  document.title = JSON.stringify({width: document.documentElement.scrollWidth, view: innerWidth,
    texts: worst.length, contrast: Math.min(...worst), back: light(ground(document.body)),
    picture: getComputedStyle(document.querySelector(".chain")).display});
});</script>"""


def browser() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return found or pytest.skip("no Chromium here: apt-get install chromium")


def seen(folder: Path, *, width: int, dark: bool) -> dict[str, float]:
    """What a browser makes of the page in a frame of this width."""
    text = page.html(diagnose(a.replica_account()))
    if dark:  # a headless browser has no such setting: the rules for dark are made to hold
        text = text.replace("@media (prefers-color-scheme: dark)", "@media all")
    framed = folder / "page.html"
    framed.write_text(text.replace("</body>", f"{MEASURE}</body>"), encoding="utf-8")
    frame = folder / "frame.html"
    frame.write_text(
        f'<iframe id="f" src="{framed.name}" style="width:{width}px;height:900px;border:0"></iframe>'
        "<script>f.onload = () => setTimeout(() => { document.body.dataset.found = "
        "f.contentDocument.title; }, 0);</script>"
    )
    done = subprocess.run(
        [browser(), "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
         f"--user-data-dir={folder}/profile", "--virtual-time-budget=5000", "--dump-dom", frame.as_uri()],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    found = re.search(r'data-found="([^"]*)"', done.stdout)
    assert found, done.stdout[-2000:] + done.stderr[-2000:]
    return json.loads(html.unescape(found[1]))


@pytest.mark.parametrize(("width", "dark"), [(PHONE, True), (1400, False)], ids=["dark phone", "light desk"])
def test_the_page_can_be_read(tmp_path, width, dark):
    found = seen(tmp_path, width=width, dark=dark)

    assert found["view"] == width
    assert found["width"] <= width
    assert found["texts"] > 50
    assert found["contrast"] >= READABLE
    assert (found["back"] < 0.1) == dark
    assert found["picture"] == ("none" if width == PHONE else "block")
