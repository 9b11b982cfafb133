"""awswrangler: copy, unload, to_sql in every mode, read_sql, and the Data API; the sandbox by its variables."""

from __future__ import annotations

import os

import awswrangler as wr
import pandas
import redshift_connector
from checks import SCHEMA, check, fails, same

ROLE, PATH = os.environ["CHECKS_ROLE"], f"{os.environ['CHECKS_S3']}/{SCHEMA}"
FRAME = pandas.DataFrame({"n": [1, 2, 3], "s": ["a", "b,c", 'd "e"'], "f": [0.5, 1.5, None], "b": [True, False, True],
                          "d": pandas.to_datetime(["2024-02-29", "2024-03-01", "2024-03-02"])})  # fmt: skip


def connect():
    return redshift_connector.connect(
        host=os.environ["PGHOST"], port=int(os.environ["PGPORT"]), database=os.environ["PGDATABASE"],
        user=os.environ["PGUSER"], password=os.environ["PGPASSWORD"], ssl=True, sslmode="verify-ca",
    )  # fmt: skip


def count(table):
    found = wr.redshift.read_sql_query(f"select count(*) as n from {SCHEMA}.{table}", con=C)
    return int(found["n"][0])


def sql():
    for mode, rows in (("append", 3), ("append", 6), ("overwrite", 3)):

        def go(mode=mode, rows=rows):
            wr.redshift.to_sql(FRAME, C, table="frame", schema=SCHEMA, mode=mode, index=False)
            same(rows, count("frame"))

        check(f"to_sql: {mode}, {rows} rows after it", go)
    for how in ("drop", "cascade", "truncate", "delete"):

        def over(how=how):
            wr.redshift.to_sql(
                FRAME, C, table="frame", schema=SCHEMA, mode="overwrite", overwrite_method=how, index=False
            )
            same(3, count("frame"))

        check(f"to_sql: overwrite by {how}", over)

    def upsert():
        other = FRAME.assign(n=[3, 4, 5])
        wr.redshift.to_sql(
            FRAME, C, table="keyed", schema=SCHEMA, mode="overwrite", index=False, primary_keys=["n"]
        )
        wr.redshift.to_sql(
            other, C, table="keyed", schema=SCHEMA, mode="upsert", index=False, primary_keys=["n"]
        )
        same(5, count("keyed"))

    check("to_sql: upsert", upsert)

    def lengths():
        wr.redshift.to_sql(FRAME, C, table="sized", schema=SCHEMA, index=False, varchar_lengths={"s": 20}, diststyle="KEY",
                           distkey="n", sortstyle="COMPOUND", sortkey=["d"], use_column_names=True, chunksize=2)  # fmt: skip
        same(3, count("sized"))

    check("to_sql: keys, lengths and chunks", lengths)

    def dtype():
        wr.redshift.to_sql(
            FRAME, C, table="typed", schema=SCHEMA, index=False, dtype={"n": "BIGINT", "s": "VARCHAR(30)"}
        )
        same(3, count("typed"))

    check("to_sql: dtype", dtype)

    def read(**options):
        return wr.redshift.read_sql_query(f"select * from {SCHEMA}.frame order by n", con=C, **options)

    check("read: a query", lambda: same(["a", "b,c", 'd "e"'], list(read()["s"])))
    check(
        "read: types",
        lambda: same(
            ["Int64", "string", "float64", "boolean"],
            [str(kind).replace("Int32", "Int64").replace("large_", "") for kind in read().dtypes][:4],
        ),
    )
    check(
        "read: with parameters",
        lambda: same(
            [2],
            list(
                wr.redshift.read_sql_query(f"select n from {SCHEMA}.frame where n = %s", con=C, params=[2])[
                    "n"
                ]
            ),
        ),
    )
    check("read: a table", lambda: same(3, len(wr.redshift.read_sql_table("frame", con=C, schema=SCHEMA))))
    check("read: in chunks", lambda: same([2, 1], [len(part) for part in read(chunksize=2)]))
    check("read: an index", lambda: same("n", read(index_col="n").index.name))
    check(
        "read: with the time as a parameter",
        lambda: same(
            1,
            len(
                wr.redshift.read_sql_query(
                    f"select n from {SCHEMA}.frame where d = %s",
                    con=C,
                    params=[FRAME["d"][0].to_pydatetime()],
                )
            ),
        ),
    )


