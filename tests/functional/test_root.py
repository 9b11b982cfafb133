"""The root of the command line: version, settings, and errors as a person reads them."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from dpctl import __version__
from dpctl.cli import ErrorBoundary, root
from dpctl.cli.factory import App, find_root, sandbox_asked
from dpctl.errors import ConfigError, DpctlError, ExitCode, Problem, ToolMissing, UsageError
from dpctl.terminal import Terminal


def failing(error):
    """A command line with one command, which raises ``error``."""
    app = typer.Typer(cls=ErrorBoundary, pretty_exceptions_enable=False)
    app.callback()(root)

    @app.command()
    def fail() -> None:
        raise error

    return app


def test_the_version():
    from dpctl.cli import app

    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"dpctl {__version__}\n")


def test_an_error_says_what_why_and_what_to_type():
    error = ToolMissing(
        "There is no terraform.", why="PATH was searched.\nSo was the package.", hint="pip install x"
    )
    result = CliRunner().invoke(failing(error), ["fail"])
    assert result.exit_code == ExitCode.TOOL
    assert result.stdout == ""
    assert result.stderr == (
        "Error: There is no terraform.\n  PATH was searched.\n  So was the package.\nTry: pip install x\n"
    )


def test_problems_are_listed_in_the_order_of_the_files():
    problems = [
        Problem("b", "second", "live/dev/env.yaml", 9, "k", "do it"),
        Problem("a", "first", "live/dev/env.yaml", 2),
    ]
    result = CliRunner().invoke(failing(ConfigError(problems)), ["fail"])
    assert result.exit_code == ExitCode.CONFIG
    assert result.stderr == (
        "live/dev/env.yaml:2: error: first [a]\n"
        "live/dev/env.yaml:9: error: k: second [b]\n"
        "  Try: do it\n"
        "Error: 2 problems in the configuration (live/dev/env.yaml:9)\n"
    ).replace(" (live/dev/env.yaml:9)", "")


def test_what_nobody_expected_is_no_traceback():
    result = CliRunner().invoke(failing(KeyError("[brackets] stay")), ["fail"])
    assert result.exit_code == ExitCode.FAILED
    assert "Traceback" not in result.stderr
    assert "KeyError" in result.stderr
    assert "[brackets] stay" in result.stderr


def test_debug_shows_the_traceback():
    result = CliRunner().invoke(failing(DpctlError("no")), ["--debug", "fail"])
    assert "Traceback" in result.stderr


def test_ctrl_c_is_130():
    assert CliRunner().invoke(failing(KeyboardInterrupt()), ["fail"]).exit_code == ExitCode.INTERRUPTED


def test_missing_credentials_are_an_access_error_that_names_the_sandbox():
    from botocore.exceptions import NoCredentialsError

    result = CliRunner().invoke(failing(NoCredentialsError()), ["fail"])
    assert result.exit_code == ExitCode.ACCESS
    assert "--sandbox" in result.stderr


@pytest.mark.parametrize("folder", [".", "live", "live/dev", "modules"])
def test_any_folder_of_the_repository_will_do(repo, folder):
    assert find_root(repo / folder) == repo


@pytest.mark.parametrize("name", ["terragrunt.hcl", "root.hcl"])
def test_the_root_file_has_either_name(tmp_path, name):
    (tmp_path / "live").mkdir()
    (tmp_path / name).touch()
    assert find_root(tmp_path / "live") == tmp_path


def test_outside_a_repository_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="no live tree"):
        find_root(tmp_path)


def test_the_environment_is_option_then_variable_then_setting_then_dev(tmp_path, monkeypatch):
    app = App(tmp_path, Terminal())
    assert app.env_name(None) == "dev"
    (tmp_path / "pyproject.toml").write_text('[tool.dpctl]\nenv = "three"\n', encoding="utf-8")
    assert app.env_name(None) == "three"
    monkeypatch.setenv("DPCTL_ENV", "two")
    assert app.env_name(None) == "two"
    assert app.env_name("one") == "one"


def test_nobody_there_to_answer_is_refused_with_the_flag_to_add():
    with pytest.raises(UsageError) as caught:
        Terminal().confirm("Apply?", yes=False)
    assert "--yes" in caught.value.hint


@pytest.mark.parametrize(("name", "said"), [("nowhere", "is not there"), ("file", "is not a folder")])
def test_a_root_that_is_no_folder_is_said_to_be_none(tmp_path, name, said):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=said):
        _ = App(tmp_path / name, Terminal()).root


@pytest.mark.parametrize(
    ("value", "asked"),
    [
        ("1", True),
        ("true", True),
        ("maybe", True),
        ("0", False),
        ("False", False),
        ("no", False),
        (" ", False),
    ],
)
def test_a_plain_no_in_the_variable_of_the_sandbox_is_a_no(value, asked):
    assert sandbox_asked({"DPCTL_SANDBOX": value}) is asked
    assert not sandbox_asked({})
