"""Who has a say in a request: identity, boundary, session, and the resource's own policy."""

from __future__ import annotations

import pytest

from dpctl.sandbox.access.conditions import Context
from dpctl.sandbox.access.judge import Caller, judge
from dpctl.sandbox.access.policies import Request

ROLE, SESSION = "arn:aws:iam::1:role/r", "arn:aws:sts::1:assumed-role/r/s"
REQUEST = Request("s3:GetObject", "arn:aws:s3:::b/k", Context({"aws:securetransport": ("true",)}))


def document(effect="Allow", **more):
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": effect, "Action": "s3:*", "Resource": "*", **more}],
    }


YES, NO, SILENT = document(), document("Deny"), {"Version": "2012-10-17", "Statement": []}


def to(*names, effect="Allow", kind="AWS", **more):
    return document(effect, Principal={kind: list(names)}, **more)


def ask(identity=SILENT, boundary=None, session=None, resource=None, *, asked_always=False):
    caller = Caller(
        SESSION,
        "1",
        names=(SESSION, ROLE),
        identity={"i": identity},
        boundary=None if boundary is None else {"b": boundary},
        session=None if session is None else {"s": session},
    )
    return judge(caller, REQUEST, resource, asked_always=asked_always)


@pytest.mark.parametrize(
    ("layers", "allowed", "why"),
    [
        ({}, False, "because no identity-based policy allows the s3:GetObject action"),
        ({"identity": YES}, True, ""),
        ({"identity": NO}, False, "with an explicit deny in an identity-based policy"),
        ({"identity": YES, "boundary": SILENT}, False, "because no permissions boundary allows"),
        ({"identity": YES, "boundary": NO}, False, "with an explicit deny in a permissions boundary"),
        ({"identity": YES, "boundary": YES}, True, ""),
        ({"boundary": YES}, False, "because no identity-based policy"),
        ({"identity": YES, "session": SILENT}, False, "because no session policy"),
        ({"resource": to(ROLE)}, True, ""),
        ({"resource": to("*")}, True, ""),
        ({"resource": document(Principal="*")}, True, ""),
        ({"resource": to(ROLE), "boundary": SILENT}, False, "because no permissions boundary"),
        # A session that is named itself is let in whatever its role's boundary says.
        ({"resource": to(SESSION), "boundary": SILENT}, True, ""),
        ({"resource": to(SESSION), "boundary": NO}, False, "explicit deny in a permissions boundary"),
        # An account's root stands for "whom the account's own policies allow".
        ({"resource": to("arn:aws:iam::1:root")}, False, "because no identity-based policy"),
        ({"resource": to("1"), "identity": YES}, True, ""),
        ({"resource": to("arn:aws:iam::2:root")}, False, "because no identity-based policy"),
        ({"resource": to("s3.amazonaws.com", kind="Service"), "identity": YES}, True, ""),
        ({"identity": YES, "resource": to("*", effect="Deny")}, False, "deny in a resource-based policy"),
        ({"identity": YES, "resource": to("1", effect="Deny")}, False, "deny in a resource-based policy"),
        ({"identity": YES, "resource": to("arn:aws:iam::1:role/x", effect="Deny")}, True, ""),
        (
            {
                "identity": YES,
                "resource": to("*", effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}}),
            },
            True,
            "",
        ),
        (
            {"identity": YES, "resource": document("Deny", NotPrincipal={"AWS": [ROLE]})},
            True,
            "",
        ),
        (
            {"identity": YES, "resource": document("Deny", NotPrincipal={"AWS": "arn:aws:iam::1:role/x"})},
            False,
            "deny in a resource-based policy",
        ),
        # What is not known is named, and denies: a key, an operator, an element, a Principal.
        (
            {"identity": document(Condition={"Guess": {"a": "b"}})},
            False,
            "(the sandbox does not know the condition operator Guess)",
        ),
        ({"identity": document(Sometimes=1)}, False, "does not know the element Sometimes"),
        ({"identity": YES, "resource": document("Deny", NotPrincipal="me")}, False, "the Principal me"),
        ({"resource": document(Principal={"Robot": "x"})}, False, "the Principal Robot"),
    ],
)
def test_layers(layers, allowed, why):
    found = ask(**layers)
    assert found.allowed is allowed
    assert why in found.why


@pytest.mark.parametrize(
    ("layers", "allowed"),
    [
        ({"identity": YES}, False),
        ({"identity": YES, "resource": to("1")}, True),
        ({"resource": to("1")}, False),
        ({"resource": to(ROLE)}, True),
    ],
)
def test_a_key_and_a_role_let_in_only_whom_their_own_policy_names(layers, allowed):
    assert ask(**layers, asked_always=True).allowed is allowed


@pytest.mark.parametrize(
    ("resource", "allowed"),
    [
        (None, False),
        (to("events.amazonaws.com", kind="Service"), True),
        (to("sns.amazonaws.com", kind="Service"), False),
        (to("*"), True),
        (
            to(
                "events.amazonaws.com",
                kind="Service",
                Condition={"ArnLike": {"aws:SourceArn": "arn:aws:events:*:1:rule/x"}},
            ),
            True,
        ),
        (
            to(
                "events.amazonaws.com",
                kind="Service",
                Condition={"ArnLike": {"aws:SourceArn": "arn:aws:events:*:1:rule/y"}},
            ),
            False,
        ),
    ],
)
def test_a_service_in_its_own_name_is_let_in_by_the_resource_alone(resource, allowed):
    context = Context.of({"aws:SourceArn": "arn:aws:events:r:1:rule/x"})
    service = Caller("events.amazonaws.com", "1", service="events.amazonaws.com")
    request = Request("s3:GetObject", "arn:aws:s3:::b/k", context)
    assert judge(service, request, resource).allowed is allowed
