"""Global options on either side of the command, and hints that carry what a run was given."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
import typer.main
from hypothesis import HealthCheck, settings
from hypothesis import given as property_of
from hypothesis import strategies as st

from dpctl.cli import app
from dpctl.cli.given import Given, asks_json, hoist, typed

ROOT = typer.main.get_command(app)


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("apply --sandbox", "--sandbox apply"),
        ("apply --env dev --sandbox --yes", "--sandbox apply --env dev --yes"),
        ("render -v --layer static", "-v render --layer static"),
        ("render --layer static -vv", "-vv render --layer static"),
        ("plan --no-color --root /x --json", "--no-color --root /x plan --json"),
        ("plan --root=/x", "--root=/x plan"),
        ("--sandbox doctor glue-connection --debug", "--sandbox --debug doctor glue-connection"),
        ("state unlock --layer static --sandbox", "--sandbox state unlock --layer static"),
        ("output --layer --sandbox", "output --layer --sandbox"),  # a value, however odd
        ("output --layer a -- --sandbox", "output --layer a -- --sandbox"),
        ("--version", "--version"),
        ("nonsense --sandbox", "--sandbox nonsense"),
        ("", ""),
    ],
)
def test_global_options_work_on_either_side(typed, taken):
    assert hoist(ROOT, typed.split()) == taken.split()


@pytest.mark.parametrize("sql", ["-- top\nSELECT 1", "--\nSELECT 1", "- 1"])
def test_sql_that_begins_with_a_comment_is_no_option(sql):
    assert hoist(ROOT, ["sql", "--sandbox", sql, "--csv"]) == ["--sandbox", "sql", f" {sql}", "--csv"]
    assert hoist(ROOT, ["unload", "--where", sql, "--sql"]) == ["unload", "--where", sql, "--sql"]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@property_of(
    st.lists(st.sampled_from(["--sandbox", "-v", "apply", "--env", "dev", "--", "--yes", "x"]), max_size=9)
)
def test_no_word_is_lost_and_twice_is_once(words):
    once = hoist(ROOT, words)
    assert sorted(once) == sorted(words)
    assert hoist(ROOT, once) == once


@pytest.mark.parametrize(
    ("options", "hint", "shown"),
    [
        ({}, "dpctl state unlock --layer a", "dpctl state unlock --layer a"),
        ({"sandboxed": True}, "dpctl apply --env dev", "dpctl --sandbox apply --env dev"),
        ({"sandboxed": True}, "dpctl --sandbox apply", "dpctl --sandbox apply"),
        ({"sandboxed": True}, "dpctl sandbox start", "dpctl sandbox start"),
        ({"root": Path("/r")}, "dpctl plan, then apply", "dpctl --root /r plan, then apply"),
        ({"root": Path("/a b")}, "dpctl plan", "dpctl --root '/a b' plan"),
        ({"root": Path("/r")}, "dpctl --root DIR", "dpctl --root DIR"),
        ({"env": "prod"}, "dpctl plan --layer a, then apply", "dpctl plan --env prod --layer a, then apply"),
        ({"env": "prod"}, "dpctl plan --env dev", "dpctl plan --env dev"),
        ({"env": "prod"}, "run dpctl plan; then go", "run dpctl plan --env prod; then go"),
        ({"env": "prod"}, "dpctl doctor toolchain", "dpctl doctor toolchain"),
        (
            {"sandboxed": True, "env": "prod"},
            "wait, or dpctl state unlock --layer a; or dpctl drift",
            "wait, or dpctl --sandbox state unlock --env prod --layer a; or dpctl --sandbox drift --env prod",
        ),
        ({"sandboxed": True}, "dpctl ... --terraform PATH", "dpctl --sandbox ... --terraform PATH"),
        ({"sandboxed": True}, "pip install 'dpctl[embedded]'", "pip install 'dpctl[embedded]'"),
        (
            {"sandboxed": True, "env": "e"},
            "dpctl can't write, and dpctl stops",
            "dpctl can't write, and dpctl stops",
        ),
        ({"sandboxed": True}, "/opt/dpctl apply", "/opt/dpctl apply"),
        ({"sandboxed": True}, "less .dpctl/logs/x", "less .dpctl/logs/x"),
        ({}, "aws s3 ls s3://b", "aws s3 ls s3://b"),
        ({"sandboxed": True}, "aws s3 ls s3://b", "dpctl sandbox exec -- aws s3 ls s3://b"),
        (
            {"sandboxed": True, "env": "prod"},
            "aws glue get-job --job-name a; or aws s3 ls s3://b",
            "dpctl sandbox exec --env prod -- aws glue get-job --job-name a; or "
            "dpctl sandbox exec --env prod -- aws s3 ls s3://b",
        ),
        ({"sandboxed": True}, "aws configure list, or aws sso login", "aws configure list, or aws sso login"),
        ({"sandboxed": True}, "what aws says, and aws answers", "what aws says, and aws answers"),
    ],
)
def test_a_hint_carries_what_the_run_was_given(options, hint, shown):
    made = Given(ROOT, **options)
    assert made.retell(hint) == shown
    assert made.retell(shown) == shown


@pytest.mark.parametrize(
    ("line", "hint", "shown"),
    [
        ("unload --table orders", "--via data-api", "dpctl unload --table orders --via data-api"),
        (
            "unload --table orders --timeout 5",
            "--timeout 60",
            "dpctl unload --table orders --timeout 60",
        ),
        ("unload --table=ordrs --sql", "--table orders", "dpctl unload --sql --table orders"),
        ("plan -e prd --json", "--env prod", "dpctl plan --json --env prod"),
        ("apply --layer statik", "--layer static", "dpctl apply --layer static"),
        ("state unlock --layer statik", "--layer static", "dpctl state unlock --layer static"),
        ("destroy --env dev", "--yes", "dpctl destroy --env dev --yes"),
        (
            "unload",
            "--table orders, or --query 'SELECT ...'",
            "dpctl unload --table orders, or --query 'SELECT ...'",
        ),
        (
            "sql 'select 1'",
            "--via data-api, which finds a statement again",
            "dpctl sql 'select 1' --via data-api, which finds a statement again",
        ),
        # no line: prose, an option of something else, one of several, none of the command's, a secret, a page
        ("unload --table a", "--to with a prefix of its own", None),
        ("unload --table a", "--delimiter as the UNLOAD had it", None),
        ("apply --layer a --layer b", "--layer static", None),
        ("graph", "--via data-api", None),
        ("unload --table a", "--via", None),
        ("sandbox exec -- psql", "--env dev", None),
        ("sql 'copy t from //me:word@host'", "--via data-api", None),
        (f"sql '{'select 1;' * 40}'", "--via data-api", None),
        ("unload --table a", "dpctl tables apply", None),
        ("", "--env dev", None),
    ],
)
def test_a_hint_that_is_only_an_option_is_the_line_that_was_typed(line, hint, shown):
    made = Given(ROOT, typed=shlex.split(line))
    assert made.hint(hint) == (hint if shown is None else shown)


def test_such_a_line_goes_where_the_run_went():
    words = hoist(ROOT, ["--root", "/r", "unload", "--sandbox", "--table", "a"])
    made = Given(ROOT, sandboxed=True, root=Path("/r"), env="prod", typed=typed(ROOT, words))
    assert made.hint("--via data-api") == (
        "dpctl --sandbox --root /r unload --env prod --table a --via data-api"
    )


@pytest.mark.parametrize(
    ("words", "wanted"), [("plan --json", True), ("plan", False), ("sandbox exec -- x --json", False)]
)
def test_json_is_asked_for_before_the_two_dashes(words, wanted):
    assert asks_json(words.split()) is wanted
