"""Hints that say how to install print what works in the installation that prints them."""

from __future__ import annotations

import json
import sys

import pytest

from dpctl import installation


@pytest.mark.parametrize(
    ("direct_url", "command"),
    [
        (
            {"url": "file:///home/me/my%20repo", "dir_info": {"editable": True}},
            "-e '/home/me/my repo[sandbox]'",
        ),
        ({"url": "file:///srv/dpctl", "dir_info": {}}, "'/srv/dpctl[sandbox]'"),
        ({"url": "https://example.com/dpctl.whl", "archive_info": {}}, "-e '.[sandbox]'   # in the folder"),
        (None, "-e '.[sandbox]'   # in the folder"),
    ],
)
def test_the_command_names_what_dpctl_was_installed_from(monkeypatch, direct_url, command):
    class Distribution:
        def read_text(self, name):
            assert name == "direct_url.json"
            return json.dumps(direct_url) if direct_url else None

    monkeypatch.setattr("importlib.metadata.distribution", lambda _name: Distribution())
    monkeypatch.setattr(sys, "executable", "/venv/bin/python")
    assert installation.install("sandbox").startswith(f"/venv/bin/python -m pip install {command}")


def test_the_distribution_is_the_one_that_pyproject_names(repo):
    assert f'name = "{installation.DISTRIBUTION}"' in (repo / "pyproject.toml").read_text(encoding="utf-8")


def test_no_page_and_no_hint_installs_the_other_dpctl(repo):
    wrong = [
        str(path.relative_to(repo))
        for folder in ("dpctl", "docs", "runtime", "modules", "live")
        for path in (repo / folder).rglob("*")
        if path.suffix in {".py", ".md", ".tf", ".hcl"}
        and "install 'dpctl" in path.read_text(encoding="utf-8")
    ]
    assert wrong == []
