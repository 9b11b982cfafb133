"""The probe: what it finds, and that it is taken away whatever happens."""

import json
import os
import signal
import socket
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from botocore.exceptions import ClientError

from dpctl.doctor import probe, probe_function
from dpctl.doctor import snapshot as s
from dpctl.doctor.diagnosis import diagnose
from dpctl.doctor.model import Probed
from dpctl.doctor.probe import FOLDER, TAG, Probe
from dpctl.doctor.reach import walk_all
from dpctl.doctor.requirements import Destination
from tests.unit.doctor import accounts as a
from tests.unit.doctor.accounts import account

REGION = a.REGION
TO = (Destination("sts", "sts.x", 443, "sts", True, ""), Destination("redshift", "r.x", 5439, "", True, ""))
ANSWER = [
    {
        "host": "sts.x",
        "port": 443,
        "addresses": ["10.0.0.1"],
        "step": "handshake",
        "error": "",
        "tls": "TLSv1.3",
        "milliseconds": 3,
    },
    {
        "host": "r.x",
        "port": 5439,
        "addresses": [],
        "step": "resolve",
        "error": "no",
        "tls": "",
        "milliseconds": 1,
    },
]
OLD, NEW = timedelta(hours=1), timedelta(minutes=1)


def refused(code, message=""):
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


class Account:
    """IAM and Lambda as far as a probe needs them; ``faults`` are raised where an operation is called."""

    def __init__(self, **faults):
        self.faults, self.roles, self.functions, self.calls = faults, {}, {}, []

    def client(self, service):
        return self

    def __getattr__(self, operation):
        def call(**params):
            self.calls.append(operation)
            fault = self.faults.get(operation)
            if isinstance(fault, list):
                fault = fault.pop(0) if fault else None
            if fault:
                raise fault
            answer = self.__dict__.get(f"on_{operation}") or getattr(type(self), f"on_{operation}", None)
            if answer is None:
                return {}
            return answer(**params) if f"on_{operation}" in self.__dict__ else answer(self, **params)

        return call

    def on_create_role(self, RoleName, Path, Tags, **_):
        assert Path == FOLDER
        self.roles[RoleName] = {"RoleName": RoleName, "CreateDate": datetime.now(UTC), "Tags": Tags}
        return {"Role": {"Arn": f"arn:aws:iam::1:role{Path}{RoleName}"}}

    def on_delete_role(self, RoleName):
        if self.roles.pop(RoleName, None) is None:
            raise refused("NoSuchEntity")

    def on_create_function(self, FunctionName, **params):
        self.functions[FunctionName] = self.made = params

    def on_delete_function(self, FunctionName):
        if self.functions.pop(FunctionName, None) is None:
            raise refused("ResourceNotFoundException")

    def on_invoke(self, FunctionName, Payload):
        assert [one["postgres"] for one in json.loads(Payload)["to"]] == [False, True]
        return {"Payload": BytesIO(json.dumps(ANSWER).encode())}

    def on_list_role_tags(self, RoleName):
        return {"Tags": self.roles[RoleName]["Tags"]}

    def get_paginator(self, _):
        return self

    def paginate(self, PathPrefix):
        assert PathPrefix == FOLDER
        return [{"Roles": list(self.roles.values())}]


def run(made):
    told = []
    one = Probe(made, REGION, told.append, sleep=lambda _: None)
    return one.run(a.endpoints_account()[s.CONNECTION], TO), told


def test_the_function_is_in_the_connections_subnet_and_gone_afterwards():
    made = Account()

    found, told = run(made)

    assert [(one.host, one.open, one.step) for one in found] == [
        ("sts.x", True, "handshake"),
        ("r.x", False, "resolve"),
    ]
    assert made.made["VpcConfig"] == {"SubnetIds": [a.A], "SecurityGroupIds": [a.DATABASE_GROUP]}
    assert made.made["Tags"] == {TAG: REGION}
    assert (made.roles, made.functions, told) == ({}, {}, [])


@pytest.mark.parametrize(
    "operation", ["put_role_policy", "create_function", "get_function_configuration", "invoke"]
)
@pytest.mark.parametrize(
    "error",
    [KeyboardInterrupt(), refused("ServiceException"), refused("AccessDeniedException")],
    ids=["Ctrl-C", "500", "denied"],
)
def test_whatever_happens_it_is_taken_away(operation, error):
    made = Account(**{operation: error})

    if isinstance(error, KeyboardInterrupt):
        with pytest.raises(KeyboardInterrupt):
            run(made)
    else:
        assert isinstance(run(made)[0], s.Unknown)

    assert (made.roles, made.functions) == ({}, {})


def test_a_role_that_lambda_does_not_know_yet_is_waited_for():
    unripe = refused("InvalidParameterValueException", "The role cannot be assumed by Lambda.")
    made = Account(create_function=[unripe, unripe])

    assert run(made)[0][0].open
    assert made.calls.count("create_function") == 3


