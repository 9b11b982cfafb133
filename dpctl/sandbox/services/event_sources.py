"""Event source mappings: a stream read from moto, and the deployed function invoked with its records.

Batches, bisection, partial batch responses, retries and the destination of what fails for good are
Lambda's
(Lambda developer guide, "Using AWS Lambda with Amazon DynamoDB"). A batching window is not waited for.
"""

from __future__ import annotations

import json
import logging
import threading
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from dpctl.sandbox.access.needs import Need
from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Call, ServiceError
from dpctl.sandbox.services import lambdas, roles

Params = dict[str, Any]
ACTIONS = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
PAUSE_SECONDS = 0.2
MOST_PAUSE_SECONDS = 5.0
KEPT = (
    "BatchSize", "MaximumBatchingWindowInSeconds", "BisectBatchOnFunctionError", "FunctionResponseTypes",
    "MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "ParallelizationFactor", "DestinationConfig",
    "FilterCriteria", "TumblingWindowInSeconds",
)  # fmt: skip
log = logging.getLogger(__name__)


@dataclass
class Mapping:
    """One mapping in the shape of the API, and how far it has read."""

    shown: Params
    position: int
    attempts: int = 0
    size: int = 0
    wait_until: float = 0.0


@dataclass
class Mappings:
    """Every mapping by its id, and the thread that polls."""

    mappings: dict[str, Mapping] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def close(self) -> None:
        """Stop polling."""
        self.ended.set()

    def get(self, identity: str) -> Mapping:
        """A mapping. Raises ServiceError when there is none."""
        if identity not in self.mappings:
            message = "The resource you requested does not exist."
            raise ServiceError("ResourceNotFoundException", message, 404)
        return self.mappings[identity]


def create(account: Account, call: Call) -> Params:
    """CreateEventSourceMapping; the function's role must be able to read the stream."""
    params = call.params()
    function = lambdas.find(account, params["FunctionName"])
    source = params["EventSourceArn"]
    _check_role(account, function, source)
    items = _shard(account, source).items
    identity = str(uuid.uuid4())
    shown = {
        "BatchSize": 100,
        "MaximumBatchingWindowInSeconds": 0,
        "ParallelizationFactor": 1,
        "BisectBatchOnFunctionError": False,
        "MaximumRetryAttempts": -1,
        "MaximumRecordAgeInSeconds": -1,
        "TumblingWindowInSeconds": 0,
        "FunctionResponseTypes": [],
        "DestinationConfig": {"OnFailure": {}},
        **{name: params[name] for name in KEPT if name in params},
        "UUID": identity,
        "EventSourceMappingArn": account.arn("lambda", f"event-source-mapping:{identity}"),
        "EventSourceArn": source,
        "FunctionArn": function.function_arn,
        "StartingPosition": params.get("StartingPosition", "TRIM_HORIZON"),
        "State": _state(params.get("Enabled", True)),
        "StateTransitionReason": "User action",
        "LastModified": account.clock.now(),
        "LastProcessingResult": "No records processed",
    }
    store = account.store(Mappings)
    position = len(items) if shown["StartingPosition"] == "LATEST" else 0
    store.mappings[identity] = Mapping(shown, position)
    store.tags[shown["EventSourceMappingArn"]] = params.get("Tags", {})
    with account.lock:
        if store.thread is None:
            account.clock.watch(lambda: [one.wait_until for one in list(store.mappings.values())])
            store.thread = threading.Thread(target=_poll, args=(account, store), name="streams", daemon=True)
            store.thread.start()
    return shown


def update(account: Account, call: Call) -> Params:
    """UpdateEventSourceMapping."""
    params = call.params()
    shown = account.store(Mappings).get(params["UUID"]).shown
    function = lambdas.find(account, params["FunctionName"]) if "FunctionName" in params else None
    if function is not None:
        _check_role(account, function, shown["EventSourceArn"])
    shown |= {name: params[name] for name in KEPT if name in params}
    if "Enabled" in params:
        shown["State"] = _state(params["Enabled"])
    if function is not None:
        shown["FunctionArn"] = function.function_arn
    return shown | {"LastModified": account.clock.now()}


