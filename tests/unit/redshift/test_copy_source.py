"""What copy sees at its source before it runs, and what it makes of that."""

from __future__ import annotations

import gzip
import json
import re
from io import BytesIO
from typing import Any

import pytest

from dpctl.errors import AwsError, UsageError
from dpctl.redshift import files, manifest, source
from dpctl.redshift.copy import Copy
from dpctl.redshift.ddl import ColumnSpec, Type
from dpctl.redshift.location import S3Location
from tests.unit.redshift.fakes import FakeS3, error

ROLE = "arn:aws:iam::054158074701:role/RedshiftS3role"
FOLDER = "orders/run=1/"
PLACE = f"s3://exports/{FOLDER}"
TABLE = (
    ColumnSpec("id", Type.parse("bigint"), nullable=False),
    ColumnSpec("status", Type.parse("varchar(10)")),
    ColumnSpec("amount", Type.parse("decimal(12,2)")),
)
TYPES = {
    "id": {"base": "bigint"},
    "status": {"base": "character varying", "max_length": 10},
    "amount": {"base": "numeric", "precision": 12, "scale": 2},
}


def packed(body: bytes) -> bytes:
    """The same bytes at every time: parametrized tests are named after them."""
    return gzip.compress(body, mtime=0)


def parquet(*names: str) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet as writer

    sink = BytesIO()
    writer.write_table(pa.table({name: ["x"] for name in names}), sink)
    return sink.getvalue()


def unloaded(bodies: dict[str, bytes], columns: dict[str, Any] | None = None, folder: str = FOLDER) -> FakeS3:
    """The files of an UNLOAD and, with columns, its manifest."""
    s3 = FakeS3()
    add(s3, bodies, columns, folder)
    return s3


def add(s3: FakeS3, bodies: dict[str, bytes], columns: dict[str, Any] | None, folder: str) -> None:
    for name, body in bodies.items():
        s3.put_object(Bucket="exports", Key=folder + name, Body=body)
    if columns is not None:
        elements = [{"name": name, "type": kind} for name, kind in columns.items()]
        entries = [
            {"url": f"s3://exports/{folder}{name}", "meta": {"content_length": len(body)}}
            for name, body in bodies.items()
        ]
        document = {"entries": entries, "schema": {"elements": elements}}
        s3.put_object(Bucket="exports", Key=f"{folder}manifest", Body=json.dumps(document).encode())


def look(s3: Any, uri: str = PLACE, table: Any = TABLE, given: tuple[str, ...] = (), **options: Any) -> Any:
    statement = Copy("public", "orders", uri, ROLE, **({"format": "parquet"} | options))
    return source.look(s3, statement, given={*given, *options}, table=table)


@pytest.mark.parametrize(
    ("name", "body", "kind", "more"),
    [
        ("0000_part_00.parquet", parquet("id", "status", "amount"), "parquet", {}),
        ("0000_part_00", parquet("id", "status", "amount"), "parquet", {}),
        ("0000_part_00.json", b'{"id": 1, "status": "a", "amount": 1}\n', "json", {}),
        ("0000_part_00", b'{"id": 1, "status": "a", "amount": 1}\n', "json", {}),
        ("0000_part_00.csv", b"1,a,2.00\n", "csv", {}),
        ("0000_part_00.csv.gz", packed(b"1,a,2.00\n"), "csv", {"compression": "gzip"}),
        ("0000_part_00.csv", b"id,status,amount\n1,a,2.00\n", "csv", {"ignore_header": 1}),
        ("0000_part_00.escaped.txt", b"1|a|2.00\n", "text", {"escape": True}),
        ("0000_part_00.escaped.txt", b'{"a":1}|a|2.00\n', "text", {"escape": True}),
        ("0000_part_00.escaped.txt", b'{"a":1}||\n', "text", {"escape": True}),
        (
            "0000_part_00.escaped.txt.gz",
            packed(b"id|status|amount\n1|a|2.00\n"),
            "text",
            {"escape": True, "compression": "gzip", "ignore_header": 1},
        ),
    ],
)
def test_an_unload_s_location_is_loaded_by_its_manifest(name: str, body: bytes, kind: str, more: Any) -> None:
    found = look(unloaded({name: body}, TYPES)).statement
    assert (found.source, found.manifest, found.format) == (f"{PLACE}manifest", True, kind)
    assert {key: getattr(found, key) for key in more} == more
    assert found.columns == (() if kind == "json" else ("id", "status", "amount"))


