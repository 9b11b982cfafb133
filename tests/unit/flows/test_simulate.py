"""``events simulate``: writes that fit every column, the same for the same seed, and only in the sandbox."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from dpctl.cli.factory import App
from dpctl.config import load_environment
from dpctl.config.models import DynamoDb
from dpctl.config.tables import Column
from dpctl.flows.rules import Rules
from dpctl.flows.simulate import Counts, Simulator
from tests.unit.flows.test_flows import Boto, World, world  # noqa: F401

KINDS = [
    "smallint",
    "integer",
    "bigint",
    "decimal",
    "decimal(2,2)",
    "decimal(38,10)",
    "real",
    "boolean",
    "date",
    "timestamp",
    "timestamptz",
    "time",
    "super",
    "varbyte(8)",
    "char",
    "char(3)",
    "varchar",
    "varchar(2)",
    "double precision",
]


def made(world: World) -> Any:  # noqa: F811
    client = boto3.client("dynamodb")
    client.create_table(
        TableName="Orders",
        KeySchema=[{"AttributeName": "PartKey", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "PartKey", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


def test_items_are_put_updated_and_deleted(world: World) -> None:  # noqa: F811
    client = made(world)
    words = ("events", "simulate", "--env", "dev", "--put", "20", "--update", "5", "--delete", "8", "--json")
    document = json.loads(world(*words).stdout)
    assert {name: document[name] for name in ("put", "updated", "deleted", "left")} == {
        "put": 20, "updated": 5, "deleted": 8, "left": 12
    }  # fmt: skip
    first = client.scan(TableName="Orders")["Items"]
    assert len(first) == 12
    world(*words)
    again = client.scan(TableName="Orders")["Items"]
    assert sorted(map(str, again)) == sorted(map(str, first))


def test_more_cannot_be_deleted_than_was_put(world: World) -> None:  # noqa: F811
    made(world)
    assert world("events", "simulate", "--put", "1", "--delete", "2").exit_code == 2


def test_not_in_aws(world: World, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    class Real(Boto):
        sandboxed = False

    monkeypatch.setattr(App, "aws", lambda *_: Real())
    client = made(world)
    refused = world("events", "simulate", "--env", "dev")
    assert refused.exit_code == 2
    assert "sandbox only" in refused.stderr
    assert client.scan(TableName="Orders")["Count"] == 0


@pytest.mark.parametrize("key_type", ["S", "N", "B"])
def test_every_column_gets_a_value_that_fits(repo: Path, key_type: str) -> None:
    """Asked of the rules that the deployed job has."""
    environment = load_environment(repo, "dev")
    orders = environment.config.tables["orders"]
    columns = [Column(name=f"c{n}", type=kind, nullable=False) for n, kind in enumerate(KINDS)]
    key = Column(name="partkey", type="varchar(64)", nullable=False)
    table = orders.model_copy(update={"columns": [key, *columns, Column(name="_version", type="bigint")]})
    dynamodb = DynamoDb(table="Orders", hash_key="PartKey", hash_key_type=key_type)  # type: ignore[arg-type]
    simulator = Simulator(None, "Orders", dynamodb, table)
    rules = Rules.read(environment, "orders", table, keys_only=False)
    for number in range(50):
        [(_, unfit)] = rules.pages([(simulator.item(str(number)), 1)])
        assert not unfit
    assert simulator.run(Counts(0, 3, 0), lambda _: None) == []
