"""The evaluator against a second, independent reading of IAM's rules, over random policies and requests."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dpctl.sandbox.access.conditions import Context
from dpctl.sandbox.access.policies import evaluate
from tests.unit.sandbox import second_reading

KNOWN = frozenset({"aws:userid", "s3:prefix", "aws:tagkeys", "aws:epochtime", "aws:sourcearn", "aws:absent"})
KEYS = [
    "aws:userid",
    "AWS:UserId",
    "s3:prefix",
    "aws:TagKeys",
    "aws:EpochTime",
    "aws:SourceArn",
    "aws:Absent",
]
ACTIONS = ["s3:GetObject", "S3:getobject", "s3:Get*", "s3:*", "*", "s3:PutObject", "s?:GetObject", "glue:*"]
RESOURCES = [
    "*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/k", "arn:aws:s3:::${aws:userid}/*", "arn:aws:s3:::b/${*}",
    "arn:aws:s3:*", "arn:*:s3:::*", "arn:aws:*:*:*:*", "arn:aws:s3:::b/${aws:absent, 'k'}",
    "arn:aws:s3:::b/${s3:prefix}*", "arn:aws:glue:r:1:job/x", "b/k", "arn:aws:s3:::B/k",
]  # fmt: skip
OPERATORS = [
    *second_reading.PLAIN,
    *second_reading.NEGATED,
    "Null",
    "StringMatches",
]
VALUES = [
    "a", "A", "a*", "?", "", "true", "false", "True", "7", "7.0", "12", "2026-01-01", "2026-01-01T00:00:00Z",
    "10.0.0.0/8", "10.1.2.3", "arn:aws:s3:::b", "arn:aws:s3:::*", "arn:*:s3:::b", "${aws:userid}", "a:b",
    "${s3:prefix}*", "${aws:absent}", "1767225600",
]  # fmt: skip
PLAIN_VALUES = [one for one in VALUES if "$" not in one]

names = st.sampled_from(OPERATORS).flatmap(
    lambda name: st.tuples(
        st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"]), st.sampled_from(["", "IfExists"])
    ).map(lambda around: around[0] + name + around[1])
)
some = lambda choices: st.lists(st.sampled_from(choices), min_size=1, max_size=3, unique=True)  # noqa: E731
conditions = st.dictionaries(
    names, st.dictionaries(st.sampled_from([*KEYS, "aws:Unheard"]), some(VALUES), max_size=2), max_size=2
)


@st.composite
def statements(draw):
    found = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    found[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(some(ACTIONS))
    found[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = draw(some(RESOURCES))
    if draw(st.booleans()):
        found["Condition"] = draw(conditions)
    if draw(st.integers(0, 20)) == 0:
        found["Unheard"] = "x"
    return found


documents = st.fixed_dictionaries(
    {
        "Version": st.sampled_from(["2012-10-17", "2012-10-17", "2008-10-17"]),
        "Statement": st.lists(statements(), min_size=1, max_size=3),
    }
)
requests = st.fixed_dictionaries(
    {},
    optional={
        key.lower(): st.lists(st.sampled_from(PLAIN_VALUES), min_size=1, max_size=2) for key in KEYS[2:-1]
    },
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(documents, min_size=1, max_size=2),
    st.sampled_from(["s3:GetObject", "s3:PutObject", "glue:GetJob"]),
    st.sampled_from(
        ["arn:aws:s3:::b/k", "arn:aws:s3:::AROA:s/x", "arn:aws:s3:::b/*", "arn:aws:glue:r:1:job/x"]
    ),
    requests,
)
def test_both_readings_agree(given_documents, action, resource, request):
    keys = {"aws:userid": ["AROA:s"], **request}
    expected = second_reading.decide(given_documents, action, resource, keys, KNOWN)
    found = evaluate(
        {str(n): document for n, document in enumerate(given_documents)},
        action,
        resource,
        Context.of(keys, KNOWN),
    )
    if expected is not None:
        assert found.decision == expected
