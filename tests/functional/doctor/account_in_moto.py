# ruff: noqa: E501 - tables read better with a row on a line
"""The account of dev, healthy, in moto; what moto lacks (Redshift Serverless, the policy simulator) in fakes."""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from contextlib import contextmanager
from typing import Any
from unittest import mock

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

from dpctl.doctor.model import Expected
from dpctl.doctor.target import Target
from tests.resolver_lists import LISTS

ACCOUNT, REGION = "123456789012", "ap-south-1"
NAME, ROLE = "Redshift connection", "GlueFullAccessRole"
HOST = f"default-workgroup.{ACCOUNT}.{REGION}.redshift-serverless.amazonaws.com"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


class Serverless:
    """The call of Redshift Serverless that the doctor makes."""

    def __init__(self, subnets: list[str], group: str, vpc: str) -> None:
        faces = [
            {"privateIpAddress": "10.11.128.9", "subnetId": subnets[0], "availabilityZone": f"{REGION}a"}
        ]
        self.workgroup = {
            "workgroupName": "default-workgroup",
            "namespaceName": "test-redshift",
            "status": "AVAILABLE",
            "baseCapacity": 128,
            "subnetIds": subnets,
            "securityGroupIds": [group],
            "publiclyAccessible": False,
            "configParameters": [{"parameterKey": "require_ssl", "parameterValue": "true"}],
            "endpoint": {
                "address": HOST,
                "port": 5439,
                "vpcEndpoints": [{"vpcId": vpc, "networkInterfaces": faces}],
            },
        }

    def get_workgroup(self, workgroupName):
        if workgroupName != self.workgroup["workgroupName"]:
            raise refusal("ResourceNotFoundException", "GetWorkgroup")
        return {"workgroup": self.workgroup}


class Naming:
    """Route 53 Resolver and its profiles, as far as the doctor asks them: lists by operation, in one page."""

    def __init__(self, **lists: list[Any]) -> None:
        self.lists = lists

    def __getattr__(self, operation: str) -> Any:
        key = LISTS[operation]
        return lambda **params: {key: [one for one in self.lists.get(key, ()) if _asked(one, params)]}


def _asked(one: Any, params: dict[str, Any]) -> bool:
    """Whether an item is one of those that were asked for, as far as it says."""
    return isinstance(one, str) or all(one.get(name, value) == value for name, value in params.items())


class Simulator:
    """moto's IAM, with the policy simulator it lacks; everything is allowed."""

    def __init__(self, iam: Any) -> None:
        self._iam = iam

    def __getattr__(self, name: str) -> Any:
        return getattr(self._iam, name)

    def simulate_principal_policy(self, **params):
        results = [{"EvalActionName": name, "EvalDecision": "allowed"} for name in params["ActionNames"]]
        return {"EvaluationResults": results}


