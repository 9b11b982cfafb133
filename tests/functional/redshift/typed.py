"""A command line whose Redshift follows a script, and the shape of what it prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from dpctl.cli import app, statements
from dpctl.redshift.executor import RecordingExecutor, Result
from tests.unit.redshift.answers import HISTORY
from tests.unit.redshift.fakes import FakeS3

SOURCE = "manifest-bucket-054158074701"
COPIED = [("COPY", Result("id-1", query_id=42, seconds=3.0)), ("sys_load_history", HISTORY)]


class Typed:
    """A command line whose Redshift and S3 follow a script; what was sent is in ``executor``."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.executor = RecordingExecutor()
        self.s3 = FakeS3()
        self.opened: list[str] = []
        monkeypatch.setattr(statements, "open_executor", self.open)
        monkeypatch.setattr(statements, "open_s3", lambda *_: self.s3)

    def open(self, *_: Any, via: str, progress: Any, **__: Any) -> RecordingExecutor:
        self.opened.append(via)
        progress(0.0, "id-1")
        progress(25.0, "id-1")
        return self.executor

    def __call__(self, *words: str) -> Any:
        return CliRunner().invoke(app, ["--root", str(self.root), *words], catch_exceptions=False)


def check(repo: Path, name: str, text: str) -> Any:
    schema = json.loads((repo / "docs/schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
    document = json.loads(text)
    jsonschema.Draft202012Validator(schema).validate(document)
    return document