def files():
    copy = {"con": C, "schema": SCHEMA, "iam_role": ROLE, "index": False}
    for mode, rows in (("append", 3), ("append", 6), ("overwrite", 3)):

        def go(mode=mode, rows=rows):
            wr.redshift.copy(FRAME, path=f"{PATH}/copy/", table="copied", mode=mode, **copy)
            same(rows, count("copied"))

        check(f"copy: {mode}, {rows} rows after it", go)

    def upsert():
        wr.redshift.copy(
            FRAME, path=f"{PATH}/up/", table="upserted", mode="overwrite", primary_keys=["n"], **copy
        )
        wr.redshift.copy(
            FRAME.assign(n=[3, 4, 5]),
            path=f"{PATH}/up/",
            table="upserted",
            mode="upsert",
            primary_keys=["n"],
            **copy,
        )
        same(5, count("upserted"))

    check("copy: upsert", upsert)

    def from_files():
        wr.s3.to_parquet(FRAME, path=f"{PATH}/files/", dataset=True, index=False)
        wr.redshift.copy_from_files(f"{PATH}/files/", C, "filed", SCHEMA, ROLE, mode="overwrite")
        same(3, count("filed"))

    check("copy: from files of Parquet", from_files)

    def from_csv():
        wr.s3.to_csv(FRAME[["n", "s"]], path=f"{PATH}/csv/one.csv", index=False)
        wr.redshift.copy_from_files(
            f"{PATH}/csv/", C, "csved", SCHEMA, ROLE, data_format="csv", mode="overwrite", redshift_column_types={"n": "INT", "s": "VARCHAR(20)"},
            sql_copy_extra_params=["IGNOREHEADER 1"],
        )  # fmt: skip
        same(3, count("csved"))

    check("copy: from files of CSV", from_csv)
    unload = {"con": C, "iam_role": ROLE}
    query = f"select * from {SCHEMA}.frame order by n"
    check(
        "unload: to a frame",
        lambda: same([1, 2, 3], sorted(wr.redshift.unload(query, path=f"{PATH}/u1/", **unload)["n"])),
    )
    check(
        "unload: keeping the files",
        lambda: same(
            True,
            len(wr.redshift.unload(query, path=f"{PATH}/u2/", keep_files=True, **unload)) == 3
            and bool(wr.s3.list_objects(f"{PATH}/u2/")),
        ),
    )
    for kind in ("PARQUET", "CSV"):

        def to_files(kind=kind):
            wr.redshift.unload_to_files(query, f"{PATH}/u-{kind}/", C, iam_role=ROLE, unload_format=kind)
            same(True, bool(wr.s3.list_objects(f"{PATH}/u-{kind}/")))

        check(f"unload: to files of {kind}", to_files)
    check(
        "unload: in chunks",
        lambda: same(
            3,
            sum(len(part) for part in wr.redshift.unload(query, path=f"{PATH}/u3/", chunked=True, **unload)),
        ),
    )
    check(
        "unload: partitions",
        lambda: wr.redshift.unload_to_files(query, f"{PATH}/u4/", C, iam_role=ROLE, partition_cols=["n"]),
    )
    check(
        "unload: a role that is not there",
        lambda: fails(lambda: wr.redshift.unload_to_files(query, f"{PATH}/u5/", C, iam_role=ROLE + "x")),
    )


def data_api():
    api = wr.data_api.redshift.connect(
        workgroup_name="default-workgroup",
        secret_arn=os.environ["CHECKS_SECRET"],
        database=os.environ["PGDATABASE"],
    )

    def read(query):
        return wr.data_api.redshift.read_sql_query(query, con=api)

    check(
        "data_api: a query",
        lambda: same([1, 2], list(read("select 1 as a union all select 2 order by 1")["a"])),
    )
    check(
        "data_api: text and null",
        lambda: same(
            ["x", None],
            [
                None if pandas.isna(v) else v
                for v in read("select 'x' as a union all select null order by 1")["a"]
            ],
        ),
    )
    check("data_api: no rows", lambda: same(0, len(read("select 1 as a where 1 = 0"))))
    check("data_api: an error", lambda: fails(lambda: read("select nope"), "nope"))
    check("data_api: a statement without rows", lambda: read(f"create table {SCHEMA}.by_api (a int)"))
    check(
        "data_api: in a batch",
        lambda: same([7], list(wr.data_api.redshift.read_sql_query("select 7 as a", con=api)["a"])),
    )


with connect() as C:
    with C.cursor() as cursor:
        cursor.execute(f"create schema {SCHEMA}")
        cursor.execute(f"grant all on schema {SCHEMA} to public")
    C.commit()
    check(
        "connect: over TLS", lambda: same(7, int(wr.redshift.read_sql_query("select 7 as n", con=C)["n"][0]))
    )
    sql()
    files()
    data_api()
    C.commit()
    with C.cursor() as cursor:
        cursor.execute(f"drop schema {SCHEMA} cascade")
    C.commit()
