"""Where a rehearsal once passed, or failed, and AWS did otherwise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from dpctl import interpreters

pytestmark = pytest.mark.sandbox
ROLE = "arn:aws:iam::054158074701:role/faithful"
ASSETS = "aws-glue-assets-054158074701-ap-south-1"


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def role(client):
    """A role that Glue may assume, and that may read every secret."""
    iam = client("iam")
    iam.create_role(
        RoleName="faithful", AssumeRolePolicyDocument=trust("glue.amazonaws.com"), Description="kept"
    )
    statement = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="faithful", PolicyName="reads", PolicyDocument=policy)
    yield iam
    for name in iam.list_role_policies(RoleName="faithful")["PolicyNames"]:
        iam.delete_role_policy(RoleName="faithful", PolicyName=name)
    iam.delete_role(RoleName="faithful")


@contextmanager
def endpoints(ec2, vpc: str, subnet: str, group: str):
    """The endpoints that a connection in a subnet needs."""
    interface = {"VpcEndpointType": "Interface", "SubnetIds": [subnet], "SecurityGroupIds": [group]}
    tables = ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])
    gateway = {"VpcEndpointType": "Gateway", "RouteTableIds": [tables["RouteTables"][0]["RouteTableId"]]}
    made = []
    try:
        for service, settings in (("sts", interface), ("secretsmanager", interface), ("s3", gateway)):
            private = {"PrivateDnsEnabled": True} if settings is interface else {}
            name = f"com.amazonaws.ap-south-1.{service}"
            found = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=name, **settings, **private)
            made.append(found["VpcEndpoint"]["VpcEndpointId"])
        yield made
    finally:
        ec2.delete_vpc_endpoints(VpcEndpointIds=made)


@pytest.fixture
def tried(client):
    """Tests a connection like the replica's, elsewhere or with another role."""
    glue = client("glue")
    given = glue.get_connection(Name="Redshift connection")["Connection"]
    made = {"Name": "faithful"} | {
        key: given[key]
        for key in (
            "ConnectionType",
            "ConnectionProperties",
            "AuthenticationConfiguration",
            "PhysicalConnectionRequirements",
        )
    }

    def go(subnet: str, role: str = "", zone: str = ""):
        place = made["PhysicalConnectionRequirements"] | {"SubnetId": subnet}
        place |= {"AvailabilityZone": zone} if zone else {}
        properties = made["ConnectionProperties"] | ({"ROLE_ARN": role} if role else {})
        changed = made | {"PhysicalConnectionRequirements": place, "ConnectionProperties": properties}
        glue.update_connection(Name="faithful", ConnectionInput=changed)
        glue.test_connection(ConnectionName="faithful")
        found = glue.get_connection(Name="faithful")["Connection"]
        return found["Status"], found.get("StatusReason", "")

    glue.create_connection(ConnectionInput=made)
    yield go
    glue.delete_connection(ConnectionName="faithful")


def test_the_trust_of_a_connections_role_is_part_of_its_test(client, config, role, tried):
    subnet = config.network.private_subnets[0].id
    with endpoints(client("ec2"), config.network.vpc.id, subnet, config.network.security_groups.database):
        assert tried(subnet, ROLE) == ("READY", "")
        role.update_assume_role_policy(RoleName="faithful", PolicyDocument=trust("lambda.amazonaws.com"))
        state, reason = tried(subnet, ROLE)
        assert state == "FAILED"
        assert "sts:AssumeRole" in reason
        role.update_assume_role_policy(RoleName="faithful", PolicyDocument=trust("glue.amazonaws.com"))
        role.delete_role_policy(RoleName="faithful", PolicyName="reads")
        assert "secretsmanager:GetSecretValue" in tried(subnet, ROLE)[1]
        assert "cannot be used" in tried(subnet, f"{ROLE}-gone")[1]


