"""Glue: connections that are tested for real, jobs that run, workflows and triggers."""

import json
import time

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.sandbox
ASSETS = "aws-glue-assets-054158074701-ap-south-1"


@pytest.fixture
def connection(client, config):
    """A connection like the replica's, of its own."""
    glue = client("glue")
    given = glue.get_connection(Name="Redshift connection")["Connection"]
    keys = (
        "ConnectionType",
        "ConnectionProperties",
        "AuthenticationConfiguration",
        "PhysicalConnectionRequirements",
    )
    made = {"Name": "tried"} | {key: given[key] for key in keys}
    glue.create_connection(ConnectionInput=made)
    yield made
    glue.delete_connection(ConnectionName="tried")


def tried(glue, connection, **changes):
    glue.update_connection(Name="tried", ConnectionInput=connection | changes)
    glue.test_connection(ConnectionName="tried")
    found = glue.get_connection(Name="tried")["Connection"]
    return found["Status"], found.get("StatusReason", "")


def place(connection, **changes):
    return {"PhysicalConnectionRequirements": connection["PhysicalConnectionRequirements"] | changes}


def test_each_cause_has_its_reason(client, connection, config):
    glue = client("glue")
    assert "sts.ap-south-1.amazonaws.com" in tried(glue, connection)[1]
    assert (
        "InvalidSubnetID"
        in tried(glue, connection, **place(connection, SubnetId="subnet-00000000000000000"))[1]
    )
    assert "subnet for AZ" in tried(glue, connection, **place(connection, AvailabilityZone="ap-south-1b"))[1]
    other = config.network.security_groups.others[0]
    assert (
        "open all ingress ports"
        in tried(glue, connection, **place(connection, SecurityGroupIdList=[other]))[1]
    )
    private = config.network.private_subnets[0].id
    assert "sts" in tried(glue, connection, **place(connection, SubnetId=private))[1]


def test_endpoints_make_a_private_subnet_work(client, connection, config):
    ec2, glue = client("ec2"), client("glue")
    vpc, subnet = config.network.vpc.id, config.network.private_subnets[0].id
    group = config.network.security_groups.database
    private = place(connection, SubnetId=subnet)
    made = []

    def endpoint(service, **settings):
        given = {"VpcId": vpc, "ServiceName": f"com.amazonaws.ap-south-1.{service}"} | settings
        made.append(ec2.create_vpc_endpoint(**given)["VpcEndpoint"]["VpcEndpointId"])

    interface = {"VpcEndpointType": "Interface", "SubnetIds": [subnet], "SecurityGroupIds": [group]}
    try:
        endpoint("sts", PrivateDnsEnabled=True, **interface)
        assert "secretsmanager" in tried(glue, connection, **private)[1]
        endpoint("secretsmanager", PrivateDnsEnabled=True, **interface)
        assert "Could not find S3 endpoint or NAT gateway" in tried(glue, connection, **private)[1]
        tables = ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])
        endpoint("s3", VpcEndpointType="Gateway", RouteTableIds=[tables["RouteTables"][0]["RouteTableId"]])
        assert tried(glue, connection, **private) == ("READY", "")
        plain = connection["ConnectionProperties"] | {"ENFORCE_SSL": "false"}
        assert tried(glue, connection, **private, ConnectionProperties=plain) == ("READY", "")
        require_ssl(client, "true")
        assert "SSL" in tried(glue, connection, **private, ConnectionProperties=plain)[1]
        lost = connection["ConnectionProperties"] | {"DATABASE": "nowhere"}
        assert "does not exist" in tried(glue, connection, **private, ConnectionProperties=lost)[1]
        wrong = connection["ConnectionProperties"] | {"PORT": "5440"}
        assert "5440 timed out" in tried(glue, connection, **private, ConnectionProperties=wrong)[1]
    finally:
        require_ssl(client, "false")
        ec2.delete_vpc_endpoints(VpcEndpointIds=made)


def require_ssl(client, value):
    """Whether the workgroup turns away who comes without TLS."""
    parameters = [{"parameterKey": "require_ssl", "parameterValue": value}]
    client("redshift-serverless").update_workgroup(
        workgroupName="default-workgroup", configParameters=parameters
    )


