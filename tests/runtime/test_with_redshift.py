"""The jobs' and dumps' real SQL, run by the sandbox's Redshift on mocked S3 and DynamoDB."""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from dpctl.config import load_environment
from dpctl.redshift import loader, tables
from dpctl.redshift.executor import Result
from tests.runtime.glue_world import BUCKET, TABLE, World
from tests.runtime.scripts import load

pytestmark = pytest.mark.sandbox

job = load("glue_shell/GlueTestjob.py")
full = load("glue_etl/DynamotoRedshift.py")
gluejob = load("glue_etl/gluejob.py")

ROLE = "arn:aws:iam::123456789012:role/copy"
CALLER = "arn:aws:iam::123456789012:role/glue"
LOGIN = {"WorkgroupName": "w", "Database": "dev", "SecretArn": "arn:secret"}
TABLE_SQL = """CREATE TABLE public.orders (
    partkey varchar(64) NOT NULL DISTKEY, customer varchar(16), amount decimal(12,2), ordered_at timestamp,
    _version bigint) SORTKEY (ordered_at)"""

TARGET_COLUMNS: list[dict[str, Any]] = json.loads(
    """[{"name": "partkey", "type": "varchar(64)", "nullable": false},
        {"name": "customer", "type": "varchar(16)"}, {"name": "amount", "type": "decimal(12,2)"},
        {"name": "ordered_at", "type": "timestamp"}, {"name": "_version", "type": "bigint"}]"""
)


