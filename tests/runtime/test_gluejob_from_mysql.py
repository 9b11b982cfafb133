"""gluejob's load from MySQL, as far as it needs no Spark: columns, parts, statements, what is said."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.runtime.scripts import load

gluejob = load("glue_etl/gluejob.py")
ROLE = "arn:aws:iam::123456789012:role/copy"
TABLE = {
    "schema": "public",
    "name": "t",
    "key": ["id"],
    "columns": [{"name": "id", "type": "bigint"}, {"name": "order_date", "type": "date"}],
    "load": {"mode": "upsert", "watermark": "id"},
}


def source(name: str, full: str) -> Any:
    return gluejob.Source(name, full.split("(")[0].split(" ")[0], full)


def test_columns_are_found_whatever_the_case_the_spaces_and_the_words() -> None:
    pairs = gluejob.pair(TABLE, [source("ID", "bigint(20) unsigned"), source("Order Date", "date")])
    assert [(each.name, each.source.name, each.kind) for each in pairs] == [
        ("id", "ID", "int"),
        ("order_date", "Order Date", "date"),
    ]
    assert gluejob.query("a`b", pairs, "ID", "1 = 1") == (
        "SELECT CAST(`ID` AS CHAR) AS c0, CAST(`Order Date` AS CHAR) AS c1, `ID` AS p FROM `a``b` WHERE 1 = 1"
    )


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ([source("id", "int(11)")], "order_date is not a column of the source"),
        (
            [source("id", "int(11)"), source("Order Date", "date"), source("order-date", "date")],
            "order_date is 'Order Date', 'order-date': which one?",
        ),
        ([source("id", "blob"), source("order_date", "date")], "MySQL's blob does not go into bigint"),
        ([source("id", "point"), source("order_date", "date")], "MySQL's point does not go into bigint"),
        ([source("id", "int(11)"), source("order_date", "time(6)")], "MySQL's time(6) does not go into date"),
    ],
)
def test_columns_that_can_not_be_loaded_are_named_before_anything_is_read(
    sources: list[Any], said: str
) -> None:
    with pytest.raises(gluejob.Unusable, match=r"^t: ") as error:
        gluejob.pair(TABLE, sources)
    assert said in str(error.value)


def test_a_datetime_without_a_zone_does_not_become_a_moment() -> None:
    for kind in ("timestamptz", "timestamp with time zone"):
        assert "datetime" not in gluejob.TAKES[gluejob.parse_type(kind).base]


@pytest.mark.parametrize(
    ("text", "base", "sizes"),
    [
        ("DECIMAL(12,2)", "numeric", (12, 2)),
        ("numeric", "numeric", (18, 0)),
        ("decimal(5)", "numeric", (5, 0)),
        ("character varying(10)", "varchar", (10,)),
        ("text", "varchar", (256,)),
        ("char", "char", (1,)),
        ("float(24)", "real", ()),
        ("float", "double precision", ()),
        ("varbyte", "varbyte", (64000,)),
        ("timestamp without time zone", "timestamp", ()),
    ],
)
def test_types_in_every_spelling(text: str, base: str, sizes: tuple[int, ...]) -> None:
    assert gluejob.parse_type(text) == (base, sizes)


@pytest.mark.parametrize(
    ("low", "high", "parts"), [(0, 100, 4), (1, 2**64 - 1, 7), (-50, 50, 3), (-10, -1, 9), (5, 6, 1)]
)
def test_each_row_is_in_one_part(low: int, high: int, parts: int) -> None:
    conditions = gluejob.ranges("p", low, high, parts)
    assert len(conditions) <= parts
    for value in {low - 5, low, low + 1, (low + high) // 2, high - 1, high, high + 5, None}:
        found = [text for text in conditions if holds(text, value)]
        assert len(found) == 1, (value, conditions)


def holds(text: str, value: int | None) -> bool:
    """A condition of Python's, of one of SQL's: a comparison with NULL holds nowhere."""
    if value is None:
        return text == "1 = 1" or "p IS NULL" in text
    python = text.replace(" = ", " == ").replace("AND", "and").replace("OR p IS NULL", "")
    return bool(eval(python, {"p": value}))


def test_a_source_without_rows_or_bounds_is_read_in_one_part() -> None:
    assert gluejob.ranges("p", None, None, 8) == ["1 = 1"]
    assert gluejob.ranges("p", 3, 4, 8) == ["1 = 1"]


def test_bounds_are_asked_for_in_one_row_and_not_at_all_where_there_are_none() -> None:
    asked: list[str] = []

    class Source:
        def rows(self, query: str) -> list[dict[str, str | None]]:
            asked.append(query)
            return [{"l": "1", "h": "9", "w": None}]

    assert gluejob._bounds(Source(), "t", None, None, "1 = 1") == (None, None, None)
    assert asked == []
    assert gluejob._bounds(Source(), "t", "id", None, "1 = 1") == (1, 9, None)
    assert asked == [
        "SELECT CAST(MIN(`id`) AS CHAR) AS l, CAST(MAX(`id`) AS CHAR) AS h, NULL AS w FROM `t` WHERE 1 = 1"
    ]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (None, "Id"),
        ("id", "Id"),
        ("Big", "Big"),
        ("gone", "partition_column gone is not a column of the source"),
        ("At", "partition_column At is MySQL's datetime, and no whole number"),
        ("Part", "partition_column Part is MySQL's decimal(5,2), and no whole number"),
    ],
)
def test_a_read_is_shared_out_by_whole_numbers(given: str | None, found: str) -> None:
    columns = [
        source("Id", "int(11)")._replace(primary=True), source("Big", "decimal(20,0) unsigned"),
        source("At", "datetime"), source("Part", "decimal(5,2)"),
    ]  # fmt: skip
    if " " not in found:
        assert gluejob.partition_column({"partition_column": given}, columns) == found
        return
    with pytest.raises(gluejob.Unusable) as error:
        gluejob.partition_column({"partition_column": given}, columns)
    assert found in str(error.value)


@pytest.mark.parametrize(
    ("mode", "full", "largest"),
    [
        ("append", "bigint(20) unsigned", "MAX(`W`)"),
        ("append", "decimal(20,0)", "MAX(`W`)"),
        ("append", "decimal(20,2)", None),
        ("append", "datetime", None),
        ("upsert", "datetime(6)", "LEAST(MAX(`W`), UTC_TIMESTAMP(6))"),
        ("upsert", "timestamp", "LEAST(MAX(`W`), UTC_TIMESTAMP(6))"),
        ("upsert", "date", "LEAST(MAX(`W`), UTC_TIMESTAMP(6))"),
        ("upsert", "bigint(20)", None),
        ("upsert", "varchar(20)", None),
        ("full", "varchar(20)", "MAX(`W`)"),
    ],
)
def test_a_watermark_tells_the_mode_what_is_new_and_is_never_in_the_future(
    mode: str, full: str, largest: str | None
) -> None:
    kind = gluejob.KINDS[full.split("(")[0]]
    pairs = [gluejob.Pair("w", gluejob.parse_type("varchar"), True, source("W", full), kind)]
    load = {"mode": mode, "watermark": "w"}
    if largest is None:
        with pytest.raises(gluejob.Unusable, match=rf"mode {mode} goes by .*, and w is MySQL's"):
            gluejob.watermark_column(load, pairs)
        return
    assert gluejob.largest(gluejob.watermark_column(load, pairs)) == largest
    assert gluejob.watermark_column({"mode": mode}, pairs) is None


def test_refused_rows_are_read_as_far_as_they_are_named() -> None:
    opened: list[str] = []

    class Folder:
        bucket = "b"

        def objects(self, below: str) -> list[dict[str, str]]:
            return [{"Key": "1"}, {"Key": "2"}, {"Key": "3"}]

        class s3:
            @staticmethod
            def get_object(*, Bucket: str, Key: str) -> dict[str, Any]:
                opened.append(Key)
                lines = [f'{{"at": "{Key}{i}"}}'.encode() for i in range(2)]
                return {"Body": SimpleNamespace(iter_lines=lambda: [lines[0], b"", lines[1]])}

    found = [row["at"] for row in gluejob.refused_rows(Folder(), 3)]
    assert (found, opened) == (["10", "11", "20"], ["1", "2"])
    assert len(gluejob.refused_rows(Folder(), 20)) == 6


@pytest.mark.parametrize(
    ("load", "mode", "last", "where"),
    [
        ({}, "full", "9", "1 = 1"),
        ({"source_watermark": "id"}, "append", None, "1 = 1"),
        ({"source_watermark": "id"}, "append", "5000", "`id` > 4000"),
        ({"source_watermark": "id", "overlap": 0}, "append", "5000", "`id` > 5000"),
        ({"source_watermark": "At"}, "upsert", "0000-00-00 00:00:00", "1 = 1"),
        (
            {"source_watermark": "At"},
            "upsert",
            "2026-01-01 00:00:00",
            "(`At` >= '2026-01-01 00:00:00' - INTERVAL 300 SECOND OR `At` IS NULL)",
        ),
    ],
)
def test_what_is_read_since_the_watermark(load: dict[str, Any], mode: str, last: str, where: str) -> None:
    assert gluejob.condition(load, mode, last) == where


def test_one_transaction_moves_rows_and_watermark_and_a_second_run_with_the_same_number_changes_nothing() -> (
    None
):
    staged = gluejob.Staged("s3://b/m", 7, "~n~")
    batch = gluejob.next_batch("mysql-0000000041-abc") + "ffff"
    assert batch == "mysql-0000000042-ffff"
    sql = gluejob.move_sql(TABLE, staged, "full", batch, "9", ROLE)
    assert sql == [
        'LOCK "public"."dpctl_load_log"',
        'SELECT 1 / (CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END) FROM "public"."dpctl_load_log" '
        "WHERE table_name = 't' AND batch_id LIKE 'mysql-0000000042-%'",
        'DELETE FROM "public"."t"',
        f'COPY "public"."t" ("id", "order_date") FROM \'s3://b/m\' IAM_ROLE \'{ROLE}\' MANIFEST '
        "FORMAT AS CSV NULL AS '~n~' DATEFORMAT 'auto' TIMEFORMAT 'auto' COMPUPDATE OFF STATUPDATE OFF",
        'SELECT 1 / (CASE WHEN COUNT(*) = 7 THEN 1 ELSE 0 END) FROM "public"."t"',
        'INSERT INTO "public"."dpctl_load_log" (batch_id, table_name, loaded_at, watermark) '
        "VALUES ('mysql-0000000042-ffff', 't', GETDATE(), '9')",
    ]


def test_upsert_replaces_by_key_append_leaves_what_is_there_and_no_rows_need_no_copy() -> None:
    nothing = gluejob.Staged(None, 0, "~n~")
    upsert = gluejob.move_sql(TABLE, nothing, "upsert", gluejob.next_batch(None) + "f", None, ROLE)
    assert not any(line.startswith("COPY") for line in upsert)
    assert upsert[2] == 'CREATE TEMP TABLE arrived (LIKE "public"."t" INCLUDING DEFAULTS)'
    assert upsert[3] == "SELECT 1 / (CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END) FROM arrived"
    assert upsert[5] == 'INSERT INTO "public"."t" ("id", "order_date") SELECT "id", "order_date" FROM arrived'
    assert 'DELETE FROM "public"."t" USING arrived WHERE "t"."id" = arrived."id"' in upsert
    append = gluejob.move_sql(TABLE, nothing, "append", gluejob.next_batch(None) + "f", None, ROLE)
    assert 'DELETE FROM arrived USING "public"."t" WHERE arrived."id" = "t"."id"' in append
    grown = {**TABLE, "key": ["a", "b"]}
    append = gluejob.move_sql(grown, nothing, "append", gluejob.next_batch(None) + "f", None, ROLE)
    same = 'arrived."a" = "t"."a" AND arrived."b" = "t"."b" AND arrived."id" = "t"."id"'
    assert f'DELETE FROM arrived USING "public"."t" WHERE {same}' in append
    assert not any(line.startswith('DELETE FROM "public"') for line in append)


@pytest.mark.parametrize(
    ("full", "target", "holds"),
    [
        ("bigint(20)", "bigint", True),
        ("bigint(20) unsigned", "bigint", False),
        ("bigint unsigned", "decimal(20,0)", True),
        ("bigint unsigned", "decimal(20,1)", False),
        ("bigint", "decimal(19)", True),
        ("int(10) unsigned", "integer", False),
        ("int(10) unsigned zerofill", "bigint", True),
        ("int", "integer", True),
        ("mediumint unsigned", "integer", True),
        ("smallint(6)", "smallint", True),
        ("smallint(5) unsigned", "smallint", False),
        ("smallint(5) zerofill", "smallint", False),
        ("tinyint(3) unsigned", "smallint", True),
        ("tinyint(1)", "boolean", False),
        ("year(4)", "smallint", True),
        ("int", "varchar(20)", False),
        ("int", "real", False),
        ("decimal(12,2)", "decimal(12,2)", True),
        ("decimal(12,2) unsigned", "decimal(13,3)", True),
        ("decimal(12,2)", "decimal(12,3)", False),
        ("decimal(12,2)", "decimal(12,1)", False),
        ("decimal(12,0)", "bigint", False),
        ("varchar(3)", "varchar(300)", False),
        ("date", "date", False),
    ],
)
def test_a_value_is_looked_at_where_its_type_can_hold_what_does_not_fit(
    full: str, target: str, holds: bool
) -> None:
    own = source("c", full)
    made = gluejob.Pair("c", gluejob.parse_type(target), True, own, gluejob.KINDS[own.type])
    assert gluejob.holds(made) is holds
    assert (gluejob.fits(made, "v") == "true") is holds


def test_only_large_types_make_a_row_that_copy_does_not_take() -> None:
    table = {"name": "t", "key": ["id"], "columns": [{"name": "id", "type": "bigint", "nullable": False}]}
    pairs = gluejob.pair(table, [source("id", "bigint(20)")])
    assert gluejob.expressions(table, pairs, "~") == (
        "concat_ws(',', IF(c0 IS NULL, '~', c0))",
        "CASE WHEN c0 IS NOT NULL AND NOT coalesce(true, false) THEN 0 WHEN c0 IS NULL THEN 0 END",
    )
    table["columns"].append({"name": "doc", "type": "varchar(9)"})
    for kind in ("text", "longtext", "json"):
        pairs = gluejob.pair(table, [source("id", "bigint(20)"), source("doc", kind)])
        assert "> 4194304 THEN -1 END" in gluejob.expressions(table, pairs, "~")[1]


def test_a_load_that_was_undone_says_whether_another_one_was_first() -> None:
    class Redshift:
        client = SimpleNamespace(get_statement_result=lambda Id: {"Records": [[{"stringValue": "b2"}]]})

        def run(self, sqls: list[str]) -> dict[str, Any]:
            return {"SubStatements": [{"Id": "1"}]}

    assert gluejob._why(Redshift(), TABLE, "b2", "Divide by zero") == "Divide by zero"
    assert gluejob._why(Redshift(), TABLE, "b1", "Divide by zero").startswith("another run loaded")


class Aws:
    """Glue's GetConnection and one secret."""

    def __init__(self, **properties: str) -> None:
        self.properties = properties

    def get_connection(self, Name: str) -> dict[str, Any]:
        return {"Connection": {"Name": Name, "ConnectionProperties": self.properties}}

    def get_secret_value(self, SecretId: str) -> dict[str, str]:
        return {"SecretString": '{"username": "admin", "password": "hush"}'}


