"""Faults made in moto are found by collect and the checks together."""

import boto3
import pytest

from dpctl.doctor.collect import collect
from dpctl.doctor.diagnosis import diagnose
from tests.functional.doctor.account_in_moto import REGION, healthy_account


@pytest.fixture
def own_account():
    """An account that the test may change."""
    with healthy_account() as made:
        yield made


def failing(diagnosis):
    return [one.code for one in diagnosis.findings if one.result == "fail"]


def test_a_deleted_secret_is_seen(own_account):
    clients, target, names = own_account
    secrets = boto3.client("secretsmanager", region_name=REGION)
    secrets.delete_secret(SecretId=names["secret"], RecoveryWindowInDays=7)

    diagnosis = diagnose(collect(clients, target))

    assert failing(diagnosis) == ["GC24"]


def test_a_closed_endpoint_group_is_seen(own_account):
    clients, target, names = own_account
    ec2 = boto3.client("ec2", region_name=REGION)
    rules = ec2.describe_security_groups(GroupIds=[names["guard"]])["SecurityGroups"][0]["IpPermissions"]
    ec2.revoke_security_group_ingress(GroupId=names["guard"], IpPermissions=rules)

    diagnosis = diagnose(collect(clients, target))

    assert diagnosis.verdict.code == "GC14"
    assert set(diagnosis.verdict.consequences) == {"GC11"}


def test_a_prefix_list_of_ones_own_is_read_when_a_rule_names_it(own_account):
    clients, target, names = own_account
    ec2 = boto3.client("ec2", region_name=REGION)
    rules = ec2.describe_security_groups(GroupIds=[names["guard"]])["SecurityGroups"][0]["IpPermissions"]
    ec2.revoke_security_group_ingress(GroupId=names["guard"], IpPermissions=rules)
    own = ec2.create_managed_prefix_list(
        PrefixListName="offices", MaxEntries=2, AddressFamily="IPv4", Entries=[{"Cidr": "10.11.128.0/20"}]
    )["PrefixList"]["PrefixListId"]
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": own}]}
    ec2.authorize_security_group_ingress(GroupId=names["guard"], IpPermissions=[rule])

    diagnosis = diagnose(collect(clients, target))

    assert failing(diagnosis) == []