class Client:
    """The Data API's client, over the engine."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.meta = boto3.client("redshift-data", region_name="ap-south-1").meta
        self.batches = 0

    def batch_execute_statement(self, **request: Any) -> Any:
        self.batches += 1
        return self.engine.data_api("BatchExecuteStatement", request, CALLER)

    def describe_statement(self, **request: Any) -> Any:
        return self.engine.data_api("DescribeStatement", request, CALLER)

    def get_statement_result(self, **request: Any) -> Any:
        return self.engine.data_api("GetStatementResult", request, CALLER)

    def query(self, sql: str) -> list[list[Any]]:
        """Run one statement to its end; its rows, if it has any."""
        started = self.engine.data_api("ExecuteStatement", {**LOGIN, "Sql": sql}, CALLER)
        while True:
            state = self.describe_statement(Id=started["Id"])
            if state["Status"] in {"FINISHED", "FAILED", "ABORTED"}:
                break
        assert state["Status"] == "FINISHED", state.get("Error")
        if not state.get("HasResultSet"):
            return []
        records = self.engine.data_api("GetStatementResult", {"Id": started["Id"]}, CALLER)["Records"]
        return [[None if "isNull" in cell else next(iter(cell.values())) for cell in row] for row in records]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from dpctl.sandbox.redshift import Engine
    from dpctl.sandbox.redshift.surroundings import Surroundings

    patch = pytest.MonkeyPatch()
    patch.setenv("AWS_ACCESS_KEY_ID", "test")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    patch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    surroundings = Surroundings(
        region="ap-south-1",
        account_id="123456789012",
        s3=lambda: boto3.client("s3"),
        dynamodb=lambda: boto3.client("dynamodb"),
        secret=lambda arn: {"username": "admin", "password": "Secret-1234"},
    )
    data_dir: Path = tmp_path_factory.mktemp("redshift")
    running = Engine.start(data_dir, surroundings=surroundings, admin_password="Secret-1234")
    running.register_role(ROLE)
    yield running
    running.stop()
    patch.undo()


class RealWorld(World):
    """The account with the engine as its Redshift."""

    def __init__(self, engine: Any) -> None:
        super().__init__()
        self.warehouse: Any = Client(engine)
        self.clock.sleep = lambda _: None  # type: ignore[method-assign]
        for statement in ("DROP TABLE IF EXISTS public.orders", "DROP TABLE IF EXISTS public.dpctl_load_log"):
            self.warehouse.query(statement)
        self.warehouse.query(TABLE_SQL)
        target = job.Target("public", "orders", tuple(TARGET_COLUMNS), ("partkey",), "_version")
        self.warehouse.query(job.log_sql(target))

    def event(self, key: str, name: str | None = None, **changes: Any) -> None:
        """An event with an id of its own, as AWS gives: the engine remembers the tokens of other tests."""
        super().event(key, name, **{"eventID": str(uuid.uuid4()), **changes})

    def rows(self) -> list[list[Any]]:
        return list(
            self.warehouse.query(
                "SELECT partkey, customer, amount, ordered_at::varchar FROM public.orders ORDER BY partkey"
            )
        )

    def logged(self) -> int:
        return int(self.warehouse.query("SELECT COUNT(*) FROM public.dpctl_load_log")[0][0])


@pytest.fixture
def world(engine: Any) -> Iterator[RealWorld]:
    with mock_aws():
        yield RealWorld(engine)


def test_loads_run_as_a_user_that_may_write_its_tables_and_nothing_else(world: RealWorld, repo: Path) -> None:
    """`tables apply` makes the user and its rights; the job signs in with its role, without a secret."""
    config = load_environment(repo, "dev").config
    redshift = config.databases.redshift.model_copy(update={"load_as": "loader"})
    databases = config.databases.model_copy(update={"redshift": redshift})
    iam = config.iam.model_copy(update={"glue": "glue"})  # the role of CALLER
    config = config.model_copy(update={"databases": databases, "iam": iam})
    environment = replace(load_environment(repo, "dev"), config=config)
    specs = tuple(spec for spec in tables.wanted(environment) if spec.name == "orders")
    wanted = loader.wanted(environment, specs)
    assert wanted is not None
    assert wanted.user == "IAMR:glue"

    class Executor:
        def run(self, sql: str, *, fetch: bool = False, token: str = "") -> Result:
            return Result("s", rows=tuple(map(tuple, world.warehouse.query(sql))))

    def lacking() -> list[Any]:
        live = tables.Live(frozenset({"public"}), {("public", "orders"): specs[0]})
        return loader.changes(Executor(), wanted, live)  # type: ignore[arg-type]

    world.put("a", customer="Ada")
    world.event("a")
    with pytest.raises(job.StatementFailed, match="permission denied"):
        world.job(secret_arn="").drain()
    assert world.names("pending") == ["event-00001.json"]
    world.warehouse.query("DROP TABLE public.dpctl_load_log")
    from_nothing = [change.sql for change in loader.from_nothing(wanted)]
    assert {change.sql for change in lacking()} <= set(from_nothing)
    for change in lacking():
        world.warehouse.query(change.sql)
    assert lacking() == []
    world.put("b", customer="Bob")
    world.put("poison", customer="x" * 17)
    for key in ("b", "poison"):
        world.event(key)
    world.job(secret_arn="", window_seconds=0).drain()
    assert [row[:2] for row in world.rows()] == [["a", "Ada"], ["b", "Bob"]]
    assert len(world.dead()) == 1
    world.orders.delete_item(Key={"PartKey": "a"})
    world.event("a")
    world.job(secret_arn="", window_seconds=0).drain()
    assert [row[0] for row in world.rows()] == ["b"]
    world.warehouse.query("CREATE TABLE public.payroll (salary integer)")
    for sql in ("SELECT * FROM public.payroll", "DROP TABLE public.orders"):
        with pytest.raises(job.StatementFailed):
            world.job(secret_arn="").redshift.run([sql])
    world.warehouse.query("DROP TABLE public.payroll")


def test_sessions_at_once_insert_a_key_once(world: RealWorld) -> None:
    """Real sessions: a batch takes the log's lock before it looks at the table, so that the others wait."""
    target = job.Target("public", "orders", tuple(TARGET_COLUMNS), ("partkey",), "_version")
    store, sessions, version = world.job().store, 8, 1_800_000_000_000
    ready = threading.Barrier(sessions)

    def load(number: int) -> str:
        batch = f"read-{version:013d}-{number:032d}"  # read in one moment: none is later than another
        line = json.dumps({"partkey": "a", "customer": f"c{number}", "_version": str(version)}).encode()
        one = job.Load(None, store, None, None, 0.0)
        changed, removed = one._staged(f"staging/{batch}", [job.Row("a", line, False, version)])
        sql = job.merge_sql(target, changed, removed, ROLE, batch, version)
        ready.wait(timeout=600)
        request = {**LOGIN, "Sqls": sql, "ClientToken": uuid.uuid4().hex}
        started = world.warehouse.batch_execute_statement(**request)
        while True:
            state = world.warehouse.describe_statement(Id=started["Id"])
            if state["Status"] in {"FINISHED", "FAILED", "ABORTED"}:
                return str(state["Status"]) + str(state.get("Error", ""))
            time.sleep(0.02)

    with ThreadPoolExecutor(sessions) as pool:
        ends = list(pool.map(load, range(sessions)))
    assert ends == ["FINISHED"] * sessions
    assert [row[0] for row in world.rows()] == ["a"]
    assert world.logged() == sessions