def test_the_login_is_what_connection_and_secret_say_and_is_never_printed() -> None:
    url = "jdbc:mysql://host:3306/orders"
    aws = Aws(JDBC_CONNECTION_URL=url, SECRET_ID="s", JDBC_ENFORCE_SSL="true")
    known = gluejob.login(aws, aws, "c")
    assert (known.url, known.user, known.password, known.tls) == (url, "admin", "hush", True)
    assert "hush" not in repr(known)
    assert "hush" not in f"{known} {known!r}"
    aws = Aws(HOST="h", PORT="3307", DATABASE="d", USERNAME="u", PASSWORD="p")
    known = gluejob.login(aws, aws, "c")
    assert (known.url, known.user, known.password, known.tls) == ("jdbc:mysql://h:3307/d", "u", "p", False)


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"JDBC_CONNECTION_URL": "jdbc:postgresql://h:1/d", "SECRET_ID": "s"},
        {"JDBC_CONNECTION_URL": "jdbc:mysql://h:1/d"},
        {"JDBC_CONNECTION_URL": "jdbc:mysql://h:1/d", "SECRET_ID": "s", "CUSTOM_JDBC_CERT": "s3://b/c"},
    ],
)
def test_a_connection_that_can_not_be_used_says_why(properties: dict[str, str]) -> None:
    aws = Aws(**properties)
    with pytest.raises(gluejob.Unusable, match="the connection 'c'"):
        gluejob.login(aws, aws, "c")


