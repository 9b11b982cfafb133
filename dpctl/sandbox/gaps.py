"""Where the sandbox differs from AWS, known and on purpose: what AWS does, what happens here, what shows it.

docs/sandbox-differences.md is written from this list, and from that of the models (``models.differences``). A
test holds that every test named here exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dpctl.sandbox.models.differences import DIFFERENCES

_SANDBOX = "tests/integration/sandbox"
_REALISM = "tests/integration/realism/test_realism.py"
_MODELS = "tests/unit/sandbox/test_models.py"
MODELS_TEST = f"{_MODELS}::test_a_difference_speaks_of_a_member_that_is_there"


@dataclass(frozen=True)
class Gap:
    """One difference: where, what AWS does, what the sandbox does, and the test that shows it."""

    where: str
    aws: str
    sandbox: str
    test: str


GAPS: tuple[Gap, ...] = (
    Gap("Glue, ETL jobs", "runs Spark",
        "runs it where `dpctl sandbox spark install` has put it; without it, the script as plain Python, and "
        "one that imports Spark fails, and says so",
        f"{_SANDBOX}/test_glue.py::test_spark_is_not_pretended"),
    Gap("Glue, ETL jobs", "runs Scala, and streams", "runs neither, and says so",
        f"{_SANDBOX}/test_glue.py::test_neither_scala_nor_a_stream_is_run"),
    Gap("RDS", "has a MySQL server",
        "has a MariaDB where one is installed, else an instance with an address, and nobody behind it",
        "tests/integration/mysql/test_mysql.py::test_it_behaves_like_rds"),
    Gap("RDS, Redshift Serverless, NAT gateways, endpoints", "takes minutes to make one",
        "has it at once where the account is calm; with `--realism aws` after one to five minutes",
        f"{_REALISM}::test_a_resource_takes_its_time"),
    Gap("RDS", "takes minutes to make an instance", "has it at once where the account is calm",
        f"{_SANDBOX}/test_differences.py::test_a_database_is_there_at_once"),
    Gap("Glue, Python shell jobs", "runs Python 3.9 with a boto3 of its own",
        "runs a Python 3.9 of this machine that has a boto3; where there is none, dpctl's own, and "
        "`dpctl doctor toolchain` warns",
        f"{_SANDBOX}/test_faithful.py::test_where_there_is_no_such_python_dpctls_own_runs"),
    Gap("Glue, Python shell jobs", "waits for a batch to fill (`--window_seconds`)",
        "sets the window to 0 where the account is calm; with `--realism aws` it waits for the clock",
        f"{_SANDBOX}/test_differences.py::test_a_job_does_not_wait_for_its_window"),
    Gap("Lambda", "runs the runtime's Python",
        "runs it where this machine has it with a boto3, else dpctl's own",
        f"{_SANDBOX}/test_faithful.py::test_jobs_and_functions_run_in_the_python_that_aws_has"),
    Gap("DynamoDB", "deletes items whose time to live is over within days", "deletes them within seconds",
        f"{_SANDBOX}/test_streams.py::test_an_item_whose_time_is_over_goes_and_the_stream_tells"),
    Gap("Step Functions", "waits as long as a Wait state says",
        "waits for a second at most where the account is calm; with `--realism aws` for the clock",
        f"{_SANDBOX}/test_differences.py::test_a_wait_state_takes_a_second"),
    Gap("Redshift", "reads numbers in decimal, and knows no infinite time",
        "refuses others in casts and in what INSERT, UPDATE and COPY bring; in comparisons, defaults, MERGE "
        "and bound parameters it takes `0x1f`, `1_0` and `infinity` as PostgreSQL does",
        "tests/integration/redshift_engine/test_foreign_values.py::test_where_they_are_still_taken"),
    Gap("EventBridge", "delivers within minutes, at least once, in any order",
        "delivers at once, once, in order where the account is calm; with `--realism aws` after five "
        "minutes, with `storm` late, repeated and shuffled",
        f"{_SANDBOX}/test_differences.py::test_events_arrive_once_and_in_order"),
    Gap("EventBridge", "tries a target again, for up to a day",
        "tries once where the account is calm, then the dead-letter queue; "
        "with `--realism aws` by its policy",
        f"{_SANDBOX}/test_differences.py::test_a_target_that_fails_is_tried_once"),
    Gap("EventBridge", "lets a new rule or target count a little later",
        "counts it at once where the account is calm; with `--realism aws` after 30 seconds",
        f"{_REALISM}::test_a_rule_counts_a_little_later"),
    Gap("IAM", "lets a change count a little later",
        "counts it at once where the account is calm; with `--realism aws` what is changed of roles and "
        "their policies counts after ten seconds, of users at once",
        f"{_REALISM}::test_a_role_counts_a_little_later"),
    Gap("IAM", "may have an organisation's policies above the account", "has none",
        f"{_SANDBOX}/test_gate.py::test_the_caller_is_unmistakable"),
    Gap("S3", "lists a deleted bucket a little longer, and takes its time with a bucket's versioning",
        "forgets it at once where the account is calm; with `--realism aws` after ten seconds; versioning "
        "counts at once",
        f"{_REALISM}::test_a_deleted_bucket_is_listed_a_little_longer_and_its_objects_never_are"),
    Gap("S3", "checks the signature of each chunk of an upload in chunks", "checks that of the request",
        f"{_SANDBOX}/test_differences.py::test_the_signatures_of_chunks_are_not_checked"),
    Gap("S3", "asks a bucket's policy whether a request came over TLS",
        "takes every request as made over TLS",
        f"{_SANDBOX}/test_front.py::test_a_bucket_policy_that_wants_tls_refuses_nobody_here"),
    Gap("Redshift", "goes on in time while a statement runs, or a prepared one waits to be run again",
        "is told how far the sandbox's clock was moved when a statement is sent, or prepared",
        f"{_REALISM}::test_redshifts_own_clock_is_the_accounts"),
    Gap("Step Functions", "ends tasks and executions that take too long, and tasks without a heartbeat",
        "does by this machine's time where the account is calm; with `--realism aws` by its clock",
        f"{_REALISM}::test_a_task_that_waits_for_its_token_ends_by_the_clock"),
    Gap("all services", "refuses a request that was signed over a quarter of an hour ago",
        "counts that by this machine's time, as its clients do; a presigned URL ends by the sandbox's clock",
        f"{_REALISM}::test_a_presigned_url_ends_by_the_clock"),
    Gap("all services", "refuses calls that come too fast",
        "takes them where the account is calm; with `--realism aws` refuses at the rates that AWS publishes; "
        "of IAM, RDS, Glue and Redshift Serverless there are none",
        f"{_REALISM}::test_calls_are_throttled_at_the_published_rates"),
    Gap("all services", "answers every operation", "answers NotImplemented (501) to those that are not here",
        f"{_SANDBOX}/test_front.py::test_what_is_not_there_says_so_once"),
    Gap("the account", "stays",
        "is gone with `dpctl sandbox stop`, and Terraform's state in its S3 with it",
        f"{_SANDBOX}/test_lifecycle.py::test_one_sandbox_for_everybody_and_none_after_stop"),
)  # fmt: skip


def page() -> str:
    """The page of differences, in Markdown."""
    return "\n".join([*_lines(), ""])


def tests() -> list[str]:
    """Every test that the page names."""
    return [*(gap.test for gap in GAPS), MODELS_TEST]


def _lines() -> Iterator[str]:
    yield from ("# Where the sandbox differs from AWS", "")
    yield "Written by `make docs` from `dpctl/sandbox/gaps.py` and `dpctl/sandbox/models/differences.py`. Not"
    yield "rehearsed at all: encryption, quotas, prices, replication, other regions than the environment's."
    yield from ("", "## What it does otherwise", "")
    yield "| where | AWS | the sandbox | shown by |"
    yield "| --- | --- | --- | --- |"
    for gap in GAPS:
        yield f"| {gap.where} | {gap.aws} | {gap.sandbox} | `{gap.test}` |"
    yield from ("", "## Where a service differs from its published model", "")
    yield "Every request is checked against the service's model before anything answers (botocore's data:"
    yield "required members, types, lengths, ranges, patterns, enumerations). Where the service is known to"
    yield f"be stricter or laxer, the sandbox does as the service does. Shown by `{MODELS_TEST}`."
    yield ""
    yield "| operations | member | the service | source |"
    yield "| --- | --- | --- | --- |"
    for one in DIFFERENCES:
        yield f"| {', '.join(one.operations)} | {one.path} | {one.says} | {one.source} |"