def test_an_update_keeps_the_last_result_and_the_password_can_be_hidden(client, connection):
    glue = client("glue")
    glue.test_connection(ConnectionName="tried")
    properties = {"JDBC_CONNECTION_URL": "jdbc:redshift://h:5439/dev", "USERNAME": "u", "PASSWORD": "p"}
    glue.update_connection(
        Name="tried",
        ConnectionInput={"Name": "tried", "ConnectionType": "JDBC", "ConnectionProperties": properties},
    )
    found = glue.get_connection(Name="tried", HidePassword=True)["Connection"]
    assert (found["Status"], found["ConnectionSchemaVersion"]) == ("FAILED", 1)
    assert "PASSWORD" not in found["ConnectionProperties"]


def test_a_connection_that_is_not_there(client):
    with pytest.raises(ClientError) as error:
        client("glue").test_connection(ConnectionName="nowhere")
    assert error.value.response["Error"]["Code"] == "EntityNotFoundException"


@pytest.fixture
def job(client, config):
    """A job with a script that a test writes; a Python shell job unless it says otherwise."""
    glue, s3 = client("glue"), client("s3")

    def make(name: str, script: str, *, kind: str = "pythonshell", **settings):
        key = f"scripts/{name}.py"
        s3.put_object(Bucket=ASSETS, Key=key, Body=script.encode())
        location = f"s3://{ASSETS}/{key}"
        version = "3.9" if kind == "pythonshell" else "3"
        command = {"Name": kind, "PythonVersion": version, "ScriptLocation": location}
        glue.create_job(Name=name, Role="GlueFullAccessRole", Command=command, **settings)
        made.append(name)

    made: list[str] = []
    yield make
    for name in made:
        glue.delete_job(JobName=name)


def finished(client, control, name, **settings):
    glue = client("glue")
    run = glue.start_job_run(JobName=name, **settings)["JobRunId"]
    for _ in range(600):
        found = glue.get_job_run(JobName=name, RunId=run)["JobRun"]
        if found["JobRunState"] not in ("STARTING", "RUNNING"):
            return found
        control.post("settle", {"seconds": 0.05})
    raise AssertionError(found)


def output(client, run):
    group = f"{run['LogGroupName']}/output"
    events = client("logs").get_log_events(logGroupName=group, logStreamName=run["Id"])["events"]
    return [event["message"] for event in events]


def test_a_job_runs_with_its_arguments_in_the_account(client, control, job):
    script = (
        "import sys, boto3\nprint(sys.argv[1:])\nprint(boto3.client('sts').get_caller_identity()['Account'])"
    )
    job("says", script, DefaultArguments={"--a": "default", "--b": "2"})
    run = finished(client, control, "says", Arguments={"--a": "given"})
    line, account_id = output(client, run)
    assert run["JobRunState"] == "SUCCEEDED"
    assert "'--a', 'given', '--b', '2'" in line
    assert "'--JOB_NAME', 'says'" in line
    assert account_id == "054158074701"


def test_a_job_that_fails_says_why_after_its_retries(client, control, job):
    job("fails", "raise SystemExit('the reason')", MaxRetries=1)
    run = finished(client, control, "fails")
    assert (run["JobRunState"], run["ErrorMessage"], run["Attempt"]) == ("FAILED", "the reason", 1)


@pytest.mark.parametrize("imported", ["pyspark.context", "awsglue.utils"])
def test_spark_is_not_pretended(client, control, job, imported):
    job("spark", f"def main():\n    import {imported}\nmain()", kind="glueetl", MaxRetries=1)
    run = finished(client, control, "spark")
    assert (run["JobRunState"], run["Attempt"]) == ("FAILED", 0)
    said = "The sandbox has no Spark, which this job needs. Try: dpctl sandbox spark install"
    assert run["ErrorMessage"] == said


def test_neither_scala_nor_a_stream_is_run(client, control, job):
    job("scala", "object Main", kind="glueetl", DefaultArguments={"--job-language": "scala"})
    job("stream", "print(1)", kind="gluestreaming")
    for name in ("scala", "stream"):
        assert "Spark" in finished(client, control, name)["ErrorMessage"]


