"""Lambda's Invoke: one that waits for the answer, and one that does not, which Lambda tries again.

An invocation that nobody waits for is tried twice more when the function fails, after one minute and after
two, unless the function's settings say otherwise; then the event goes to the destination for failures and to
the dead-letter queue (Lambda developer guide, "How Lambda handles errors and retries with asynchronous
invocation").
"""

from __future__ import annotations

import base64
import json
import logging
import uuid
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Call, ServiceError
from dpctl.sandbox.services import lambdas, retries, roles
from dpctl.sandbox.working import Work

Params = dict[str, Any]
LOG_TAIL_BYTES = 4096
MOST_RETRIES, OLDEST_SECONDS, FIRST_PAUSE_SECONDS = 2, 21_600.0, 60.0
log = logging.getLogger(__name__)


def invoke(account: Account, call: Call) -> Params:
    """Invoke: waits for the answer, unless InvocationType says Event."""
    params = call.params()
    name, payload = params["FunctionName"], call.request.data
    kind = params.get("InvocationType", "RequestResponse")
    if kind == "DryRun":
        lambdas.find(account, name)
        return {"StatusCode": 204}
    if kind == "Event":
        run_later(account, name, payload)
        return {"StatusCode": 202}
    outcome = lambdas.run(account, name, payload)
    result: Params = {"StatusCode": 200, "Payload": outcome.payload, "ExecutedVersion": "$LATEST"}
    if outcome.failed:
        result["FunctionError"] = "Unhandled"
    if params.get("LogType") == "Tail":
        result["LogResult"] = base64.b64encode(outcome.log.encode()[-LOG_TAIL_BYTES:]).decode()
    return result


def run_later(account: Account, name: str, payload: bytes) -> None:
    """Invoke a function and do not wait; what it fails at is tried again as its settings say.

    Raises ServiceError where there is none.
    """
    settings = _settings(account, name)
    policy = retries.Policy(
        int(settings.get("MaximumRetryAttempts", MOST_RETRIES)),
        float(settings.get("MaximumEventAgeInSeconds", OLDEST_SECONDS)),
        FIRST_PAUSE_SECONDS,
    )
    identity = str(uuid.uuid4())

    at_work: list[Work] = []

    def run(_: int) -> None:
        outcome = lambdas.run_at(account, name, payload, at_work[-1])
        if outcome.failed:
            answer = json.loads(outcome.payload or b"{}")
            raise ServiceError("Unhandled", str(answer.get("errorMessage", answer)))

    def lost(error: Exception) -> None:
        log.warning("%s failed for good: %s", name, error)
        _give_up(account, name, settings, payload, identity, error)

    def spawn(account: Account, task: Callable[[], object]) -> None:
        def run_it(work: Work) -> None:
            at_work.append(work)
            task()

        account.working.spawn("function", run_it)

    what = f"{name} is invoked again"
    spawn(account, lambda: retries.attempt(account, policy, what, run, lost, spawn))


def _settings(account: Account, name: str) -> Params:
    """What PutFunctionEventInvokeConfig said last."""
    kept = lambdas.find(account, name).event_invoke_config
    return dict(kept[-1].config) if kept else {}


def _give_up(
    account: Account, name: str, settings: Params, payload: bytes, identity: str, error: Exception
) -> None:
    """Send the event to the function's dead-letter queue and its destination, as the function's role may."""
    function = lambdas.find(account, name)
    kept = account.store(lambdas.Functions).settings.get(function.function_name, {})
    facts = {"RequestID": identity, "ErrorCode": "200", "ErrorMessage": str(error)[:1024]}
    letters = []
    if queue := kept.get("DeadLetterConfig", {}).get("TargetArn", ""):
        letters.append((queue, payload.decode(errors="replace"), facts))
    context = {"requestId": identity, "functionArn": function.function_arn, "condition": "RetriesExhausted"}
    body = {"version": "1.0", "requestContext": context, "responsePayload": {"errorMessage": str(error)}}
    if where := settings.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", ""):
        letters.append((where, json.dumps(body | {"requestPayload": json.loads(payload or b"null")}), {}))
    for arn, text, said in letters:
        try:
            _send(account, function, arn, text, said)
        except (ServiceError, ClientError) as refused:  # the other is told all the same
            log.warning("%s: what failed is not told to %s: %s", name, arn, refused)


def _send(account: Account, function: Any, arn: str, body: str, facts: dict[str, str]) -> None:
    service = arn.split(":")[2]
    source = function.function_arn
    client = roles.client(account, service, function.role, lambdas.SERVICE, source_arn=source)
    said = {key: {"DataType": "String", "StringValue": value} for key, value in facts.items()}
    if service == "sqs":
        url = account.client("sqs").get_queue_url(QueueName=arn.rsplit(":", 1)[-1])["QueueUrl"]
        client.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=said)
    elif service == "sns":
        client.publish(TopicArn=arn, Message=body, MessageAttributes=said)


HANDLERS = {("lambda", "Invoke"): invoke}
