"""The page in a real browser: readable in light and dark, and no wider than a phone."""

from __future__ import annotations

import pytest

from dpctl.doctor import page
from dpctl.doctor.diagnosis import diagnose
from tests.browser import measured
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


@pytest.mark.parametrize(("width", "dark"), [(PHONE, True), (1400, False)], ids=["dark phone", "light desk"])
def test_the_page_can_be_read(tmp_path, width, dark):
    text = page.html(diagnose(a.replica_account()))
    found = measured(tmp_path, text, MEASURE, width=width, dark=dark)

    assert found["view"] == width
    assert found["width"] <= width
    assert found["texts"] > 50
    assert found["contrast"] >= READABLE
    assert (found["back"] < 0.1) == dark
    assert found["picture"] == ("none" if width == PHONE else "block")