def get(account: Account, call: Call) -> Params:
    """GetEventSourceMapping."""
    return account.store(Mappings).get(call.params()["UUID"]).shown


def listing(account: Account, call: Call) -> Params:
    """ListEventSourceMappings, of a function or a source."""
    params = call.params()
    found = [mapping.shown for mapping in account.store(Mappings).mappings.values()]
    if "EventSourceArn" in params:
        found = [shown for shown in found if shown["EventSourceArn"] == params["EventSourceArn"]]
    if "FunctionName" in params:
        arn = lambdas.find(account, params["FunctionName"]).function_arn
        found = [shown for shown in found if shown["FunctionArn"] == arn]
    return {"EventSourceMappings": found}


def delete(account: Account, call: Call) -> Params:
    """DeleteEventSourceMapping."""
    store, identity = account.store(Mappings), call.params()["UUID"]
    shown = store.get(identity).shown
    del store.mappings[identity]
    return shown | {"State": "Deleting"}


def tags(account: Account, call: Call) -> Params | None:
    """ListTags of a mapping; of a function moto knows them."""
    arn = str(call.params()["Resource"])
    return {"Tags": account.store(Mappings).tags.get(arn, {})} if ":event-source-mapping:" in arn else None


def _check_role(account: Account, function: Any, source: str) -> None:
    """Raise ServiceError, in Lambda's words and with what is lacking, unless a role can read a stream."""
    try:
        for action in ACTIONS:
            need = Need(action, source)
            roles.require(account, function.role, lambdas.SERVICE, need, source_arn=function.function_arn)
    except ServiceError as error:
        message = f"Cannot access stream {source}. Please ensure the role can perform the GetRecords, "
        message += "GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM."
        raise ServiceError("InvalidParameterValueException", f"{message} {error.message}") from error


def _state(enabled: bool) -> str:
    return "Enabled" if enabled else "Disabled"


def _shard(account: Account, arn: str) -> Any:
    name = arn.split(":table/")[-1].split("/")[0]
    table = account.backend("dynamodb").tables.get(name)
    if table is None or table.stream_shard is None:
        raise ServiceError("ResourceNotFoundException", f"Stream not found: {arn}", 404)
    return table.stream_shard


def _poll(account: Account, store: Mappings) -> None:
    while not store.ended.wait(PAUSE_SECONDS):
        for mapping in list(store.mappings.values()):
            try:
                while not store.ended.is_set() and _step(account, mapping):
                    pass
            except Exception:  # a table or function that is gone; looked at again
                log.exception("the mapping %s", mapping.shown["UUID"])


def _step(account: Account, mapping: Mapping) -> bool:
    """Give the function one batch; whether there may be more at once."""
    shown = mapping.shown
    if shown["State"] != "Enabled" or account.clock.time() < mapping.wait_until:
        return False
    size = mapping.size or shown["BatchSize"]
    with account.lock:
        items = _shard(account, shown["EventSourceArn"]).items[mapping.position : mapping.position + size]
        records = [item.to_json() for item in items]
    if not records:
        return False
    try:  # at every poll: a role may have lost what it had when the mapping was made
        _check_role(account, lambdas.find(account, shown["FunctionArn"]), shown["EventSourceArn"])
    except ServiceError as error:
        shown["LastProcessingResult"] = f"PROBLEM: {error.message}"
        mapping.wait_until = account.clock.time() + MOST_PAUSE_SECONDS
        return False
    records = [_as_sent(record, shown) for record in records]
    done = _invoke(account, shown, records)
    mapping.position += done
    shown["LastProcessingResult"] = "OK" if done == len(records) else "PROBLEM: Function call failed"
    if done:
        mapping.attempts, mapping.size = 0, 0
    if done < len(records):
        _failed(account, mapping, records[done:])
    return done == len(records)