@pytest.mark.parametrize("uri", [PLACE, PLACE[:-1], f"{PLACE}manifest"])
def test_the_manifest_is_found_from_the_folder_and_from_its_own_name(uri: str) -> None:
    found = look(unloaded({"0000_part_00.csv": b"1,a,2.00\n"}, TYPES), uri)
    assert (found.statement.source, found.statement.manifest) == (f"{PLACE}manifest", True)


def test_several_unloads_below_a_prefix_are_not_loaded_with_their_manifests() -> None:
    s3 = unloaded({"0000_part_00.csv": b"1,a,2.00\n"}, TYPES)
    add(s3, {"0000_part_00.csv": b"2,b,2.00\n"}, TYPES, "orders/run=2/")
    with pytest.raises(UsageError) as caught:
        look(s3, "s3://exports/orders/")
    assert caught.value.hint == "--from s3://exports/orders/run=2/manifest --manifest"


def test_an_unload_without_rows_is_nothing_to_load() -> None:
    found = look(unloaded({}, TYPES))
    assert (found.nothing, found.statement.source) == (True, f"{PLACE}manifest")
    assert not look(unloaded({}), PLACE).nothing


@pytest.mark.parametrize(
    ("gone", "what"),
    [
        (["1.csv"], "1 file of the manifest is not in S3."),
        (["0.csv", "2.csv"], "2 files of the manifest are not in S3."),
    ],
)
def test_files_of_the_manifest_that_are_gone_are_missed(gone: list[str], what: str) -> None:
    s3 = unloaded({f"{number}.csv": b"1,a,2.00\n" for number in range(3)}, TYPES)
    for name in gone:
        del s3.objects["exports", FOLDER + name]
    with pytest.raises(UsageError) as caught:
        look(s3)
    assert caught.value.what == what
    assert gone[0] in caught.value.why


@pytest.mark.parametrize(
    ("head", "json"),
    [
        (b'{"a": 1}\n', True),
        (b'{"a": 1}\r\n{"a": 2}\n', True),
        (b'{"a": 1} {"a": 2}', True),
        (b'\xef\xbb\xbf{\n  "a": {"b": [', True),
        (b"{}", False),
        (b"{}\n{ }\n", False),
        (b'{}\n{"a": 1}\n', True),
        (b'{}\n"{""a"":1}"\n', False),
        (b'{},{"a": 1}\n', False),
        (b"{}|2\n", False),
        (b'{"a": 1}|2\n', False),
        (b'{"a": 1}\t2\n', False),
        (b'{"a": 1},2\n', False),
        (b"{a}", False),
    ],
)
def test_json_is_what_begins_with_an_object_and_goes_on_with_another(head: bytes, json: bool) -> None:
    assert files.told_by_bytes(head) == ({"format": "json"} if json else {})


@pytest.mark.parametrize("kind", ["csv", "text", "json"])
@pytest.mark.parametrize("head", [b"{}\n", b"{}\n\\N\n", b'{"b":1}\n'])
def test_a_super_alone_is_no_json(kind: str, head: bytes) -> None:
    """The files of a table with one SUPER look like JSON; the name, or the manifest's columns, tell."""
    table = (ColumnSpec("a", Type.parse("super")),)
    body = head if kind != "json" else b'{"a":{}}\n'
    named = look(
        unloaded(
            {f"0000_part_00.{ {'text': 'escaped.txt'}.get(kind, kind) }": body}, {"a": {"base": "super"}}
        ),
        table=table,
    )
    assert named.statement.format == kind
    asked = look(unloaded({"0000_part_00": body}, {"a": {"base": "super"}}), table=table, format=kind)
    assert asked.statement.format == kind
    if kind != "json":
        with pytest.raises(UsageError, match="Which format"):
            look(unloaded({"0000_part_00": body}, {"a": {"base": "super"}}), table=table)


