"""What runs and what starts it: rules, schedules, state machines, queues, Lambda, logs, Glue."""

from __future__ import annotations

import io
import json
import zipfile

from tests.functional.deploy.resources.account import ACCOUNT, ALLOW, REGION, ROLE
from tests.functional.deploy.resources.storage import make_role


def make_rule(world):
    events = world.client("events")
    events.put_rule(Name="dynamodb-insert", EventPattern='{"source":["aws.dynamodb"]}')
    return events


def rule(world):
    make_rule(world)
    return {"name": "dynamodb-insert", "event_bus_name": None}, "default/dynamodb-insert"


def target(world):
    arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:LogEvent"
    make_rule(world).put_targets(Rule="dynamodb-insert", Targets=[{"Id": "log", "Arn": arn}])
    values = {"rule": "dynamodb-insert", "event_bus_name": "default", "target_id": "log", "arn": arn}
    return values, "default/dynamodb-insert/log"


def target_without_id(world):
    values, identity = target(world)
    return {**values, "target_id": None}, identity


def schedule(world):
    world.client("scheduler").create_schedule(
        Name="s",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f", "RoleArn": ROLE},
    )
    return {"name": "s", "group_name": "default"}, "default/s"


def schedule_group(world):
    world.client("scheduler").create_schedule_group(Name="g")
    return {"name": "g"}, "g"


def state_machine(world):
    definition = json.dumps({"StartAt": "a", "States": {"a": {"Type": "Succeed"}}})
    made = world.client("stepfunctions").create_state_machine(
        name="LogEvent", definition=definition, roleArn=ROLE
    )
    return {"name": "LogEvent"}, made["stateMachineArn"]


def make_queue(world):
    sqs = world.client("sqs")
    return sqs, sqs.create_queue(QueueName="q")["QueueUrl"]


def queue(world):
    _, url = make_queue(world)
    return {"name": "q"}, url


def queue_policy(world):
    sqs, url = make_queue(world)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ALLOW})
    return {"queue_url": url}, url


def make_topic(world):
    sns = world.client("sns")
    return sns, sns.create_topic(Name="t")["TopicArn"]


def topic(world):
    _, arn = make_topic(world)
    return {"name": "t"}, arn


def topic_policy(world):
    _, arn = make_topic(world)
    return {"arn": arn}, arn


def subscription(world):
    sns, arn = make_topic(world)
    queue_arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
    make_queue(world)
    made = sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn)["SubscriptionArn"]
    return {"topic_arn": arn, "protocol": "sqs", "endpoint": queue_arn}, made


def make_function(world):
    make_role(world)
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("handler.py", "def handler(event, context): pass")
    client = world.client("lambda")
    client.create_function(
        FunctionName="f",
        Runtime="python3.12",
        Role=ROLE,
        Handler="handler.handler",
        Code={"ZipFile": code.getvalue()},
        Publish=True,
    )
    return client


def function(world):
    make_function(world)
    return {"function_name": "f"}, "f"


def permission(world):
    make_function(world).add_permission(
        FunctionName="f", StatementId="s", Action="lambda:InvokeFunction", Principal="events.amazonaws.com"
    )
    return {"function_name": "f", "statement_id": "s", "qualifier": None}, "f/s"


def alias(world):
    make_function(world).create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    return {"function_name": "f", "name": "live"}, "f/live"


def invoke_config(world):
    make_function(world).put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)
    return {"function_name": "f"}, "f"


def log_group(world):
    logs = world.client("logs")
    logs.create_log_group(logGroupName="/aws/x-longer")
    logs.create_log_group(logGroupName="/aws/x")
    return {"name": "/aws/x"}, "/aws/x"


def log_resource_policy(world):
    world.client("logs").put_resource_policy(policyName="p", policyDocument=ALLOW)
    return {"policy_name": "p"}, "p"


def metric_filter(world):
    log_group(world)
    metric = [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]
    world.client("logs").put_metric_filter(
        logGroupName="/aws/x", filterName="f", filterPattern="ERROR", metricTransformations=metric
    )
    return {"log_group_name": "/aws/x", "name": "f"}, "/aws/x:f"


def alarm(world):
    world.client("cloudwatch").put_metric_alarm(
        AlarmName="a",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        MetricName="m",
        Namespace="n",
        Period=60,
        Statistic="Sum",
        Threshold=0,
    )
    return {"alarm_name": "a"}, "a"


def dashboard(world):
    world.client("cloudwatch").put_dashboard(DashboardName="d", DashboardBody='{"widgets": []}')
    return {"dashboard_name": "d"}, "d"


def workflow(world):
    world.client("glue").create_workflow(Name="w")
    return {"name": "w"}, "w"


def trigger(world):
    world.client("glue").create_trigger(Name="t", Type="ON_DEMAND", Actions=[{"JobName": "j"}])
    return {"name": "t"}, "t"


def job(world):
    world.client("glue").create_job(Name="j", Role=ROLE, Command={"Name": "pythonshell"})
    return {"name": "j"}, "j"


def crawler(world):
    world.client("glue").create_crawler(
        Name="c", Role=ROLE, Targets={"S3Targets": [{"Path": "s3://bucket-b"}]}
    )
    return {"name": "c"}, "c"


def security_configuration(world):
    world.client("glue").create_security_configuration(
        Name="s", EncryptionConfiguration={"S3Encryption": [{"S3EncryptionMode": "DISABLED"}]}
    )
    return {"name": "s"}, "s"


def connection(world):
    properties = {"JDBC_CONNECTION_URL": "jdbc:redshift://h:5439/dev"}
    world.client("glue").create_connection(
        ConnectionInput={
            "Name": "Redshift connection",
            "ConnectionType": "JDBC",
            "ConnectionProperties": properties,
        }
    )
    return {"name": "Redshift connection", "catalog_id": None}, f"{ACCOUNT}:Redshift connection"


def database(world):
    world.client("glue").create_database(DatabaseInput={"Name": "d"})
    return {"name": "d"}, f"{ACCOUNT}:d"


MADE = [
    ("aws_cloudwatch_event_rule", rule),
    ("aws_cloudwatch_event_target", target),
    ("aws_cloudwatch_event_target", target_without_id),
    ("aws_scheduler_schedule", schedule),
    ("aws_scheduler_schedule_group", schedule_group),
    ("aws_sfn_state_machine", state_machine),
    ("aws_sqs_queue", queue),
    ("aws_sqs_queue_policy", queue_policy),
    ("aws_sns_topic", topic),
    ("aws_sns_topic_policy", topic_policy),
    ("aws_sns_topic_subscription", subscription),
    ("aws_lambda_function", function),
    ("aws_lambda_permission", permission),
    ("aws_lambda_alias", alias),
    ("aws_lambda_function_event_invoke_config", invoke_config),
    ("aws_cloudwatch_log_group", log_group),
    ("aws_cloudwatch_log_resource_policy", log_resource_policy),
    ("aws_cloudwatch_log_metric_filter", metric_filter),
    ("aws_cloudwatch_metric_alarm", alarm),
    ("aws_cloudwatch_dashboard", dashboard),
    ("aws_glue_workflow", workflow),
    ("aws_glue_trigger", trigger),
    ("aws_glue_job", job),
    ("aws_glue_crawler", crawler),
    ("aws_glue_security_configuration", security_configuration),
    ("aws_glue_connection", connection),
    ("aws_glue_catalog_database", database),
]
