# ruff: noqa: E501  (tables of statements are read line by line)
"""UNLOAD and COPY against real files: every format there and back, and what goes wrong."""

from __future__ import annotations

import bz2
import gzip
import json
from decimal import Decimal

import pytest
import zstandard

from tests.integration.redshift_engine.conftest import BUCKET, ROLE

pytestmark = pytest.mark.sandbox

COLUMNS = (
    "id int, s varchar(200), n numeric(20,6), f float8, b boolean, d date, t timestamp, z timestamptz, j super, "
    "big bigint, r real, small smallint, c char(3)"
)
ROWS = [
    "1, 'plain', 12345678901234.567890, 1.5, true, '2024-02-29', '2024-01-01 10:11:12', "
    "'2024-01-01 10:11:12+05:30', json_parse('{\"a\":[1,\"x\"]}'), 9223372036854775807, 0.1, -32768, 'abc'",
    "2, 'quote '' and \"double\" and \\\\ backslash', -0.000001, 1e300, false, '0001-01-01', "
    "'9999-12-31 23:59:59.999999', '2024-06-30 23:59:59.5Z', json_parse('\"text\"'), -1, -1.25, 0, 'a'",
    "3, 'line\\nfeed, comma | pipe\\ttab\\r\\nend', 0, 0, null, null, '2024-01-01 00:00:00.000001', null, null, 0, 0, 1, ''",
    "4, 'ünïcödé 日本語 🚀', null, null, null, null, null, null, null, null, null, null, null",
    "5, null, null, -0.1, true, '2024-12-31', null, null, json_parse('[]'), null, null, null, null",
]


@pytest.fixture(scope="module")
def everything(lab):
    """A table with every type and every character that makes trouble."""
    lab.run(f"create table everything ({COLUMNS})")
    for row in ROWS:
        lab.run(f"insert into everything values ({row})")
    return lab.rows("select * from everything order by id")


FORMATS = [
    ("parquet", "parquet"),
    ("csv null as '@@'", "csv null as '@@'"),
    ("csv null as '@@' header gzip", "csv null as '@@' ignoreheader 1 gzip"),
    ("csv null as '@@' delimiter '|' bzip2", "csv null as '@@' delimiter '|' bzip2"),
    ("json", "json 'auto'"),
    ("json zstd", "json 'auto ignorecase' zstd"),
    (r"escape null as '@@'", r"escape null as '@@'"),
    (r"escape addquotes null as '@@' delimiter ',' zstd", None),
    ("parquet parallel off", "parquet"),
]


@pytest.mark.parametrize(
    ("unload", "copy"), [pair for pair in FORMATS if pair[1]], ids=lambda text: str(text)
)
def test_there_and_back(lab, name, everything, unload, copy):
    done = lab.unload("select * from everything", f"{name}/", unload + " manifest verbose")
    assert done["ResultRows"] == len(ROWS)
    manifest = json.loads(lab.get(f"{name}/manifest"))
    headers = len(manifest["entries"]) if "header" in unload else 0
    assert manifest["meta"]["record_count"] == len(ROWS) + headers
    for entry in manifest["entries"]:
        key = entry["url"].removeprefix(f"s3://{BUCKET}/")
        assert len(lab.get(key)) == entry["meta"]["content_length"]
    lab.run(f"create table {name} (like everything)")
    assert lab.run(lab.copy(name, f"{name}/manifest", f"manifest {copy}"))["ResultRows"] == len(ROWS)
    assert lab.rows(f"select * from {name} order by id") == everything


def test_names_of_files(lab, name, everything):
    lab.unload("select * from everything", f"{name}/a", "csv")
    lab.unload("select * from everything", f"{name}/b", "parquet parallel off")
    lab.unload("select * from everything", f"{name}/c", "json gzip")
    lab.unload("select * from everything where id = 1", f"{name}/d", "csv extension 'txt' parallel off")
    lab.unload("select * from everything where id > 9", f"{name}/e", "csv")
    lab.unload("select * from everything where id > 9", f"{name}/f", "json")
    assert lab.keys(f"{name}/") == [
        "a0000_part_00", "a0001_part_00", "a0002_part_00", "a0003_part_00", "b000.parquet", "c0000_part_00.gz",
        "c0001_part_00.gz", "c0002_part_00.gz", "c0003_part_00.gz", "d000.txt", "e0000_part_00",
    ]  # fmt: skip


