"""The doctor: API calls and time for the replica, and for a VPC with 500 subnets."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from tests.bench import Figure

SUBNETS, GROUPS = 500, 3000


def figures() -> Iterator[Figure]:
    """Goals of the doctor: 25 calls and 3 s for dev's account, 40 and 5 s for its pipeline, 10 s for the
    large VPC.
    """
    yield from dev_account()
    yield from large_vpc()


def dev_account() -> Iterator[Figure]:
    """The replica in its sandbox: collect and diagnose, as `doctor glue-connection` does."""
    from dpctl import sandbox
    from dpctl.aws import Aws
    from dpctl.doctor import pipeline
    from dpctl.doctor.chain import collect_chain, names_of
    from dpctl.doctor.collect import collect
    from dpctl.doctor.diagnosis import diagnose
    from dpctl.doctor.target import of_environment
    from tests.conftest import REPOSITORY
    from tests.integration.conftest import copy_tree

    with tempfile.TemporaryDirectory() as folder:
        environment = copy_tree(REPOSITORY, Path(folder)).environment("dev")
        running = sandbox.start(environment)
        try:
            aws = Aws(environment.config.region, running.environment())
            seconds, calls = [], 0
            for _ in range(3):
                began = time.perf_counter()
                snapshot = collect(aws, of_environment(environment))
                diagnosis = diagnose(snapshot)
                seconds.append(time.perf_counter() - began)
                calls = snapshot.calls
                assert diagnosis.verdict is not None
                assert diagnosis.verdict.code == "GC08"
            began = time.perf_counter()
            chain = collect_chain(aws, names_of(environment))
            assert pipeline.examine(chain)
            followed = time.perf_counter() - began
        finally:
            sandbox.stop(environment)
    yield Figure("dev's account: API calls", calls, "25 at most")
    yield Figure("dev's account in the sandbox, first time, with making the clients (s)", seconds[0], "3")
    yield Figure("dev's account in the sandbox, again (s)", min(seconds), "")
    yield Figure("dev's pipeline: API calls", chain.calls, "40 at most")
    yield Figure("dev's pipeline in the sandbox (s)", followed, "5")


def large_vpc() -> Iterator[Figure]:
    """500 subnets with a route table each and 3,000 security groups, in moto in this process."""
    from moto import mock_aws

    from dpctl.doctor.collect import collect
    from dpctl.doctor.diagnosis import diagnose
    from dpctl.doctor.target import Target
    from tests.functional.doctor import account_in_moto as small

    keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    with mock.patch.dict(os.environ, keys), mock_aws():
        clients, names = small.build()
        _fill(names["vpc"], small.REGION)
        began = time.perf_counter()
        snapshot = collect(clients, Target(small.NAME, small.REGION))
        asked = time.perf_counter() - began
        diagnosis = diagnose(snapshot)
        whole = time.perf_counter() - began
        assert diagnosis.verdict is None
    yield Figure(f"{SUBNETS} subnets and route tables, {GROUPS} groups: API calls", snapshot.calls, "")
    yield Figure("  the whole, in moto (s)", whole, "10")
    yield Figure("  of it the checks (s)", whole - asked, "")


def _fill(vpc: str, region: str) -> None:
    """Make the VPC large."""
    import boto3

    ec2 = boto3.client("ec2", region_name=region)
    for number in range(SUBNETS - 2):
        cidr = f"10.11.{number // 16}.{number % 16 * 16}/28"
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=f"{region}a")["Subnet"][
            "SubnetId"
        ]
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    for number in range(GROUPS - 3):
        ec2.create_security_group(GroupName=f"group-{number}", Description="many", VpcId=vpc)
