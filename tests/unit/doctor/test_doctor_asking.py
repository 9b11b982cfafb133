"""What is said to be missing where AWS refuses a question."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from dpctl.doctor.asking import attempt
from dpctl.doctor.snapshot import Unknown

WHO = "User: arn:aws:iam::111122223333:role/operator is not authorized to perform:"


@pytest.mark.parametrize(
    ("code", "message", "operation", "named"),
    [
        ("AccessDenied", f"{WHO} iam:GetRole on resource: x", "GetRole", "iam:GetRole"),
        (
            "AccessDeniedException",
            f"{WHO} scheduler:ListSchedules",
            "ListSchedules",
            "scheduler:ListSchedules",
        ),
        ("AccessDenied", "Access Denied", "GetBucketPolicy", "asked:First"),
        ("403", "Forbidden", "HeadObject", "s3:GetObject"),
        # no permission is missing here, whatever the words
        ("ThrottlingException", f"{WHO} iam:GetRole", "GetRole", "asked:First"),
        ("InternalFailure", "", "GetRole", "asked:First"),
    ],
)
def test_a_question_that_asks_several_things_lacks_what_aws_names(code, message, operation, named):
    def ask():
        raise ClientError({"Error": {"Code": code, "Message": message}}, operation)

    assert attempt("asked:First", ask) == Unknown(named, code)