def test_items_are_merged_and_deleted_as_they_change(world: RealWorld) -> None:
    world.put("a", customer="Adä \\'\n", amount=Decimal("12.50"), ordered_at="2026-01-31T10:00:00Z")
    world.put("b", customer="Bob")
    for key in ("a", "b", "b"):
        world.event(key)
    assert world.job().drain() == 3
    assert world.rows() == [
        ["a", "Adä \\'\n", "12.50", "2026-01-31 10:00:00"],
        ["b", "Bob", None, None],
    ]
    world.put("b", customer="Bea")
    world.orders.delete_item(Key={"PartKey": "a"})
    world.event("a")
    world.event("b")
    world.job(window_seconds=0).drain()
    assert world.rows() == [["b", "Bea", None, None]]
    assert world.logged() == 2
    assert world.names("pending") == []


def test_a_row_that_was_read_later_stays(world: RealWorld) -> None:
    world.put("a", customer="old")
    world.event("a")
    world.warehouse.query(f"INSERT INTO public.orders VALUES ('a', 'new', NULL, NULL, {2 * 10**12})")
    world.warehouse.query(f"INSERT INTO public.orders VALUES ('gone', 'new', NULL, NULL, {2 * 10**12})")
    world.event("gone")
    world.job().drain()
    assert [row[:2] for row in world.rows()] == [["a", "new"], ["gone", "new"]]


def test_a_crash_between_stage_and_archive_changes_nothing_the_second_time(world: RealWorld) -> None:
    world.put("a", customer="Ada")
    world.event("a")
    crashing = world.job()

    def crash(*_: Any) -> None:
        raise KeyboardInterrupt

    crashing.store.archive = crash
    with pytest.raises(KeyboardInterrupt):
        crashing.drain()
    world.job(window_seconds=0).drain()
    assert [row[:2] for row in world.rows()] == [["a", "Ada"]]
    assert world.names("pending") == []


def test_rows_that_redshift_refuses_are_dead_letters_and_the_others_are_loaded(world: RealWorld) -> None:
    columns = [dict(column) for column in TARGET_COLUMNS]
    columns[1]["type"] = "varchar(64)"  # env.yaml says 64, the table in Redshift still has 16
    target = job.Target("public", "orders", tuple(columns), ("partkey",), "_version")
    for number in range(60):
        world.put(f"key-{number:02d}", customer="x" * 40 if number in {4, 44} else "fine")
        world.event(f"key-{number:02d}")
    assert world.job(target=target).drain() == 58
    assert len(world.rows()) == 58
    letters = world.dead()
    assert set(letters) == {"event-00005.json", "event-00045.json"}
    assert all(letter["reason"].startswith("column customer: ") for letter in letters.values())
    assert world.warehouse.batches == 5  # refused, log, without rows, told, loaded
    assert world.names("pending") == []


