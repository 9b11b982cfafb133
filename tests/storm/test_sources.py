"""Both sources of events as they are deployed: the stream, the switch from one to the other, and a storm.

Real Terraform applies the layers; the sandbox's mapping polls the stream and invokes the deployed function,
its trail and rule start the state machine, and its Glue runs the deployed job.
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
import time
from collections import Counter

import pytest

from tests.integration.conftest import copy_tree, denied, faults
from tests.storm.flow import ASSETS, JOB, TABLE, Flow
from tests.waiting import wait_for

pytestmark = [pytest.mark.storm, pytest.mark.sandbox, pytest.mark.terraform]

WRITES, KEYS, KILLS = 5000, 1000, 50


@pytest.fixture(scope="module")
def flow(repo, tmp_path_factory):
    """The flow, applied with ``capture.source: stream``."""
    found = Flow(copy_tree(repo, tmp_path_factory.mktemp("flow")))
    try:
        found.workspace.edit("dev", ("Reconcile: {enabled: false", "Reconcile: {enabled: true"))
        found.start("stream")
        yield found
    finally:
        found.stop()


def settle_down(flow):
    flow.wait_until_equal()
    assert flow.letters().keys() == flow.poisoned


def test_the_stream_sees_every_kind_of_change(flow):
    """Updates, batches, transactions, PartiQL and TTL: CloudTrail keeps no key of the last two."""
    dynamodb = flow.client("dynamodb")
    rule = flow.client("events").describe_rule(Name="dynamodb-insert")
    assert rule["State"] == "DISABLED"
    for number in range(8):
        flow.put(f"kind-{number}", "first")
    flow.update("kind-0", "by update")
    flow.update("kind-new", "by update")
    flow.delete("kind-1")
    batch = [{"PutRequest": {"Item": {"PartKey": {"S": "batched"}, "customer": {"S": "by batch"}}}}]
    batch += [{"DeleteRequest": {"Key": {"PartKey": {"S": "kind-2"}}}}]
    dynamodb.batch_write_item(RequestItems={TABLE: batch})
    item = {"PartKey": {"S": "transacted"}, "customer": {"S": "by transaction"}}
    delete = {"Delete": {"TableName": TABLE, "Key": {"PartKey": {"S": "kind-3"}}}}
    dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": TABLE, "Item": item}}, delete])
    dynamodb.execute_statement(
        Statement=f"INSERT INTO \"{TABLE}\" VALUE {{'PartKey': 'partiql', 'customer': 'by PartiQL'}}"
    )
    dynamodb.execute_statement(Statement=f"DELETE FROM \"{TABLE}\" WHERE PartKey = 'kind-4'")
    settle_down(flow)
    assert {"by update", "by batch", "by transaction", "by PartiQL"} <= set(flow.rows().values())
    dynamodb.update_time_to_live(
        TableName=TABLE, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"}
    )
    past = str(int(time.time()) - 60)
    dynamodb.update_item(
        TableName=TABLE,
        Key={"PartKey": {"S": "kind-5"}},
        UpdateExpression="SET expires = :e",
        ExpressionAttributeValues={":e": {"N": past}},
    )
    wait_for(lambda: "kind-5" not in flow.items(), 120)
    settle_down(flow)
    assert set(flow.rows()) == {"kind-0", "kind-6", "kind-7", "kind-new", "batched", "transacted", "partiql"}


def test_the_comparison_has_its_schedule_and_runs_where_spark_is(flow):
    """Terraform's job: its trigger, its role's scan; nothing differs, so the run succeeds."""
    glue = flow.client("glue")
    assert glue.get_trigger(Name="Reconcile-schedule")["Trigger"]["Schedule"] == "cron(30 20 ? * SAT *)"
    run = glue.start_job_run(JobName="Reconcile", Arguments={"--read_units": "100000"})["JobRunId"]
    get, going = lambda: glue.get_job_run(JobName="Reconcile", RunId=run)["JobRun"], ("STARTING", "RUNNING")
    wait_for(lambda: get()["JobRunState"] not in going, 900)
    found = get()
    if "has no Spark" in found.get("ErrorMessage", ""):
        pytest.skip(found["ErrorMessage"])
    assert found["JobRunState"] == "SUCCEEDED", found.get("ErrorMessage")


def test_a_poison_item_is_a_dead_letter_and_the_rest_of_its_batch_arrives(flow):
    flow.poisoned.add("poison")
    for key, text in [("before", "fine"), ("poison", "x" * 300), ("after", "fine")]:
        flow.put(key, text)
    settle_down(flow)
    assert flow.letters()["poison"].startswith("column customer (varchar(256)): the text has 300 bytes")
    flow.put("poison", "fixed")
    flow.poisoned.remove("poison")
    flow.wait_until_equal()
    for name in flow.keys("dead-letter"):
        flow.client("s3").delete_object(Bucket=ASSETS, Key=name)


def test_a_failed_run_strands_no_key(flow):
    """Both attempts of a run fail, the fault goes, and nothing else is written: the sweeper sees the key."""
    faults(flow.workspace.environment("dev"), denied("redshift-data", "BatchExecuteStatement"))
    runs = len(flow.client("glue").get_job_runs(JobName=JOB)["JobRuns"])
    flow.put("alone", "waits for the sweeper")

    def failed() -> bool:
        found = flow.client("glue").get_job_runs(JobName=JOB)["JobRuns"]
        return len(found) > runs and found[0]["JobRunState"] == "FAILED"

    wait_for(failed, 300)
    assert len(flow.keys("pending")) == 1
    faults(flow.workspace.environment("dev"))
    wait_for(lambda: not flow.keys("pending"), 600)
    assert flow.rows()["alone"] == "waits for the sweeper"


def test_what_s3_refuses_is_delivered_again(flow):
    """The function answers with its first record: nothing is passed over while S3 is away."""
    faults(flow.workspace.environment("dev"), denied("s3", "PutObject"))
    for number in range(20):
        flow.put(f"waiting-{number}", "until S3 is back")
    [mapping] = flow.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    get = flow.client("lambda").get_event_source_mapping
    wait_for(lambda: get(UUID=mapping["UUID"])["LastProcessingResult"].startswith("PROBLEM"), 120)
    faults(flow.workspace.environment("dev"))
    settle_down(flow)


def test_what_fails_for_good_is_told_to_the_queue_and_reconcile_brings_it(flow):
    """A function that always crashes: the batch is halved to single records, each of which is told of."""
    functions = flow.client("lambda")
    [mapping] = functions.list_event_source_mappings()["EventSourceMappings"]
    deployed = functions.get_function_configuration(FunctionName="CaptureStream")
    variables = deployed["Environment"]["Variables"]
    broken = {name: value for name, value in variables.items() if name != "BUCKET"}
    functions.update_function_configuration(FunctionName="CaptureStream", Environment={"Variables": broken})
    functions.update_event_source_mapping(UUID=mapping["UUID"], MaximumRetryAttempts=1)
    for number in range(3):
        flow.put(f"lost-{number}", "for a while")
    queue = flow.client("sqs").get_queue_url(QueueName="dynamodb-insert-dead-letters")["QueueUrl"]
    told: list[dict[str, object]] = []

    def all_told() -> bool:
        answer = flow.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            body = message["Body"]
            told.extend([json.loads(body)["DDBStreamBatchInfo"]] if body.startswith("{") else [])
            flow.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return sum(int(str(batch["batchSize"])) for batch in told) == 3

    wait_for(all_told, 300)
    functions.update_function_configuration(
        FunctionName="CaptureStream", Environment={"Variables": variables}
    )
    functions.update_event_source_mapping(UUID=mapping["UUID"], MaximumRetryAttempts=-1)
    flow.put("later", "arrives")
    wait_for(lambda: "later" in flow.rows(), 300)
    assert flow.differences() == ["lost-0", "lost-1", "lost-2"]
    found = flow.dpctl("reconcile", "--table", "orders", "--fix", "--json")
    assert found.code == 1, found.stderr
    assert (found.json["missing"], found.json["fixed"]) == (3, 3)
    drained = flow.dpctl("drain")
    assert drained.code == 0, drained.stderr
    settle_down(flow)


def test_switching_either_way_loses_no_event(flow):
    """Writes go on all the time; both sources run until the one that goes is drained."""
    ended, written = threading.Event(), Counter[str]()
    keys = [f"switch-{number:03d}" for number in range(200)]

    def write() -> None:
        step = 0
        while not ended.is_set():
            written[flow.source] += flow.write(keys, step)
            step += 1
            time.sleep(0.05)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for source in ("both", "cloudtrail", "both", "stream"):
            flow.switch(source)
            began = written[source]
            wait_for(lambda source=source, began=began: written[source] > began + 40, 600)
    finally:
        ended.set()
        writer.join()
    settle_down(flow)
    sys.stderr.write(f"\nwritten while env.yaml said: {dict(written)}; {len(flow.rows())} rows\n")


def test_a_storm_over_the_deployed_flow(flow):
    """Both sources, kills of the deployed job at random moments, overlapping runs, events again and late."""
    flow.switch("both")
    flow.overlap()
    for key in flow.items():
        flow.delete(key)
    settle_down(flow)
    keys = [f"key-{number:05d}" for number in range(KEYS)]
    poison = frozenset(flow.chance.sample(keys, 5))
    before, began = flow.calls(), time.monotonic()
    executed, _, _ = flow.transitions(0)
    sent = flow.statements()
    done, killed = 0, 0
    ended = threading.Event()

    def kill() -> None:
        nonlocal killed
        while killed < KILLS and not ended.is_set():
            if done >= killed * WRITES // KILLS and flow.kill_one():  # one in each stretch of the writes
                killed += 1
            time.sleep(0.2)

    killer = threading.Thread(target=kill)
    killer.start()
    for key in poison:
        flow.put(key, "x" * 300)
        flow.poisoned.add(key)
    try:
        step = 0
        while done < WRITES or (killed < KILLS and step < 2 * WRITES):
            if done < WRITES:
                many = step % 4 == 0
                done += (
                    flow.batch(flow.chance.sample(keys, 25), step, poison)
                    if many
                    else flow.write(keys, step, poison)
                )
            else:  # all is written: what is left of the kills
                time.sleep(0.5)
            if step % 200 == 100 or (done >= WRITES and step % 4 == 0):
                flow.repeat_some(0.3)
            if step % 20 == 0 or done >= WRITES:
                with contextlib.suppress(flow.client("glue").exceptions.ConcurrentRunsExceededException):
                    flow.client("glue").start_job_run(JobName=JOB)
            step += 1
    finally:
        ended.set()
        killer.join()
    flow.wait_until_equal(3600)
    assert killed >= KILLS
    assert flow.letters().keys() == flow.poisoned
    assert all(reason.startswith("column customer (varchar(256))") for reason in flow.letters().values())
    calls = flow.calls()
    calls.subtract(before)
    executions, mean, most = flow.transitions()
    assert most <= 4
    ran = executions - executed
    sys.stderr.write(
        f"\n{done} writes over {KEYS} keys in {time.monotonic() - began:.0f} s: {killed} runs killed, "
        f"{len(flow.rows())} rows, {len(flow.letters())} dead letters, {ran} executions of {mean:.2f} "
        f"transitions, {ran * mean:.0f} in all, {flow.statements() - sent} SQL statements"
        f"\n{json.dumps(dict(calls.most_common(16)))}\n"
    )
