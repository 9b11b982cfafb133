"""What is stuck where no key waits: the sweeper, events that nobody could deliver, and dumps that failed.

None of it wakes Redshift.
"""

from __future__ import annotations

from typing import Any

from dpctl.flows.folders import DEAD
from dpctl.flows.looking import Look
from dpctl.redshift import dumplog

RECEIVED = 10  # the most messages of one ReceiveMessage (API reference of SQS)
FUNCTION = "redshift-unload"
LATER_CALLS = 4  # kept for what is asked after the dumps: loads, layers, cost, dead letters


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


def failed_dumps(eyes: Look) -> dict[str, str] | None:
    """The tables whose last scheduled dump failed, and why: what the function says at its end.

    None where its log has more pages than there are calls left: the last run may be on any of them.
    """
    if all(schedule.method != "lambda" for schedule in eyes.config.schedules):
        return {}
    name = eyes.environment.resource(FUNCTION)
    function = eyes.ask("lambda", "get_function_configuration", FunctionName=name)
    events, whole = eyes.log(LATER_CALLS, **dumplog.question(name, function or {}, eyes.now))
    if not whole:
        return None
    last: dict[str, str] = {}
    for run in sorted(filter(None, map(dumplog.run_of, events)), key=lambda run: run.at):
        last.update(run.errors)
    return {table: error for table, error in last.items() if error}
