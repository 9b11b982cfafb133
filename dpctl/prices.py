"""AWS's list prices, by Region: assumptions for ``dpctl cost`` and for what the doctor's fixes would add.

Read from AWS's pricing pages (Redshift, Glue, CloudTrail, PrivateLink, VPC, RDS, Secrets Manager, KMS, S3)
in the year DATED, without taxes, free tiers and discounts. A price of a Region that is not in the table is
us-east-1's; `Listed.foreign` says which those are, so that nobody takes them for the Region's own.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace

DATED = "2025"
HOME = "us-east-1"
HOURS = 730
"""Hours of a month, as AWS counts them."""


@dataclass(frozen=True)
class Prices:
    """US dollars, by unit; those of us-east-1 unless others are given."""

    redshift_rpu_hour: float = 0.375
    redshift_gb_month: float = 0.024
    glue_dpu_hour: float = 0.44
    trail_100k_events: float = 0.10
    endpoint_hour: float = 0.01
    nat_hour: float = 0.045
    nat_gb: float = 0.045
    public_ipv4_hour: float = 0.005
    mysql_hour: float = 0.016
    mysql_gb_month: float = 0.115
    secret_month: float = 0.40
    kms_key_month: float = 1.00
    s3_gb_month: float = 0.023
    s3_1k_writes: float = 0.005
    s3_10k_reads: float = 0.004
    states_1k_transitions: float = 0.025
    lambda_1m_requests: float = 0.20
    alarm_month: float = 0.10
    dynamodb_pitr_gb_month: float = 0.20


# What is known of other Regions; what is the same everywhere is written down too, so that it counts as known.
_REGIONS = {
    HOME: asdict(Prices()),
    "ap-south-1": {
        "glue_dpu_hour": 0.44,
        "trail_100k_events": 0.10,
        "endpoint_hour": 0.013,
        "nat_hour": 0.056,
        "nat_gb": 0.056,
        "public_ipv4_hour": 0.005,
        "mysql_gb_month": 0.131,
        "secret_month": 0.40,
        "kms_key_month": 1.00,
        "s3_gb_month": 0.025,
    },
}


@dataclass(frozen=True)
class Listed:
    """The prices of a Region; ``foreign`` are the names of those that are us-east-1's."""

    region: str
    prices: Prices
    foreign: tuple[str, ...]


def listed(region: str) -> Listed:
    """What is known of a Region's prices, and us-east-1's for the rest."""
    known = _REGIONS.get(region, {})
    foreign = tuple(item.name for item in fields(Prices) if item.name not in known)
    return Listed(region, replace(Prices(), **known), foreign)


def of(region: str) -> Prices:
    """The prices to reckon with in a Region."""
    return listed(region).prices
