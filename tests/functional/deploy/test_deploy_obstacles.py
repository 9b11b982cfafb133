"""What is in the way of a plan: made in moto, seen before anything is applied, and said in full."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError

from dpctl.aws import Aws
from dpctl.deploy import obstacles
from dpctl.deploy.adopt import Inventory, data, storage
from dpctl.deploy.adopt.inventory import Values
from dpctl.deploy.changes import Change

REGION, ACCOUNT = "ap-south-1", "123456789012"
SETTINGS = "live/dev/env.yaml"
BUCKET = "manifest-bucket"
NAMESPACE = f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:namespace/1"
OTHER = f"arn:aws:redshift:{REGION}:{ACCOUNT}:integration:1"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:LogEvent"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:news"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:files"
INTEGRATION = {
    "integration_name": "s3-redshift",
    "source_arn": f"arn:aws:s3:::{BUCKET}",
    "target_arn": NAMESPACE,
}
TARGET = {"rule": "dynamodb-insert", "target_id": "Id1", "arn": MACHINE, "event_bus_name": "default"}


def refusal(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "not for you"}}, operation)


class Redshift:
    """The integrations of a region, which moto lacks."""

    def __init__(self, *integrations):
        self.integrations = integrations

    def can_paginate(self, _operation):
        return False

    def describe_integrations(self):
        return {"Integrations": list(self.integrations)}


class World:
    """moto's clients, with the integrations of a test; ``refused`` names operations that are not allowed."""

    def __init__(self, aws, *integrations):
        self.aws, self.redshift, self.refused = aws, Redshift(*integrations), set()
        self.region = REGION

    def client(self, service):
        return Refusing(self, self.redshift if service == "redshift" else self.aws.client(service))


class Refusing:
    def __init__(self, world, inner):
        self.world, self.inner = world, inner

    def can_paginate(self, operation):
        return operation not in self.world.refused and self.inner.can_paginate(operation)

    def __getattr__(self, operation):
        if operation in self.world.refused:
            raise refusal("AccessDenied", operation)
        return getattr(self.inner, operation)