POISON: list[tuple[str, dict[str, Any], str]] = [
    ("nul", {"customer": "a\x00b"}, "column customer"),
    ("long", {"customer": "x" * 17}, "column customer"),
    ("number", {"amount": Decimal("1" * 38)}, "column amount"),
    ("no-number", {"amount": "lots"}, "column amount"),
    ("date", {"ordered_at": "2026-W05-6"}, "column ordered_at"),
    ("nested-nul", {"payload": {"a": ["\x00"]}}, "column payload"),
    ("400-kb", {"customer": "x" * 390_000}, "column customer"),
    ("39-digits", {"big": "1" * 39}, "column big"),
    ("fraction", {"big": Decimal("0.5" + "1" * 30), "amount": "1.2.3"}, "column amount"),
    ("list-as-number", {"amount": [Decimal(1)]}, "column amount"),
    ("bool-as-number", {"amount": True}, "column amount"),
    ("set-as-time", {"ordered_at": {"2026-01-31"}}, "column ordered_at"),
    ("number-as-time", {"ordered_at": Decimal("5")}, "column ordered_at"),
    ("binary-as-number", {"amount": b"1"}, "column amount"),
]
FINE: list[tuple[str, dict[str, Any], list[Any]]] = [
    ("plain", {"customer": "Ada", "amount": Decimal("1.5")}, ["Ada", "1.50", None]),
    ("quotes", {"customer": 'it\'s \\ "x"\n\t'}, ['it\'s \\ "x"\n\t', None, None]),
    ("u2028", {"customer": "a\u2028b"}, ["a\u2028b", None, None]),
    ("binary", {"customer": b"\x00\xff"}, ["AP8=", None, None]),
    ("set", {"customer": {"b", "a"}}, ['["a", "b"]', None, None]),
    ("bool", {"customer": True}, ["true", None, None]),
    (
        "nested",
        {"payload": {"n": Decimal("1.25"), "l": [1, {"x": None}]}},
        [None, None, {"l": [1, {"x": None}], "n": 1.25}],
    ),
    ("numbers", {"payload": {Decimal("1"), Decimal("2.5")}}, [None, None, [1, 2.5]]),
    ("null", {"customer": None, "payload": None}, [None, None, None]),
    ("binaries", {"payload": {b"\x00", b"\xff"}}, [None, None, ["AA==", "/w=="]]),
    (
        "deep",
        {"payload": [[[{"a": {"b": [b"\xff", True, None]}}]]]},
        [None, None, [[[{"a": {"b": ["/w==", True, None]}}]]]],
    ),
    ("large", {"payload": ["x" * 1000] * 380}, [None, None, ["x" * 1000] * 380]),
    ("text-as-number", {"amount": "12.5"}, [None, "12.50", None]),
    ("38-digits", {"big": Decimal("9" * 38)}, [None, None, None]),
]


def test_the_poison_table_gives_right_rows_or_dead_letters_in_one_run(world: RealWorld) -> None:
    world.warehouse.query("ALTER TABLE public.orders ADD COLUMN payload super")
    world.warehouse.query("ALTER TABLE public.orders ADD COLUMN big decimal(38,0)")
    columns = (
        *TARGET_COLUMNS,
        {"name": "payload", "type": "super"},
        {"name": "big", "type": "decimal(38,0)"},
    )
    target = job.Target("public", "orders", columns, ("partkey",), "_version")
    for key, item, *_ in [*POISON, *FINE]:
        world.put(key, **item)
        world.event(key, key)
    assert world.job(target=target).drain() == len(FINE)
    letters = world.dead()
    assert {name.removesuffix(".json") for name in letters} == {key for key, *_ in POISON}
    for key, _, reason in POISON:
        assert letters[f"{key}.json"]["reason"].startswith(reason)
    rows = world.warehouse.query("SELECT partkey, customer, amount, payload FROM public.orders")
    found = {row[0]: [*row[1:3], json.loads(row[3]) if row[3] else None] for row in rows}
    for key, _, row in FINE:
        assert sorted(found[key][2]) == sorted(row[2]) if key == "binaries" else found[key] == row, key
    digits = world.warehouse.query("SELECT big::varchar FROM public.orders WHERE partkey = '38-digits'")
    assert digits == [["9" * 38]]
    assert world.warehouse.batches == 1
    assert world.names("pending") == []


# The key's type, the column's, and the keys: what each becomes in Redshift, or why it becomes nothing.
KEYS: list[tuple[str, str, list[tuple[Any, str]]]] = [
    (
        "S",
        "varchar(8)",
        [("a", "a"), ("it's", "it's"), ("ö" * 4, "ö" * 4), ("x" * 9, "column partkey (varchar(8))")],
    ),
    ("N", "decimal(38,0)", [(Decimal("9" * 38), "9" * 38), (Decimal("9" * 37 + "8"), "9" * 37 + "8")]),
    (
        "N",
        "integer",
        [(Decimal("7"), "7"), (Decimal("-7.0"), "-7"), (Decimal("7.5"), "column partkey (integer)")],
    ),
    ("N", "decimal(6,2)", [(Decimal("1.25"), "1.25"), (Decimal("1.255"), "column partkey (decimal(6,2))")]),
    ("N", "varchar(40)", [(Decimal("1E+3"), "1000"), (Decimal("9" * 38), "9" * 38)]),
    (
        "B",
        "varchar(16)",
        [(b"\x00\xff", "AP8="), (b"ab", "YWI="), (b"x" * 16, "column partkey (varchar(16))")],
    ),
]


