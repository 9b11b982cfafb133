"""A replica with a real MySQL behind its RDS instance, where one is installed."""

from __future__ import annotations

import pytest

from dpctl.config import load_environment
from dpctl.sandbox import server
from dpctl.sandbox.mysql import program


@pytest.fixture(scope="module")
def running(repo, tmp_path_factory):
    """A replica of its own: its passwords change. Skips where no server is installed."""
    if program() is None:
        pytest.skip("no MariaDB: apt-get install --no-install-recommends mariadb-server")
    found = server.listen(load_environment(repo, "dev"), "existing", tmp_path_factory.mktemp("mysql"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def account(running):
    return running.front.account


@pytest.fixture(scope="module")
def ways_out(account):
    """The endpoints that Glue needs before it reaches a database."""
    ec2, network = account.client("ec2"), account.environment.config.network
    place = {"VpcId": network.vpc.id, "SubnetIds": [subnet.id for subnet in network.private_subnets]}
    for service in ("sts", "secretsmanager"):
        ec2.create_vpc_endpoint(
            ServiceName=f"com.amazonaws.{account.region}.{service}",
            VpcEndpointType="Interface",
            PrivateDnsEnabled=True,
            SecurityGroupIds=[network.security_groups.database],
            **place,
        )
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [network.vpc.id]}])
    ec2.create_vpc_endpoint(
        ServiceName=f"com.amazonaws.{account.region}.s3",
        VpcId=network.vpc.id,
        RouteTableIds=[table["RouteTableId"] for table in tables["RouteTables"]],
    )
