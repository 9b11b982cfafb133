import pytest

from dpctl.sandbox.patterns import matches

EVENT = {
    "source": "aws.dynamodb",
    "account": "054158074701",
    "detail": {
        "eventName": "PutItem",
        "bytes": 12,
        "ip": "10.1.2.3",
        "resources": [{"ARN": "arn:stream"}, {"ARN": "arn:table"}],
        "flags": ["a", "b"],
        "nothing": None,
    },
}


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.dynamodb"]},
        {"source": ["other", "aws.dynamodb"]},
        {"detail": {"resources": {"ARN": ["arn:table"]}}},
        {"detail": {"flags": ["b"]}},
        {"detail": {"errorCode": [{"exists": False}]}},
        {"detail": {"eventName": [{"exists": True}]}},
        {"detail": {"eventName": [{"prefix": "Put"}]}},
        {"detail": {"eventName": [{"suffix": "Item"}]}},
        {"detail": {"eventName": [{"prefix": {"equals-ignore-case": "put"}}]}},
        {"detail": {"eventName": [{"equals-ignore-case": "PUTITEM"}]}},
        {"detail": {"eventName": [{"anything-but": ["GetItem"]}]}},
        {"detail": {"eventName": [{"anything-but": {"prefix": "Get"}}]}},
        {"detail": {"eventName": [{"wildcard": "P*I*m"}]}},
        {"detail": {"bytes": [{"numeric": [">", 10, "<=", 12]}]}},
        {"detail": {"ip": [{"cidr": "10.1.0.0/16"}]}},
        {"detail": {"nothing": [None]}},
        {"$or": [{"source": ["x"]}, {"account": ["054158074701"]}]},
        {"detail": {"missing": {"deep": [{"exists": False}]}}},
    ],
)
def test_a_pattern_that_fits(pattern):
    assert matches(pattern, EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.s3"]},
        {"source": ["aws.dynamodb"], "account": ["1"]},
        {"detail": {"resources": {"ARN": ["arn:other"]}}},
        {"detail": {"errorCode": [{"exists": True}]}},
        {"detail": {"eventName": [{"exists": False}]}},
        {"detail": {"eventName": [{"anything-but": "PutItem"}]}},
        {"detail": {"eventName": [{"wildcard": "P*x"}]}},
        {"detail": {"bytes": ["12"]}},
        {"detail": {"bytes": [{"numeric": ["<", 12]}]}},
        {"detail": {"eventName": [{"numeric": ["=", 1]}]}},
        {"detail": {"ip": [{"cidr": "10.2.0.0/16"}]}},
        {"detail": {"eventName": [{"unheard-of": "PutItem"}]}},
        {"$or": [{"source": ["x"]}, {"account": ["1"]}]},
        {"detail": {"eventName": {"deeper": ["x"]}}},
    ],
)
def test_a_pattern_that_does_not(pattern):
    assert not matches(pattern, EVENT)