@pytest.mark.parametrize(
    ("kind", "column", "keys"), KEYS, ids=[f"{kind}-{column}" for kind, column, _ in KEYS]
)
def test_every_type_of_key_is_a_row_or_a_dead_letter_and_is_deleted_again(
    world: RealWorld, kind: str, column: str, keys: list[tuple[Any, str]]
) -> None:
    world.dynamodb.create_table(
        TableName="Keys",
        KeySchema=[{"AttributeName": "PartKey", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "PartKey", "AttributeType": kind}],
        BillingMode="PAY_PER_REQUEST",
    )
    table = boto3.resource("dynamodb").Table("Keys")
    world.warehouse.query("DROP TABLE public.orders")
    world.warehouse.query(
        f"CREATE TABLE public.orders (partkey {column} NOT NULL, note varchar(8), _version bigint)"
    )
    columns = (
        {"name": "partkey", "type": column, "nullable": False},
        {"name": "note", "type": "varchar(8)"},
        {"name": "_version", "type": "bigint"},
    )
    target = job.Target("public", "orders", columns, ("partkey",), "_version")

    def event(number: int, key: Any) -> None:
        text = base64.b64encode(key).decode() if kind == "B" else str(key)
        request = {"tableName": "Keys", "key": {"PartKey": {kind: text}}}
        detail = json.dumps({"eventName": "PutItem", "requestParameters": request})
        world.s3.put_object(Bucket=BUCKET, Key=f"capture/pending/{number}.json", Body=detail)

    for number, (key, _) in enumerate(keys):
        table.put_item(Item={"PartKey": key, "note": "here"})
        event(number, key)
    given = {"table_name": "Keys", "hash_key_type": kind, "target": target, "window_seconds": 0}
    world.job(**given).drain()
    fine = {found for _, found in keys if not found.startswith("column ")}
    rows = world.warehouse.query("SELECT partkey::varchar, note FROM public.orders")
    assert {row[0] for row in rows} == fine
    assert {row[1] for row in rows} == {"here"}
    reasons = sorted(letter["reason"].partition(":")[0] for letter in world.dead().values())
    assert reasons == sorted(found for _, found in keys if found.startswith("column "))
    for number, (key, found) in enumerate(keys):
        if found in fine:
            table.delete_item(Key={"PartKey": key})
            event(number, key)
    world.job(**given).drain()
    assert world.warehouse.query("SELECT partkey::varchar FROM public.orders") == []
    assert world.names("pending") == []


def test_two_batches_at_once_insert_a_key_once(world: RealWorld, engine: Any) -> None:
    """Two sessions, each with the same new key: the second waits at the lock, and then sees the row."""
    for key in ("a", "b"):
        world.put(key, customer="Ada")
        world.event(key)
    jobs = [world.job(window_seconds=0) for _ in range(4)]
    batches: list[list[str]] = []
    for each in jobs:
        objects = each.store.listed("pending", 10)
        _, keys = each._events([item["Key"] for item in objects])
        load = job.Load(each.settings, each.store, each.redshift, each.clock, each.clock() + 100)
        [rows] = each._parts(keys, load)
        changed, removed = load._staged(f"staging/{uuid.uuid4()}", rows)
        last, first = max(row.version for row in rows), min(row.version for row in rows)
        batch = job.batch_id(last)
        batches.append(job.merge_sql(each.settings.target, changed, removed, ROLE, batch, first))
    identities = [
        world.warehouse.batch_execute_statement(**LOGIN, Sqls=sql, ClientToken=str(uuid.uuid4()))["Id"]
        for sql in batches
    ]
    deadline = time.monotonic() + 60
    states = [""]
    while not set(states) <= {"FINISHED", "FAILED", "ABORTED"} and time.monotonic() < deadline:
        states = [world.warehouse.describe_statement(Id=identity)["Status"] for identity in identities]
    assert "FINISHED" in states
    assert [row[0] for row in world.rows()] == ["a", "b"]
    locked = [sql for sql in batches if sql[0].startswith("LOCK ")]
    assert len(locked) == len(batches)