def test_an_object_that_is_only_called_manifest_is_data() -> None:
    s3 = unloaded({"manifest": b"1,a,2.00\n"})
    assert not look(s3, format="csv").statement.manifest


def test_columns_in_another_order_are_mapped_by_name() -> None:
    types = {name: TYPES[name] for name in ("amount", "id", "status")}
    found = look(unloaded({"0000_part_00.csv": b"2.00,1,a\n"}, types))
    assert found.statement.columns == ("amount", "id", "status")


def test_columns_that_were_given_are_the_user_s() -> None:
    s3 = unloaded({"0000_part_00.csv": b"2.00,1\n"}, {"a": TYPES["amount"], "b": TYPES["id"]})
    assert look(s3, columns=("amount", "id")).statement.columns == ("amount", "id")


@pytest.mark.parametrize(
    ("names", "what"),
    [
        (("id", "status", "amount", "extra"), "columns that the table does not have: extra"),
        (("status", "amount"), "lack id, which may not be NULL"),
    ],
)
def test_columns_that_do_not_fit_the_table(names: tuple[str, ...], what: str) -> None:
    row = b",".join(b"1" for _ in names) + b"\n"
    types = {name: TYPES.get(name, {"base": "date"}) for name in names}
    with pytest.raises(UsageError, match=what):
        look(unloaded({"0000_part_00.csv": row}, types))


def test_a_column_that_may_be_null_and_is_not_in_the_files_is_said() -> None:
    found = look(unloaded({"0000_part_00.csv": b"1,2.00\n"}, {"id": TYPES["id"], "amount": TYPES["amount"]}))
    assert found.statement.columns == ("id", "amount")
    assert "The files do not have status: loaded as NULL." in found.notes


@pytest.mark.parametrize(
    ("name", "without", "with_it"),
    [
        ("0000_part_00.parquet", parquet("id", "amount"), parquet("id", "status", "amount")),
        ("0000_part_00.csv", b"1,2.00\n", b"1,a,2.00\n"),
        ("0000_part_00.escaped.txt", b"1|2.00\n", b"1|a|2.00\n"),
        ("0000_part_00.json", b'{"id": 1, "amount": 2}\n', b'{"id": 1, "status": "a", "amount": 2}\n'),
    ],
)
def test_a_partition_column_that_is_only_in_the_folder_s_name(
    name: str, without: bytes, with_it: bytes
) -> None:
    with pytest.raises(UsageError, match="'status' is not in the files: PARTITION BY"):
        look(unloaded({f"status=a/{name}": without}, TYPES))
    assert look(unloaded({f"status=a/{name}": with_it}, TYPES)).statement.manifest


@pytest.mark.parametrize(
    ("name", "body", "given", "refused"),
    [
        ("0000_part_00.json", b'{"id": 1, "id": 2}\n', (), True),
        ("0000_part_00.json", b'{"id": 1, "id": 2}\n', ("columns",), True),
        ("0000_part_00.csv", b"1,2\n", (), True),
        ("0000_part_00.csv", b"1,2\n", ("columns",), False),
    ],
)
def test_two_columns_of_one_name(name: str, body: bytes, given: tuple[str, ...], refused: bool) -> None:
    class Twice(dict[str, Any]):
        """A mapping with a key twice, as a manifest may have it."""

        def items(self) -> Any:
            return [("id", TYPES["id"]), ("id", TYPES["id"])]

    s3 = unloaded({name: body}, Twice())
    if not refused:
        assert look(s3, given=given).statement.manifest
        return
    with pytest.raises(UsageError, match="more than one column called id"):
        look(s3, given=given)


@pytest.mark.parametrize("kind", ["json", "parquet"])
def test_a_partition_column_with_a_slash_in_its_name(kind: str) -> None:
    columns = {"id": TYPES["id"], "a/b": TYPES["status"]}
    body = parquet("id") if kind == "parquet" else b'{"id": 1}\n'
    table = (TABLE[0], ColumnSpec("a/b", Type.parse("varchar(10)")))
    with pytest.raises(UsageError, match="'a/b' is not in the files: PARTITION BY"):
        look(unloaded({f"a/b=x/0000_part_00.{kind}": body}, columns), table=table)


