"""How rules, schedules, state machines, queues, topics, functions, logs and alarms are found."""

from __future__ import annotations

import json

from dpctl.deploy.adopt.inventory import Inventory, Values, only

DEFAULT_BUS = DEFAULT_GROUP = "default"


def rule(values: Values, aws: Inventory) -> str | None:
    """``<bus>/<rule>``."""
    bus, name = values.get("event_bus_name", DEFAULT_BUS), values["name"]
    return f"{bus}/{name}" if aws.get("events", "describe_rule", Name=name, EventBusName=bus) else None


def target(values: Values, aws: Inventory) -> str | None:
    """``<bus>/<rule>/<target>``: the target of the same id; without an id, the one with the same ARN."""
    bus, name, wanted = values.get("event_bus_name", DEFAULT_BUS), values["rule"], values.get("target_id")
    for item in aws.items("events", "list_targets_by_rule", "Targets", Rule=name, EventBusName=bus):
        if item["Id"] == wanted if wanted else item["Arn"] == values["arn"]:
            return f"{bus}/{name}/{item['Id']}"
    return None


def schedule(values: Values, aws: Inventory) -> str | None:
    """``<group>/<schedule>``."""
    group, name = values.get("group_name", DEFAULT_GROUP), values["name"]
    found = aws.get("scheduler", "get_schedule", GroupName=group, Name=name)
    return f"{group}/{name}" if found else None


def schedule_group(values: Values, aws: Inventory) -> str | None:
    """The schedule group of that name."""
    name = str(values["name"])
    return name if aws.get("scheduler", "get_schedule_group", Name=name) else None


def state_machine(values: Values, aws: Inventory) -> str | None:
    """The ARN of the state machine of that name."""
    found = aws.items("stepfunctions", "list_state_machines", "stateMachines")
    return only([item for item in found if item["name"] == values["name"]], "stateMachineArn")


def queue(values: Values, aws: Inventory) -> str | None:
    """The URL of the queue of that name."""
    found = aws.get("sqs", "get_queue_url", QueueName=values["name"])
    return str(found["QueueUrl"]) if found else None


def queue_policy(values: Values, aws: Inventory) -> str | None:
    """The URL of a queue that has a policy."""
    url = str(values["queue_url"])
    found = aws.get("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=["Policy"]) or {}
    return url if (found.get("Attributes") or {}).get("Policy") else None


def topic(values: Values, aws: Inventory) -> str | None:
    """The ARN of the topic of that name."""
    found = aws.items("sns", "list_topics", "Topics")
    return only([item for item in found if item["TopicArn"].endswith(f":{values['name']}")], "TopicArn")


def topic_policy(values: Values, aws: Inventory) -> str | None:
    """The topic's ARN: every topic has a policy."""
    arn = str(values["arn"])
    return arn if aws.get("sns", "get_topic_attributes", TopicArn=arn) else None


def subscription(values: Values, aws: Inventory) -> str | None:
    """The ARN of the topic's confirmed subscription of the same endpoint."""
    found = aws.items("sns", "list_subscriptions_by_topic", "Subscriptions", TopicArn=values["topic_arn"])
    wanted = (values["protocol"], values["endpoint"])
    same = [item for item in found if (item["Protocol"], item["Endpoint"]) == wanted]
    return only([item for item in same if item["SubscriptionArn"].startswith("arn:")], "SubscriptionArn")


def function(values: Values, aws: Inventory) -> str | None:
    """The function of that name."""
    name = str(values["function_name"])
    return name if aws.get("lambda", "get_function", FunctionName=name) else None


def permission(values: Values, aws: Inventory) -> str | None:
    """``<function>/<statement>``; one without a statement id of its own can't be told from others."""
    name, statement = str(values["function_name"]), values.get("statement_id")
    qualifier = values.get("qualifier")
    params = {"FunctionName": name} | ({"Qualifier": qualifier} if qualifier else {})
    found = aws.get("lambda", "get_policy", **params)
    for item in json.loads(found["Policy"])["Statement"] if found and statement else []:
        if item.get("Sid") == statement:
            return f"{name}:{qualifier}/{statement}" if qualifier else f"{name}/{statement}"
    return None


def alias(values: Values, aws: Inventory) -> str | None:
    """``<function>/<alias>``."""
    owner, name = values["function_name"], values["name"]
    return f"{owner}/{name}" if aws.get("lambda", "get_alias", FunctionName=owner, Name=name) else None


def invoke_config(values: Values, aws: Inventory) -> str | None:
    """The function that has a configuration for asynchronous calls."""
    name = str(values["function_name"])
    qualifier = values.get("qualifier")
    params = {"FunctionName": name} | ({"Qualifier": qualifier} if qualifier else {})
    if not aws.get("lambda", "get_function_event_invoke_config", **params):
        return None
    return f"{name}:{qualifier}" if qualifier else name


def source_mapping(values: Values, aws: Inventory) -> str | None:
    """The id of the one mapping from a source to a function."""
    both = {"FunctionName": str(values["function_name"]), "EventSourceArn": str(values["event_source_arn"])}
    found = aws.items("lambda", "list_event_source_mappings", "EventSourceMappings", **both)
    return only(found, "UUID")


def log_group(values: Values, aws: Inventory) -> str | None:
    """The log group of that name."""
    name = str(values["name"])
    found = aws.items("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=name)
    return name if any(item["logGroupName"] == name for item in found) else None


def log_resource_policy(values: Values, aws: Inventory) -> str | None:
    """The logs policy of that name."""
    name = str(values["policy_name"])
    found = aws.items("logs", "describe_resource_policies", "resourcePolicies")
    return name if any(item["policyName"] == name for item in found) else None


def metric_filter(values: Values, aws: Inventory) -> str | None:
    """``<log group>:<filter>``."""
    group, name = str(values["log_group_name"]), str(values["name"])
    found = aws.items("logs", "describe_metric_filters", "metricFilters", logGroupName=group)
    return f"{group}:{name}" if any(item["filterName"] == name for item in found) else None


def alarm(values: Values, aws: Inventory) -> str | None:
    """The alarm of that name."""
    name = str(values["alarm_name"])
    return name if aws.items("cloudwatch", "describe_alarms", "MetricAlarms", AlarmNames=[name]) else None


def dashboard(values: Values, aws: Inventory) -> str | None:
    """The dashboard of that name."""
    name = str(values["dashboard_name"])
    return name if aws.get("cloudwatch", "get_dashboard", DashboardName=name) else None
