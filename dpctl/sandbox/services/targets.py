"""What rules and schedules start: each through the role it was given, which must allow it."""

from __future__ import annotations

import json
import uuid
from typing import Any

from dpctl.sandbox import policies
from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import ServiceError

Params = dict[str, Any]


def send(
    account: Account, target: Params, payload: str, event: Params, service: str = "events.amazonaws.com"
) -> None:
    """Give a payload to a target. Raises ServiceError when its role does not allow it, or it is not there."""
    arn, role = target["Arn"], target.get("RoleArn", "")
    kind = arn.split(":")[2]
    if kind == "states":
        require(account, role, service, "states:StartExecution", arn)
        machine = account.client("stepfunctions")
        machine.start_execution(stateMachineArn=arn, name=str(uuid.uuid4()), input=payload)
    elif kind == "glue" and ":workflow/" in arn:
        from dpctl.sandbox.services import glue_workflows

        require(account, role, service, "glue:NotifyEvent", arn)
        glue_workflows.notify(account, arn.rsplit("/", 1)[-1], event["id"])
    elif kind == "lambda":
        account.client("lambda").invoke(FunctionName=arn, InvocationType="Event", Payload=payload.encode())
    elif kind == "sqs":
        _queue(account, arn, payload, target.get("SqsParameters", {}))
    elif kind == "sns":
        account.client("sns").publish(TopicArn=arn, Message=payload)
    elif kind == "logs":
        from dpctl.sandbox.services import cloudwatch_logs

        cloudwatch_logs.write(account, arn.split(":log-group:")[1].split(":")[0], event["id"], payload)
    else:
        raise ServiceError("NotImplemented", f"The sandbox has no target of the kind {kind}.", 501)


def _queue(account: Account, arn: str, payload: str, settings: Params) -> None:
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[-1])["QueueUrl"]
    group = {"MessageGroupId": settings["MessageGroupId"]} if "MessageGroupId" in settings else {}
    sqs.send_message(QueueUrl=url, MessageBody=payload, **group)


def dead_letter(account: Account, target: Params, rule: str, error: Exception, event: Params) -> None:
    """An event that could not be delivered, to the target's dead-letter queue if it has one."""
    arn = target.get("DeadLetterConfig", {}).get("Arn")
    if not arn:
        return
    sqs = account.client("sqs")
    facts = {
        "RULE_ARN": rule,
        "TARGET_ARN": target["Arn"],
        "ERROR_CODE": getattr(error, "code", type(error).__name__),
        "ERROR_MESSAGE": str(error),
    }
    sqs.send_message(
        QueueUrl=sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[-1])["QueueUrl"],
        MessageBody=json.dumps(event),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": str(value)} for name, value in facts.items() if value
        },
    )


def require(account: Account, role_arn: str, service: str, action: str, resource: str) -> None:
    """Raise ServiceError unless a service may assume a role, and the role may do this."""
    from dpctl.sandbox.services import iam

    roles = {role.arn: role for role in account.backend("iam").roles.values()}
    role = roles.get(role_arn)
    if role is None:
        raise ServiceError("AccessDeniedException", f"The role {role_arn or '(none)'} does not exist.", 403)
    document = json.loads(role.assume_role_policy_document)
    if not any(_trusts(statement, service) for statement in policies.statements(document)):
        raise ServiceError("AccessDeniedException", f"{service} may not assume {role_arn}.", 403)
    verdict = policies.evaluate(iam.of_principal(account, role_arn), action, resource)
    if verdict.decision != "allowed":
        raise ServiceError("AccessDeniedException", f"{role_arn} does not allow {action} on {resource}.", 403)


def _trusts(statement: Any, service: str) -> bool:
    named = statement.get("Principal", {}).get("Service", [])
    return statement.get("Effect") == "Allow" and service in ([named] if isinstance(named, str) else named)
