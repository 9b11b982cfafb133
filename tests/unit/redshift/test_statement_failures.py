"""What Redshift says, and what we say about it."""

from __future__ import annotations

import pytest

from dpctl.errors import ExitCode
from dpctl.redshift.failures import KNOWN, StatementFailed, explain

SAID = [
    ("ERROR: permission denied for relation orders", "GRANT", ExitCode.ACCESS),
    ("ERROR: permission denied for schema sales", "GRANT", ExitCode.ACCESS),
    ("ERROR: must be owner of relation orders", "--stat-update", ExitCode.ACCESS),
    ("ERROR: User arn:aws:redshift:x is not authorized to assume IAM Role arn:x", "static", ExitCode.ACCESS),
    ("ERROR: Not authorized to get credentials of role arn:aws:iam::1:role/x", "static", ExitCode.ACCESS),
    ("ERROR: The requested role arn:x is not associated to cluster", "static", ExitCode.ACCESS),
    (
        "ERROR: S3ServiceException:The bucket you are attempting to access must be addressed using the "
        "specified endpoint.,Status 301,Error PermanentRedirect",
        "--region",
        ExitCode.FAILED,
    ),
    (
        "ERROR: S3ServiceException:User: arn:x is not authorized to perform: kms:GenerateDataKey,Status 403,"
        "Error AccessDenied",
        "--kms-key-id",
        ExitCode.ACCESS,
    ),
    (
        "ERROR: S3ServiceException:Access Denied,Status 403,Error AccessDenied",
        "s3:ListBucket",
        ExitCode.ACCESS,
    ),
    ("ERROR: Specified unload destination on S3 is not empty.", "--to", ExitCode.FAILED),
    (
        "ERROR: S3ServiceException:The specified bucket does not exist,Status 404,Error NoSuchBucket",
        "static",
        ExitCode.FAILED,
    ),
    ("ERROR: The specified S3 prefix 'orders/x' does not exist", "aws s3 ls", ExitCode.FAILED),
    ("ERROR: Limit clause is not supported", "LIMIT 10", ExitCode.FAILED),
    ("ERROR: S3ServiceException:...,Status 416,Error InvalidRange", "VERBOSE", ExitCode.FAILED),
    ("ERROR: REGION argument is not supported for PARQUET based COPY", "--region", ExitCode.FAILED),
    ("ERROR: Spectrum Scan Error code: 15001 has an incompatible Parquet schema", "diff", ExitCode.FAILED),
    ("ERROR: NOT NULL column without DEFAULT must be included in column list", "--columns", ExitCode.FAILED),
    ("ERROR: Load into table 'orders' failed. Check 'sys_load_error_detail'", "--max-error", ExitCode.FAILED),
    ('ERROR: relation "public.orders" does not exist', "tables apply", ExitCode.FAILED),
    ('ERROR: schema "sales" does not exist', "tables apply", ExitCode.FAILED),
    ('FATAL: database "prod" does not exist', "env.yaml", ExitCode.FAILED),
    ('FATAL: password authentication failed for user "admin"', "doctor", ExitCode.ACCESS),
    ("ERROR: COPY JOB CREATE cannot run inside a transaction block", "alone", ExitCode.FAILED),
    ("ERROR: Session is not available", "again", ExitCode.FAILED),
    ("ERROR: value too long for type character varying(3)", "--truncate-columns", ExitCode.FAILED),
    ("ERROR: Query cancelled on user's request", "limits", ExitCode.FAILED),
    ("ERROR: 1023 Serializable isolation violation on table - 1", "again", ExitCode.FAILED),
]


@pytest.mark.parametrize(("text", "hint", "code"), SAID, ids=[text[:50] for text, _, _ in SAID])
def test_what_is_known_is_explained(text: str, hint: str, code: ExitCode) -> None:
    failure = StatementFailed(text)
    assert failure.why
    assert hint in failure.hint
    assert failure.exit_code == code
    assert "{" not in failure.why + failure.hint


def test_every_row_of_the_table_is_reached() -> None:
    assert {explain(text)[0] for text, _, _ in SAID} == set(KNOWN)


def test_names_are_taken_over() -> None:
    assert StatementFailed("permission denied for relation orders").hint.startswith(
        "GRANT SELECT, INSERT ON orders"
    )


def test_the_unknown_is_shown_as_it_is() -> None:
    failure = StatementFailed("ERROR: something new\n  and more")
    assert failure.what == "something new and more"
    assert (failure.why, failure.hint, failure.exit_code) == ("", "", ExitCode.FAILED)


def test_the_detail_of_redshift_is_cut_to_its_context() -> None:
    line = "-----------------------------------------------"
    detail = (
        f"{line}\n  error:  something new\n  code: 8001\n  context:   S3 path: s3://a/b\n  query: 7\n  {line}"
    )
    failure = StatementFailed(f"ERROR: something new\n  Detail: \n  {detail}")
    assert (failure.what, failure.why) == ("something new", "S3 path: s3://a/b")


def test_no_text_at_all() -> None:
    assert StatementFailed("").what == "Redshift gave no reason."
    assert len(StatementFailed("x" * 10_000).what) < 700