def test_a_function_that_fails_says_nothing_about_the_network():
    made, broken = Account(), Account()
    said = b'{"errorMessage": "Task timed out"}'
    made.on_invoke = lambda **_: {"FunctionError": "Unhandled", "Payload": BytesIO(said)}
    broken.on_get_function_configuration = lambda **_: {"State": "Failed", "StateReason": "no addresses"}

    assert "Task timed out" in run(made)[0].reason
    assert "no addresses" in run(broken)[0].reason
    assert (made.roles, broken.roles) == ({}, {})


def test_what_can_not_be_deleted_is_named():
    made = Account(delete_function=refused("ServiceException"))

    found, told = run(made)

    assert found[0].open
    assert "dpctl-probe-" in told[0]
    assert made.roles


@pytest.mark.parametrize(
    ("age", "tags", "left"),
    [
        (OLD, [{"Key": TAG, "Value": REGION}], False),
        (NEW, [{"Key": TAG, "Value": REGION}], True),  # somebody waits for it
        (OLD, [{"Key": TAG, "Value": "eu-west-1"}], True),  # its function is elsewhere
        (OLD, [], True),  # not ours
    ],
)
def test_what_a_killed_probe_left_is_found_by_the_next(age, tags, left):
    made, name = Account(), "dpctl-probe-old"
    made.roles[name] = {"RoleName": name, "CreateDate": datetime.now(UTC) - age, "Tags": tags}
    made.functions[name] = {}

    _, told = run(made)

    assert (name in made.roles) == (name in made.functions) == left
    assert bool(told) != left


# -- what it means ------------------------------------------------------------------------------------------


def probed(snapshot, **failures):
    """The account after a probe; ``failures`` are the steps that failed, by destination's name."""

    def one(to):
        step = failures.get(to.name, "")
        return Probed(
            to.host, to.port, not step, step or "handshake", step and "lost", ("10.0.0.9",), "TLSv1.3", 4
        )

    return snapshot.having(s.PROBE, tuple(one(path.to) for path in walk_all(snapshot)))


FAR = account(a.nat_account, a.routes("rtb-a", a.m.Route("0.0.0.0/0", "tgw-1")), a.failed())


def test_it_settles_what_can_not_be_seen():
    assert {path.outcome for path in diagnose(FAR).paths} == {"unknown", "open"}

    through = diagnose(probed(FAR))
    lost = diagnose(probed(FAR, sts="connect"))

    assert {path.outcome for path in through.paths} == {"open"}
    assert [one.code for one in through.findings if one.result == "fail"] == ["GC01"]
    assert lost.verdict.code == "GC43"
    assert "GC11" in lost.verdict.consequences
    assert lost.exit_code() == 1


def test_without_a_probe_and_without_a_fault_nothing_changes():
    healthy = a.endpoints_account()

    assert diagnose(probed(healthy)).verdict is None
    assert {one.code: one.result for one in diagnose(healthy).findings}["GC43"] == "skip"
    unseen = diagnose(healthy.having(s.PROBE, s.Unknown("lambda:CreateFunction", "AccessDenied")))
    assert {one.code: one.result for one in unseen.findings}["GC43"] == "error"
    assert unseen.exit_code() == 4


# -- the function itself ------------------------------------------------------------------------------------


def serve(answer: bytes):
    """A server that answers once; its port."""
    server = socket.create_server(("127.0.0.1", 0))

    def once():
        with server, server.accept()[0] as peer:
            peer.recv(8)
            peer.sendall(answer)

    threading.Thread(target=once, daemon=True).start()
    return server.getsockname()[1]


def test_the_function_names_the_step_that_fails():
    closed = socket.create_server(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    closed.close()
    to = [
        {"host": "no-such-host.invalid", "port": 443},
        {"host": "127.0.0.1", "port": port},
        {"host": "127.0.0.1", "port": serve(b"no TLS here")},
        {"host": "127.0.0.1", "port": serve(b"N"), "postgres": True},
    ]

    found = probe_function.handler({"to": to}, None)

    assert [one["step"] for one in found] == ["resolve", "connect", "handshake", "handshake"]
    assert [bool(one["error"]) for one in found] == [True, True, True, False]
    assert found[3]["tls"].startswith("none")
    assert [one["host"] for one in found] == [one["host"] for one in to]


def test_its_code_is_packed_as_lambda_reads_it():
    archive = zipfile.ZipFile(BytesIO(probe._code()))

    assert archive.namelist() == ["probe_function.py"]
    assert archive.infolist()[0].external_attr >> 16 == 0o644


class Pressed(Account):
    """Somebody presses Ctrl-C inside of the nth call, which AWS carries out all the same."""

    def __init__(self, when):
        super().__init__()
        self.when = when

    def __getattr__(self, operation):
        call = super().__getattr__(operation)

        def pressed(**params):
            answer = call(**params)
            if len(self.calls) == self.when:
                os.kill(os.getpid(), signal.SIGINT)
            return answer

        return pressed


@pytest.mark.parametrize("when", range(1, 9))
def test_ctrl_c_inside_of_any_call_leaves_nothing(when):
    made = Pressed(when)

    with pytest.raises(KeyboardInterrupt):
        run(made)

    assert (made.roles, made.functions) == ({}, {})
