"""A table of env.yaml made from one of MySQL's, as text, and put into a file; and the comparison."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dpctl.config import document, load_environment
from dpctl.config.tables import Table
from dpctl.errors import UsageError
from dpctl.mysql import compare, types
from dpctl.mysql.catalogue import Column, SourceTable
from dpctl.mysql.compare import Difference, problems
from dpctl.mysql.definition import define
from dpctl.mysql.insertion import write
from tests.runtime.scripts import load

gluejob = load("glue_etl/gluejob.py")


def column(full: str, name: str = "c", **more) -> Column:
    kind = full.split("(")[0].split()[0]
    return Column(name, more.pop("kind", kind), full, **more)


@pytest.mark.parametrize(
    ("source", "type_", "note"),
    [
        (column("tinyint(1)"), "boolean", "smallint"),
        (column("tinyint(1) unsigned"), "smallint", ""),
        (column("tinyint(4)"), "smallint", ""),
        (column("smallint(5) unsigned"), "integer", ""),
        (column("mediumint(8) unsigned zerofill"), "integer", ""),
        (column("int(11)"), "integer", ""),
        (column("int unsigned"), "bigint", ""),
        (column("bigint(20)"), "bigint", ""),
        (column("bigint unsigned"), "decimal(20,0)", ""),
        (column("year(4)"), "smallint", ""),
        (column("bit(1)", digits=1), "boolean", ""),
        (column("bit(63)", digits=63), "bigint", ""),
        (column("bit(64)", digits=64), "decimal(20,0)", ""),
        (column("decimal(12,2)", digits=12, scale=2), "decimal(12,2)", ""),
        (column("decimal(38,30)", digits=38, scale=30), "decimal(38,30)", ""),
        (column("decimal(65,2)", digits=65, scale=2), "varchar(68)", "38 digits"),
        (column("float"), "real", ""),
        (column("double"), "double precision", ""),
        (column("date"), "date", ""),
        (column("datetime(6)"), "timestamp", ""),
        (column("timestamp"), "timestamptz", ""),
        (column("time"), "time", "varchar(17)"),
        (column("char(4)", length=4, charset="utf8mb4"), "varchar(16)", ""),
        (column("varchar(10)", length=10, charset="latin1"), "varchar(30)", ""),
        (column("varchar(10)", length=10, charset="ascii"), "varchar(10)", ""),
        (column("varchar(16383)", length=16383, charset="utf8mb4"), "varchar(65532)", ""),
        (column("varchar(21000)", length=21000, charset="utf8mb4"), "varchar(65535)", "longer texts"),
        (column("text", length=65535, charset="utf8mb4"), "varchar(65535)", ""),
        (column("tinytext", length=255, charset="latin1"), "varchar(765)", ""),
        (column("longtext", length=4294967295, charset="utf8mb4"), "varchar(65535)", "longer texts"),
        (column("enum('a','bb')", length=2, charset="utf8mb4"), "varchar(8)", ""),
        (column("longtext", kind="json"), "super", ""),
        (column("binary(16)", length=16), "varbyte(16)", ""),
        (column("varbinary(64)", length=64), "varbyte(64)", "empty ones are refused"),
        (column("longblob", length=4294967295), "varbyte(1024000)", "longer ones"),
        (column("uuid"), "varchar(36)", ""),
        (column("point"), "", "no type"),
    ],
    ids=lambda value: value.full if isinstance(value, Column) else "",
)
def test_a_type_is_proposed_that_the_job_takes(source, type_, note):
    found = types.proposed(source)
    assert found.type == type_
    assert note in found.note
    assert bool(found.note) == bool(note)
    if type_:
        assert types.goes(source, type_)
        assert gluejob.KINDS[source.kind] in gluejob.TAKES[gluejob.parse_type(type_).base]


def test_the_rules_of_types_are_the_job_s():
    assert types.KINDS == gluejob.KINDS
    assert types.TAKES == gluejob.TAKES
    assert types.SAME == gluejob.SAME
    assert types.LENGTHS == gluejob.LENGTHS
    assert types.RANGES == gluejob.RANGES | {"boolean": 2}
    spellings = [*gluejob.SAME, "float(24)", "float(25)", "Character  Varying (8)", "numeric(3,1)", "date"]
    for text in spellings:
        assert types.base(text) == gluejob.parse_type(" ".join(text.split())).base, text
    for name in ("Order Date", "größe", "2fa", "a$b", "ID", "x-y", "_z"):
        assert compare.plain(name) == gluejob.plain(name)


CUSTOMERS = SourceTable(
    "Customers",
    (
        Column("ID", "bigint", "bigint(20)", nullable=False),
        Column("Full Name", "varchar", "varchar(100)", length=100, charset="utf8mb4"),
        Column("price", "decimal", "decimal(12,2)", digits=12, scale=2),
        Column("place", "point", "point"),
        Column("created_at", "datetime", "datetime", nullable=False),
        Column("updated_at", "timestamp", "timestamp", extra="on update current_timestamp()"),
    ),
    key=("ID",),
    indexed=("ID", "created_at"),
)
BLOCK = """\
# place is left out: point has no type in Redshift that takes it
# distribution key id: no two rows have the same, so they spread evenly, and a row that is replaced is found \
where it is
# sort key created_at: MySQL has an index that begins with it, and questions about a time read only the \
blocks of that time
# mode upsert by updated_at: MySQL sets it at each change; deletions are not seen
tables:
  customers:
    key: [id]
    distribution_key: id
    sort_key: [created_at]
    columns:
      - {name: id, type: bigint, nullable: false}
      - {name: full_name, type: varchar(400)}
      - {name: price, type: "decimal(12,2)"}
      - {name: created_at, type: timestamp, nullable: false}
      - {name: updated_at, type: timestamptz}
    load: {source: mysql, source_table: Customers, mode: upsert, watermark: updated_at}
