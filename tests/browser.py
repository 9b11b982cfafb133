"""A page as a real browser shows it."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest


def chromium() -> str:
    """The program; where there is none, the test is skipped."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return found or pytest.skip("no Chromium here: apt-get install chromium")


def measured(folder: Path, text: str, measure: str, *, width: int, dark: bool) -> dict[str, Any]:
    """What ``measure``, a script in the page, writes as JSON into the title, in a frame of this width."""
    if dark:  # a headless browser has no such setting: the rules for dark are made to hold
        text = text.replace("@media (prefers-color-scheme: dark)", "@media all")
    framed = folder / f"page-{dark}.html"
    framed.write_text(text.replace("</body>", f"{measure}</body>"), encoding="utf-8")
    frame = folder / f"frame-{dark}.html"
    frame.write_text(
        f'<iframe id="f" src="{framed.name}" style="width:{width}px;height:900px;border:0"></iframe>'
        "<script>f.onload = () => setTimeout(() => { document.body.dataset.found = "
        "f.contentDocument.title; }, 0);</script>"
    )
    done = subprocess.run(
        [chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
         f"--user-data-dir={folder}/profile", "--virtual-time-budget=5000", "--dump-dom", frame.as_uri()],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    found = re.search(r'data-found="([^"]*)"', done.stdout)
    assert found, done.stdout[-2000:] + done.stderr[-2000:]
    return dict(json.loads(html.unescape(found[1])))