@pytest.fixture(scope="module")
def clients():
    pytest.importorskip("moto")
    return Aws(REGION, {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"})


@pytest.fixture
def world(clients, aws):
    return World(clients)


def plan_of(kind, values, *, actions=("create",)):
    change = {"actions": list(actions), "after": values}
    entry = {"address": f"module.m.{kind}.x", "type": kind, "mode": "managed", "change": change}
    return {"resource_changes": [entry]}


def ahead(world, kind, values, **options):
    return obstacles.look(plan_of(kind, values, **options), Inventory(world, ACCOUNT), SETTINGS)


def refused(outlook):
    """What a person reads: what, why, hint."""
    with pytest.raises(obstacles.Obstructed) as error:
        obstacles.check("dev/layer", outlook.obstacles)
    return error.value.what, error.value.why, error.value.hint


def notify(world, **configuration):
    s3 = world.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration=configuration, SkipDestinationValidation=True
    )


def test_notifications_of_new_objects_are_named_with_the_two_ways_out(world):
    rules = [{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".csv"}]
    world.client("sns").create_topic(Name="news")
    world.client("sqs").create_queue(QueueName="files")
    notify(
        world,
        TopicConfigurations=[
            {"Id": "all", "TopicArn": TOPIC, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
        ],
        QueueConfigurations=[
            {
                "Id": "some",
                "QueueArn": QUEUE,
                "Events": ["s3:ObjectCreated:Put"],
                "Filter": {"Key": {"FilterRules": rules}},
            },
            {"Id": "gone", "QueueArn": QUEUE, "Events": ["s3:ObjectRemoved:*"]},
        ],
    )
    assert refused(ahead(world, "aws_redshift_integration", INTEGRATION)) == (
        "dev/layer can't be applied as it stands.",
        "module.m.aws_redshift_integration.x: the bucket manifest-bucket has notifications of new objects.\n"
        f"  all (s3:ObjectCreated:*) -> {TOPIC}\n"
        f"  some (s3:ObjectCreated:Put, prefix in/, suffix .csv) -> {QUEUE}\n"
        "AWS makes an integration only while the bucket has none; narrower ones may be added afterwards.",
        "take all, some off the bucket, or set s3_to_redshift.mode: scheduled in live/dev/env.yaml",
    )


@pytest.mark.parametrize(
    "configuration",
    [
        {},
        {"EventBridgeConfiguration": {}},
        {"QueueConfigurations": [{"QueueArn": QUEUE, "Events": ["s3:ObjectRemoved:*"]}]},
    ],
)
def test_other_notifications_are_in_nobodys_way(world, configuration):
    world.client("sqs").create_queue(QueueName="files")
    notify(world, **configuration)
    assert ahead(world, "aws_redshift_integration", INTEGRATION) == obstacles.Outlook()


def test_a_bucket_that_is_not_there_yet_and_another_source_have_no_obstacle(world):
    assert ahead(world, "aws_redshift_integration", INTEGRATION) == obstacles.Outlook()
    table = INTEGRATION | {"source_arn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/Orders"}
    world.refused = {"get_bucket_notification_configuration", "describe_integrations"}
    assert ahead(world, "aws_redshift_integration", table) == obstacles.Outlook()


def other_integration(**changes):
    fields = {"SourceArn": INTEGRATION["source_arn"], "TargetArn": NAMESPACE}
    return {"IntegrationName": "by-hand", "IntegrationArn": OTHER} | fields | changes


def test_an_integration_of_the_same_pair_can_be_renamed_and_adopted(clients, aws):
    world = World(clients, other_integration())
    notify(world)
    _, why, hint = refused(ahead(world, "aws_redshift_integration", INTEGRATION))
    assert why == (
        "module.m.aws_redshift_integration.x: "
        "the integration by-hand connects the same bucket and warehouse.\n"
        f"  {OTHER}\nAWS allows one for each pair. Under the name s3-redshift it would be adopted."
    )
    assert hint == (
        f"aws redshift modify-integration --integration-arn {OTHER} --integration-name s3-redshift, "
        "or set s3_to_redshift.mode: scheduled in live/dev/env.yaml"
    )


@pytest.mark.parametrize(
    "changes",
    [{"TargetArn": NAMESPACE + "2"}, {"SourceArn": "arn:aws:s3:::b"}, {"IntegrationName": "s3-redshift"}],
)
def test_other_integrations_are_in_nobodys_way(clients, aws, changes):
    world = World(clients, other_integration(**changes))
    assert ahead(world, "aws_redshift_integration", INTEGRATION) == obstacles.Outlook()


def add_target(world, identity, arn=MACHINE):
    add_rule(world.client("events"), identity, arn)


def add_rule(events, identity, arn):
    events.put_rule(Name="dynamodb-insert", EventPattern='{"source": ["aws.dynamodb"]}')
    events.put_targets(Rule="dynamodb-insert", Targets=[{"Id": identity, "Arn": arn}])


@pytest.mark.parametrize(("identity", "written"), [("Id-7f3", "Id-7f3"), ("77", '"77"')])
def test_the_same_target_under_another_id_is_refused_with_the_line_for_env_yaml(world, identity, written):
    add_target(world, identity)
    assert refused(ahead(world, "aws_cloudwatch_event_target", TARGET)) == (
        "dev/layer can't be applied as it stands.",
        "module.m.aws_cloudwatch_event_target.x: "
        f"the rule dynamodb-insert has this target already, as {identity}.\n"
        f"  {MACHINE}\nA second one, Id1, would start it twice for every event.",
        f"set capture.target: {written} in live/dev/env.yaml",
    )


def test_another_kind_of_target_is_removed_by_a_command(world):
    add_target(world, "mine", TOPIC)
    [found] = ahead(world, "aws_cloudwatch_event_target", TARGET | {"arn": TOPIC}).obstacles
    assert found.hint == (
        "aws events remove-targets --rule dynamodb-insert --event-bus-name default --ids mine"
    )


@pytest.mark.parametrize(("identity", "arn"), [("Id1", MACHINE), ("x", TOPIC)])
def test_the_target_itself_and_others_are_in_nobodys_way(world, identity, arn):
    add_target(world, identity, arn)
    assert ahead(world, "aws_cloudwatch_event_target", TARGET) == obstacles.Outlook()


def test_what_is_replaced_or_not_known_or_has_no_id_is_not_checked(world):
    add_target(world, "x")
    kind = "aws_cloudwatch_event_target"
    for values in ({"rule": "dynamodb-insert", "target_id": "Id1"}, TARGET | {"target_id": None}):
        assert ahead(world, kind, values) == obstacles.Outlook()
    assert ahead(world, kind, TARGET, actions=("delete", "create")) == obstacles.Outlook()


@pytest.mark.parametrize(
    ("kind", "values", "operation"),
    [
        ("aws_redshift_integration", INTEGRATION, "get_bucket_notification_configuration"),
        ("aws_redshift_integration", INTEGRATION, "describe_integrations"),
        ("aws_cloudwatch_event_target", TARGET, "list_targets_by_rule"),
    ],
)
def test_a_missing_permission_is_a_warning(world, kind, values, operation):
    world.refused = {operation}
    found = ahead(world, kind, values)
    assert found.obstacles == ()
    [blind] = found.not_seen
    assert blind.address == f"module.m.{kind}.x"
    assert "not for you" in blind.reason


def test_only_creations_that_have_a_check_are_worth_a_look():
    assert obstacles.worthwhile([Change("a", "aws_redshift_integration", "create")])
    assert not obstacles.worthwhile([Change("a", "aws_redshift_integration", "update")])
    assert not obstacles.worthwhile([Change("a", "aws_iam_role", "create")])


# in a run


@pytest.fixture
def doubled(dpctl, fake, monkeypatch):
    """Layer ``a`` creates a second target for the state machine."""
    for name, value in (("AWS_ACCESS_KEY_ID", "testing"), ("AWS_SECRET_ACCESS_KEY", "testing")):
        monkeypatch.setenv(name, value)
    fake.script(a={"plan": {"changes": [["aws_cloudwatch_event_target.x", "create"]]}})
    document = plan_of("aws_cloudwatch_event_target", TARGET)
    fake.show(document)
    add_rule(boto3.client("events", region_name=REGION), "Id-7f3", MACHINE)
    assert dpctl("apply", "--env", "dev", "--layer", "static", "--yes").code == 0


@pytest.mark.parametrize("words", [(), ("--no-adopt",)])
def test_apply_refuses_the_layer_and_does_the_others(dpctl, fake, doubled, words):
    run = dpctl("apply", "--env", "dev", "--yes", "--json", *words)
    assert run.code == 1
    assert run.results == {"static": "unchanged", "a": "failed", "b": "succeeded"}
    assert "a apply" not in fake.commands("apply")
    assert run.stderr.count("Error: dev/a can't be applied as it stands.") == 1
    assert "has this target already, as Id-7f3" in run.stderr
    assert "Try: set capture.target: Id-7f3 in live/dev/env.yaml" in run.stderr


def test_plan_says_that_apply_would_refuse(dpctl, doubled):
    text, document = dpctl("plan", "--env", "dev"), dpctl("plan", "--env", "dev", "--json")
    assert (text.code, document.code) == (0, 0)
    assert "! module.m.aws_cloudwatch_event_target.x: the rule dynamodb-insert has this target" in text.stdout
    assert "Try: set capture.target: Id-7f3 in live/dev/env.yaml" in text.stdout
    [found] = [layer for layer in document.json["layers"] if layer["layer"] == "a"]
    assert found["reason"].startswith("apply will refuse this: module.m.aws_cloudwatch_event_target.x: the ")


@pytest.fixture
def blind(doubled, monkeypatch):
    """Nothing of the account can be seen."""
    from dpctl.deploy.adopt import inventory
    from dpctl.errors import AccessError

    def refuse(self, service, operation, result, params):
        raise AccessError("Could not look for what exists.", why="not for you")

    monkeypatch.setattr(inventory.Inventory, "_pages", refuse)


def test_apply_creates_nothing_that_it_could_not_look_for(dpctl, fake, blind):
    run = dpctl("apply", "--env", "dev", "--layer", "a", "--yes", "--json")
    assert (run.code, run.results) == (4, {"a": "failed"})
    assert "a apply" not in fake.commands("apply")
    assert "dev/a would create what could not be looked for: it may be there." in run.stderr
    assert "module.m.aws_cloudwatch_event_target.x: Could not look for what exists. not for you" in run.stderr
    assert "--layer a --no-adopt, where nothing of it is there" in " ".join(run.stderr.split())


def test_plan_says_that_apply_would_refuse_what_it_could_not_look_for(dpctl, blind):
    text, document = dpctl("plan", "--env", "dev"), dpctl("plan", "--env", "dev", "--json")
    assert "is created without a look for an existing one: Could not look" in text.stdout
    [found] = [layer for layer in document.json["layers"] if layer["layer"] == "a"]
    assert found["reason"].startswith("apply will refuse this: module.m.aws_cloudwatch_event_target.x: Could")


def test_apply_warns_of_what_it_can_not_see_where_nothing_is_looked_for(dpctl, blind):
    run = dpctl("apply", "--env", "dev", "--layer", "a", "--yes", "--json", "--no-adopt")
    assert run.results == {"a": "succeeded"}
    assert (
        "Warning: What is in the way of module.m.aws_cloudwatch_event_target.x can't be seen: "
        "Could not look for what exists. not for you"
    ) in run.stderr


TRIGGER = {"name": "flow-start", "workflow_name": "flow", "type": "EVENT"}


def start(world, name, flow="flow", kind="ON_DEMAND"):
    glue = world.client("glue")
    glue.create_workflow(Name=flow)
    glue.create_trigger(Name=name, WorkflowName=flow, Type=kind, Actions=[{"JobName": "theirs"}])


def test_a_workflow_that_is_started_already_is_named_with_the_way_out(world):
    start(world, "orders-start")
    what, why, hint = refused(ahead(world, "aws_glue_trigger", TRIGGER))
    assert "flow is started by the trigger orders-start already" in what + why
    assert hint == f'set glue.start_trigger: "orders-start" in {SETTINGS}, and it is adopted'


@pytest.mark.parametrize(
    "values",
    [
        {**TRIGGER, "name": "orders-start"},
        {**TRIGGER, "workflow_name": "other"},
        {**TRIGGER, "type": "CONDITIONAL"},
    ],
)
def test_a_trigger_that_is_ours_or_starts_nothing_is_in_nobody_s_way(world, values):
    start(world, "orders-start")
    assert ahead(world, "aws_glue_trigger", values).obstacles == ()


def test_a_name_taken_by_something_of_another_kind_is_an_obstacle():
    change = {
        "actions": ["update"],
        "importing": {"id": "database-1"},
        "before": {"engine": "postgres"},
        "after": {"engine": "mysql"},
    }
    document = {
        "resource_changes": [{"address": "aws_db_instance.x", "type": "aws_db_instance", "change": change}]
    }
    [met] = obstacles.other_kinds(document, SETTINGS)
    assert '"postgres"' in met.what
    change["before"] = {"engine": "mysql"}
    assert list(obstacles.other_kinds(document, SETTINGS)) == []


def test_what_a_later_layer_meets_is_found_from_env_yaml(world, repo):
    from dpctl.config import load_environment
    from dpctl.deploy import foresight

    dev = load_environment(repo, "dev")
    start(world, "orders-start", dev.config.glue.workflow)
    seen = foresight.look(dev, "ddb-redshift", Inventory(world, ACCOUNT))
    assert [one.address for one in seen.obstacles] == ["module.glue.aws_glue_trigger.start[0]"]
    assert foresight.look(dev, "static", Inventory(world, ACCOUNT)).obstacles == ()


# names that are taken where we can't go


def test_a_bucket_of_another_region_is_in_the_way_and_not_adopted(world):
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="far-away")
    place = {"LocationConstraint": REGION}
    world.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)

    _, why, hint = refused(ahead(world, "aws_s3_bucket", {"bucket": "far-away"}))

    assert "the bucket far-away is in us-east-1." in why
    assert hint == f"another name in {SETTINGS}"
    for name, found in (("far-away", None), (BUCKET, BUCKET), ("new", None)):
        values = Values({"bucket": name})
        assert storage.bucket(values, Inventory(world, ACCOUNT)) == found
        assert bool(ahead(world, "aws_s3_bucket", values).obstacles) == (name == "far-away")