@pytest.mark.parametrize("head", [b"1,a,2.00\n", b'{"id": 1}', b"\x1f\x8b"])
def test_what_is_not_parquet_is_not_loaded_as_parquet(head: bytes) -> None:
    with pytest.raises(UsageError, match=r"not parquet|Which format"):
        look(unloaded({"x": head}), given=("format",) if head[:1] != b"1" else ())


def test_another_delimiter_is_seen() -> None:
    with pytest.raises(UsageError, match="1 fields, the manifest names 3"):
        look(unloaded({"0000_part_00.csv": b"1;a;2.00\n"}, TYPES))


@pytest.mark.parametrize(
    ("source_type", "target", "columnar", "fits"),
    [
        ("integer", "bigint", True, True),
        ("bigint", "integer", False, True),  # what is too large is refused by Redshift, not cut
        ("numeric(12,4)", "numeric(12,2)", False, False),
        ("numeric(12,2)", "numeric(14,4)", False, True),
        ("timestamp with time zone", "timestamp without time zone", False, False),
        ("timestamp without time zone", "date", False, False),
        ("double precision", "real", False, False),
        ("real", "double precision", False, True),
        ("double precision", "integer", False, False),
        ("integer", "numeric(12,2)", False, True),
        ("integer", "numeric(12,2)", True, False),
        ("boolean", "integer", False, False),
        ("date", "character varying(20)", False, True),
        ("date", "character varying(20)", True, False),
        ("character varying(100)", "character varying(10)", False, True),
        ("character varying(100)", "super", False, True),
    ],
)
def test_types_that_would_change_values_do_not_fit(
    source_type: str, target: str, columnar: bool, fits: bool
) -> None:
    reason = source.misfit(Type.parse(source_type), Type.parse(target), columnar=columnar)
    assert (reason == "") is fits


def test_a_type_that_does_not_fit_is_refused() -> None:
    types = TYPES | {"amount": {"base": "numeric", "precision": 12, "scale": 4}}
    with pytest.raises(UsageError, match="'amount' of the files does not fit"):
        look(unloaded({"0000_part_00.csv": b"1,a,2.0000\n"}, types))


def test_who_may_not_look_is_told_and_loads_all_the_same() -> None:
    class Closed(FakeS3):
        def paginate(self, **_: Any) -> Any:
            raise error("AccessDenied", "no", "ListObjectsV2", 403)

    found = look(Closed())
    assert found.statement.source == PLACE
    assert "The files were not looked at first" in found.notes[0]


def lies(**bodies: bytes) -> FakeS3:
    """Files that no UNLOAD of ours wrote; ``_`` in a name is its last point."""
    return unloaded({name.replace("_", "."): body for name, body in bodies.items()})


ROWS = b"1,a,2.00\n"


