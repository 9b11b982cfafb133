"""Pairs of action and resource become policies: they allow these and nothing else, and fit."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dpctl.permissions import MOST, documents, size
from dpctl.sandbox.access.policies import evaluate

ACTIONS = st.integers(0, 60).map(lambda number: f"glue:Action{number}")
RESOURCES = st.integers(0, 40).map(lambda number: f"arn:aws:glue:eu-west-1:111122223333:job/{number:060}")
PAIRS = st.sets(st.tuples(ACTIONS, RESOURCES | st.just("*")), max_size=150)
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@unhurried
@given(PAIRS, ACTIONS, RESOURCES)
def test_what_is_allowed_is_what_was_asked_for(pairs, action, resource):
    found = {str(number): policy for number, policy in enumerate(documents(pairs))}
    wanted = (action, resource) in pairs or (action, "*") in pairs
    assert evaluate(found, action, resource).allowed == wanted


@unhurried
@given(PAIRS)
def test_every_document_fits(pairs):
    found = documents(pairs)
    assert all(size(policy) <= MOST for policy in found)
    for action, resource in pairs:
        assert any(evaluate({"p": policy}, action, resource).allowed for policy in found)


def test_a_resource_that_another_covers_is_left_out():
    arns = ["arn:aws:s3:::b/k", "arn:aws:s3:::b/*", "arn:aws:s3:::b"]
    [policy] = documents(("s3:GetObject", arn) for arn in arns)
    assert policy["Statement"] == [
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]}
    ]


def test_one_statement_too_large_is_shared_out():
    pairs = [(f"glue:{'A' * 60}{number}", f"arn:aws:glue:::job/{number}") for number in range(100)]
    many = [
        ("glue:GetJob", f"arn:aws:glue:eu-west-1:111122223333:job/{number:0100}") for number in range(200)
    ]
    found = documents([*pairs, *many])
    assert len(found) > 3
    assert all(size(policy) <= MOST for policy in found)