def test_a_connection_in_a_subnet_of_sixteen_addresses_is_tested(client, config, tried):
    ec2, vpc = client("ec2"), config.network.vpc.id
    zone = "ap-south-1a"
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.11.250.0/28", AvailabilityZone=zone)["Subnet"][
        "SubnetId"
    ]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    linked = ec2.associate_route_table(RouteTableId=table, SubnetId=made)["AssociationId"]
    try:
        with endpoints(ec2, vpc, made, config.network.security_groups.database):
            assert tried(made, zone=zone) == ("READY", "")
    finally:
        ec2.disassociate_route_table(AssociationId=linked)
        ec2.delete_route_table(RouteTableId=table)
        ec2.delete_subnet(SubnetId=made)


def test_an_endpoint_that_was_deleted_is_not_listed_for_ever(client, config):
    ec2 = client("ec2")
    subnet = config.network.private_subnets[0].id
    with endpoints(ec2, config.network.vpc.id, subnet, config.network.security_groups.database) as made:
        pass
    assert not set(made) & {one["VpcEndpointId"] for one in ec2.describe_vpc_endpoints()["VpcEndpoints"]}
    with pytest.raises(ClientError) as error:
        ec2.describe_vpc_endpoints(VpcEndpointIds=made)
    assert error.value.response["Error"]["Code"] == "InvalidVpcEndpointId.NotFound"


def test_a_role_that_is_updated_keeps_its_description(role):
    role.update_role(RoleName="faithful", MaxSessionDuration=7200)
    found = role.get_role(RoleName="faithful")["Role"]
    assert (found["Description"], found["MaxSessionDuration"]) == ("kept", 7200)
    role.update_role(RoleName="faithful", Description="new")
    assert role.get_role(RoleName="faithful")["Role"]["Description"] == "new"


@pytest.fixture
def chain(client):
    """A workflow: an EVENT or ON_DEMAND trigger starts one job, a CONDITIONAL one follows with another."""
    glue, s3 = client("glue"), client("s3")
    s3.put_object(Bucket=ASSETS, Key="scripts/faithful.py", Body=b"print('ran')")
    command = {"Name": "pythonshell", "ScriptLocation": f"s3://{ASSETS}/scripts/faithful.py"}
    names = ("faithful-first", "faithful-then")
    for name in names:
        glue.create_job(Name=name, Role="GlueFullAccessRole", Command=command)
    glue.create_workflow(Name="faithful")

    def make(kind: str):
        glue.create_trigger(
            Name=names[0], Type=kind, WorkflowName="faithful", Actions=[{"JobName": names[0]}]
        )
        condition = {"LogicalOperator": "EQUALS", "JobName": names[0], "State": "SUCCEEDED"}
        glue.create_trigger(
            Name=names[1], Type="CONDITIONAL", WorkflowName="faithful", StartOnCreation=True,
            Predicate={"Conditions": [condition]}, Actions=[{"JobName": names[1]}],
        )  # fmt: skip
        return glue

    yield make
    for name in names:
        glue.delete_trigger(Name=name)
        glue.delete_job(JobName=name)
    glue.delete_workflow(Name="faithful")


@pytest.mark.parametrize(
    ("stopped", "ran"), [(None, [1, 1]), ("faithful-then", [1, 0]), ("faithful-first", [0, 0])]
)
def test_a_trigger_that_was_stopped_runs_nothing(client, control, chain, stopped, ran):
    glue = chain("ON_DEMAND")
    if stopped:
        glue.stop_trigger(Name=stopped)
    before = runs(glue)
    glue.start_workflow_run(Name="faithful")
    assert control.post("settle", {"seconds": 120})[1] == {"settled": True}
    assert [now - then for now, then in zip(runs(glue), before, strict=True)] == ran


def runs(glue) -> list[int]:
    names = ("faithful-first", "faithful-then")
    return [len(glue.get_job_runs(JobName=name)["JobRuns"]) for name in names]


