"""An event of our own in the chain, and what only Redshift can say."""

import json
import os
import signal
from dataclasses import replace
from io import BytesIO

import pytest
from botocore.exceptions import ClientError

from dpctl.doctor import inredshift, pipeline, trial
from dpctl.doctor.links import Chain
from dpctl.doctor.snapshot import Unknown
from dpctl.errors import AccessError
from dpctl.redshift.executor import RecordingExecutor, Result
from tests.unit.doctor.chains import FACTS, MACHINE, NAMES

TABLE = {
    "Table": {
        "KeySchema": [{"AttributeName": "id"}, {"AttributeName": "at"}, {"AttributeName": "raw"}],
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
            {"AttributeName": "raw", "AttributeType": "B"},
        ],
    }
}


class Pipeline:
    """States, Glue and S3 as far as an event goes: what each answers is said when it is made."""

    def __init__(
        self, *, status="SUCCEEDED", takes=True, run="SUCCEEDED", buries=False, refuses="", says=None
    ):
        self.status, self.takes, self.run, self.buries, self.refuses = status, takes, run, buries, refuses
        self.pending, self.buried, self.sent, self.runs = set(), set(), {}, [{"Id": "old"}]
        self.says = {"batchItemFailures": []} if says is None else says

    def client(self, _):
        return self

    def start_execution(self, stateMachineArn, name, input):
        if self.refuses:
            raise ClientError({"Error": {"Code": self.refuses}}, "StartExecution")
        assert stateMachineArn == MACHINE
        self.sent = json.loads(input)
        self.pending.add(f"capture/pending/{name}.json")
        return {"executionArn": "e"}

    def stop_execution(self, executionArn):
        self.stopped = executionArn

    def invoke(self, FunctionName, Payload):
        if self.refuses:
            raise ClientError({"Error": {"Code": self.refuses}}, "Invoke")
        self.sent = json.loads(Payload)["Records"][0]
        number = self.sent["dynamodb"]["SequenceNumber"]
        if self.says == {"batchItemFailures": []}:
            self.pending.add(f"capture/pending/stream-{number}-{number}-x1.json")
        answer = {"FunctionError": "Unhandled"} if "errorMessage" in self.says else {}
        return {**answer, "Payload": BytesIO(json.dumps(self.says).encode())}

    def describe_execution(self, executionArn):
        return {"status": self.status, "error": "S3.AccessDenied", "cause": "not for you"}

    def get_job_runs(self, JobName, MaxResults):
        return {"JobRuns": self.runs}

    def list_objects_v2(self, Bucket, Prefix, MaxKeys=0):
        found = [one for one in self.pending | self.buried if one.startswith(Prefix)]
        return {"KeyCount": len(found), "Contents": [{"Key": one} for one in found]}

    def delete_object(self, Bucket, Key):
        self.pending.discard(Key)
        self.buried.discard(Key)

    def wait(self, _):
        """What happens while the doctor waits."""
        new = {"Id": "new", "JobRunState": self.run, "ErrorMessage": "relation does not exist"}
        self.runs = [new, {"Id": "old"}] if self.run else self.runs
        if self.takes:
            self.buried |= {one.replace("pending", "dead-letter") for one in self.pending if self.buries}
            self.pending.clear()


TRAILED, STREAMED = replace(NAMES, capture=""), replace(NAMES, trailed=False)


def send(made, names=TRAILED, **changes):
    facts = {**FACTS, "machine": {**FACTS["machine"], "stateMachineArn": MACHINE}, "table": TABLE, **changes}
    ticks = iter(range(0, 10**9, 60))
    chain = Chain(names, facts)
    sent = trial.send(made, chain, sleep=made.wait, clock=lambda: next(ticks))
    [found] = [
        one for one in pipeline.examine(replace(chain, facts={**facts, "trial": sent})) if one.code == "PD40"
    ]
    assert (made.pending, made.buried) == (set(), set())  # nothing of it is left
    return found


def test_an_event_that_comes_through_passes():
    made = Pipeline()

    found = send(made)

    assert (found.result, len(found.evidence)) == ("pass", 3)
    key = made.sent["detail"]["requestParameters"]["key"]
    assert set(key) == {"id", "at", "raw"}
    assert key["id"]["S"] == made.sent["id"]
    assert int(key["at"]["N"]) < -(10**29)
    assert len(key["at"]["N"].lstrip("-")) <= 38


