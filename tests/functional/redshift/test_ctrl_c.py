"""Ctrl-C at every stage: the statement's id, what became of it, where its files are, and exit code 130."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dpctl import terminal
from dpctl.cli import statements
from dpctl.redshift.executor import RecordingExecutor, Result
from dpctl.redshift.polling import interrupted
from tests.functional.redshift.test_transfer_commands import EXPORTS, writing
from tests.functional.redshift.typed import COPIED, SOURCE, Typed, check
from tests.unit.redshift.fakes import FakeS3

TO = f"s3://{EXPORTS}/x/"
UNLOAD = ("unload", "--table", "orders", "--to", TO)
COPY = ("copy", "--table", "orders", "--from", f"s3://{SOURCE}/in/", "--format", "csv")
SQL = ("sql", "SELECT 1")
ROWS = Result("id-1", query_id=42, columns=("a",), rows=((1,),), row_count=3)


class Impatient(RecordingExecutor):
    """Somebody presses Ctrl-C while the statement with this word in it is looked after."""

    word: str = "nothing"

    def run(self, sql: str, *, fetch: bool = False, token: str = "") -> Result:
        if self.word in sql:
            self.statements.append(sql)
            raise interrupted(
                "id-1" if len(self.statements) == 1 else "id-2", "It was cancelled on the server."
            )
        return super().run(sql, fetch=fetch, token=token)


class Late(FakeS3):
    """Ctrl-C once S3 is asked for a key that ends so."""

    ending: str

    def get_object(self, *, Bucket: str, Key: str, Range: str = "") -> dict[str, Any]:
        if Key.endswith(self.ending):
            raise KeyboardInterrupt
        return super().get_object(Bucket=Bucket, Key=Key, Range=Range)


def prepared(dpctl: Typed, monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    """A run that is interrupted at a stage."""
    if stage == "before":
        monkeypatch.setattr(statements, "open_executor", press)
    elif stage in {"waiting", "the history"}:
        executor = Impatient(COPIED)
        executor.word = "sys_load_history" if stage == "the history" else ""
        dpctl.executor = executor
    elif stage in {"the manifest", "downloading"}:
        dpctl.s3 = Late()
        dpctl.s3.ending = "manifest" if stage == "the manifest" else "1_part_00.parquet"
        writing(dpctl, 2, 1, rows=3)
    else:
        dpctl.executor = RecordingExecutor([("SELECT", ROWS)])
        monkeypatch.setattr(terminal.Terminal, "data", press)


def press(*_: Any, **__: Any) -> Any:
    raise KeyboardInterrupt


CASES = [
    (UNLOAD, "before", ["Interrupted."]),
    (COPY, "before", ["Interrupted."]),
    (SQL, "before", ["Interrupted."]),
    (UNLOAD, "waiting", ["Statement id-1", "cancelled", f"Its files go to {TO}"]),
    (COPY, "waiting", ["Statement id-1", "cancelled"]),
    (SQL, "waiting", ["Statement id-1", "cancelled"]),
    (UNLOAD, "the manifest", ["Statement id-1", "It had ended", f"3 rows are in {TO}"]),
    (COPY, "the history", ["Statement id-1", "It had ended, and what it loaded is in the table"]),
    (UNLOAD, "downloading", ["it was interrupted", f"They stay in {TO}"]),
    (SQL, "printing", ["Statement id-1", "its rows were not all printed"]),
]


@pytest.mark.parametrize(
    ("words", "stage", "said", "as_json"),
    [
        pytest.param(*case, as_json, id=f"{case[0][0]} {case[1]}{' json' if as_json else ''}")
        for case in CASES
        for as_json in (False, True)
        if not (as_json and case[1] == "printing")  # the document is printed in one piece
    ],
)
def test_ctrl_c(
    dpctl: Typed, monkeypatch: pytest.MonkeyPatch, repo: Path, tmp_path: Path,
    words: tuple[str, ...], stage: str, said: list[str], as_json: bool,
) -> None:  # fmt: skip
    prepared(dpctl, monkeypatch, stage)
    folder = tmp_path / "new"
    more = ["--download", str(folder)] if stage == "downloading" else []
    result = dpctl(*words, *more, *(["--json"] if as_json else []))
    assert result.exit_code == 130, result.stderr
    assert all(part in result.stderr for part in said), result.stderr
    known = "id-1" if stage != "before" else ""
    if stage not in {"before", "downloading"}:
        assert "statements show id-1" in result.stderr
    if as_json:
        document = json.loads(result.stdout) if stage == "before" else check(repo, words[0], result.stdout)
        assert document["ok"] is False
        found = document.get("statement_id") or document["error"].get("statement_id", "")
        assert found == known
    elif stage == "downloading":
        assert "3 rows in 2 files" in result.stdout
        assert "Statement  id-1" in result.stdout
    if stage == "downloading":
        assert sorted(path.name for path in folder.iterdir()) == ["0000_part_00.parquet"]