@pytest.mark.parametrize(
    ("bodies", "said"),
    [
        ({"a_csv": ROWS, "b_json": b"{}"}, "different formats: csv, json"),
        ({"a_parquet": parquet("id"), "b_csv": ROWS}, "different formats: parquet, csv"),
        ({"a_csv": ROWS, "b_csv_gz": packed(ROWS)}, "different packings: not packed, gzip"),
        ({"a_csv_gz": packed(ROWS), "b_csv_bz2": b"BZh"}, "different packings: gzip, bzip2"),
        ({"a_csv": b"id,status,amount\n", "b_csv": ROWS}, "begin with the columns' names, others do not"),
        ({"a_csv": ROWS, "b_csv": b"id,status,amount\n"}, "begin with the columns' names, others do not"),
        ({"a_csv": b"id,status,amount\n", "b_csv": b"status,id,amount\n"}, "begin with other columns' names"),
        ({"a_csv": b"id,status,amont\n"}, "the table has no amont"),
        ({"a_csv": b"status,amount\n"}, "lack id, which may not be NULL"),
        ({"a_csv": b"PK\x03\x04"}, "does not read ZIP"),
        ({"a_Z": b"\x1f\x9d\x90"}, "does not read what compress packed"),
        ({"a_csv_xz": b"\xfd7zXZ\x00"}, "does not read xz"),
    ],
)
def test_strangers_files_that_can_not_be_read_in_one_way(bodies: dict[str, bytes], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        look(lies(**bodies))


@pytest.mark.parametrize(
    ("body", "options", "columns", "header"),
    [
        (b"status,id,amount\n", {}, ("status", "id", "amount"), 1),
        (b'"Status","ID", "Amount"\r\n', {}, ("status", "id", "amount"), 1),
        (b"\xef\xbb\xbfid;status;amount\n", {"delimiter": ";"}, ("id", "status", "amount"), 1),
        (b"id||amount||status\n", {"delimiter": "||", "format": "text"}, ("id", "amount", "status"), 1),
        (b"amount,id\n", {}, ("amount", "id"), 1),
        (b"amount,id\n", {"ignore_header": 1}, ("amount", "id"), 1),
        (b"amount,id\n", {"ignore_header": 0}, (), 0),
        (b"amount,id\n", {"columns": ("id", "amount")}, ("id", "amount"), 1),
        (b"id,id,amount\n", {}, (), None),
        (b"7,a,1.00\n", {}, (), None),
        (b"\n", {}, (), None),
        (b"id,status,amount", {}, (), None),
    ],
)
def test_a_header_tells_the_order_of_the_fields(
    body: bytes, options: dict[str, Any], columns: tuple[str, ...], header: int | None
) -> None:
    found = look(lies(a_csv=body, b_csv=body), **({"format": "csv"} | options)).statement
    assert (found.columns, found.ignore_header) == (columns, header)


def test_a_text_in_utf_16_is_read_as_such() -> None:
    assert look(lies(a_csv="1,a,2.00\n".encode("utf-16"))).statement.encoding == "utf16"


def test_a_name_does_not_outweigh_the_bytes() -> None:
    assert look(lies(a_csv_gz=ROWS)).statement.compression is None
    assert look(lies(a_csv=packed(ROWS))).statement.compression == "gzip"


def test_jsonpaths_are_no_data() -> None:
    s3 = lies(a_json=b'{"id": 1}', paths_json=b'{"jsonpaths": []}')
    with pytest.raises(UsageError, match="would be loaded as data"):
        look(s3, format="json", jsonpaths=f"{PLACE}paths.json")
    assert look(s3, f"{PLACE}a", format="json", jsonpaths=f"{PLACE}paths.json").statement.jsonpaths


def by_hand(s3: FakeS3, *entries: dict[str, Any]) -> str:
    s3.put_object(Bucket="exports", Key="lists/m", Body=json.dumps({"entries": entries}).encode())
    return "s3://exports/lists/m"


A, B, ELSEWHERE = f"{PLACE}a.csv", f"{PLACE}b.csv", "s3://elsewhere/x/c.csv"


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([{"url": A}, {"url": A}], "lists 1 file more than once"),
        ([{"url": A}, {"url": B}], "1 file of the manifest is not in S3"),
        ([{"url": A}, {"url": B, "mandatory": True}], "1 file of the manifest is not in S3"),
        ([{"url": B}, {"url": A}], "1 file of the manifest is not in S3"),
        ([{"url": A}, {"url": "s3://elsewhere/x/d.csv"}], "1 file of the manifest is not in S3"),
        ([{"url": PLACE}], "1 file of the manifest is not in S3"),
        ([{"url": A, "meta": {"content_length": 1}}], "has another length in S3"),
    ],
)
def test_manifests_by_hand_that_are_not_true(entries: list[dict[str, Any]], said: str) -> None:
    s3 = lies(a_csv=ROWS)
    s3.put_object(Bucket="elsewhere", Key="x/c.csv", Body=ROWS)
    with pytest.raises(UsageError, match=said):
        look(s3, by_hand(s3, *entries), manifest=True)