@pytest.mark.parametrize(
    ("made", "changes", "says"),
    [
        (Pipeline(), {"rule": {"State": "DISABLED"}}, "does not take it in"),
        (Pipeline(), {"matches": {"PutItem": False}}, "does not take it in"),
        (Pipeline(), {"status": {"IsLogging": False}}, "it is not logging"),
        (Pipeline(), {"selectors": {}}, "none of them takes in writes"),
        (Pipeline(), {"machine": None}, "starts no state machine"),
        (Pipeline(), {"targets": {"Targets": []}}, "starts no state machine"),
        (Pipeline(status="FAILED"), {}, "the state machine FAILED: S3.AccessDenied not for you"),
        (Pipeline(status="RUNNING"), {}, "still running"),
        (Pipeline(takes=False, run="FAILED"), {}, "FAILED: relation does not exist"),
        (Pipeline(takes=False, run=""), {}, "no run of GlueTestjob took the key"),
        (Pipeline(buries=True), {}, "set it aside"),
    ],
)
def test_where_an_event_stops_is_said(made, changes, says):
    found = send(made, **changes)

    assert found.result == "fail"
    assert says in " ".join(found.evidence)
    assert found.fix


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException", "InternalServerError"])
def test_who_may_not_send_sees_nothing(code):
    assert send(Pipeline(refuses=code)).result == "error"


# -- where only the stream is followed ----------------------------------------------------------------------


def mapping(state, stream):
    return {"UUID": "u", "State": state, "EventSourceArn": stream}


READING = {"table": {"Table": {**TABLE["Table"], "LatestStreamArn": "s"}}}
READING["mappings"] = {"EventSourceMappings": [{"State": "Enabled", "EventSourceArn": "s"}]}


def test_a_record_of_the_stream_comes_through():
    made = Pipeline()

    found = send(made, STREAMED, **READING)

    assert (found.result, found.resource, len(found.evidence)) == ("pass", NAMES.capture, 3)
    assert made.sent["eventName"] == "REMOVE"
    assert made.sent["dynamodb"]["Keys"]["id"]["S"] == made.sent["dynamodb"]["SequenceNumber"]


@pytest.mark.parametrize(
    ("made", "changes", "says"),
    [
        (Pipeline(), {"mappings": {"EventSourceMappings": []}}, "nothing reads the table's stream"),
        (Pipeline(), {"mappings": {"EventSourceMappings": [mapping("Disabled", "s")]}},
         "nothing reads"),
        (Pipeline(), {"mappings": {"EventSourceMappings": [mapping("Enabled", "old")]}},
         "nothing reads"),
        (Pipeline(), {"capture": {"missing": True}}, "there is no function CaptureStream"),
        (Pipeline(), {"capture": {"Concurrency": {"ReservedConcurrentExecutions": 0}}}, "may not run"),
        (Pipeline(says={"errorMessage": "KeyError: BUCKET"}), {}, "fails: KeyError: BUCKET"),
        (Pipeline(says={"batchItemFailures": [{"itemIdentifier": "x"}]}), {}, "could not record the key"),
        (Pipeline(takes=False, run="FAILED"), {}, "FAILED: relation does not exist"),
        (Pipeline(takes=False, run=""), {}, "no run of GlueTestjob took the key"),
    ],
)  # fmt: skip
def test_where_a_record_stops_is_said(made, changes, says):
    found = send(made, STREAMED, **{**READING, **changes})

    assert found.result == "fail"
    assert says in " ".join(found.evidence)


def test_where_both_are_followed_an_event_is_sent_each_way():
    found = send(Pipeline(), NAMES, **READING)
    assert (found.result, len(found.evidence)) == ("pass", 6)

    found = send(Pipeline(), NAMES, **{**READING, "capture": {"missing": True}})
    assert found.result == "fail"
    assert found.evidence[0].startswith("the rule dynamodb-insert takes it in")
    assert "there is no function" in " ".join(found.evidence)


def test_what_can_t_be_seen_stops_no_event():
    unseen = Unknown("cloudtrail:GetTrailStatus", "AccessDenied")
    assert send(Pipeline(), status=unseen, selectors=unseen).result == "pass"


def test_who_may_not_call_the_function_sees_nothing():
    found = send(Pipeline(refuses="AccessDeniedException"), STREAMED, **READING)

    assert (found.result, found.permission) == ("error", "lambda:InvokeFunction")


# -- Ctrl-C -------------------------------------------------------------------------------------------------


