"""What rules and schedules start: each through the role it was given, which must allow it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dpctl.sandbox.access.needs import Need
from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import ServiceError
from dpctl.sandbox.services import cloudwatch_logs, retries, roles

Params = dict[str, Any]
EVENTS, SCHEDULER = "events.amazonaws.com", "scheduler.amazonaws.com"


@dataclass(frozen=True)
class Sending:
    """What is on its way to a target.

    ``service`` of AWS sends it because of ``source`` (the ARN of a rule or schedule) and an event: through a
    role, or (``role`` empty) in its own name, where the target's policy must let it.
    """

    arn: str
    role: str
    payload: str
    event_id: str
    service: str
    target: Params
    source: str

    def require(self, account: Account, action: str, resource: str = "") -> None:
        """Raise ServiceError unless the role, or the target's own policy, lets this be done."""
        need = Need(action, resource or self.arn)
        if self.role or self.service == SCHEDULER:
            roles.require(account, self.role, self.service, need, source_arn=self.source)
        else:
            roles.require_service(account, self.service, need, self.source)

    def client(self, account: Account, name: str) -> Any:
        """A client that acts as the role; AWS's own where there is none."""
        if self.role:
            return roles.client(account, name, self.role, self.service, source_arn=self.source)
        return account.client(name)


Target = Callable[[Account, Sending], None]


def send(
    account: Account, target: Params, payload: str, event: Params, source: str, service: str = EVENTS
) -> None:
    """Give a payload to a target. Raises ServiceError when its role does not allow it, or it is not there."""
    kind = target["Arn"].split(":")[2]
    if kind not in TARGETS:
        raise ServiceError("NotImplemented", f"The sandbox has no target of the kind {kind}.", 501)
    role = target.get("RoleArn", "")
    TARGETS[kind](account, Sending(target["Arn"], role, payload, event["id"], service, target, source))


def _machine(account: Account, sending: Sending) -> None:
    if not sending.role:
        raise ServiceError("AccessDeniedException", "A state machine is started through a role.", 403)
    machine = sending.client(account, "stepfunctions")
    machine.start_execution(stateMachineArn=sending.arn, name=str(uuid.uuid4()), input=sending.payload)


def _function(account: Account, sending: Sending) -> None:
    sending.require(account, "lambda:InvokeFunction")
    client, payload = sending.client(account, "lambda"), sending.payload.encode()
    client.invoke(FunctionName=sending.arn, InvocationType="Event", Payload=payload)


def _queue(account: Account, sending: Sending) -> None:
    sending.require(account, "sqs:SendMessage")
    sqs, settings = sending.client(account, "sqs"), sending.target.get("SqsParameters", {})
    url = account.client("sqs").get_queue_url(QueueName=sending.arn.rsplit(":", 1)[-1])["QueueUrl"]
    group = {"MessageGroupId": settings["MessageGroupId"]} if "MessageGroupId" in settings else {}
    sqs.send_message(QueueUrl=url, MessageBody=sending.payload, **group)


def _topic(account: Account, sending: Sending) -> None:
    sending.require(account, "sns:Publish")
    sending.client(account, "sns").publish(TopicArn=sending.arn, Message=sending.payload)


def _log_group(account: Account, sending: Sending) -> None:
    group = sending.arn.split(":log-group:")[1].split(":")[0]
    cloudwatch_logs.write(account, group, sending.event_id, sending.payload)


def dead_letter(
    account: Account, target: Params, rule: str, error: Exception, event: Params, service: str = EVENTS
) -> None:
    """An event that could not be delivered, to the target's dead-letter queue if it has one.

    Scheduler needs its role to let it, EventBridge the queue's policy (their guides, "dead-letter queues").
    Raises ServiceError.
    """
    arn = target.get("DeadLetterConfig", {}).get("Arn")
    if not arn:
        return
    role = target.get("RoleArn", "") if service == SCHEDULER else ""
    Sending(arn, role, "", "", service, target, rule).require(account, "sqs:SendMessage")
    sqs = account.client("sqs")
    facts = {
        "RULE_ARN": rule,
        "TARGET_ARN": target["Arn"],
        "ERROR_CODE": retries.code(error),
        "ERROR_MESSAGE": str(error),
    }
    sqs.send_message(
        QueueUrl=sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[-1])["QueueUrl"],
        MessageBody=json.dumps(event),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": str(value)} for name, value in facts.items() if value
        },
    )


# By the service in the target's ARN; a module that exports TARGETS adds its own (services/__init__).
TARGETS: dict[str, Target] = {
    "states": _machine,
    "lambda": _function,
    "sqs": _queue,
    "sns": _topic,
    "logs": _log_group,
}