"""


def test_the_block_of_a_table_whole():
    made = define(CUSTOMERS)
    assert made.text() == BLOCK
    Table.model_validate(made.settings)  # env.yaml takes it as it is


def test_a_table_without_key_and_times_is_loaded_whole_and_says_why():
    plain = SourceTable("log", (Column("text", "varchar", "varchar(9)", length=9, charset="ascii"),))
    made = define(plain)
    assert made.settings == {
        "columns": [{"name": "text", "type": "varchar(9)"}],
        "load": {"source": "mysql", "mode": "full"},
    }
    assert [line.split(":")[0] for line in made.reasons] == [
        "no key",
        "no distribution key (AUTO)",
        "no sort key (AUTO)",
        "mode full",
    ]
    with pytest.raises(UsageError, match="No column"):
        define(SourceTable("geo", (Column("p", "point", "point"),)))


def test_a_key_of_a_column_that_can_not_be_loaded_is_no_key():
    made = define(SourceTable("g", (Column("p", "point", "point"), Column("n", "int", "int")), key=("p",)))
    assert "key" not in made.settings
    assert "no key: a column of (p) can't be loaded" in made.reasons


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tables:\n  t: {x: 1} # kept\n\n# next\nb: 2\n", "tables:\n  t: {x: 1} # kept\n@\n# next\nb: 2\n"),
        ("tables:\n    t:\n        x: 1", "tables:\n    t:\n        x: 1\n@"),
        ("tables: {} # none yet\nb: 2\n", "tables: # none yet\n@b: 2\n"),
        ("tables: ~\n", "tables:\n@"),
        ("a: 1\ntables:", "a: 1\ntables:\n@"),
        ("tables:\n\nb: 2\n", "tables:\n@\nb: 2\n"),
        ('"tables":\n  t: {x: 1}\n', '"tables":\n  t: {x: 1}\n@'),
        ("'tables' :\n  t:\n    x: |\n      # text\n\nb: 2\n", None),
        ("? tables\n: t: {x: 1}\nb: 2\n", None),
        ("tables: {t: {x: 1}}\nb: 2\n", None),
        ("tables: {\n  t: {x: 1}, # a comment }\n}\nb: 2\n", None),
        ('{"a": 1, "tables": {"t": {"x": 1}}}\n', None),
        ('{"a": 1, "tables": null}', None),
        ('{"a": 1}', None),
        ("a: 1\r\ntables:\r\n  t: {x: 1}\r\nb: 2\r\n", None),
        ("\ufeffa: 1\ntables:\n  t: {x: 1} # 日\nb: '日'\n", None),
        ("# top\na: 1\nc:\n  - x\n...\n", "# top\na: 1\nc:\n  - x\ntables:\n@...\n"),
        ("tables:\n  a: &one {x: 1}\n  b: *one\n", None),
        ("tables: !!map\n  t: {x: 1}\n# end", None),
    ],
)  # fmt: skip
def test_the_block_is_put_in_and_nothing_else_changes(tmp_path: Path, before: str, after: str | None):
    file = tmp_path / "env.yaml"
    file.write_bytes(before.encode())
    write(file, made := define(CUSTOMERS))
    new = file.read_bytes().decode()
    assert not list(tmp_path.glob("*.new"))
    was, now = document.parse(before, "").data, document.parse(new, "").data
    assert now == was | {"tables": (was.get("tables") or {}) | {made.name: made.settings}}
    # What was there is there yet, letter by letter, in its order; but for what stood for no tables.
    left = iter(new)
    assert all(letter in left for letter in re.sub(r" ({}|~)|null}", "", before))
    assert ("\r\n" in before) == ("\r\n" in new)
    assert new.count("\n") == new.count("\r\n") or "\r\n" not in new
    if after is None:
        return
    lines = BLOCK.split("tables:\n")[1].splitlines(keepends=True)
    indent = 4 if "    t:" in before else 2
    block = "".join(" " * (indent - 2) + line for line in lines)
    assert file.read_text(encoding="utf-8") == after.replace("@", block)


def test_a_table_that_is_there_is_not_written_over(tmp_path: Path):
    file = tmp_path / "env.yaml"
    file.write_text("tables:\n  customers: {}\n", encoding="utf-8")
    with pytest.raises(UsageError, match="already"):
        write(file, define(CUSTOMERS))
    assert file.read_text(encoding="utf-8") == "tables:\n  customers: {}\n"


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ("x: &all\n  t: {x: 1}\ntables: *all\n", "more than its table"),
        ("tables: [a, b]\n", "no mapping"),
        ("tables: a\n", "no mapping"),
        ("tables:\n  t: {x: 1\n", "env.yaml:"),
        ("[1, 2]\n", "no mapping"),
        ("", "empty"),
        ("tables:\n  t: 1\n  t: 2\n", "twice"),
        ("tables:\n  a: {x: 1}\n  b: 1_000\n", "YAML 1.1"),
    ],
)
def test_what_can_not_be_edited_stays_as_it_is_and_the_block_is_given(tmp_path: Path, before: str, why: str):
    file = tmp_path / "env.yaml"
    file.write_text(before, encoding="utf-8")
    made = define(CUSTOMERS)
    with pytest.raises(UsageError, match=r"can't be edited") as refused:
        write(file, made)
    assert why in refused.value.why
    assert made.text().rstrip() in refused.value.hint
    assert [one.read_text(encoding="utf-8") for one in tmp_path.iterdir()] == [before]


def test_a_file_that_can_not_be_written_stays_as_it_is(tmp_path: Path, monkeypatch):
    file = tmp_path / "env.yaml"
    file.write_text("a: 1\n", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UsageError, match=r"can't be edited") as refused:
        write(file, define(CUSTOMERS))
    assert "No space left" in refused.value.why
    assert file.read_text(encoding="utf-8") == "a: 1\n"


def test_a_link_and_the_rights_of_a_file_stay(tmp_path: Path):
    file, link = tmp_path / "common.yaml", tmp_path / "env.yaml"
    file.write_text("a: 1\n", encoding="utf-8")
    file.chmod(0o640)
    link.symlink_to(file)
    write(link, define(CUSTOMERS))
    assert link.is_symlink()
    assert "customers" in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("name", ["Bad Name", "Customers", "größe", "2fa", "a.b", "x" * 128, "a\nb", "-"])
def test_a_name_that_env_yaml_does_not_take_is_refused(name: str):
    with pytest.raises(UsageError, match="can't be a table"):
        define(CUSTOMERS, name)


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
WORDS = st.sampled_from(["y", "no", "on", "null", "Yes", "1_000", "0x1f", "2024-01-01", "a: b", "x #y", "*a"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=NAMES | WORDS,
    columns=st.lists(NAMES | WORDS, min_size=1, max_size=4, unique_by=compare.plain),
    before=st.sampled_from(["a: 1\n", "tables: {}\n", "tables: {t: {x: 1}}\n", "tables:\n  t: {x: 1}\n"]),
)
def test_any_name_of_mysql_s_comes_back_from_what_was_written(tmp_path: Path, name, columns, before):
    """Or the file stays as it was: env.yaml takes no odd spaces and quotes, wherever they stand."""
    own = tuple(Column(one, "int", "int(11)", nullable=False) for one in columns)
    made = define(SourceTable(name, own, key=(columns[0],)), "" if compare.plain(name) != "t" else "other")
    Table.model_validate(made.settings)
    file = tmp_path / "env.yaml"
    file.write_text(before, encoding="utf-8")
    try:
        write(file, made)
    except UsageError as error:
        refused = error.why
    else:
        refused = ""
    if refused:
        assert re.search("U\\+|quotation mark", refused), refused
        assert file.read_text(encoding="utf-8") == before
        return
    assert document.read(file, "").data["tables"][made.name] == made.settings


def differences(columns: list[dict], source: SourceTable = CUSTOMERS) -> list[tuple[str, bool]]:
    made = Table.model_validate({"columns": columns, "load": {"source": "mysql", "mode": "full"}})
    return [(one.text, one.fatal) for one in compare.differences("customers", made, source)]


def test_what_a_load_would_stumble_over_is_told():
    exact = define(CUSTOMERS).settings["columns"]
    left_out = ("MySQL's place would be left out", False)
    assert differences(exact) == [left_out]
    changed = [
        {"name": "id", "type": "date"},
        {"name": "full_name", "type": "varchar(20)", "nullable": False},
        {"name": "gone", "type": "integer"},
        *exact[2:],
    ]
    assert differences(changed) == [
        ("id: MySQL's bigint(20) does not go into date", True),
        ("full_name may not be NULL here, and may in MySQL", False),
        ("full_name varchar(20): MySQL's varchar(100) can be longer, as varchar(400) is", False),
        ("gone is no column of Customers", True),
        left_out,
    ]


@pytest.mark.parametrize(
    ("source", "target", "told"),
    [
        (column("varchar(100)", length=100, charset="ascii"), "varchar", ""),
        (column("varchar(300)", length=300, charset="ascii"), "varchar", "be longer, as varchar(300) is"),
        (column("varchar(300)", length=300, charset="ascii"), "text", "be longer"),
        (column("varchar(300)", length=300, charset="ascii"), "character varying(300)", ""),
        (column("char(2)", length=2, charset="ascii"), "char", "be longer"),
        (column("char(2)", length=2, charset="ascii"), "bpchar", ""),
        (column("char(1)", length=1, charset="ascii"), "char", ""),
        (column("longblob", length=4294967295), "varbyte", "be longer"),
        (column("varbinary(9)", length=9), "varbyte", ""),
        (column("bigint"), "integer", "have more digits, as bigint has"),
        (column("bigint unsigned"), "bigint", "have more digits, as decimal(20,0) has"),
        (column("int unsigned"), "bigint", ""),
        (column("int"), "decimal", ""),
        (column("int"), "decimal(9,0)", "have more digits"),
        (column("int"), "decimal(10)", ""),
        (column("decimal(12,4)", digits=12, scale=4), "decimal(12,2)", "have more digits"),
        (column("decimal(12,4)", digits=12, scale=4), "numeric(14,6)", ""),
        (column("decimal(12,0)", digits=12), "decimal", ""),
        (column("decimal(5,1)", digits=5, scale=1), "integer", "have more digits"),
        (column("tinyint(4)"), "boolean", "have more digits, as smallint has"),
        (column("tinyint(1)"), "boolean", ""),
        (column("tinyint(1)"), "smallint", ""),
        (column("int"), "varchar(3)", ""),
        (column("double"), "real", ""),
    ],
    ids=lambda value: value.full if isinstance(value, Column) else value,
)
def test_a_target_with_less_room_is_told_with_redshift_s_own_sizes(source, target, told):
    found = differences([{"name": "c", "type": target}], SourceTable("t", (source,)))
    assert len(found) == bool(told), found
    assert not told or f"c {target}: MySQL's {source.full} can {told}" in found[0][0]


def test_two_columns_of_one_name_are_told():
    twice = SourceTable("t", (Column("A B", "int", "int"), Column("a-b", "int", "int")))
    assert differences([{"name": "a_b", "type": "integer"}], twice)[0] == (
        "a_b is 'A B', 'a-b' in MySQL: which one?",
        True,
    )
    with pytest.raises(UsageError, match="No column"):
        define(twice)
    exact = SourceTable("t", (Column("A B", "int", "int"), Column("a_b", "int", "int")))
    assert [one["name"] for one in define(exact).settings["columns"]] == ["a_b"]


def test_the_hint_of_a_difference_names_mysql_s_own_table_as_a_shell_takes_it(repo: Path):
    environment = load_environment(repo, "dev")
    config = environment.config
    table = config.tables["order_files"]
    load = table.load.model_copy(update={"source": "mysql", "source_table": "Kunden's"})
    tables = {**config.tables, "order_files": table.model_copy(update={"load": load})}
    renamed = replace(environment, config=config.model_copy(update={"tables": tables}))
    (told,) = problems(renamed, [Difference("order_files", "is no column", True, "customer")])
    assert shlex.split(told.hint)[:4] == ["dpctl", "tables", "from-mysql", "Kunden's"]
    assert told.key == "tables.order_files.columns[1]"