def test_a_secret_that_is_being_deleted_is_in_the_way(world):
    made = world.client("secretsmanager")
    for name in ("test/redshift", "test/kept"):
        made.create_secret(Name=name, SecretString="x")
    made.delete_secret(SecretId="test/redshift", RecoveryWindowInDays=7)

    _, why, hint = refused(ahead(world, "aws_secretsmanager_secret", {"name": "test/redshift"}))

    assert "the secret test/redshift is being deleted." in why
    assert hint.startswith("aws secretsmanager restore-secret --secret-id test/redshift, or")
    for name in ("test/kept", "test/new"):
        assert ahead(world, "aws_secretsmanager_secret", {"name": name}).obstacles == ()


def test_a_trail_at_home_in_another_region_is_in_the_way(world):
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="trail-logs")
    far = boto3.client("cloudtrail", region_name="us-east-1")
    far.create_trail(Name="data-events", S3BucketName="trail-logs", IsMultiRegionTrail=True)

    _, why, hint = refused(ahead(world, "aws_cloudtrail", {"name": "data-events"}))

    assert "the trail data-events is at home in us-east-1." in why
    assert hint == f"another name for audit.trail in {SETTINGS}"
    assert data.trail(Values({"name": "data-events"}), Inventory(world, ACCOUNT)) is None
    assert ahead(world, "aws_cloudtrail", {"name": "new"}).obstacles == ()