def test_events_for_a_stopped_trigger_start_no_run(account, client, control, chain):
    from dpctl.sandbox.services import glue_workflows

    glue = chain("EVENT")
    glue.stop_trigger(Name="faithful-first")
    before = len(glue.get_workflow_runs(Name="faithful")["Runs"])
    glue_workflows.notify(account, "faithful", "event-1")
    assert control.post("settle", {"seconds": 60, "flush": True})[1] == {"settled": True}
    assert len(glue.get_workflow_runs(Name="faithful")["Runs"]) == before


@pytest.fixture
def older(tmp_path, monkeypatch):
    """An environment of the oldest Python that is here and not this one, with a boto3, first on the PATH."""
    for version in ("3.9", "3.10", "3.12", "3.13"):
        bare = next((path for path in interpreters._candidates(version) if works(path)), None)
        if bare and version != f"{sys.version_info[0]}.{sys.version_info[1]}":
            break
    else:
        pytest.skip("there is no other Python on this machine")
    home = tmp_path / "python"
    subprocess.run([bare, "-m", "venv", "--without-pip", str(home)], check=True, capture_output=True)
    packages = next(home.glob("lib/python*/site-packages"))
    (packages / "boto3.py").write_text("__version__ = '1.26.0'\n", encoding="utf-8")
    monkeypatch.setenv("PATH", f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}")
    interpreters.find.cache_clear()
    yield version
    interpreters.find.cache_clear()


def works(path: str) -> bool:
    return subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0


def test_jobs_and_functions_run_in_the_python_that_aws_has(client, control, older, account):
    import io
    import zipfile

    glue, s3 = client("glue"), client("s3")
    s3.put_object(
        Bucket=ASSETS, Key="scripts/which.py", Body=b"import sys; print('%d.%d' % sys.version_info[:2])"
    )
    from dpctl.sandbox.services import glue_runs, lambdas

    command = {"Name": "pythonshell", "PythonVersion": older}
    assert glue_runs.python_of({"Command": command}) != sys.executable
    assert glue_runs.python_of({"Command": {"Name": "glueetl"}}) == sys.executable
    if older == "3.9":  # the only version that CreateJob takes for a shell job
        location = f"s3://{ASSETS}/scripts/which.py"
        glue.create_job(
            Name="which", Role="GlueFullAccessRole", Command=command | {"ScriptLocation": location}
        )
        run = glue.start_job_run(JobName="which")["JobRunId"]
        while glue.get_job_run(JobName="which", RunId=run)["JobRun"]["JobRunState"] in (
            "STARTING",
            "RUNNING",
        ):
            control.post("settle", {"seconds": 0.05})
        found = client("logs").get_log_events(logGroupName="/aws-glue/python-jobs/output", logStreamName=run)
        assert [event["message"] for event in found["events"]] == ["3.9"]
        glue.delete_job(JobName="which")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(
            "code.py", "import sys\ndef handler(event, context): return '%d.%d' % sys.version_info[:2]\n"
        )
    client("iam").create_role(RoleName="which", AssumeRolePolicyDocument=trust("lambda.amazonaws.com"))
    client("lambda").create_function(
        FunctionName="which", Role="arn:aws:iam::054158074701:role/which",
        Runtime=f"python{older}", Handler="code.handler", Code={"ZipFile": archive.getvalue()},
    )  # fmt: skip
    try:
        assert json.loads(lambdas.run(account, "which", b"null").payload) == older
    finally:
        client("lambda").delete_function(FunctionName="which")
        client("iam").delete_role(RoleName="which")


def test_where_there_is_no_such_python_dpctls_own_runs(monkeypatch, tmp_path):
    from dpctl.doctor import toolchain
    from dpctl.sandbox.services import glue_runs

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    interpreters.find.cache_clear()
    try:
        assert glue_runs.python_of({"Command": {"Name": "pythonshell"}}) == sys.executable
        [tool] = [tool for tool in toolchain.look(None) if tool.name == "glue's python"]
        assert tool.result == "warn"
        assert tool.fix == "python3.9 -m pip install boto3"
    finally:
        interpreters.find.cache_clear()
