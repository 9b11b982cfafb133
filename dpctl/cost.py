"""What an environment costs in a month: env.yaml times prices, as lines with their formulas.

Nothing is asked of AWS. Prices are assumptions (dpctl.prices); every one can be set. Redshift Serverless is
billed by the second with at least 60 seconds for each wake-up ("Billing for Amazon Redshift Serverless",
Amazon Redshift Management Guide), Glue likewise with at least one minute.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from dpctl.config.endpoints import INTERFACE_ENDPOINTS
from dpctl.errors import UsageError
from dpctl.prices import HOURS, Prices

if TYPE_CHECKING:
    from dpctl.config import EnvConfig

DAYS = 30
DAY_SECONDS = 86_400
LEAST_SECONDS = 60
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
SMALL_RPU = 8
TRANSITIONS = 4  # of LogEvent, at most: modules/dynamodb-to-redshift/stepfunctions
SWEEP_TRANSITIONS = 4
STREAM_WINDOW_SECONDS = 30  # modules/dynamodb-to-redshift/stream
STREAM_BATCH = 5000
ALARMS = 12  # those of all layers
_COMPUTE = "Redshift compute"


@dataclass(frozen=True)
class Use:
    """How much there is to do. Seconds are those a statement keeps Redshift awake."""

    writes_per_day: int = 1_000
    files_per_day: int = 24
    load_seconds: int = 10
    unload_seconds: int = 60
    redshift_gb: float = 10.0
    dynamodb_gb: float = 1.0
    export_gb: float = 10.0


@dataclass(frozen=True)
class Line:
    """One line of the bill."""

    what: str
    usd: float
    formula: str

    def as_dict(self) -> dict[str, Any]:
        """The shape of ``--json``."""
        return asdict(self) | {"usd": round(self.usd, 2)}


def at_rate(use: Use, writes_per_minute: int) -> Use:
    """The same use with so many writes a minute, around the clock."""
    return replace(use, writes_per_day=writes_per_minute * 1440)


def with_prices(prices: Prices, given: list[str]) -> Prices:
    """Prices with ``NAME=USD`` put over them. Raises UsageError."""
    known = [item.name for item in fields(Prices)]
    for text in given:
        name, equals, value = text.partition("=")
        if name not in known or not equals or not re.fullmatch(r"\d+(\.\d+)?", value):
            raise UsageError(
                f"--price {text!r} is not a price.",
                why=f"Known prices: {', '.join(known)}.",
                hint=f"--price {known[0]}=0.40",
            )
        prices = replace(prices, **{name: float(value)})
    return prices


def estimate(config: EnvConfig, prices: Prices, use: Use) -> list[Line]:
    """Every line, the dearest first."""
    lines = [
        *_dumps(config, prices, use),
        *_capture(config, prices, use),
        *_files(config, prices, use),
        *_jobs(config, prices),
        *_standing(config, prices, use),
    ]
    return sorted(lines, key=lambda line: -line.usd)


def smaller(config: EnvConfig, lines: list[Line]) -> float | None:
    """The month's total with SMALL_RPU as base capacity, in the same seconds; None where it has no more."""
    rpu = config.databases.redshift.base_capacity
    if rpu <= SMALL_RPU:
        return None
    compute = sum(line.usd for line in lines if line.what.startswith(_COMPUTE))
    return sum(line.usd for line in lines) - compute * (1 - SMALL_RPU / rpu)


def runs_per_month(schedule: str) -> float:
    """How often a schedule runs in 30 days."""
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", schedule)
    if rate:
        return DAYS * {"minute": 1440, "hour": 24, "day": 1}[rate[2]] / int(rate[1])
    minutes, hours, days, months, weekdays, _ = schedule.removeprefix("cron(").removesuffix(")").split()
    share = _count(months, 1, 12, _MONTHS) / 12
    by_day = _count(days, 1, 31, []) / 31 if weekdays == "?" else _count(weekdays, 1, 7, _WEEKDAYS) / 7
    if "#" in weekdays:
        by_day /= 4
    return _count(minutes, 0, 59, []) * _count(hours, 0, 23, []) * DAYS * by_day * share


