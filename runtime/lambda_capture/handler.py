"""Records which items a stream of DynamoDB says were changed: the function of ``capture.source: stream``.

A batch of records becomes one pending object with an event on each line, in the shape of CloudTrail's, once
for each key; then a run of the workflow is asked for. Records may carry values, but only keys are written:
GlueTestjob reads the items themselves, so that order and number of records do not matter.

The object is named by the records' sequence numbers: a batch that is delivered again overwrites its own.
Python 3.9 or later, nothing but boto3 and the standard library.
"""

from __future__ import annotations

import json
import os
from typing import Any, Dict, List, Mapping, Sequence, Tuple

Record = Mapping[str, Any]


def line_of(record: Record, table: str) -> str:
    """The pending event of a record: its key, and no values. Raises KeyError where it has none."""
    change = record["dynamodb"]
    keys = change["Keys"]
    if not keys:
        raise KeyError("Keys")
    event = {
        "eventID": record.get("eventID", ""),
        "eventName": record.get("eventName", ""),
        "eventSource": record.get("eventSource", "aws:dynamodb"),
        "eventTime": change.get("ApproximateCreationDateTime", 0),
        "requestParameters": {"tableName": table, "key": keys},
    }
    return json.dumps(event)


def lines_of(records: Sequence[Record], table: str) -> Tuple[List[str], List[Record]]:
    """The lines of a batch, the last for each key, and the records that name no key."""
    lines: Dict[str, str] = {}
    faults: List[Record] = []
    for record in records:
        try:
            line = line_of(record, table)
            name = json.dumps(record["dynamodb"]["Keys"], sort_keys=True)
        except (KeyError, TypeError, ValueError):
            faults.append(record)
            continue
        lines.pop(name, None)
        lines[name] = line
    return list(lines.values()), faults


def span_of(records: Sequence[Record]) -> str:
    """The first and last sequence number of a batch."""
    numbers = [str(record.get("dynamodb", {}).get("SequenceNumber", "")) for record in records]
    return f"{numbers[0]}-{numbers[-1]}"


def ask_for_run(glue: Any, workflow: str) -> None:
    """Start the workflow. Refused while a run is active: that run, or the sweeper, takes the keys."""
    try:
        glue.start_workflow_run(Name=workflow)
    except Exception as error:  # the keys are recorded; the sweeper fails visibly where the reason stays
        print(f"no run was started: {error}")


def handler(event: Mapping[str, Any], context: Any) -> Dict[str, Any]:
    """Record a batch; where that fails, it is reported from its first record on, and delivered again.

    A record without a key can never be recorded: it goes to the dead letters, and blocks nothing.
    """
    import boto3

    records: Sequence[Record] = event["Records"]
    names = os.environ
    s3, place, span = boto3.client("s3"), {"Bucket": names["BUCKET"]}, span_of(records)
    lines, faults = lines_of(records, names["TABLE"])
    try:
        if lines:
            body = "".join(f"{line}\n" for line in lines).encode("utf-8")
            s3.put_object(
                **place, Key=f"{names['PREFIX']}pending/stream-{span}-x{len(lines)}.json", Body=body
            )
        if faults:
            key = f"{names['PREFIX']}dead-letter/stream-{span}.json"
            letter = {
                "reason": f"{len(faults)} records of the stream name no key",
                "event": json.dumps(faults),
            }
            s3.put_object(**place, Key=key, Body=json.dumps(letter).encode("utf-8"))
            text = f"s3://{names['BUCKET']}/{key}: {letter['reason']}"
            boto3.client("sqs").send_message(QueueUrl=names["QUEUE"], MessageBody=text)
    except Exception as error:
        print(f"not recorded: {error}")
        first = records[0].get("dynamodb", {}).get("SequenceNumber", "")
        return {"batchItemFailures": [{"itemIdentifier": first}]}
    if lines:
        ask_for_run(boto3.client("glue"), names["WORKFLOW"])
    print(json.dumps({"records": len(records), "keys": len(lines), "faults": len(faults)}))
    return {"batchItemFailures": []}