@pytest.mark.parametrize(
    ("entries", "note"),
    [
        ([{"url": A}, {"url": ELSEWHERE, "mandatory": True}], ""),
        ([{"url": A, "meta": None}, {"url": ELSEWHERE, "meta": {}}], ""),
        ([{"url": A, "mandatory": "true", "meta": {"content_length": len(ROWS)}}], ""),
        ([{"url": B, "mandatory": False}, {"url": A}], f"passed over: {B}"),
    ],
)
def test_manifests_by_hand(entries: list[dict[str, Any]], note: str) -> None:
    s3 = lies(a_csv=ROWS)
    s3.put_object(Bucket="elsewhere", Key="x/c.csv", Body=ROWS)
    found = look(s3, by_hand(s3, *entries), manifest=True)
    assert found.statement.format == "csv"
    assert note in " ".join(found.notes)


@pytest.mark.parametrize(
    "url",
    ["c.csv", "/x/c.csv", "https://exports.s3.amazonaws.com/c.csv", "s3a://exports/c", "S3://exports/c"],
)
def test_an_entry_that_is_no_location_is_the_manifests_fault(url: str) -> None:
    s3 = lies(a_csv=ROWS)
    said = f"The manifest s3://exports/lists/m lists '{url}', which is no location."
    with pytest.raises(UsageError, match=re.escape(said)):
        look(s3, by_hand(s3, {"url": A}, {"url": url}), manifest=True)


class Counting(FakeS3):
    """Counts the listings, has pages of a thousand keys, and no bucket called gone."""

    listings = pages = 0

    def paginate(self, *, Bucket: str, Prefix: str) -> Any:
        self.listings += 1
        if Bucket == "gone":
            raise error("NoSuchBucket", "The specified bucket does not exist", "ListObjectsV2", 404)
        items = [page["Contents"][0] for page in super().paginate(Bucket=Bucket, Prefix=Prefix) if page]
        for start in range(0, len(items) or 1, 1000):
            self.pages += 1
            yield {"Contents": items[start : start + 1000]}


@pytest.mark.parametrize("mandatory", [{}, {"mandatory": True}])
def test_a_file_in_a_bucket_that_is_not_there_is_missed(mandatory: dict[str, Any]) -> None:
    s3 = Counting()
    add(s3, {"a.csv": ROWS}, None, FOLDER)
    with pytest.raises(UsageError, match="1 file of the manifest is not in S3"):
        look(s3, by_hand(s3, {"url": A}, {"url": "s3://gone/x", **mandatory}), manifest=True)


@pytest.mark.parametrize(
    ("folders", "listings"), [(1, 1), (manifest.FOLDERS, manifest.FOLDERS), (400, manifest.FOLDERS)]
)
def test_the_files_of_a_long_manifest_are_seen_by_few_listings(folders: int, listings: int) -> None:
    s3 = Counting()
    names = [f"data/year={at % folders // 40}/day={at % folders:03}/{at:05}.csv" for at in range(2000)]
    for name in [*names, "data/zzz", "a"]:
        s3.put_object(Bucket="elsewhere", Key=name, Body=ROWS)
    entries = [{"url": f"s3://elsewhere/{name}"} for name in names]
    listed = manifest.read(s3, S3Location.parse(by_hand(s3, *entries)))
    assert set(manifest.present(s3, listed, S3Location("exports", "lists/m"))) == {e["url"] for e in entries}
    assert 1 <= s3.listings <= listings
    assert s3.pages <= listings + 2


OTHERS = "begins so"