def test_parquet_has_the_types(lab, name, everything):
    lab.unload("select * from everything", f"{name}/", "parquet parallel off")
    table = lab.parquet(f"{name}/000.parquet")
    types = {field.name: str(field.type) for field in table.schema}
    assert types == {
        "id": "int32", "s": "string", "n": "decimal128(20, 6)", "f": "double", "b": "bool", "d": "date32[day]",
        "t": "timestamp[us]", "z": "timestamp[us]", "j": "string", "big": "int64", "r": "float", "small": "int16",
        "c": "string",
    }  # fmt: skip
    assert table.column("n").to_pylist()[0] == Decimal("12345678901234.567890")
    assert table.column("s").to_pylist()[2] == "line\nfeed, comma | pipe\ttab\r\nend"


def test_partitions(lab, name):
    lab.run(f"create table {name} (k varchar(20), d date, v int)")
    lab.run(
        f"insert into {name} values ('a/b', '2024-01-01', 1), ('a/b', '2024-01-01', 2), (null, '2024-01-02', 3)"
    )
    lab.unload(
        f"select * from {name}", f"{name}/p", "parquet partition by (d, k) manifest verbose parallel off"
    )
    assert lab.keys(f"{name}/") == [
        "p/d=2024-01-01/k=a%2Fb/000.parquet", "p/d=2024-01-02/k=__HIVE_DEFAULT_PARTITION__/000.parquet", "p/manifest",
    ]  # fmt: skip
    assert lab.parquet(f"{name}/p/d=2024-01-01/k=a%2Fb/000.parquet").to_pylist() == [{"v": 1}, {"v": 2}]
    lab.unload(f"select * from {name}", f"{name}/q/", "csv partition by (d) include parallel off header")
    assert lab.get(f"{name}/q/d=2024-01-01/000") == b"k,d,v\na/b,2024-01-01,1\na/b,2024-01-01,2\n"
    for columns, part in (("nope", "not in the select list"), ("k, d, v", "at least one column")):
        text = f"UNLOAD ('select * from {name}') TO 's3://{BUCKET}/{name}/r/' IAM_ROLE '{ROLE}' parquet"
        assert part in lab.fails(f"{text} partition by ({columns})")


def test_largest_file(lab, name):
    lab.run(f"create table {name} as select n, repeat('x', 1000) as s from generate_series(1, 12000) as g(n)")
    lab.unload(f"select * from {name}", f"{name}/", "csv parallel off maxfilesize 5 mb manifest")
    entries = json.loads(lab.get(f"{name}/manifest"))["entries"]
    sizes = [len(lab.get(entry["url"].removeprefix(f"s3://{BUCKET}/"))) for entry in entries]
    assert [entry["url"][-3:] for entry in entries] == ["000", "001", "002"]
    assert all(size <= 5 * 1024 * 1024 + 1010 for size in sizes)
    lab.run(f"create table {name}_2 (n int, s varchar(1000))")
    assert lab.run(lab.copy(f"{name}_2", f"{name}/manifest", "csv manifest"))["ResultRows"] == 12000


def test_encryption_is_asked_of_s3(lab, name, everything):
    lab.unload(
        "select id from everything", f"{name}/", "csv parallel off encrypted kms_key_id 'arn:aws:kms:key'"
    )
    head = lab.s3.head_object(Bucket=BUCKET, Key=f"{name}/000")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", "arn:aws:kms:key")


def test_fixed_width(lab, name):
    lab.run(f"create table {name} (a int, b varchar(5), c boolean)")
    lab.run(f"insert into {name} values (1, 'x', true), (22, 'yyyyy', false)")
    lab.unload(f"select * from {name}", f"{name}/", "fixedwidth 'a:4,b:5,c:1' parallel off")
    assert lab.get(f"{name}/000") == b"1   x    t\n22  yyyyyf\n"
    lab.run(f"truncate {name}")
    lab.run(lab.copy(name, f"{name}/", "fixedwidth 'a:4,b:5,c:1'"))
    assert lab.rows(f"select * from {name} order by 1") == [(1, "x", True), (22, "yyyyy", False)]


def test_nothing_is_overwritten_unasked(lab, name, everything):
    unload = (
        f"UNLOAD ('select id from everything') TO 's3://{BUCKET}/{name}/' IAM_ROLE '{ROLE}' csv parallel off"
    )
    lab.run(unload)
    lab.put(f"{name}/other", "kept")
    assert "Specified unload destination on S3 is not empty" in lab.fails(unload)
    lab.run(unload + " allowoverwrite")
    assert lab.keys(f"{name}/") == ["000", "other"]
    lab.run(unload + " cleanpath")
    assert lab.keys(f"{name}/") == ["000"]


