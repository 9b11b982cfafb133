"""``dpctl sql`` and ``dpctl statements``: whole outputs, on a Redshift that follows a script."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dpctl.cli.sql import _text
from dpctl.errors import DpctlError, UsageError
from dpctl.redshift.executor import Result
from dpctl.redshift.failures import StatementFailed
from tests.functional.redshift.typed import Typed, check
from tests.unit.redshift.fakes import error

ROWS = Result("id-1", columns=("id", "name"), rows=((1, "a"), (2, None)), row_count=2, seconds=1.5)


def test_rows_for_people(dpctl: Typed) -> None:
    dpctl.executor.answers = [("SELECT", ROWS)]
    result = dpctl("sql", "SELECT * FROM orders;")
    assert (result.exit_code, result.stdout) == (0, "id  name\n--  ----\n 1  a\n 2  NULL\n")
    assert result.stderr.endswith("2 rows, 1.5 s, statement id-1\n")
    assert dpctl.executor.statements == ["SELECT * FROM orders"]


def test_rows_as_csv_and_as_json(dpctl: Typed, repo: Path) -> None:
    dpctl.executor.answers = [("SELECT", ROWS)]
    assert dpctl("sql", "SELECT 1", "--csv").stdout == "id,name\n1,a\n2,\n"
    document = check(repo, "sql", dpctl("sql", "SELECT 1", "--json").stdout)
    assert document["statements"][0]["rows"] == [[1, "a"], [2, None]]


def test_csv_keeps_every_letter_and_json_is_json(dpctl: Typed, repo: Path) -> None:
    rows = Result("id-1", columns=("a", "b"), rows=(("x\r\n\x1b", float("nan")), (b"\xff", None)))
    dpctl.executor.answers = [("SELECT", rows)]
    assert dpctl("sql", "SELECT 1", "--csv").stdout_bytes == b'a,b\n"x\r\n\x1b",nan\nff,\n'
    document = check(repo, "sql", dpctl("sql", "SELECT 1", "--json").stdout)
    assert document["statements"][0]["rows"] == [["x\r\n\x1b", "NaN"], ["ff", None]]


def test_a_statement_may_begin_with_a_comment(dpctl: Typed) -> None:
    dpctl.executor.answers = [("SELECT", ROWS)]
    result = dpctl("sql", "-- the orders\nSELECT * FROM orders", "--csv")
    assert (result.exit_code, result.stdout) == (0, "id,name\n1,a\n2,\n")


def test_what_is_never_committed_does_not_run(dpctl: Typed) -> None:
    result = dpctl("sql", "BEGIN; INSERT INTO t VALUES (1)", "--write")
    assert (result.exit_code, dpctl.opened) == (2, [])
    assert "The transaction with INSERT is never committed." in result.stderr


def test_a_closed_stdin_says_so(dpctl: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dpctl.cli.sql.sys.stdin", None)
    with pytest.raises(UsageError, match="stdin can't be read"):
        _text("-", None)


def test_a_file_runs_one_after_the_other_and_ends_at_the_first_failure(dpctl: Typed, tmp_path: Path) -> None:
    dpctl.executor.answers = [("two", DpctlError("no"))]
    file = tmp_path / "x.sql"
    file.write_text("CREATE TABLE one (a int);\nDROP TABLE two;\nDROP TABLE three;\n")
    result = dpctl("sql", "--file", str(file), "--write")
    assert result.exit_code == 1
    assert dpctl.executor.statements == ["CREATE TABLE one (a int)", "DROP TABLE two"]


@pytest.mark.parametrize("as_json", [False, True])
def test_a_failure_says_its_statement_and_what_ran_before(dpctl: Typed, repo: Path, as_json: bool) -> None:
    dpctl.executor.answers = [
        ("nope", StatementFailed("no such column", statement_id="id-7")),
        ("SELECT", ROWS),
    ]
    result = dpctl("sql", "SELECT 1; SELECT nope; SELECT 3", *(["--json"] if as_json else []))
    assert result.exit_code == 1
    assert "Statement id-7" in result.stderr
    if as_json:
        document = check(repo, "sql", result.stdout)
        assert [one["sql"] for one in document["statements"]] == ["SELECT 1"]
        assert (document["ok"], document["error"]["statement_id"]) == (False, "id-7")
    assert len(dpctl.executor.statements) == 2


def test_nothing_is_changed_without_write(dpctl: Typed) -> None:
    result = dpctl("sql", "SELECT 1; DELETE FROM orders")
    assert result.exit_code == 2
    assert "Error: DELETE may change something." in result.stderr
    assert "--write" in result.stderr
    assert dpctl.opened == []


@pytest.mark.parametrize("words", [[], ["SELECT 1", "--file", "x.sql"], ["--file", "/nowhere.sql"], [";"]])
def test_what_can_not_run(dpctl: Typed, words: list[str]) -> None:
    assert dpctl("sql", *words).exit_code == 2


def test_a_file_as_editors_of_windows_write_it(dpctl: Typed, tmp_path: Path) -> None:
    (tmp_path / "x.sql").write_bytes(b"\xef\xbb\xbfSELECT 1;\r\nSELECT 2;\r\n")
    (tmp_path / "latin.sql").write_bytes(b"SELECT '\xe9'")
    assert dpctl("sql", "--file", str(tmp_path / "x.sql")).exit_code == 0
    assert dpctl.executor.statements == ["SELECT 1", "SELECT 2"]
    assert "can't be read" in dpctl("sql", "--file", str(tmp_path / "latin.sql")).stderr


class Statements:
    """The Data API's history: two statements, one of which goes on."""

    def __init__(self) -> None:
        self.cancelled: list[str] = []

    def list_statements(self, **where: Any) -> Any:
        assert where["WorkgroupName"] == "default-workgroup"
        return {"Statements": [{"Id": "id-2"}, {"Id": "id-1"}][: where["MaxResults"]]}

    def describe_statement(self, *, Id: str) -> Any:
        common = {"Id": Id, "CreatedAt": datetime(2026, 1, 31, tzinfo=UTC), "DbUser": "admin"}
        if Id == "id-1":
            failed = 'ERROR: relation "nowhere" does not exist'
            return common | {
                "Status": "FAILED",
                "QueryString": "SELECT 1",
                "Error": failed,
                "Duration": 2_500_000_000,
            }
        if Id == "id-2":
            state = "ABORTED" if self.cancelled else "STARTED"
            return common | {"Status": state, "QueryString": "SELECT\n 2", "Duration": -1, "ResultRows": -1}
        raise error("ResourceNotFoundException", "no such", "DescribeStatement")

    def cancel_statement(self, *, Id: str) -> Any:
        self.cancelled.append(Id)
        return {"Status": True}


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Statements:
    from dpctl.aws import Aws

    made = Statements()
    monkeypatch.setattr(Aws, "client", lambda *_, **__: made)
    return made


