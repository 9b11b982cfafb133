"""A file that was checked before gives the same values, without its models; one that was not is checked."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from dpctl import usercache
from dpctl.config import known, load_environment
from dpctl.config.known import Known, known_environment
from dpctl.errors import ConfigError, UsageError


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def same(one, other):
    """Whether a model and what was kept of it are equal, attribute by attribute."""
    fields = getattr(type(one), "model_fields", None)
    if fields is not None:
        return isinstance(other, Known) and all(
            same(getattr(one, name), getattr(other, name)) for name in fields
        )
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_values_are_those_of_the_models(repo, name):
    checked = load_environment(repo, name)
    known_environment(repo, name)
    again = known_environment(repo, name)
    assert isinstance(again.config, Known)
    assert same(checked.config, again.config)
    assert again.resource("x") == checked.resource("x")


@pytest.fixture
def copied(repo, tmp_path):
    """A live tree whose env.yaml may be changed."""
    folder = tmp_path / "repository/live/dev"
    folder.mkdir(parents=True)
    text = (repo / "live/dev/env.yaml").read_text(encoding="utf-8")
    (folder / "env.yaml").write_text(text, encoding="utf-8")
    known_environment(folder.parents[1], "dev")
    return folder.parents[1]


def test_a_changed_file_is_checked(copied):
    path = copied / "live/dev/env.yaml"
    before = path.stat()
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("region: ap-south-1", "region: ap-sooth-1"), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(ConfigError):
        known_environment(copied, "dev")
    path.unlink()
    with pytest.raises(UsageError):
        known_environment(copied, "dev")


def test_other_code_checks_again(copied, monkeypatch):
    assert isinstance(known_environment(copied, "dev").config, Known)
    monkeypatch.setattr(known, "__version__", "another")
    assert not isinstance(known_environment(copied, "dev").config, Known)


def test_a_file_with_errors_is_never_kept(copied):
    path = copied / "live/dev/env.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\nstrange: 1\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(ConfigError):
            known_environment(copied, "dev")


@pytest.mark.parametrize("values", [None, 7, {"fields": 3}, {"nothing": {}}, [{"items": [1]}]])
def test_what_is_no_cache_costs_nothing_but_time(copied, values):
    place = next(path.name for path in usercache.folder().iterdir() if path.name.startswith("env-"))
    key = usercache.load(place)["key"]
    usercache.save(place, {"key": key, "values": values})
    assert not isinstance(known_environment(copied, "dev").config, Known)
    (usercache.folder() / place).write_bytes(b'mark\n{"key": 1}')
    assert not isinstance(known_environment(copied, "dev").config, Known)


def test_statements_need_no_models(repo, tmp_path):
    program = (
        "import sys\nfrom dpctl.cli import app\n"
        "try: app(['unload', '--table', 'orders', '--sql'], prog_name='dpctl')\n"
        "finally: print([n for n in ('pydantic', 'botocore', 'yaml', 'rich') if n in sys.modules])"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program], cwd=repo, capture_output=True, text=True, check=False
        ).stdout.splitlines()
        for _ in range(2)
    ]
    assert outputs[1][-1] == "[]"
    assert [line for line in outputs[0][:-1] if "run=" not in line] == [
        line for line in outputs[1][:-1] if "run=" not in line
    ]
