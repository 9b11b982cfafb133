"""What dpctl refuses and what the sandbox's Redshift refuses: two tables of rules, compared pair by pair.

They stay two, so that the sandbox can find a fault in dpctl's. Of every two options both say the same: a
statement that dpctl lets through is read, and one that it refuses is refused in the words of Redshift.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from dpctl.errors import UsageError
from dpctl.redshift import conflicts
from dpctl.redshift.copy import Copy, copy_sql
from dpctl.redshift.options import options_of
from dpctl.redshift.unload import Unload, unload_sql
from dpctl.sandbox.redshift.copy.grammar import parse_copy
from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.unload.grammar import parse_unload
from tests.unit.redshift import test_copy_statement as of_copy
from tests.unit.redshift import test_unload_statement as of_unload

# What an option needs before it can be tried with others.
COPY_COMPANIONS: dict[str, dict[str, Any]] = {
    "QUOTE": {"format": "csv"},
    "JSONPATHS": {"format": "json"},
    "SERIALIZETOJSON": {"format": "parquet"},
    "SIMPLIFY": {"format": "shapefile"},
    "SIMPLIFY AUTO": {"format": "shapefile"},
    "ACCEPTANYDATE": {"date_format": "auto"},
    "READRATIO": {"source": "dynamodb://Orders"},
    "FROM dynamodb://": {"read_ratio": 10},
    "AUTO": {"job_create": "j"},
}
# What is written only beside what it belongs to: alone it is not in the statement.
PLACED = ("JSONPATHS", "AUTO")
UNLOAD_VALUES: dict[str, dict[str, Any]] = of_unload.VALUES | {
    "PARTITION BY": {"partition_by": ("day",)},
    "MANIFEST": {"manifest": True},
    "PARALLEL": {"parallel": "off"},
    "MAXFILESIZE": {"max_file_size": of_unload.Size.parse("5MB")},
    "REGION": {"region": "us-east-1"},
    "EXTENSION": {"extension": "csv"},
}
UNLOAD_COMPANIONS: dict[str, dict[str, Any]] = {
    "VERBOSE": {"manifest": True},
    "INCLUDE": {"partition_by": ("day",)},
    "ENCRYPTED": {"kms_key_id": of_unload.KEY},
    "KMS_KEY_ID": {"encrypted": True},
    "ROWGROUPSIZE": {"format": "parquet"},
}


def pairs(values: dict[str, dict[str, Any]], companions: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Every option alone, and every two that can stand in one statement, with what they need."""
    whole = {name: [given | companions.get(name, {})] for name, given in values.items()}
    for name in companions.keys() - set(PLACED):
        whole[name].append(values[name])
    found = [given for both in whole.values() for given in both]
    for one, other in itertools.combinations(whole, 2):
        for left, right in itertools.product(whole[one], whole[other]):
            if all(left[field] == right[field] for field in left.keys() & right.keys()):
                found.append(left | right)
    return list({repr(sorted(given.items())): given for given in found}.values())


def told(make: Callable[[], object]) -> str:
    """Why dpctl refuses, or nothing."""
    try:
        make()
    except UsageError as error:
        return f"{error.what} {error.why}"
    return ""


def read(parse: Callable[[str], object], sql: str) -> str:
    """Why the sandbox refuses, or nothing."""
    try:
        parse(sql)
    except SqlError as error:
        return str(error)
    return ""


def stricter(options: dict[str, Any]) -> bool:
    """Where dpctl refuses what Redshift takes: ENCRYPTED alone changes nothing, so its user meant more."""
    return bool(options.get("encrypted")) and "kms_key_id" not in options


def test_every_option_is_compared() -> None:
    for statement, values in ((Copy, of_copy.VALUES), (Unload, UNLOAD_VALUES)):
        given = {field for options in values.values() for field in options}
        assert {name for name, _ in options_of(statement)} <= given


@pytest.mark.parametrize(
    ("make", "write", "parse", "values", "companions"),
    [
        (of_copy.copy, copy_sql, parse_copy, of_copy.VALUES, COPY_COMPANIONS),
        (of_unload.unload, unload_sql, parse_unload, UNLOAD_VALUES, UNLOAD_COMPANIONS),
    ],
    ids=["COPY", "UNLOAD"],
)
def test_both_tables_say_the_same_of_every_pair(
    make: Callable[..., Any],
    write: Callable[[Any], str],
    parse: Callable[[str], object],
    values: dict[str, dict[str, Any]],
    companions: dict[str, dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = pairs(values, companions)
    ours = [told(lambda options=options: make(**options)) for options in tried]  # type: ignore[misc]
    monkeypatch.setattr(conflicts, "check", lambda *args: None)
    # what a value's own rule refuses (MANIFEST of a table) is not the table's to refuse
    valued = {at for at, options in enumerate(tried) if told(lambda options=options: make(**options))}  # type: ignore[misc]
    theirs = ["" if at in valued else read(parse, write(make(**options))) for at, options in enumerate(tried)]
    apart = [
        f"{options}\n  dpctl: {mine or 'allowed'}\n  sandbox: {other or 'allowed'}"
        for at, (options, mine, other) in enumerate(zip(tried, ours, theirs, strict=True))
        if at not in valued
        and not stricter(options)
        and bool(mine) != bool(other)
        and "not supported in the sandbox" not in other
    ]
    assert not apart, "\n".join(apart)
    assert any(ours)
    assert not all(ours)