@pytest.mark.parametrize(
    ("statement", "part"),
    [
        ("UNLOAD ('select 1') TO 's3://nobucket/x' IAM_ROLE '{role}'", "Error NoSuchBucket"),
        ("UNLOAD ('select 1') TO 's3://exports/x' IAM_ROLE '{role}2'", "Not authorized to get credentials of role"),
        ("UNLOAD ('select 1') TO 's3://exports/x' IAM_ROLE 'arn:aws:iam::054158074701:role/nobody'",
         "is not authorized to assume IAM Role"),
        ("UNLOAD ('select 1') TO 's3://exports/x' IAM_ROLE default", "Default IAM role is not set"),
        ("UNLOAD ('select * from nothere') TO 's3://exports/x' IAM_ROLE '{role}'", "does not exist"),
        ("COPY everything FROM 's3://exports/nothere/' IAM_ROLE '{role}'",
         "The specified S3 prefix 'nothere/' does not exist"),
        ("COPY nothere FROM 's3://exports/x' IAM_ROLE '{role}'", "Cannot COPY into nonexistent table nothere"),
        ("COPY everything (nope) FROM 's3://exports/x' IAM_ROLE '{role}'", 'column "nope"'),
        ("COPY everything FROM 's3://exports/nothere' IAM_ROLE '{role}' MANIFEST", "Problem reading manifest file"),
    ],
)  # fmt: skip
def test_refused(lab, everything, statement, part):
    assert part in lab.fails(statement.format(role=ROLE))


@pytest.mark.parametrize(("format", "written"), [("CSV", True), ("JSON", False), ("PARQUET", False)])
def test_bytes_go_to_text_only(lab, name, format, written):
    lab.run(f"CREATE TABLE {name} (v varbyte(4))")
    lab.run(f"INSERT INTO {name} VALUES (from_hex('00ff')), ('a'::varbyte), (NULL)")
    statement = (
        f"UNLOAD ('SELECT * FROM {name}') TO 's3://{BUCKET}/{name}/' IAM_ROLE '{ROLE}' FORMAT {format}"
    )
    if not written:
        assert f"not supported by FORMAT {format}" in str(lab.fails(statement))
        return
    lab.run(statement)
    lab.run(f"CREATE TABLE {name}_back (v varbyte(4))")
    lab.run(lab.copy(f"{name}_back", f"{name}/", "CSV"))
    assert lab.rows(f"SELECT count(*) FROM {name}_back b JOIN {name} a ON a.v = b.v") == [(2,)]


def test_manifest_files(lab, name):
    lab.run(f"create table {name} (a int)")
    first = lab.put(f"{name}/1", "1\n")
    entries = [{"url": first, "mandatory": True}, {"url": first}, {"url": f"s3://{BUCKET}/{name}/gone"}]
    lab.put(f"{name}/m", json.dumps({"entries": entries}))
    lab.run(lab.copy(name, f"{name}/m", "manifest"))
    assert lab.rows(f"select count(*) from {name}") == [(2,)]
    entries[2]["mandatory"] = True
    lab.put(f"{name}/m", json.dumps({"entries": entries}))
    assert "Mandatory url is not present in S3" in lab.fails(lab.copy(name, f"{name}/m", "manifest"))
    lab.put(f"{name}/m", "{nonsense")
    assert "Invalid manifest file" in lab.fails(lab.copy(name, f"{name}/m", "manifest"))
    lab.put(f"{name}/m", json.dumps({"entries": [{"url": first}]}))
    assert "416" in lab.fails(lab.copy(name, f"{name}/m", "manifest parquet"))


def test_a_prefix_is_a_prefix(lab, name):
    lab.run(f"create table {name} (a int)")
    lab.put(f"{name}/data.txt", "1\n")
    lab.put(f"{name}/data.txt.bak", "2\n")
    lab.run(lab.copy(name, f"{name}/data.txt"))
    assert lab.rows(f"select a from {name} order by 1") == [(1,), (2,)]


