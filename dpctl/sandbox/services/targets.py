"""What rules and schedules start: each through the role it was given, which must allow it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dpctl.sandbox import policies
from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import ServiceError
from dpctl.sandbox.services import cloudwatch_logs, iam

Params = dict[str, Any]


@dataclass(frozen=True)
class Sending:
    """What is on its way to a target: for whom (``service``), through which role, because of which event."""

    arn: str
    role: str
    payload: str
    event_id: str
    service: str
    target: Params

    def require(self, account: Account, action: str) -> None:
        """Raise ServiceError unless the target's role lets this be done."""
        require(account, self.role, self.service, action, self.arn)


Target = Callable[[Account, Sending], None]


def send(
    account: Account, target: Params, payload: str, event: Params, service: str = "events.amazonaws.com"
) -> None:
    """Give a payload to a target. Raises ServiceError when its role does not allow it, or it is not there."""
    kind = target["Arn"].split(":")[2]
    if kind not in TARGETS:
        raise ServiceError("NotImplemented", f"The sandbox has no target of the kind {kind}.", 501)
    role = target.get("RoleArn", "")
    TARGETS[kind](account, Sending(target["Arn"], role, payload, event["id"], service, target))


def _machine(account: Account, sending: Sending) -> None:
    sending.require(account, "states:StartExecution")
    machine = account.client("stepfunctions")
    machine.start_execution(stateMachineArn=sending.arn, name=str(uuid.uuid4()), input=sending.payload)


def _function(account: Account, sending: Sending) -> None:
    client, payload = account.client("lambda"), sending.payload.encode()
    client.invoke(FunctionName=sending.arn, InvocationType="Event", Payload=payload)


def _queue(account: Account, sending: Sending) -> None:
    sqs, settings = account.client("sqs"), sending.target.get("SqsParameters", {})
    url = sqs.get_queue_url(QueueName=sending.arn.rsplit(":", 1)[-1])["QueueUrl"]
    group = {"MessageGroupId": settings["MessageGroupId"]} if "MessageGroupId" in settings else {}
    sqs.send_message(QueueUrl=url, MessageBody=sending.payload, **group)


def _topic(account: Account, sending: Sending) -> None:
    account.client("sns").publish(TopicArn=sending.arn, Message=sending.payload)


def _log_group(account: Account, sending: Sending) -> None:
    group = sending.arn.split(":log-group:")[1].split(":")[0]
    cloudwatch_logs.write(account, group, sending.event_id, sending.payload)


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


# By the service in the target's ARN; a module that exports TARGETS adds its own (services/__init__).
TARGETS: dict[str, Target] = {
    "states": _machine,
    "lambda": _function,
    "sqs": _queue,
    "sns": _topic,
    "logs": _log_group,
}
