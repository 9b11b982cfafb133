"""AWS's list of functions: each is supported, with a line in expressions.txt, or refused by its name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dpctl.sandbox.redshift.sql import allowed
from tests.integration.redshift_engine.conftest import PASSWORD
from tests.integration.redshift_engine.raw import Raw, errors, fields, values

pytestmark = pytest.mark.sandbox

LIST = Path(__file__).with_name("documented_functions.txt")
EXPRESSIONS = Path(__file__).with_name("expressions.txt")

# Not functions to the grammar: what stands for them in `allowed.CONSTRUCTS`.
CONSTRUCTS = {"try_cast": "TryCast", "current_time": "CurrentTime", "current_timestamp": "CurrentTimestamp"}
# Needs a table to look at: test_metadata's views and the clients' checks call it.
ELSEWHERE = {"pg_get_cols"}


def documented() -> dict[str, str]:
    """The functions, in lower case, with the page that lists each."""
    found: dict[str, str] = {}
    for line in LIST.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            page, _, names = line.partition(":")
            found |= dict.fromkeys(names.lower().split(), page)
    return found


@pytest.fixture(scope="module")
def session(lab):
    client = Raw(lab.engine.wire_port).log_in("admin", PASSWORD)
    yield client
    client.close()


def test_every_documented_function_is_supported_or_refused():
    known = {name for name, kind in CONSTRUCTS.items() if kind in allowed.CONSTRUCTS}
    decided = allowed.FUNCTIONS | allowed.MISSING | known
    assert sorted(set(documented()) - decided) == []
    assert sorted(allowed.FUNCTIONS & allowed.MISSING) == []
    assert sorted(allowed.MISSING - set(documented())) == []


def test_every_supported_function_has_an_expression():
    text = EXPRESSIONS.read_text(encoding="utf-8").lower()
    wanted = set(documented()) - allowed.MISSING - ELSEWHERE
    assert sorted(name for name in wanted if not re.search(rf"\b{name}\b", text)) == []


def test_what_the_sandbox_has_not_is_refused_by_its_full_name(session):
    for name in sorted(allowed.MISSING):
        call = (
            "object_transform(json_parse('{}') keep '\"a\"')"
            if name == "object_transform"
            else f"{name}('a', 1)"
        )
        found = session.simple(f"select {call}")
        (error,) = [fields(body) for kind, body in found if kind == b"E"]
        said = (error["C"], error["M"])
        assert said == ("0A000", f"The function {name} is not supported in the sandbox.")


def test_what_only_postgresql_has_is_refused(lab, session):
    """Of the functions of PostgreSQL's catalog that are not Redshift's, every tenth or so."""
    foreign = sorted(lab.engine._postgres.foreign_functions("dev") - allowed.FUNCTIONS - allowed.MISSING)
    assert len(foreign) > 1500
    words = {"user", "left", "right", "overlaps", "xmlexists", "like", "notlike", "position", "collation"}
    for name in foreign[:: len(foreign) // 150]:
        if name in words:
            continue
        assert errors(session.simple(f"select {name}(1)")) == ["0A000"], name


def test_the_session_lives(session):
    assert values(session.simple("select 1")) == [["1"]]