CONVERSIONS = [
    ("csv", "1,,\n", [(1, "", None)]),
    ("csv emptyasnull", "1,,\n", [(1, None, None)]),
    ("csv emptyasnull", '1,"",\n', [(1, "", None)]),
    ("csv blanksasnull", "1,  ,\n", [(1, None, None)]),
    ("csv trimblanks", "1,x  ,\n", [(1, "x", None)]),
    ("csv null as 'nil'", "nil,nil,nil\n", [(None, None, None)]),
    ("csv", "\\N,\\N,\\N\n", [(None, None, None)]),
    ("csv truncatecolumns", "1,éééééééé,\n", [(1, "ééééé", None)]),
    ("csv quote '%'", "1,%a,b%,\n", [(1, "a,b", None)]),
    ("csv ignoreheader 2", "h\nh\n1,x,\n", [(1, "x", None)]),
    ("csv fillrecord", "1\n2,b\n", [(1, None, None), (2, "b", None)]),
    ("csv ignoreblanklines", "1,x,\n\n2,y,\n", [(1, "x", None), (2, "y", None)]),
    ("", "1|x|\n2|y||\n", [(1, "x", None), (2, "y", None)]),
    ("", "1|x|2024-01-01 00:00:00|\n2|y|2024-01-02 00:00:00|\n",
     [(1, "x", "2024-01-01 00:00:00"), (2, "y", "2024-01-02 00:00:00")]),
    ("delimiter ',' removequotes", '"1","a,b","2024-01-01"\n', [(1, "a,b", "2024-01-01 00:00:00")]),
    ("delimiter '\\t' escape", "1\ta\\\tb\t\\N\n2\tc\\\nd\t\\N\n", [(1, "a\tb", None), (2, "c\nd", None)]),
    ("delimiter ',' removequotes escape", '"1","a\\"b,",\\N\n2,c\\,d,\\N\n', [(1, 'a"b,', None), (2, "c,d", None)]),
    ("fixedwidth 'a:3,s:5,t:19' removequotes", "1  'x y'2024-01-01 00:00:00\n", [(1, "x y", "2024-01-01 00:00:00")]),
    ("csv timeformat 'epochsecs'", "1,x,1704067200\n", [(1, "x", "2024-01-01 00:00:00")]),
    ("csv timeformat 'epochmillisecs'", "1,x,1704067200123\n", [(1, "x", "2024-01-01 00:00:00.123")]),
    ("csv timeformat 'DD.MM.YYYY HH24:MI:SS'", "1,x,31.12.2024 23:59:58\n", [(1, "x", "2024-12-31 23:59:58")]),
    ("csv timeformat 'auto'", "1,x,2024-01-01T10:00:00Z\n", [(1, "x", "2024-01-01 10:00:00")]),
    ("csv acceptinvchars", b"1,a\xffb,\n", [(1, "a?b", None)]),
    ("csv encoding 'utf16'", "1,é,\n".encode("utf-16"), [(1, "é", None)]),
    ("csv encoding iso88591", "1,é,\n".encode("latin-1"), [(1, "é", None)]),
    ("json 'auto'", '{"a": 1, "s": {"x": [1]}, "zz": 1}\n{"s": true}', [(1, '{"x":[1]}', None), (None, "true", None)]),
    ("json 'auto' ignoreheader 1 fillrecord", 'rows of May\n{"a": 1}\n{"a": 2, "s": "x"}\n', [(1, None, None), (2, "x", None)]),
    ("json 'auto ignorecase'", '{"A": 1, "S": "x"}{"a":2}', [(1, "x", None), (2, None, None)]),
]  # fmt: skip


@pytest.mark.parametrize(("options", "body", "wanted"), CONVERSIONS)
def test_conversion(lab, name, options, body, wanted):
    lab.run(f"create table {name} (a int, s varchar(10), t timestamp)")
    lab.put(f"{name}/f", body)
    lab.run(lab.copy(name, f"{name}/f", options))
    assert lab.rows(f"select * from {name} order by a") == wanted


def test_decimals_are_cut_unless_rounded(lab, name):
    lab.run(f"create table {name} (a numeric(10,2), b numeric(5,0))")
    lab.put(f"{name}/f", "1.239,7.9\n-1.2,7\n1e2,7.\n")
    lab.run(lab.copy(name, f"{name}/f", "csv"))
    assert lab.rows(f"select * from {name} order by a") == [("-1.20", "7"), ("1.23", "7"), ("100.00", "7")]
    lab.run(f"truncate {name}")
    lab.run(lab.copy(name, f"{name}/f", "csv roundec"))
    assert ("1.24", "8") in lab.rows(f"select * from {name}")