class Java:
    """An exception of Java's, as py4j shows it."""

    def __init__(self, name: str, message: str | None, cause: Java | None = None) -> None:
        self.name, self.message, self.cause = name, message, cause

    def getClass(self) -> Any:
        return SimpleNamespace(getName=lambda: self.name)

    def getMessage(self) -> str | None:
        return self.message

    def getCause(self) -> Java | None:
        return self.cause


LINK = "com.mysql.cj.jdbc.exceptions.CommunicationsException"


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (Java(LINK, "Communications link failure\n\nThe last packet"), "MySQL: Communications link failure"),
        (
            Java("java.sql.SQLException", "Access denied for user 'a'@'b'"),
            "MySQL: Access denied for user 'a'@'b'",
        ),
        (
            Java("org.apache.spark.SparkException", "aborted", Java("java.sql.SQLException", "gone\nstack")),
            "MySQL: gone",
        ),
        (
            Java(
                "org.apache.spark.SparkException", f"Lost task 0.0: {LINK}: Communications link failure\n\nx"
            ),
            "MySQL: Communications link failure",
        ),
        (Java("java.nio.file.AccessDeniedException", "s3://b/k"), None),
        (Java("java.lang.OutOfMemoryError", None), None),
    ],
)
def test_an_error_of_mysql_s_driver_is_told_in_one_line(raised: Java, said: str | None) -> None:
    error = RuntimeError("An error occurred while calling o1.text")
    error.java_exception = raised  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError) as found, gluejob.of_the_driver():
        raise error
    if said is None:
        assert found.value is error
    else:
        assert isinstance(found.value, gluejob.SourceFailed)
        assert str(found.value) == said


def test_refused_values_are_told_with_table_column_and_key() -> None:
    rows = [
        {"column": "order_date", "value": "0000-00-00", "key": {"id": "7"}},
        {"column": "id", "value": None, "key": {"": ""}},
        {"column": "(the row)", "value": None, "key": {"id": "9"}},
    ]
    assert gluejob.explain(TABLE, rows, 30) == (
        "30 rows of t do not fit, and nothing was loaded; t.order_date of id=7: '0000-00-00' is no date; "
        "t.id of (no key): NULL is no bigint; "
        "t.(the row) of id=9: NULL is no row that COPY takes: it has more than 4 MiB"
    )


def test_without_spark_nothing_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyspark", None)
    with pytest.raises(ImportError, match="pyspark"):
        gluejob.load_mysql(SimpleNamespace(), lambda service: pytest.fail("called"))