class Warehouse:
    """Statements in the replica's database."""

    def __init__(self, client, config):
        self.data, redshift = client("redshift-data"), config.databases.redshift
        secret = client("secretsmanager").describe_secret(SecretId=config.secrets.redshift)["ARN"]
        self.place = {"WorkgroupName": redshift.workgroup, "Database": redshift.database, "SecretArn": secret}

    def run(self, sql):
        identity = self.data.execute_statement(Sql=sql, **self.place)["Id"]
        while (state := self.data.describe_statement(Id=identity))["Status"] not in {"FINISHED", "FAILED"}:
            time.sleep(0.05)
        assert state["Status"] == "FINISHED", state.get("Error")
        if not state["HasResultSet"]:
            return []
        records = self.data.get_statement_result(Id=identity)["Records"]
        return [tuple(next(iter(cell.values())) for cell in row) for row in records]


@pytest.fixture
def things(client, config):
    """A table of DynamoDB's, one of Redshift's, and the arguments that both ETL scripts take."""
    warehouse, dynamodb = Warehouse(client, config), client("dynamodb")
    dynamodb.create_table(
        TableName="Things",
        KeySchema=[{"AttributeName": "Key", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "Key", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    warehouse.run(
        "CREATE TABLE public.things (key varchar(9) NOT NULL, amount decimal(12,2), _version bigint)"
    )
    read = {"Effect": "Allow", "Action": "dynamodb:Scan", "Resource": "*"}
    client("iam").put_role_policy(
        RoleName=config.iam.redshift_commands,
        PolicyName="things",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [read]}),
    )
    columns = [("key", "varchar(9)"), ("amount", "decimal(12,2)"), ("_version", "bigint")]
    target = {
        "schema": "public",
        "name": "things",
        "columns": [{"name": name, "type": kind} for name, kind in columns],
        "key": ["key"],
        "version": "_version",
    }
    arguments = {
        "--bucket": ASSETS,
        "--prefix": "things/",
        "--region": config.region,
        "--table_name": "Things",
        "--workflow": config.glue.workflow,
        "--workgroup": warehouse.place["WorkgroupName"],
        "--database": warehouse.place["Database"],
        "--secret_arn": warehouse.place["SecretArn"],
        "--copy_role_arn": client("iam").get_role(RoleName=config.iam.redshift_commands)["Role"]["Arn"],
        "--target": json.dumps(target),
        "--enable-metrics": "true",
    }
    yield warehouse, arguments
    client("iam").delete_role_policy(RoleName=config.iam.redshift_commands, PolicyName="things")
    warehouse.run("DROP TABLE public.things")
    dynamodb.delete_table(TableName="Things")


def script(repo, name):
    return (repo / "runtime/glue_etl" / name).read_text(encoding="utf-8")


def test_the_full_load_runs_as_an_etl_job(client, control, job, things, repo):
    warehouse, arguments = things
    job("full", script(repo, "DynamotoRedshift.py"), kind="glueetl", DefaultArguments=arguments)
    later = 4_000_000_000_000  # a version that this run's time is before
    warehouse.run(f"INSERT INTO public.things VALUES ('old', 1, 1), ('gone', 1, 1), ('newer', 1, {later})")
    for key, amount in (("old", "2.50"), ("new", "3.25"), ("newer", "9")):
        item = {"Key": {"S": key}, "Amount": {"N": amount}, "tags": {"SS": ["left out"]}}
        client("dynamodb").put_item(TableName="Things", Item=item)
    run = finished(client, control, "full")
    assert (run["JobRunState"], run["LogGroupName"]) == ("SUCCEEDED", "/aws-glue/jobs"), run
    rows = "SELECT key, amount::varchar FROM public.things ORDER BY 1"
    assert warehouse.run(rows) == [("gone", "1.00"), ("new", "3.25"), ("newer", "1.00"), ("old", "2.50")]
    assert output(client, run)[0].startswith("loaded Things with version ")

    run = finished(client, control, "full", Arguments={"--delete_missing": "true"})
    assert run["JobRunState"] == "SUCCEEDED", run
    assert [key for key, _ in warehouse.run(rows)] == ["new", "newer", "old"]


def test_gluejob_loads_files_and_can_not_read_mysql(client, control, job, things, repo):
    warehouse, arguments = things
    client("s3").put_object(Bucket=ASSETS, Key="in/one.csv", Body=b"key,amount,_version\na,1.50,1\nb,,2\n")
    files = {"--source": "s3", "--location": f"s3://{ASSETS}/in/"}
    files |= {"--format": json.dumps({"format": "csv", "ignore_header": 1})}
    job("files", script(repo, "gluejob.py"), kind="glueetl", DefaultArguments=arguments | files)
    for _ in range(2):  # rows with the same key are replaced
        run = finished(client, control, "files")
        assert run["JobRunState"] == "SUCCEEDED", run
    rows = "SELECT key, COALESCE(amount::varchar, 'none') FROM public.things ORDER BY 1"
    assert warehouse.run(rows) == [("a", "1.50"), ("b", "none")]

    mysql = {"--source": "mysql", "--connection": "c", "--source_table": "t"}
    assert "Spark" in finished(client, control, "files", Arguments=mysql)["ErrorMessage"]


def test_one_run_at_a_time_and_a_run_can_be_stopped(client, control, job):
    glue = client("glue")
    job("sleeps", "import time\ntime.sleep(60)")
    run = glue.start_job_run(JobName="sleeps")["JobRunId"]
    with pytest.raises(ClientError) as error:
        glue.start_job_run(JobName="sleeps")
    assert error.value.response["Error"]["Code"] == "ConcurrentRunsExceededException"
    for _ in range(200):
        if glue.get_job_run(JobName="sleeps", RunId=run)["JobRun"]["JobRunState"] == "RUNNING":
            break
    glue.batch_stop_job_run(JobName="sleeps", JobRunIds=[run])
    for _ in range(200):
        state = glue.get_job_run(JobName="sleeps", RunId=run)["JobRun"]["JobRunState"]
        if state == "STOPPED":
            break
    assert state == "STOPPED"


def test_with_queuing_a_second_run_waits_for_its_turn(client, control, job):
    glue = client("glue")
    job("queued", "import time\ntime.sleep(0.3)", JobRunQueuingEnabled=True)
    runs = [glue.start_job_run(JobName="queued")["JobRunId"] for _ in range(2)]
    seen, states = set(), []
    for _ in range(400):
        found = [glue.get_job_run(JobName="queued", RunId=run)["JobRun"] for run in runs]
        states = [run["JobRunState"] for run in found]
        seen.add(tuple(states))
        if states == ["SUCCEEDED", "SUCCEEDED"]:
            break
    assert states == ["SUCCEEDED", "SUCCEEDED"]
    assert ("RUNNING", "WAITING") in seen
    assert ("RUNNING", "RUNNING") not in seen


def test_a_workflow_runs_its_jobs_in_order(client, control, job):
    glue = client("glue")
    job("first", "print('first')")
    job("second", "print('second')")
    glue.create_workflow(Name="two", MaxConcurrentRuns=1)
    glue.create_trigger(Name="go", Type="ON_DEMAND", WorkflowName="two", Actions=[{"JobName": "first"}])
    condition = {"LogicalOperator": "EQUALS", "JobName": "first", "State": "SUCCEEDED"}
    glue.create_trigger(
        Name="then",
        Type="CONDITIONAL",
        WorkflowName="two",
        StartOnCreation=True,
        Predicate={"Conditions": [condition]},
        Actions=[{"JobName": "second"}],
    )
    with pytest.raises(ClientError, match="start trigger"):
        glue.create_trigger(Name="too", Type="EVENT", WorkflowName="two", Actions=[{"JobName": "first"}])
    run = glue.start_workflow_run(Name="two", RunProperties={"p": "1"})["RunId"]
    with pytest.raises(ClientError, match="Concurrent"):
        glue.start_workflow_run(Name="two")
    assert control.post("settle", {"seconds": 60})[1] == {"settled": True}
    found = glue.get_workflow_run(Name="two", RunId=run)["Run"]
    assert (found["Status"], found["Statistics"]["SucceededActions"]) == ("COMPLETED", 2)
    assert glue.get_workflow_run_properties(Name="two", RunId=run)["RunProperties"] == {"p": "1"}
    second = glue.get_job_runs(JobName="second")["JobRuns"][0]
    assert second["Arguments"]["--WORKFLOW_RUN_ID"] == run
    for name in ("go", "then"):
        glue.delete_trigger(Name=name)
    glue.delete_workflow(Name="two")
