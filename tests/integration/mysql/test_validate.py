"""A table goes from MySQL into env.yaml by hand's commands, and ``validate`` compares the two."""

from __future__ import annotations

import shutil

import pytest

from dpctl.sandbox.mysql import program

pytestmark = pytest.mark.sandbox
SEED = 'mariadb -u "$MYSQL_USER" "$MYSQL_DATABASE" < docs/examples/customers.sql'


def test_validate_compares_with_mysql_in_a_running_sandbox(repo, workspace):
    if program() is None:
        pytest.skip("no MariaDB: apt-get install --no-install-recommends mariadb-server")
    shutil.copytree(repo / "docs/examples", workspace.root / "docs/examples")
    assert workspace.dpctl("sandbox", "start").code == 0
    seeded = workspace.dpctl("sandbox", "exec", "--", "sh", "-c", f"cd '{workspace.root}' && {SEED}")
    assert seeded.code == 0, seeded.stderr
    refused = workspace.dpctl(
        "--sandbox", "tables", "from-mysql", "customers", "--name", "Bad Name", "--write"
    )
    assert (refused.code, refused.stdout) == (2, "")
    assert "'Bad Name' can't be a table of env.yaml" in refused.stderr
    written = workspace.dpctl("--sandbox", "tables", "from-mysql", "customers", "--write")
    assert written.code == 0, written.stderr

    exact = workspace.dpctl("--sandbox", "validate", "--json")
    assert [one for one in exact.json["problems"] if one["code"] == "mysql-differs"] == [], exact.stdout

    text = (workspace.root / "live/dev/env.yaml").read_text(encoding="utf-8")
    block = text[text.index("  customers:") :]
    name = next(line for line in block.splitlines() if "{name: name, " in line)
    workspace.edit(
        "dev",
        (name, "      - {name: name, type: varchar}"),
        ("{name: id, type: bigint", "{name: id, type: date"),
    )
    told = workspace.dpctl("--sandbox", "validate", "--json")
    assert told.code == 0, told.stderr
    found = [one for one in told.json["problems"] if one["code"] == "mysql-differs"]
    assert [(one["severity"], one["key"].split("[")[0], one["line"] > 0) for one in found] == [
        ("warning", "tables.customers.columns", True)
    ] * len(found)
    said = "\n".join(one["message"] for one in found)
    assert "does not go into date; its load would be refused" in said
    assert "name varchar: MySQL's" in said

    elsewhere = workspace.dpctl("validate", "--json")
    assert [one for one in elsewhere.json["problems"] if one["code"] == "mysql-differs"] == []
    assert "MySQL" not in elsewhere.stderr