class Pressed:
    """A pipeline where somebody presses Ctrl-C inside of the nth call, which AWS carries out all the same."""

    def __init__(self, made, when):
        self.made, self.when, self.calls = made, when, 0

    def client(self, _):
        return self

    def __getattr__(self, name):
        def call(**params):
            self.calls += 1
            answer = getattr(self.made, name)(**params)
            if self.calls == self.when:
                os.kill(os.getpid(), signal.SIGINT)
            return answer

        return call


@pytest.mark.parametrize("names", [TRAILED, STREAMED], ids=["trail", "stream"])
@pytest.mark.parametrize("when", range(1, 9))
def test_ctrl_c_at_any_moment_leaves_nothing(names, when):
    made = Pipeline(takes=False, run="", status="RUNNING" if when % 2 else "SUCCEEDED")
    facts = {**FACTS, "machine": {**FACTS["machine"], "stateMachineArn": MACHINE}, "table": TABLE, **READING}
    ticks = iter(range(0, 10**9, 60))
    pressed = Pressed(made, when)
    sender = trial.Sender(
        pressed, Chain(names, facts), names.trailed, sleep=made.wait, clock=lambda: next(ticks)
    )

    with pytest.raises(KeyboardInterrupt):
        sender.run()

    assert (made.pending, made.buried) == (set(), set())


BAD_FILE = ("s3://b/x.csv", "s3://b/x.csv:3 amount: not a number")
GRANTS = (
    ({"public.orders": ()}, "pass"),
    ({"public.orders": ("insert",)}, "fail"),
    ({"public.orders": None}, "fail"),
)


# -- in Redshift --------------------------------------------------------------------------------------------

WANTED = {("public", "orders"): ("insert", "select"), ("public", "files"): (), ("x", "gone"): ("select",)}


def answers(*rows):
    return Result("1", columns=("a", "b"), rows=rows)


def test_what_a_login_lacks_is_found():
    executor = RecordingExecutor(
        [
            ("svv_tables", answers(("public", "orders"), ("public", "files"))),
            ("has_table_privilege", answers((True, False, True))),
        ]
    )

    assert inredshift.grants(executor, WANTED) == {
        "public.orders": ("insert",),
        "public.files": (),
        "x.gone": None,
    }


def test_a_right_on_a_table_is_worth_nothing_without_its_schemas():
    rows = [("svv_tables", answers(("s", "t"))), ("has_schema_privilege('s', 'usage')", answers((0, 1)))]

    lacking = inredshift.grants(RecordingExecutor(rows), {("s", "t"): ("select",)})

    assert lacking == {"s.t": ("usage of the schema",)}
    assert judged(grants=lacking)["PD18"].result == "fail"


def test_a_schema_may_be_called_like_redshifts_own():
    executor = RecordingExecutor(
        [("IN ('pgdata')", answers(("pgdata", "own"))), ("has_table_privilege", answers((True, True)))]
    )

    assert inredshift.grants(executor, {("pgdata", "own"): ("select",)}) == {"pgdata.own": ()}
    assert inredshift.grants(executor, {}) == {}


def judged(**facts):
    chain = Chain(NAMES, {**FACTS, **facts})
    return {one.code: one for one in pipeline.examine(chain)}


@pytest.mark.parametrize(("grants", "result"), GRANTS)
def test_tables_and_grants_are_judged(grants, result):
    assert judged(grants=grants)["PD18"].result == result


@pytest.mark.parametrize(
    ("jobs", "result"),
    [
        (inredshift.Jobs((("j", "in sync"),), ()), "pass"),
        (inredshift.Jobs((("j", "in sync"), ("other", "not in env.yaml")), ()), "pass"),
        (inredshift.Jobs((("j", "missing"),), ()), "fail"),
        (inredshift.Jobs((("j", "changed"),), ()), "fail"),
        (
            inredshift.Jobs((("j", "in sync"),), (BAD_FILE,)),
            "fail",
        ),
    ],
)
def test_copy_jobs_and_their_files_are_judged(jobs, result):
    found = judged(jobs=jobs)["PD22"]

    assert found.result == result
    assert "x.csv:3 amount: not a number" in " ".join(found.evidence) or not jobs.failed


def test_what_redshift_does_not_let_us_see_is_no_fault():
    refused = RecordingExecutor([("svv_tables", AccessError("not for you"))])
    unknown = inredshift._try(lambda: inredshift.grants(refused, WANTED))

    assert isinstance(unknown, Unknown)
    assert judged(grants=unknown)["PD18"].result == "error"