def behind(account: Account) -> bool:
    """Whether a mapping has records to give to its function, and does not wait before it tries again."""
    for mapping in list(account.store(Mappings).mappings.values()):
        shown = mapping.shown
        if shown["State"] != "Enabled" or account.clock.time() < mapping.wait_until:
            continue
        try:
            if len(_shard(account, shown["EventSourceArn"]).items) > mapping.position:
                return True
        except ServiceError:
            continue
    return False


def _as_sent(record: Params, shown: Params) -> Params:
    """A record as Lambda gives it: its time is a number."""
    change = dict(record["dynamodb"])
    at = change.get("ApproximateCreationDateTime")
    if isinstance(at, datetime):
        change["ApproximateCreationDateTime"] = at.replace(tzinfo=at.tzinfo or UTC).timestamp()
    return record | {"dynamodb": change, "eventSourceARN": shown["EventSourceArn"]}


def _invoke(account: Account, shown: Params, records: list[Params]) -> int:
    """How many of the records are done with: all, or those before the first failure."""
    payload = json.dumps({"Records": records}).encode()
    outcome = lambdas.run(account, shown["FunctionArn"], payload)
    if outcome.failed:
        return 0
    answer = json.loads(outcome.payload or b"null")
    if "ReportBatchItemFailures" not in shown["FunctionResponseTypes"] or not isinstance(answer, dict):
        return len(records)
    failures = {item.get("itemIdentifier") for item in answer.get("batchItemFailures") or []}
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    if failures - set(numbers):  # an unknown identifier fails the whole batch
        return 0
    return min((numbers.index(number) for number in failures), default=len(records))


def _failed(account: Account, mapping: Mapping, records: list[Params]) -> None:
    shown = mapping.shown
    mapping.attempts += 1
    if shown["BisectBatchOnFunctionError"] and len(records) > 1:
        mapping.size = max(1, len(records) // 2)
    most, oldest = shown["MaximumRetryAttempts"], shown["MaximumRecordAgeInSeconds"]
    now = account.clock.time()
    age = now - float(records[0]["dynamodb"].get("ApproximateCreationDateTime", now))
    if (most >= 0 and mapping.attempts > most) or (oldest >= 0 and age > oldest):
        given_up = records[: mapping.size or len(records)]
        try:
            _tell(account, shown, given_up)
        except (ServiceError, ClientError) as error:  # AWS too goes on: DestinationDeliveryFailures
            log.warning("%s: %d records are lost: %s", shown["UUID"], len(given_up), error)
        mapping.position += len(given_up)
        mapping.attempts, mapping.size = 0, 0
        return
    mapping.wait_until = now + min(PAUSE_SECONDS * 2**mapping.attempts, MOST_PAUSE_SECONDS)


def _tell(account: Account, shown: Params, records: list[Params]) -> None:
    """What failed for good, to the destination: where it is in the stream, without its values."""
    arn = shown["DestinationConfig"].get("OnFailure", {}).get("Destination", "")
    if ":sqs:" not in arn:
        return
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    batch = {
        "startSequenceNumber": numbers[0],
        "endSequenceNumber": numbers[-1],
        "batchSize": len(records),
        "streamArn": shown["EventSourceArn"],
    }
    role, source = lambdas.find(account, shown["FunctionArn"]).role, shown["FunctionArn"]
    sqs = roles.client(account, "sqs", role, lambdas.SERVICE, source_arn=source)
    url = account.client("sqs").get_queue_url(QueueName=arn.rsplit(":", 1)[-1])["QueueUrl"]
    context = {"functionArn": shown["FunctionArn"], "condition": "RetryAttemptsExhausted"}
    body = {"requestContext": context, "DDBStreamBatchInfo": batch, "version": "1.0"}
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))


HANDLERS = {
    ("lambda", "CreateEventSourceMapping"): create,
    ("lambda", "UpdateEventSourceMapping"): update,
    ("lambda", "GetEventSourceMapping"): get,
    ("lambda", "ListEventSourceMappings"): listing,
    ("lambda", "DeleteEventSourceMapping"): delete,
    ("lambda", "ListTags"): tags,
}