def refusal(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


class Guarded:
    """A client that counts its calls, and refuses the operations that are named."""

    def __init__(self, clients: Clients, service: str, inner: Any) -> None:
        self._clients, self._service, self._inner = clients, service, inner

    def __getattr__(self, operation: str) -> Any:
        def call(**params):
            self._clients.count(self._service, operation)
            return getattr(self._inner, operation)(**params)

        return call

    def get_paginator(self, operation: str) -> Any:
        guard, inner = self, self._inner.get_paginator(operation)

        class Pages:
            def paginate(self, **params):
                guard._clients.count(guard._service, operation)
                return inner.paginate(**params)

        return Pages()


class Clients:
    """The clients of one account; ``denied`` names operations that are refused, with an error code each."""

    def __init__(self, special: dict[str, Any]) -> None:
        self.special = special
        self.denied: dict[tuple[str, str], str] = {}
        self.calls: Counter[tuple[str, str]] = Counter()
        self._made: dict[str, Any] = {}
        self._lock = threading.Lock()

    def count(self, service: str, operation: str) -> None:
        self.calls[service, operation] += 1
        code = self.denied.get((service, operation))
        if code:
            raise refusal(code, operation)

    def client(self, service: str) -> Any:
        with self._lock:
            if service not in self._made:
                inner = self.special.get(service) or boto3.client(service, region_name=REGION)
                self._made[service] = Guarded(self, service, inner)
            return self._made[service]


def build(**connection: Any) -> tuple[Clients, dict[str, Any]]:
    """A healthy account with endpoints; ``connection`` changes the connection's input."""
    ec2 = boto3.client("ec2", region_name=REGION)
    vpc = ec2.create_vpc(CidrBlock="10.11.0.0/16")["Vpc"]["VpcId"]
    for name in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc, **{name: {"Value": True}})
    subnets, tables = [], []
    for zone, cidr in (("a", "10.11.128.0/20"), ("b", "10.11.144.0/20")):
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=REGION + zone)["Subnet"][
            "SubnetId"
        ]
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(RouteTableId=table, SubnetId=made)
        subnets.append(made)
        tables.append(table)
    database = ec2.create_security_group(GroupName="database", Description="d", VpcId=vpc)["GroupId"]
    itself = {
        "IpProtocol": "tcp",
        "FromPort": 0,
        "ToPort": 65535,
        "UserIdGroupPairs": [{"GroupId": database}],
    }
    ec2.authorize_security_group_ingress(GroupId=database, IpPermissions=[itself])
    guard = ec2.create_security_group(GroupName="endpoints", Description="e", VpcId=vpc)["GroupId"]
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": database}]}
    ec2.authorize_security_group_ingress(GroupId=guard, IpPermissions=[https])
    for service in ("sts", "secretsmanager", "kms", "glue", "logs"):
        ec2.create_vpc_endpoint(
            VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.{service}", VpcEndpointType="Interface",
            SubnetIds=subnets, SecurityGroupIds=[guard], PrivateDnsEnabled=True,
        )  # fmt: skip
    ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", VpcEndpointType="Gateway", RouteTableIds=tables
    )
    secret = boto3.client("secretsmanager", region_name=REGION).create_secret(
        Name="test/redshift",
        SecretString=json.dumps({"username": "admin", "password": "hunter2", "host": HOST}),
    )["ARN"]
    iam = boto3.client("iam", region_name=REGION)
    role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    boto3.client("s3", region_name=REGION).create_bucket(
        Bucket="scripts-bucket", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    glue = boto3.client("glue", region_name=REGION)
    properties = {
        "JDBC_CONNECTION_URL": f"jdbc:redshift://{HOST}:5439/dev", "JDBC_ENFORCE_SSL": "true", "SECRET_ID": secret,
    }  # fmt: skip
    place = {"SubnetId": subnets[0], "AvailabilityZone": f"{REGION}a", "SecurityGroupIdList": [database]}
    given = {
        "Name": NAME, "ConnectionType": "JDBC", "ConnectionProperties": properties,
        "PhysicalConnectionRequirements": place, **connection,
    }  # fmt: skip
    glue.create_connection(ConnectionInput=given)
    glue.create_job(
        Name="Loader", Role=role, Command={"Name": "glueetl", "ScriptLocation": "s3://scripts-bucket/x.py"},
        Connections={"Connections": [NAME]}, NumberOfWorkers=2, WorkerType="G.1X",
    )  # fmt: skip
    special = {"redshift-serverless": Serverless(subnets, database, vpc), "iam": Simulator(iam)}
    special |= {"route53resolver": Naming(), "route53profiles": Naming()}
    names = {
        "vpc": vpc,
        "subnets": subnets,
        "tables": tables,
        "database": database,
        "guard": guard,
        "secret": secret,
    }
    return Clients(special), names


@contextmanager
def healthy_account():
    keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    with mock.patch.dict(os.environ, keys), mock_aws():
        clients, names = build()
        expected = Expected(
            "dev", ACCOUNT, REGION, NAME, names["vpc"], tuple(names["subnets"]), names["database"],
            "default-workgroup", "dev", 5439, ROLE, names["subnets"][0],
        )  # fmt: skip
        yield clients, Target(NAME, REGION, expected), names
