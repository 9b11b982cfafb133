"""Throttling at the rates that AWS publishes: token buckets, one for each operation or group of them.

A bucket holds some tokens, every call takes one, and some come back each second (EC2 developer guide,
"Request throttling for the Amazon EC2 API", which tells how it is done). Time is the sandbox's. Services that
publish no rates (IAM, RDS, Glue, Redshift Serverless' control plane) are not throttled here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dpctl.sandbox.calls import ServiceError


@dataclass(frozen=True)
class Rate:
    """A bucket: whose it is, how much it holds, how much comes back each second, and where that stands.

    ``operations`` are named in full, or by how they begin (``Describe*``); empty: all others of the service.
    ``shared``: they have one bucket together, and not one each.
    """

    service: str
    operations: tuple[str, ...]
    size: float
    refill: float
    source: str
    shared: bool = False

    def fits(self, operation: str) -> bool:
        """Whether this is the bucket of an operation."""
        return not self.operations or any(
            operation.startswith(name[:-1]) if name.endswith("*") else operation == name
            for name in self.operations
        )


_EC2 = "EC2 developer guide, Request throttling for the Amazon EC2 API"
_DATA = "Redshift management guide, Quotas for Amazon Redshift Data API objects"
_LAMBDA = "Lambda developer guide, Lambda quotas, API requests"
_STATES = "Step Functions developer guide, Quotas related to API action throttling"
_TRAIL = "CloudTrail user guide, Quotas"
_SECRETS = "Secrets Manager user guide, Quotas"
_LOGS = "CloudWatch Logs user guide, CloudWatch Logs quotas"

# The first that fits counts. A rate without a bucket's size lets a second's worth through at once.
RATES: tuple[Rate, ...] = (
    Rate("ec2", ("Describe*", "Get*", "List*", "Search*"), 100, 20, _EC2),
    Rate("ec2", (), 50, 5, _EC2),
    Rate("redshift-data", ("ExecuteStatement",), 30, 30, _DATA),
    Rate("redshift-data", ("BatchExecuteStatement", "GetStatementResult*"), 20, 20, _DATA),
    Rate("redshift-data", ("DescribeStatement",), 100, 100, _DATA),
    Rate("redshift-data", (), 3, 3, _DATA),
    Rate("lambda", ("Invoke*",), 10_000, 10_000, _LAMBDA),
    Rate("lambda", ("GetFunction",), 100, 100, _LAMBDA),
    Rate("lambda", ("GetPolicy",), 15, 15, _LAMBDA),
    Rate("lambda", (), 15, 15, _LAMBDA, shared=True),
    Rate("stepfunctions", ("StartExecution",), 800, 150, _STATES),
    Rate("cloudtrail", ("LookupEvents",), 2, 2, _TRAIL),
    Rate("cloudtrail", ("Get*", "Describe*", "List*"), 10, 10, _TRAIL),
    Rate("secretsmanager", ("GetSecretValue", "DescribeSecret"), 10_000, 10_000, _SECRETS, shared=True),
    Rate("secretsmanager", ("PutSecretValue", "UpdateSecret"), 50, 50, _SECRETS, shared=True),
    Rate("logs", ("DescribeLogGroups",), 10, 10, _LOGS),
    Rate("logs", ("DescribeLogStreams",), 25, 25, _LOGS),
)

# How each service says it (each one's API reference, "Common errors"): code, words, status.
_SAID = ("ThrottlingException", "Rate exceeded", 400)
_OWN_WORDS: Mapping[str, tuple[str, str, int]] = {
    "ec2": ("RequestLimitExceeded", "Request limit exceeded.", 503),
    "lambda": ("TooManyRequestsException", "Rate exceeded", 429),
    "s3": ("SlowDown", "Please reduce your request rate.", 503),
    "dynamodb": (
        "ProvisionedThroughputExceededException",
        "The level of configured provisioned throughput for the table was exceeded. Consider increasing your "
        "provisioning level with the UpdateTable API.",
        400,
    ),
}  # fmt: skip
# S3 user guide, "Optimizing Amazon S3 performance": requests a second for each prefix of a bucket.
S3_WRITES, S3_READS = 3_500.0, 5_500.0
# DynamoDB keeps up to five minutes of capacity that was not used (developer guide, "Burst capacity").
DYNAMODB_BURST_SECONDS = 300.0


@dataclass
class Bucket:
    """What is left of a bucket, as of a time."""

    tokens: float
    at: float


class Throttle:
    """The buckets of an account. ``clock`` gives the time in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}
        self._lock = threading.Lock()

    def check(self, service: str, operation: str) -> None:
        """Take a token for a call. Raises ServiceError, as the service words it, where there is none."""
        for number, rate in enumerate(RATES):
            if rate.service == service and rate.fits(operation):
                name = f"{number}" if rate.shared else f"{number} {operation}"
                self.take(service, name, rate.size, rate.refill)
                return

    def take(self, service: str, name: str, size: float, refill: float, tokens: float = 1.0) -> None:
        """Take tokens from a bucket. Raises ServiceError where there are none."""
        now = self._clock()
        with self._lock:
            bucket = self._buckets.setdefault(f"{service} {name}", Bucket(size, now))
            bucket.tokens = min(size, bucket.tokens + (now - bucket.at) * refill)
            bucket.at = now
            if bucket.tokens < min(tokens, size):
                raise ServiceError(*_OWN_WORDS.get(service, _SAID))
            bucket.tokens -= tokens
