"""The other side of every switch in env.yaml, planned and applied on a fresh replica."""

from __future__ import annotations

import json

import pytest

from dpctl import sandbox
from dpctl.aws import Aws
from tests.integration.conftest import Story, copy_tree, stop_all

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.terraform,
    pytest.mark.slow,
    pytest.mark.xdist_group("switches"),
]

# what stands in dev's env.yaml, and its other side
OTHER_SIDE = (
    ("egress: endpoints", "egress: nat"),
    (
        "  security_groups:\n",
        "  public_subnets:\n    - {az: ap-south-1a, cidr: 10.11.160.0/20}\n  security_groups:\n",
    ),
    ("mysql: {identifier: database-1, database: orders, port: 3306}", "mysql: null"),
    ("mode: auto_copy", "mode: scheduled"),
    ("method: lambda", "method: data_api"),
    ("gluejob: {enabled: false,", "gluejob: {enabled: true,"),
    ("source: mysql", "source: s3"),
    ("DynamotoRedshift: {type", "DynamotoRedshift: {enabled: false, type"),
)


# gluejob stands with MySQL's connection, which a job that loads files does not want
ACCEPTED = ("--accept", "module.glue.aws_glue_job.gluejob[0].connections")


@pytest.fixture(scope="module")
def switched(repo, tmp_path_factory, terraform):
    """dev with every switch on its other side."""
    made = copy_tree(repo, tmp_path_factory.mktemp("switches"))
    try:
        assert made.dpctl("sandbox", "start", "--env", "dev").code == 0  # the account as it stands
        made.edit("dev", *OTHER_SIDE)
        environment = made.environment("dev")
        run = made.dpctl("--sandbox", "apply", "--env", "dev", "--yes", "--json", *ACCEPTED, timeout=1200)
        running = sandbox.status(environment)
        assert running is not None
        yield Story(made, Aws(environment.config.region, running.environment()), [run])
    finally:
        stop_all(made)


def targets(aws):
    """The targets of all schedules, by the schedule's name."""
    scheduler = aws.client("scheduler")
    return {
        each["Name"]: scheduler.get_schedule(Name=each["Name"], GroupName=each["GroupName"])["Target"]
        for each in scheduler.list_schedules()["Schedules"]
    }


def results(run):
    return {layer["layer"]: layer["result"] for layer in run.json["layers"]}


def test_every_switch_can_be_applied(switched):
    [run] = switched.runs
    assert run.code == 0, run.stderr[-8000:]
    assert set(results(run).values()) == {"succeeded"}


def test_egress_goes_through_nat(switched):
    ec2 = switched.aws.client("ec2")
    gateways = ec2.describe_nat_gateways()["NatGateways"]
    assert len([gateway for gateway in gateways if gateway["State"] == "available"]) == 1
    kinds = {endpoint["VpcEndpointType"] for endpoint in ec2.describe_vpc_endpoints()["VpcEndpoints"]}
    assert kinds <= {"Gateway"}


def test_the_load_is_scheduled_and_the_dump_calls_redshift_itself(switched):
    found = targets(switched.aws)
    assert {name: target["Arn"].rpartition(":")[2] for name, target in found.items()} == {
        "LogEventSweeper": "LogEventSweeper",
        "copy-order_files": "batchExecuteStatement",
        "orders-daily": "executeStatement",
    }
    unload = json.loads(found["orders-daily"]["Input"])
    assert unload["Sql"].startswith("UNLOAD (")
    assert "<aws.scheduler.scheduled-time>" in unload["ClientToken"]
    assert switched.aws.client("redshift").describe_integrations()["Integrations"] == []


def test_jobs_are_those_that_are_on(switched):
    """gluejob is managed now; DynamotoRedshift, switched off, stays as it was before dpctl."""
    glue = switched.aws.client("glue")
    assert glue.get_job(JobName="gluejob")["Job"]["Command"]["Name"] == "glueetl"
    assert "--target" not in glue.get_job(JobName="DynamotoRedshift")["Job"].get("DefaultArguments", {})


def test_mysql_is_left_alone(switched):
    """It stands in the account, and no layer manages it."""
    [database] = switched.aws.client("rds").describe_db_instances()["DBInstances"]
    assert database["DBInstanceIdentifier"] == "database-1"
    outputs = switched.workspace.dpctl("--sandbox", "output", "--env", "dev", "--layer", "static", "--json")
    assert outputs.json["outputs"].get("mysql_endpoint") is None


def test_a_second_run_changes_nothing(switched):
    again = switched.workspace.dpctl("--sandbox", "apply", "--env", "dev", "--yes", "--json")
    assert again.code == 0
    assert set(results(again).values()) == {"unchanged"}


def test_switching_the_dump_to_glue_changes_only_that_layer(switched):
    """Runs last: it changes env.yaml."""
    switched.workspace.edit("dev", ("method: data_api", "method: glue"))
    run = switched.workspace.dpctl("--sandbox", "apply", "--env", "dev", "--yes", "--json")
    assert run.code == 0, run.stderr[-8000:]
    found = results(run)
    assert found.pop("redshift-s3") == "succeeded"
    assert set(found.values()) == {"unchanged"}
    assert "glue" in targets(switched.aws)["orders-daily"]["Arn"]
