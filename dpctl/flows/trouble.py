"""What is stuck where no key waits: the sweeper, events that nobody could deliver, and dumps that failed.

None of it wakes Redshift.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from dpctl.flows.folders import DEAD
from dpctl.flows.looking import Look

RECEIVED = 10  # the most messages of one ReceiveMessage (API reference of SQS)
LOG_DAYS = 2


def sweeper(eyes: Look) -> str:
    """Why nothing would start a run for keys that wait; nothing where the sweeper is on, or can't be seen."""
    job = eyes.config.glue.jobs.get("GlueTestjob")
    if job is None or not job.enabled:
        return ""
    name = f"{eyes.environment.resource(eyes.config.capture.state_machine)}Sweeper"
    found = eyes.ask("scheduler", "get_schedule", Name=name)
    if found is not None and found["State"] != "ENABLED":
        return f"the sweeper {name} is off"
    return ""


def dead_letter_queue(eyes: Look) -> str:
    """The name of the queue that takes the events which nobody could deliver."""
    return f"{eyes.environment.resource(eyes.config.capture.rule)}-dead-letters"


def undelivered(eyes: Look) -> int:
    """How many events the queue holds that never became keys, of the first messages; 0 where none is seen.

    A message that tells of a dead letter is none of them: the letter itself is counted. Messages stay where
    they are.
    """
    queue = eyes.ask("sqs", "get_queue_url", QueueName=dead_letter_queue(eyes))
    if queue is None:
        return 0
    found = eyes.ask(
        "sqs",
        "receive_message",
        QueueUrl=queue["QueueUrl"],
        MaxNumberOfMessages=RECEIVED,
        VisibilityTimeout=0,
        WaitTimeSeconds=1,  # a short poll asks only some of the servers
    )
    return sum(not _tells_of_a_letter(message) for message in (found or {}).get("Messages", []))


def _tells_of_a_letter(message: dict[str, Any]) -> bool:
    return str(message.get("Body", "")).startswith("s3://") and f"/{DEAD}" in message["Body"]


def failed_dumps(eyes: Look) -> dict[str, str]:
    """The tables whose last scheduled dump failed, and why: what the function says at its end."""
    if all(schedule.method != "lambda" for schedule in eyes.config.schedules):
        return {}
    since = eyes.now - timedelta(days=LOG_DAYS)
    found = eyes.ask(
        "logs",
        "filter_log_events",
        logGroupName=f"/aws/lambda/{eyes.environment.resource('redshift-unload')}",
        startTime=int(since.timestamp() * 1000),
        filterPattern='"results"',
    )
    last: dict[str, str] = {}
    for event in sorted((found or {}).get("events", []), key=lambda event: event["timestamp"]):
        last.update(_results(event))
    return {table: error for table, error in last.items() if error}


def _results(event: dict[str, Any]) -> dict[str, str]:
    """The tables of a run, and why they failed: empty for one that was dumped."""
    try:
        results = json.loads(event["message"])["results"]
        return {
            one["table"]: "" if one["status"] == "FINISHED" else f"{one['status']}: {one.get('error') or '-'}"
            for one in results
        }
    except (ValueError, KeyError, TypeError):
        return {}
