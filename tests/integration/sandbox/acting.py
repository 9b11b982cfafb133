"""What a role is allowed, and how it is refused."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError


def statement(action, resource="*", effect="Allow", **condition):
    found = {"Effect": effect, "Action": action, "Resource": resource}
    return found | ({"Condition": condition} if condition else {})


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def refused(call, code, *words):
    with pytest.raises(ClientError) as error:
        call()
    assert error.value.response["Error"]["Code"] == code
    for word in words:
        assert word in error.value.response["Error"]["Message"]