def _count(text: str, low: int, high: int, names: list[str]) -> int:
    """How many values a field of a cron expression has."""
    values: set[int | str] = set()
    for part in text.split(","):
        base, _, step = part.partition("/")
        first, dash, last = base.partition("-")
        start = low if base in {"*", "?"} else _number(first, low, names)
        if start is None:  # L, 3W, 6#2: one day
            values.add(part)
            continue
        end = _number(last, low, names) if dash else (high if base in {"*", "?"} or step else start)
        values.update(range(start, (high if end is None else end) + 1, int(step or 1)))
    return len(values)


def _number(text: str, low: int, names: list[str]) -> int | None:
    if text.upper() in names:
        return low + names.index(text.upper())
    return int(text) if text.isdecimal() else None


def _compute(config: EnvConfig, prices: Prices, what: str, wakes: float, seconds: int) -> Line:
    """Redshift awake; never longer than the month has seconds."""
    rpu = config.databases.redshift.base_capacity
    awake = min(wakes * max(LEAST_SECONDS, seconds), DAYS * DAY_SECONDS)
    formula = (
        f"{wakes:,.0f} wake-ups x {max(LEAST_SECONDS, seconds)} s (at most always) x {rpu} RPU "
        f"x {prices.redshift_rpu_hour} / 3600"
    )
    return Line(f"{_COMPUTE}: {what}", awake * rpu * prices.redshift_rpu_hour / 3600, formula)


def _dumps(config: EnvConfig, prices: Prices, use: Use) -> list[Line]:
    return [
        _compute(
            config,
            prices,
            f"dump {schedule.name}",
            runs_per_month(schedule.cron),
            use.unload_seconds * len(schedule.tables),
        )
        for schedule in config.schedules
    ]


def _capture(config: EnvConfig, prices: Prices, use: Use) -> list[Line]:
    runs = DAYS * min(use.writes_per_day, DAY_SECONDS / config.capture.batch.window_seconds)
    shell = next(
        (job for job in config.glue.jobs.values() if job.type == "pythonshell" and job.enabled), None
    )
    lines = [
        _compute(config, prices, "loads from DynamoDB", runs, use.load_seconds),
        *(_from_trail(prices, use) if config.capture.source != "stream" else []),
        *(_from_stream(prices, use) if config.capture.source != "cloudtrail" else []),
        _sweeper(config, prices),
    ]
    if shell:
        dpu = shell.max_capacity or 0.0625
        lines.append(
            Line(
                "Glue: the loader's runs",
                runs * LEAST_SECONDS * dpu * prices.glue_dpu_hour / 3600,
                f"{runs:,.0f} runs x {LEAST_SECONDS} s x {dpu} DPU x {prices.glue_dpu_hour} / 3600",
            )
        )
    return lines


def _from_trail(prices: Prices, use: Use) -> list[Line]:
    """CloudTrail and the state machine: each write is an event, an execution and an object of its own."""
    writes = DAYS * use.writes_per_day
    transitions = writes * TRANSITIONS
    return [
        Line(
            "CloudTrail data events",
            writes / 1e5 * prices.trail_100k_events,
            f"{writes:,} writes / 100,000 x {prices.trail_100k_events}",
        ),
        Line(
            "Step Functions: LogEvent",
            transitions / 1e3 * prices.states_1k_transitions,
            f"{writes:,} writes x {TRANSITIONS} transitions / 1,000 x {prices.states_1k_transitions}",
        ),
        Line(
            "S3 requests: keys from CloudTrail",
            writes * (prices.s3_1k_writes / 1e3 + prices.s3_10k_reads / 1e4),
            f"{writes:,} writes x ({prices.s3_1k_writes} / 1,000 + {prices.s3_10k_reads} / 10,000)",
        ),
    ]


def _from_stream(prices: Prices, use: Use) -> list[Line]:
    """The function reads the stream in batches of half a minute, and writes one object for each."""
    batches = min(DAYS * use.writes_per_day, DAYS * DAY_SECONDS / STREAM_WINDOW_SECONDS)
    batches = max(batches, DAYS * use.writes_per_day / STREAM_BATCH)
    usd = batches * (prices.lambda_1m_requests / 1e6 + (prices.s3_1k_writes + prices.s3_10k_reads / 10) / 1e3)
    formula = f"{batches:,.0f} batches x ({prices.lambda_1m_requests} / 1,000,000 + a put and a get of S3)"
    return [Line("Lambda and S3: keys from the stream", usd, formula)]