def test_a_missing_table_fails_and_buries_nothing(world: RealWorld) -> None:
    world.warehouse.query("DROP TABLE public.orders")
    world.put("a", customer="Ada")
    world.event("a")
    with pytest.raises(job.StatementFailed, match="does not exist"):
        world.job().drain()
    assert world.names("pending") == ["event-00001.json"]
    assert world.dead() == {}
    world.warehouse.query(TABLE_SQL)
    world.job(window_seconds=0).drain()
    assert [row[:2] for row in world.rows()] == [["a", "Ada"]]


def test_many_keys_are_one_batch(world: RealWorld) -> None:
    for number in range(250):
        world.put(f"key-{number:04d}", customer=f"c{number}", amount=Decimal(number))
        world.event(f"key-{number:04d}")
    assert world.job().drain() == 250
    assert world.warehouse.batches == 1
    assert len(world.rows()) == 250


def test_the_full_load_leaves_newer_rows_and_deletes_when_asked(world: RealWorld) -> None:
    for key, customer in (("a", "Ada"), ("b", "Bob")):
        world.put(key, customer=customer, amount=Decimal("1.25"))
    world.warehouse.query(f"INSERT INTO public.orders VALUES ('b', 'newer', NULL, NULL, {2 * 10**12})")
    world.warehouse.query("INSERT INTO public.orders VALUES ('gone', 'x', NULL, NULL, 5)")

    def run(delete_missing: bool) -> None:
        settings = SimpleNamespace(
            table_name=TABLE,
            copy_role_arn=ROLE,
            read_ratio=100,
            delete_missing=delete_missing,
            workgroup="w",
            database="dev",
            secret_arn="arn",
            statement_name="full",
            statement_seconds=60,
        )
        target = {"schema": "public", "name": "orders", "columns": TARGET_COLUMNS, "key": ["partkey"]}
        target["version"] = "_version"
        sql = full.load_sql(target, full.from_table(settings), settings, 1_700_000_000_000)
        redshift = full.Redshift(world.warehouse, settings, lambda _: None)
        redshift.run([full.log_sql(target)])
        redshift.run(sql)

    run(delete_missing=False)
    assert [row[:3] for row in world.rows()] == [
        ["a", "Ada", "1.25"],
        ["b", "newer", None],
        ["gone", "x", None],
    ]
    run(delete_missing=True)
    assert [row[0] for row in world.rows()] == ["a", "b"]


def test_gluejob_replaces_rows_by_key_from_files(world: RealWorld) -> None:
    world.warehouse.query("INSERT INTO public.orders VALUES ('a', 'old', NULL, NULL, 1)")
    body = "partkey,customer,amount,ordered_at,_version\na,new,1.5,2026-01-31 00:00:00,2\nb,bob,2.5,,3\n"
    world.s3.put_object(Bucket=BUCKET, Key="files/one.csv", Body=body.encode())
    target = {"schema": "public", "name": "orders", "columns": TARGET_COLUMNS, "key": ["partkey"]}
    clauses = gluejob.format_clauses({"format": "csv", "ignore_header": 1})
    settings = SimpleNamespace(
        workgroup="w", database="dev", secret_arn="arn", statement_name="gluejob", statement_seconds=60
    )
    sql = gluejob.load_sql(target, f"s3://{BUCKET}/files/", clauses, ROLE)
    gluejob.Redshift(world.warehouse, settings, lambda _: None).run(sql)
    assert [row[:2] for row in world.rows()] == [["a", "new"], ["b", "bob"]]


