"""A key lets in whom its own policy lets in; what asks for no key is up to the caller's policies."""

from __future__ import annotations

import json

import pytest

from tests.integration.sandbox.acting import refused, statement

pytestmark = pytest.mark.sandbox

NOT_ITSELF = "no resource-based policy allows the"
KEYLESS = {
    "ListKeys": lambda kms: kms.list_keys(),
    "ListAliases": lambda kms: kms.list_aliases(),
    "CreateKey": lambda kms: kms.create_key(Tags=[{"TagKey": "team", "TagValue": "orders"}]),
}
KEYED = {
    "DescribeKey": lambda kms, key: kms.describe_key(KeyId=key),
    "Encrypt": lambda kms, key: kms.encrypt(KeyId=key, Plaintext=b"x"),
    "CreateAlias": lambda kms, key: kms.create_alias(AliasName="alias/of-orders", TargetKeyId=key),
}


@pytest.fixture
def locked(account, client):
    """A key whose policy names the sandbox's own user, so nobody else."""
    me = client("sts").get_caller_identity()["Arn"]
    own = {"Sid": "own", "Effect": "Allow", "Principal": {"AWS": me}, "Action": "kms:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [own]})
    return client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]


@pytest.mark.parametrize("operation", KEYLESS)
def test_what_asks_for_no_key_is_up_to_the_callers_policies(role, operation):
    assert KEYLESS[operation](role("kms", statement("kms:*")))
    without = role("kms", statement("kms:*"), statement(f"kms:{operation}", effect="Deny"))
    refused(lambda: KEYLESS[operation](without), "AccessDeniedException", f"kms:{operation}")


@pytest.mark.parametrize("operation", KEYED)
def test_a_key_has_to_let_in_itself(role, client, locked, operation):
    held = role("kms", statement("kms:*"))
    refused(lambda: KEYED[operation](held, locked), "AccessDeniedException", NOT_ITSELF, locked)
    opened = client("kms").create_key()["KeyMetadata"]["Arn"]  # as made: the account's policies decide
    KEYED[operation](held, opened)
    if operation == "CreateAlias":
        client("kms").delete_alias(AliasName="alias/of-orders")
