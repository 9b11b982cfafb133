"""Token buckets at the published rates, and how each service says that one is empty."""

import pytest

from dpctl.sandbox.calls import ServiceError
from dpctl.sandbox.throttle import RATES, Throttle


class Time:
    """A clock that stands still until it is told."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def throttle():
    return Throttle(Time())


def passes(throttle, service, operation):
    """How many calls get through at one moment; at most 2,000 are tried."""
    for count in range(2000):
        try:
            throttle.check(service, operation)
        except ServiceError:
            return count
    return None


@pytest.mark.parametrize(
    ("service", "operation", "burst", "each_second"),
    [
        ("ec2", "DescribeVpcs", 100, 20),
        ("ec2", "CreateSubnet", 50, 5),
        ("redshift-data", "ExecuteStatement", 30, 30),
        ("redshift-data", "BatchExecuteStatement", 20, 20),
        ("redshift-data", "GetStatementResultV2", 20, 20),
        ("redshift-data", "ListStatements", 3, 3),
        ("stepfunctions", "StartExecution", 800, 150),
        ("cloudtrail", "LookupEvents", 2, 2),
        ("iam", "CreateRole", None, None),
        ("glue", "StartJobRun", None, None),
    ],
)
def test_a_burst_and_what_comes_back(throttle, service, operation, burst, each_second):
    assert passes(throttle, service, operation) == burst
    if burst is not None:
        throttle._clock.now = 1.0
        assert passes(throttle, service, operation) == each_second
        throttle._clock.now = 3601.0
        assert passes(throttle, service, operation) == burst  # it never holds more


def test_operations_have_buckets_of_their_own_or_one_together(throttle):
    assert passes(throttle, "ec2", "DescribeVpcs") == 100
    assert passes(throttle, "ec2", "DescribeSubnets") == 100
    assert passes(throttle, "lambda", "ListFunctions") == 15
    assert passes(throttle, "lambda", "CreateFunction") == 0


@pytest.mark.parametrize(
    ("service", "code", "status"),
    [
        ("ec2", "RequestLimitExceeded", 503),
        ("lambda", "TooManyRequestsException", 429),
        ("s3", "SlowDown", 503),
        ("dynamodb", "ProvisionedThroughputExceededException", 400),
        ("redshift-data", "ThrottlingException", 400),
    ],
)
def test_each_service_says_it_in_its_own_words(throttle, service, code, status):
    throttle.take(service, "one", 1, 1)
    with pytest.raises(ServiceError) as error:
        throttle.take(service, "one", 1, 1)
    assert (error.value.code, error.value.status) == (code, status)


def test_a_call_that_costs_more_than_the_bucket_holds_waits_for_a_full_one(throttle):
    throttle.take("dynamodb", "table", 5, 1, 25)
    throttle._clock.now = 4.0
    with pytest.raises(ServiceError):
        throttle.take("dynamodb", "table", 5, 1, 25)
    throttle._clock.now = 60.0
    throttle.take("dynamodb", "table", 5, 1, 25)


def test_every_rate_has_its_source():
    assert all(rate.source and rate.size >= rate.refill > 0 for rate in RATES)