def test_statements_are_listed_newest_first(dpctl: Typed, statements: Statements, repo: Path) -> None:
    lines = dpctl("statements", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["id-2", "id-1"]
    assert "started" in lines[0]
    assert lines[0].endswith("SELECT 2")
    document = check(repo, "statements", dpctl("statements", "list", "--json", "--limit", "1").stdout)
    assert [ran["id"] for ran in document["statements"]] == ["id-2"]


def test_a_statement_is_shown_with_its_error_explained(
    dpctl: Typed, statements: Statements, repo: Path
) -> None:
    result = dpctl("statements", "show", "id-1")
    assert result.stdout == (
        "Statement  id-1\n"
        "State      failed\n"
        "User       admin\n"
        "Began      2026-01-31T00:00:00+00:00\n"
        "Took       2.5 s\n"
        'Error      ERROR: relation "nowhere" does not exist\n'
        "           The table is not in the database.\n"
        "Try        dpctl tables apply, if env.yaml has the table; else another name\n"
        "\n"
        "SELECT 1\n"
    )
    assert check(repo, "statements", dpctl("statements", "show", "id-1", "--json").stdout)["ok"] is True


def test_a_running_statement_is_cancelled_once(dpctl: Typed, statements: Statements) -> None:
    assert "State      aborted" in dpctl("statements", "cancel", "id-2", "--yes").stdout
    again = dpctl("statements", "cancel", "id-2", "--yes")
    assert (again.exit_code, statements.cancelled) == (2, ["id-2"])


def test_an_id_that_is_none(dpctl: Typed, statements: Statements) -> None:
    result = dpctl("statements", "show", "x")
    assert (result.exit_code, "There is no statement 'x'" in result.stderr) == (2, True)
    result = dpctl("statements", "show", "1073/2")  # of a connection
    assert (result.exit_code, "sys_query_history WHERE session_id = 1073" in result.stderr) == (2, True)
