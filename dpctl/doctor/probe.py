"""Proof inside the VPC: a function in the connection's subnet and groups, which is taken away again.

The function resolves, connects and makes the TLS handshake to each destination. A role is made first and
deleted last, under a path of its own: whatever a run that was killed left behind, the next one finds by that
role and its tags. AWS itself takes the function's network interface away, up to 20 minutes later (Lambda
developer guide, "Giving Lambda functions access to resources in an Amazon VPC").
"""

from __future__ import annotations

import io
import json
import secrets
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dpctl.aws import error_code
from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.asking import Clients, attempt, found
from dpctl.doctor.interrupt import unbroken
from dpctl.doctor.requirements import Destination

FOLDER = "/dpctl-probe/"
TAG = "dpctl:probe"  # its value is the region
MEMORY, SECONDS = 128, 60
PRICE = 0.01  # US dollars at most: one call of 60 s with 128 MB costs 0.000125 (AWS Lambda pricing)
STALE = timedelta(minutes=20)  # a probe that is older belongs to nobody who waits for it
DEADLINE = 300.0  # seconds until the function must be there: its network interface takes a minute or two
PAUSE = 2.0
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
# What Lambda needs to put a function into a VPC; these actions take no resource. No logs: nothing is left.
NETWORK = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface",
                "ec2:DescribeSubnets", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
            ],
            "Resource": "*",
        }
    ],
}  # fmt: skip


@dataclass
class Probe:
    """Makes the function, asks it, and takes everything away."""

    clients: Clients
    region: str
    tell: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def run(
        self, connection: m.Connection, destinations: Iterable[Destination]
    ) -> tuple[m.Probed, ...] | s.Unknown:
        """What the function found out about each destination.

        Whatever happens, what was made is deleted: also on Ctrl-C. Raises AccessError without credentials.
        """
        to = [{"host": one.host, "port": one.port, "postgres": not one.service} for one in destinations]

        def ask() -> tuple[m.Probed, ...]:
            self.clear()
            with self.placed(connection) as name:
                answer = self.clients.client("lambda").invoke(
                    FunctionName=name, Payload=json.dumps({"to": to}).encode()
                )
                said = json.loads(answer["Payload"].read())
            if answer.get("FunctionError"):
                raise ProbeFailed(str(said.get("errorMessage", said)))
            return tuple(_probed(one) for one in said)

        try:
            return attempt("lambda:CreateFunction", ask)
        except ProbeFailed as failed:
            return s.Unknown("lambda:InvokeFunction", str(failed))

    @contextmanager
    def placed(self, connection: m.Connection) -> Iterator[str]:
        """The function, ready; gone afterwards."""
        name = f"dpctl-probe-{secrets.token_hex(6)}"
        try:
            with unbroken():
                role = self.role(name)
            self.function(name, role, connection)
            self.ready(name)
            yield name
        finally:
            with unbroken():
                self.remove(name)

    def role(self, name: str) -> str:
        """The function's role; its ARN."""
        iam = self.clients.client("iam")
        tags = [{"Key": TAG, "Value": self.region}]
        made = iam.create_role(
            RoleName=name, Path=FOLDER, AssumeRolePolicyDocument=json.dumps(TRUST), Tags=tags,
            Description="dpctl doctor --probe; deleted after it",
        )  # fmt: skip
        iam.put_role_policy(RoleName=name, PolicyName="network", PolicyDocument=json.dumps(NETWORK))
        return str(made["Role"]["Arn"])

    def function(self, name: str, role: str, connection: m.Connection) -> None:
        """Make the function; a role that is new takes seconds until Lambda may take it on."""
        from botocore.exceptions import ClientError

        started = self.clock()
        while True:
            try:
                with unbroken():
                    self.clients.client("lambda").create_function(
                        FunctionName=name, Runtime="python3.12", Role=role, Tags={TAG: self.region},
                        Handler="probe_function.handler", Code={"ZipFile": _code()}, Timeout=SECONDS,
                        MemorySize=MEMORY,
                        VpcConfig={
                            "SubnetIds": [connection.subnet], "SecurityGroupIds": list(connection.groups)
                        },
                    )  # fmt: skip
            except ClientError as error:
                unripe = (
                    error_code(error) == "InvalidParameterValueException" and "role" in str(error).lower()
                )
                if not unripe or self.clock() - started > DEADLINE:
                    raise
                self.sleep(PAUSE)
            else:
                return

    def ready(self, name: str) -> None:
        """Wait until the function has its network interface. Raises ProbeFailed when it does not get one."""
        started = self.clock()
        while True:
            now = self.clients.client("lambda").get_function_configuration(FunctionName=name)
            if now.get("State", "Active") == "Active":
                return
            if now["State"] == "Failed" or self.clock() - started > DEADLINE:
                raise ProbeFailed(f"it did not get ready: {now.get('StateReason') or now['State']}")
            self.sleep(PAUSE)

    def remove(self, name: str) -> None:
        """Delete the function, then its role; what can't be deleted is named, and the next probe finds it."""
        from botocore.exceptions import BotoCoreError, ClientError

        iam = self.clients.client("iam")
        try:
            found(lambda: self.clients.client("lambda").delete_function(FunctionName=name))
            found(lambda: iam.delete_role_policy(RoleName=name, PolicyName="network"))
            found(lambda: iam.delete_role(RoleName=name))
        except (ClientError, BotoCoreError) as error:
            self.tell(f"{name} (function and role) is not deleted: {error}. The next --probe tries again.")

    def clear(self) -> None:
        """Delete what probes left behind that were killed: by their path, their tag and their age."""
        iam = self.clients.client("iam")
        for page in iam.get_paginator("list_roles").paginate(PathPrefix=FOLDER):
            for one in page["Roles"]:
                if datetime.now(UTC) - one["CreateDate"].astimezone(UTC) < STALE:
                    continue
                tags = iam.list_role_tags(RoleName=one["RoleName"])["Tags"]
                if {"Key": TAG, "Value": self.region} in tags:
                    self.tell(f"Taking away {one['RoleName']}, which an earlier probe left behind")
                    self.remove(one["RoleName"])


class ProbeFailed(Exception):
    """The function did not get ready, or failed itself: nothing is known by it."""


def _code() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        member = zipfile.ZipInfo("probe_function.py")
        member.external_attr = 0o644 << 16  # Lambda must be able to read it
        archive.writestr(member, Path(__file__).with_name("probe_function.py").read_bytes())
    return packed.getvalue()


def _probed(raw: dict[str, Any]) -> m.Probed:
    """One answer of the function."""
    addresses = tuple(str(one) for one in raw["addresses"])
    return m.Probed(
        raw["host"], int(raw["port"]), not raw["error"], raw["step"], raw["error"], addresses, raw["tls"],
        int(raw["milliseconds"]),
    )  # fmt: skip
