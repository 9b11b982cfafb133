"""What the traffic costs: the bill over the writes of a minute, for each source, and what saves most.

Where a source breaks: CloudTrail's starts an execution for every write, and Step Functions starts 150 a
second in most Regions (Step Functions developer guide, "Quotas"; it can be raised). The stream has no such
limit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from dpctl import cost

if TYPE_CHECKING:
    from dpctl.config import EnvConfig
    from dpctl.prices import Prices

RATES = (10, 100, 1_000, 10_000, 100_000)
MOST_EXECUTIONS = 150 * 60  # a minute
Source = Literal["cloudtrail", "stream"]


@dataclass(frozen=True)
class Point:
    """The month's total at so many writes a minute; ``breaks`` says why this rate can't be had, or ""."""

    writes_per_minute: int
    source: Source
    usd: float
    breaks: str


WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems")
MEASURED_DAYS = 7


@dataclass(frozen=True)
class Advice:
    """One thing to change, and what it saves in a month."""

    what: str
    usd: float


def measured(cloudwatch: Any, table: str, now: datetime) -> int:
    """The writes of a day, the mean of the last seven, as DynamoDB has counted its requests.

    ``SuccessfulRequestLatency`` has one sample for each request that succeeded (DynamoDB developer guide,
    "Metrics and dimensions"); a batch or a transaction is one, however many items it has, and one event too.
    """
    writes = 0.0
    for operation in WRITES:
        answer = cloudwatch.get_metric_statistics(
            Namespace="AWS/DynamoDB",
            MetricName="SuccessfulRequestLatency",
            Dimensions=[{"Name": "TableName", "Value": table}, {"Name": "Operation", "Value": operation}],
            StartTime=now - timedelta(days=MEASURED_DAYS),
            EndTime=now,
            Period=86_400,
            Statistics=["SampleCount"],
        )
        writes += sum(point["SampleCount"] for point in answer["Datapoints"])
    return math.ceil(writes / MEASURED_DAYS)


def _with(config: EnvConfig, source: Source) -> EnvConfig:
    capture = config.capture.model_copy(update={"source": source})
    return config.model_copy(update={"capture": capture})


def _runs_inside(config: EnvConfig) -> bool:
    """Whether a job has a connection attached: only gluejob, when it reads MySQL (decision 0021)."""
    return any(job.enabled and job.source == "mysql" for job in config.glue.jobs.values())


def total(config: EnvConfig, prices: Prices, use: cost.Use) -> float:
    """The whole bill of a month."""
    return sum(line.usd for line in cost.estimate(config, prices, use))


def curve(config: EnvConfig, prices: Prices, use: cost.Use) -> list[Point]:
    """The bill over the traffic, for both sources."""
    points = []
    for rate in RATES:
        busy = cost.at_rate(use, rate)
        for source in ("cloudtrail", "stream"):
            over = source == "cloudtrail" and rate > MOST_EXECUTIONS
            breaks = f"Step Functions starts {MOST_EXECUTIONS:,} executions a minute" if over else ""
            points.append(Point(rate, source, total(_with(config, source), prices, busy), breaks))
    return points


def advice(config: EnvConfig, prices: Prices, use: cost.Use) -> list[Advice]:
    """What to change, in the order of what it saves."""
    now = total(config, prices, use)
    found = []
    less = cost.smaller(config, cost.estimate(config, prices, use))
    if less is not None:
        rpu = config.databases.redshift.base_capacity
        found.append(
            Advice(f"databases.redshift.base_capacity: {cost.SMALL_RPU} instead of {rpu}", now - less)
        )
    if config.capture.source == "cloudtrail":
        saved = now - total(_with(config, "stream"), prices, use)
        found.append(Advice("capture.source: stream instead of cloudtrail", saved))
    if config.network.egress != "none" and not _runs_inside(config):
        network = config.network.model_copy(update={"egress": "none"})
        saved = now - total(config.model_copy(update={"network": network}), prices, use)
        what = f"network.egress: none instead of {config.network.egress}, as no job runs in the VPC"
        found.append(Advice(what, saved))
    return sorted((item for item in found if item.usd > 0), key=lambda item: -item.usd)