def _sweeper(config: EnvConfig, prices: Prices) -> Line:
    sweeps = DAYS * 1440 / config.capture.sweep_minutes
    usd = sweeps * SWEEP_TRANSITIONS / 1e3 * prices.states_1k_transitions
    formula = (
        f"{sweeps:,.0f} sweeps x {SWEEP_TRANSITIONS} transitions / 1,000 x {prices.states_1k_transitions}"
    )
    return Line("Step Functions: the sweeper", usd, formula)


def _files(config: EnvConfig, prices: Prices, use: Use) -> list[Line]:
    tables = [name for name, table in config.tables.items() if table.load and table.load.source == "s3"]
    if not tables:
        return []
    by_file = config.s3_to_redshift.mode == "auto_copy"
    runs = DAYS * use.files_per_day if by_file else runs_per_month(config.s3_to_redshift.cron)
    return [_compute(config, prices, f"files into {', '.join(tables)}", runs, use.load_seconds)]


def _jobs(config: EnvConfig, prices: Prices) -> list[Line]:
    """Glue's ETL jobs cost only when something starts them."""
    lines = []
    for name, job in config.glue.jobs.items():
        if job.enabled and job.schedule and job.type == "glueetl":
            workers, runs = job.number_of_workers or 10, runs_per_month(job.schedule)
            usd = runs * 600 * workers * prices.glue_dpu_hour / 3600
            formula = f"{runs:,.0f} runs x 600 s x {workers} workers x {prices.glue_dpu_hour} / 3600"
            lines.append(Line(f"Glue: {name}", usd, formula))
    return lines


def _standing(config: EnvConfig, prices: Prices, use: Use) -> list[Line]:
    """What is paid whether anything runs or not."""
    zones = len({subnet.az for subnet in config.network.private_subnets})
    lines = [
        Line(
            "Redshift storage",
            use.redshift_gb * prices.redshift_gb_month,
            f"{use.redshift_gb:g} GB x {prices.redshift_gb_month}",
        ),
        Line(
            "S3: exports", use.export_gb * prices.s3_gb_month, f"{use.export_gb:g} GB x {prices.s3_gb_month}"
        ),
        Line(
            "DynamoDB: point-in-time recovery",
            use.dynamodb_gb * prices.dynamodb_pitr_gb_month,
            f"{use.dynamodb_gb:g} GB x {prices.dynamodb_pitr_gb_month}",
        ),
        Line("CloudWatch alarms", ALARMS * prices.alarm_month, f"{ALARMS} x {prices.alarm_month}"),
        Line("Secrets", 2 * prices.secret_month, f"2 x {prices.secret_month}"),
    ]
    if config.network.egress == "endpoints":
        count = len(INTERFACE_ENDPOINTS) * zones
        formula = f"{len(INTERFACE_ENDPOINTS)} endpoints x {zones} zones x {HOURS} h x {prices.endpoint_hour}"
        lines.append(Line("Interface endpoints", count * HOURS * prices.endpoint_hour, formula))
    elif config.network.egress == "nat":
        lines.append(
            Line(
                "NAT gateway",
                HOURS * (prices.nat_hour + prices.public_ipv4_hour),
                f"{HOURS} h x ({prices.nat_hour} + {prices.public_ipv4_hour} for its IP), no traffic",
            )
        )
    if config.audit.kms_key_arn is None:
        lines.append(Line("KMS key", prices.kms_key_month, f"1 x {prices.kms_key_month}"))
    mysql = config.databases.mysql
    if mysql:
        usd = (HOURS * prices.mysql_hour + mysql.allocated_storage_gib * prices.mysql_gb_month) * (
            1 + mysql.multi_az
        )
        formula = (
            f"({HOURS} h x {prices.mysql_hour} + {mysql.allocated_storage_gib} GB x {prices.mysql_gb_month})"
            + (" x 2 zones" if mysql.multi_az else "")
        )
        lines.append(Line(f"MySQL ({mysql.instance_class})", usd, formula))
    return lines