@pytest.mark.parametrize(
    ("prefix", "keys", "refused"),
    [
        ("x/orders", ["x/orders/a.csv", "x/orders_old/a.csv"], "--from s3://exports/x/orders/"),
        ("x/orders", ["x/orders/a.csv", "x/orders.csv"], "--from s3://exports/x/orders/"),
        ("x/run=1", ["x/run=1/a.csv", "x/run=10/a.csv"], "--from s3://exports/x/run=1/"),
        ("x/a.csv", ["x/a.csv", "x/a.csv.bak"], "--manifest"),
        ("x/orders", ["x/orders0000_part_00.csv", "x/orders_old0000_part_00.csv"], "--manifest"),
        ("x/orders/", ["x/orders/a.csv", "x/orders/b/c.csv"], ""),
        ("x/orders", ["x/orders/a.csv", "x/orders/b/c.csv"], ""),
        ("x/2026-01", ["x/2026-01-01.csv", "x/2026-01-02.csv"], ""),
        ("x/orders", ["x/orders0000_part_00.csv", "x/orders0001_part_00.csv"], ""),
        ("x/orders/0000", ["x/orders/0000_part_00.csv", "x/orders/0000_part_01.csv"], ""),
        ("x/a.csv", ["x/a.csv"], ""),
        ("", ["a.csv", "b.csv"], ""),
    ],
)
def test_a_whole_name_that_begins_others(prefix: str, keys: list[str], refused: str) -> None:
    s3 = FakeS3()
    for key in keys:
        s3.put_object(Bucket="exports", Key=key, Body=ROWS)
    uri = f"s3://exports/{prefix}"
    if not refused:
        assert look(s3, uri, format="csv").statement.source == uri
        return
    with pytest.raises(UsageError, match=OTHERS) as caught:
        look(s3, uri, format="csv")
    assert refused in caught.value.hint


def test_the_manifest_of_another_prefix_is_no_data_either() -> None:
    s3 = unloaded({"0000_part_00.csv": ROWS}, TYPES, "x/orders_old")
    with pytest.raises(UsageError, match="holds what runs of UNLOAD wrote"):
        look(s3, "s3://exports/x/orders", format="csv")


def test_what_a_manifest_leaves_out_is_told() -> None:
    s3 = unloaded({"0000_part_00.csv": ROWS}, TYPES)
    s3.put_object(Bucket="exports", Key=f"{FOLDER}more.csv", Body=ROWS)
    assert f"Not in it, and so not loaded: {PLACE}more.csv" in look(s3).notes


@pytest.mark.parametrize("closed", ["manifest", "0000_part_00.csv"])
def test_a_manifest_is_never_data(closed: str) -> None:
    """Whoever may list and not read: without the manifest COPY would load it as a row."""

    class Closed(FakeS3):
        def get_object(self, *, Bucket: str, Key: str, Range: str = "") -> Any:
            if Key.endswith(closed):
                raise error("AccessDenied", "no", "GetObject", 403)
            return super().get_object(Bucket=Bucket, Key=Key, Range=Range)

    s3 = Closed()
    add(s3, {"0000_part_00.csv": ROWS}, TYPES, FOLDER)
    if closed == "manifest":
        with pytest.raises(UsageError) as caught:
            look(s3)
        assert caught.value.hint.startswith(f"--from {PLACE}manifest --manifest")
    else:
        found = look(s3)
        assert (found.statement.source, found.statement.manifest) == (f"{PLACE}manifest", True)
        assert "were not looked at first" in found.notes[-1]


def test_a_manifest_that_was_named_must_be_one() -> None:
    s3 = unloaded({"manifest": b"1,2\n"})
    with pytest.raises(AwsError, match="is not a manifest"):
        look(s3, f"{PLACE}manifest", manifest=True)


@pytest.mark.parametrize(
    ("options", "added"),
    [
        ({"format": "parquet"}, {}),
        ({"format": "json"}, {"extension": "json"}),
        ({"format": "csv"}, {"null_as": r"\N", "extension": "csv"}),
        ({"format": "csv", "null_as": ""}, {}),
        ({"format": "csv", "compression": "zstd"}, {"null_as": r"\N", "extension": "csv.zst"}),
        ({"format": "text"}, {"null_as": r"\N", "escape": True, "extension": "escaped.txt"}),
        ({"format": "text", "escape": False}, {}),
        ({"format": "text", "fixed_width": "a:1"}, {}),
        ({"format": "csv", "extension": "dat"}, {"null_as": r"\N"}),
    ],
)
def test_an_unload_writes_what_a_copy_reads_back(options: dict[str, Any], added: dict[str, Any]) -> None:
    assert files.written_as(options) == added