def test_json_paths_and_whole_objects(lab, name):
    lab.run(f"create table {name} (a int, b varchar(20))")
    lab.put(f"{name}/paths.json", json.dumps({"jsonpaths": ["$.x.y[1]", "$['b c']"]}))
    lab.put(f"{name}/f", '{"x": {"y": [1, 2]}, "b c": "q"}')
    paths = f"json 's3://{BUCKET}/{name}/paths.json'"
    lab.run(lab.copy(name, f"{name}/f", paths))
    assert lab.rows(f"select * from {name}") == [(2, "q")]
    assert "Number of jsonpaths" in lab.fails(lab.copy(f"{name}(a)", f"{name}/f", paths))
    lab.run(f"create table {name}_s (doc super)")
    lab.run(lab.copy(f"{name}_s", f"{name}/f", "json 'noshred'"))
    assert lab.rows(f"select doc.x.y[1]::int from {name}_s") == [(2,)]


def test_identity_and_defaults(lab, name):
    lab.run(f"create table {name} (id bigint identity(10, 5), a int not null, b varchar(5) default 'dflt')")
    lab.put(f"{name}/f", "1\n2\n")
    lab.run(lab.copy(f"{name} (a)", f"{name}/f", "csv"))
    assert lab.rows(f"select * from {name} order by 1") == [(10, 1, "dflt"), (15, 2, "dflt")]
    assert "NOT NULL column without DEFAULT must be included" in lab.fails(
        lab.copy(f"{name} (b)", f"{name}/f", "csv")
    )
    lab.put(f"{name}/g", "99,3,x\n")
    lab.run(lab.copy(name, f"{name}/g", "csv explicit_ids"))
    assert (99, 3, "x") in lab.rows(f"select * from {name}")


def test_parquet_that_does_not_fit(lab, name, everything):
    lab.unload("select id, s from everything", f"{name}/", "parquet")
    lab.run(f"create table {name} (a int)")
    assert (
        "Unmatched number of columns between table and file. Table columns: 1, Data columns: 2"
        in lab.fails(lab.copy(name, f"{name}/", "parquet"))
    )
    lab.run(f"create table {name}_2 (a int, s int)")
    assert "incompatible Parquet schema for column 's'" in lab.fails(
        lab.copy(f"{name}_2", f"{name}/", "parquet")
    )
    lab.run(f"create table {name}_3 (a int, s varchar(3))")
    assert "String length exceeds DDL length" in lab.fails(lab.copy(f"{name}_3", f"{name}/", "parquet"))
    lab.put(f"{name}_x", b"not parquet")
    assert "Not a valid PARQUET file" in lab.fails(lab.copy(name, f"{name}_x", "parquet"))


def test_orc(lab, name):
    import io

    import pyarrow as pa
    from pyarrow import orc

    sink = io.BytesIO()
    orc.write_table(pa.table({"a": [1, None], "s": ["x", None]}), sink)
    lab.put(f"{name}/f.orc", sink.getvalue())
    lab.run(f"create table {name} (a bigint, s varchar(5))")
    lab.run(lab.copy(name, f"{name}/", "orc"))
    assert lab.rows(f"select * from {name} order by 1") == [(1, "x"), (None, None)]


@pytest.mark.parametrize(
    ("option", "pack"),
    [("gzip", gzip.compress), ("bzip2", bz2.compress), ("zstd", zstandard.ZstdCompressor().compress)],
)
def test_compression(lab, name, option, pack):
    lab.run(f"create table {name} (a int)")
    lab.put(f"{name}/f", pack(b"1\n2\n"))
    lab.run(lab.copy(name, f"{name}/f", option))
    assert lab.rows(f"select count(*) from {name}") == [(2,)]
    lab.put(f"{name}/f", b"not compressed")
    assert f"Invalid {option.upper()} data" in lab.fails(lab.copy(name, f"{name}/f", option))


def test_dynamodb(lab, name):
    lab.dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "PartKey", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "PartKey", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    lab.dynamodb.put_item(
        TableName=name, Item={"PartKey": {"S": "a"}, "Amount": {"N": "1.50"}, "More": {"L": []}}
    )
    lab.dynamodb.put_item(TableName=name, Item={"PartKey": {"S": "b"}})
    lab.run(f"create table {name} (partkey varchar(10), amount decimal(10,2))")
    lab.run(f"COPY {name} FROM 'dynamodb://{name}' IAM_ROLE '{ROLE}' READRATIO 50")
    assert lab.rows(f"select * from {name} order by 1") == [("a", "1.50"), ("b", None)]
    lab.run(f"create table {name}_l (more varchar(10))")
    assert "only strings and numbers" in lab.fails(
        f"COPY {name}_l FROM 'dynamodb://{name}' IAM_ROLE '{ROLE}' READRATIO 50"
    )
