"""The roles of a snapshot, made again: with the account's own policies, and without what nobody knows."""

from __future__ import annotations

import json

import boto3
import pytest

from dpctl.sandbox.replica import dress_identity

READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}],
}
OWN = "arn:aws:iam::123456789012:policy/teams/orders/Read"
OF_TOMORROW = "arn:aws:iam::aws:policy/service-role/AmazonThingOfTomorrow"


class Seed:
    """The account that is filled: moto."""

    def client(self, service):
        return boto3.client(service, region_name="ap-south-1")


def test_a_policy_of_the_account_is_made_with_what_it_says_and_an_unknown_one_left_out(aws):
    pytest.importorskip("moto")
    iam = boto3.client("iam", region_name="ap-south-1")
    iam.create_role(RoleName="R", AssumeRolePolicyDocument=json.dumps(READ))
    options = {"Attached": [OWN, OF_TOMORROW], "Documents": {OWN: READ}}

    dress_identity.roles(Seed(), {"R": options, "gone": options})

    attached = iam.list_attached_role_policies(RoleName="R")["AttachedPolicies"]
    assert [one["PolicyArn"] for one in attached] == [OWN]
    version = iam.get_policy_version(PolicyArn=OWN, VersionId="v1")["PolicyVersion"]
    assert version["Document"] == READ