class TestGluejob:
    """The transaction of a load from MySQL, with rows staged as gluejob stages them."""

    LOG = "public.dpctl_load_log"

    @pytest.fixture
    def target(self, world: RealWorld) -> dict[str, Any]:
        world.warehouse.query("DROP TABLE IF EXISTS public.people")
        world.warehouse.query(
            "CREATE TABLE public.people (id bigint NOT NULL, name varchar(16), at timestamp)"
        )
        world.warehouse.query("ALTER TABLE public.dpctl_load_log ADD COLUMN watermark varchar(64)")
        columns = [{"name": "id"}, {"name": "name"}, {"name": "at"}]
        load = {"mode": "full", "watermark": "id"}
        return {"schema": "public", "name": "people", "key": ["id"], "columns": columns, "load": load}

    @pytest.fixture
    def redshift(self, world: RealWorld) -> Any:
        settings = SimpleNamespace(
            workgroup="w", database="dev", secret_arn="arn", statement_name="s", statement_seconds=600
        )
        return gluejob.Redshift(world.warehouse, settings, lambda _: None)

    def load(
        self, world: RealWorld, redshift: Any, target: dict[str, Any], mode: str, *rows: str, **more: Any
    ) -> str:
        """Stage the rows in two files, and load them; gives the batch."""
        entries = []
        for number, part in enumerate((rows[::2], rows[1::2])):
            body = "".join(f"{row}\n" for row in part).encode()
            if body:
                key = f"gluejob/staging/people/{number}.txt"
                world.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
                meta = {"content_length": len(body)}
                entries.append({"url": f"s3://{BUCKET}/{key}", "mandatory": True, "meta": meta})
        document = json.dumps({"entries": entries}).encode()
        world.s3.put_object(Bucket=BUCKET, Key="gluejob/staging/people/manifest", Body=document)
        place = f"s3://{BUCKET}/gluejob/staging/people/manifest" if entries else None
        staged = gluejob.Staged(place, more.get("count", len(rows)), "~n~")
        last = more.get("last", gluejob._last(redshift, target)[0])
        batch = str(gluejob.next_batch(last)) + uuid.uuid4().hex[:8]
        redshift.run(gluejob.move_sql(target, staged, mode, batch, more.get("watermark"), ROLE))
        return batch

    def people(self, world: RealWorld) -> list[list[Any]]:
        return list(world.warehouse.query("SELECT id, name, at::varchar FROM public.people ORDER BY id"))

    def test_each_mode(self, world: RealWorld, redshift: Any, target: dict[str, Any]) -> None:
        first = ('1,"a ""b"", c",2024-02-29 10:00:00', "2,~n~,~n~", '3,"",2024-01-01 00:00:00.123456')
        self.load(world, redshift, target, "full", *first, watermark="3")
        assert self.people(world) == [
            [1, 'a "b", c', "2024-02-29 10:00:00"],
            [2, None, None],
            [3, "", "2024-01-01 00:00:00.123456"],
        ]
        assert gluejob._last(redshift, target)[1] == "3"
        self.load(world, redshift, target, "full", '3,"c",~n~', '1,"x",~n~')
        assert self.people(world) == [[1, "x", None], [3, "c", None]]
        self.load(world, redshift, target, "upsert", '3,"new",~n~', '4,"d",~n~')
        self.load(world, redshift, target, "append", '4,"again",~n~', '5,"e",~n~')
        self.load(world, redshift, target, "upsert")
        assert [row[:2] for row in self.people(world)] == [[1, "x"], [3, "new"], [4, "d"], [5, "e"]]
        self.load(world, redshift, target, "full")
        assert self.people(world) == []
        assert world.logged() == 6

    @pytest.mark.parametrize("mode", ["full", "upsert", "append"])
    def test_nothing_changes_where_another_run_was_first_or_copy_took_another_number(
        self, world: RealWorld, redshift: Any, target: dict[str, Any], mode: str
    ) -> None:
        before = gluejob._last(redshift, target)[0]
        batch = self.load(world, redshift, target, "full", '1,"first",~n~')
        with pytest.raises(gluejob.StatementFailed) as failed:
            self.load(world, redshift, target, mode, '1,"late",~n~', '2,"late",~n~', last=before)
        said = str(failed.value)
        assert gluejob._why(redshift, target, before, said).startswith("another run loaded the table")
        with pytest.raises(gluejob.StatementFailed):
            self.load(world, redshift, target, mode, '1,"late",~n~', '2,"late",~n~', count=3)
        assert gluejob._why(redshift, target, batch, said) == said
        assert self.people(world) == [[1, "first", None]]
        assert world.logged() == 1
