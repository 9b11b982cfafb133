"""What Redshift says when a statement fails, and what to do about it: one table.

It is about statements only. What a service answers to the caller (the Data API, S3, Secrets Manager) is told
by its error's code, in :mod:`dpctl.aws`: an AccessDenied there is the caller's, not IAM_ROLE's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dpctl.errors import AwsError, ExitCode


@dataclass(frozen=True)
class Known:
    """A kind of failure: how to recognise it, what it means, what to do.

    ``means`` and ``hint`` may use the groups of ``pattern``, as ``{name}``. ``access`` makes the exit code
    that of a missing permission.
    """

    pattern: str
    means: str
    hint: str = ""
    access: bool = False


KNOWN: tuple[Known, ...] = (
    Known(
        r"permission denied for (?P<kind>relation|table|schema|database|function) \"?(?P<name>[\w.$]+)",
        "The database user has no right on {kind} {name}. With temporary credentials of the Data API that "
        "user is IAMR:<your role>, which starts with no rights at all.",
        'GRANT SELECT, INSERT ON {name} TO "IAMR:<role>" (or to the user of the secret), as the admin user',
        access=True,
    ),
    Known(
        r"must be owner of (?:relation|table)",
        "Only the table's owner or a superuser may do this.",
        "leave out --stat-update and --comp-update, or run it as the owner",
        access=True,
    ),
    Known(
        r"not authorized to (?:assume|get credentials of) (?:IAM )?role"
        r"|role .{0,300}? is not (?:associated|attached)",
        "The role of IAM_ROLE is not attached to the namespace, or does not trust redshift.amazonaws.com.",
        "dpctl apply --layer static, which attaches it",
        access=True,
    ),
    Known(
        r"PermanentRedirect|must be addressed using the specified endpoint|AuthorizationHeaderMalformed",
        "The bucket is in another Region than the workgroup.",
        "--region <the bucket's Region> (COPY takes Parquet and ORC from its own Region only)",
    ),
    Known(
        r"kms:|AWS:KMS|KMS\.\w+Exception|server.?side.?encryption|InvalidKeyId",
        "The bucket or its policy asks for a KMS key that the statement did not name, or the namespace's "
        "role may not use the key.",
        "--encrypted --kms-key-id <key>, or --encrypted-auto; let the role kms:GenerateDataKey, kms:Decrypt",
        access=True,
    ),
    Known(
        r"S3ServiceException:? ?Access ?Denied|AccessDenied|Status 403|,403,|\b403\b.{0,80}Forbidden",
        "S3 refused the role of IAM_ROLE, not you: Redshift goes to S3 as the namespace's role.",
        "let that role s3:ListBucket, s3:GetObject (UNLOAD: also s3:PutObject; CLEANPATH: s3:DeleteObject), "
        "and look at the bucket's policy",
        access=True,
    ),
    Known(
        r"destination on S3 is not empty",
        "There are files under the location, and UNLOAD does not overwrite.",
        "--to with a new prefix; or --allow-overwrite; or --cleanpath, which deletes what is there",
    ),
    Known(
        r"NoSuchBucket|bucket does not exist",
        "The bucket does not exist.",
        "the bucket's name in env.yaml; dpctl apply --layer static creates it",
    ),
    Known(
        r"prefix '?[^']*'? does not exist|NoSuchKey|no files? (?:was|were) found",
        "Nothing in S3 begins with the location.",
        "aws s3 ls s3://..., with the location",
    ),
    Known(
        r"Limit clause is not supported",
        "UNLOAD takes no LIMIT in the outer SELECT.",
        "--query 'SELECT * FROM (SELECT ... LIMIT 10)'",
    ),
    Known(
        r"InvalidRange|Status 416|content_length",
        "A manifest for Parquet or ORC needs the length of each file (meta.content_length).",
        "a manifest written by UNLOAD ... MANIFEST VERBOSE, or by dpctl",
    ),
    Known(
        r"REGION argument is not supported",
        "COPY takes no REGION for Parquet and ORC.",
        "leave out --region; the bucket must be in the workgroup's Region",
    ),
    Known(
        r"incompatible Parquet schema|Spectrum Scan Error|Unmatched number of columns",
        "The files' columns do not fit the table's: columnar files are loaded by position, all columns.",
        "--columns in the order of the files, or dpctl tables diff",
    ),
    Known(
        r"NOT NULL column without DEFAULT must be included",
        "A column that may not be NULL is not in the list of columns.",
        "put it into --columns, or give it a default",
    ),
    Known(
        r"(?:stl|sys)_load_error|Load into table .{0,200}? failed",
        "Some rows did not fit the table.",
        "look at the rows that are listed; --max-error N passes over some of them",
    ),
    Known(
        r"relation \"?(?P<name>[\w.$]+)\"? does not exist|table .{0,200}? (?:not found|does not exist)",
        "The table is not in the database.",
        "dpctl tables apply, if env.yaml has the table; else another name",
    ),
    Known(
        r"schema \"?(?P<name>[\w$]+)\"? does not exist",
        "The schema {name} is not in the database.",
        "dpctl tables apply",
    ),
    Known(
        r"database \"?(?P<name>[\w$]+)\"? does not exist",
        "The database {name} is not in the namespace.",
        "databases.redshift.database in env.yaml",
    ),
    Known(
        r"password authentication failed|Invalid credentials|authentication failed",
        "The user and password of the secret are not those of the database.",
        "dpctl doctor glue-connection, which compares them",
        access=True,
    ),
    Known(
        r"transaction block",
        "Redshift does not allow this statement inside a transaction.",
        "send it alone",
    ),
    Known(
        r"session.{0,60}(?:not (?:available|found)|timed out|expired)",
        "The session has ended: it lives as long as SessionKeepAliveSeconds says, 24 hours at most.",
        "run it again",
    ),
    Known(
        r"value too long for type",
        "A value is longer than its column.",
        "--truncate-columns, or a wider column in env.yaml and dpctl tables apply",
    ),
    Known(
        r"Query cancell?ed|cancell?ing statement|cancelled on user|statement timeout",
        "The statement was cancelled: by somebody, by a limit of the workgroup, or by statement_timeout.",
        "aws redshift-serverless get-workgroup, for its limits",
    ),
    Known(
        r"serializable isolation violation|deadlock",
        "Another transaction was in the way.",
        "run it again",
    ),
)


class StatementFailed(AwsError):
    """Redshift answered a statement with an error; ``server`` is its text.

    ``query_id`` and ``session_id`` find the rows of SYS_LOAD_ERROR_DETAIL.
    """

    def __init__(
        self,
        server: str,
        *,
        statement_id: str = "",
        query_id: int | None = None,
        session_id: int | None = None,
    ) -> None:
        known, means, hint = explain(server)
        what, context = _split(server)
        super().__init__(what, why="\n".join(filter(None, (context, means))), hint=hint)
        self.server = server
        self.statement_id = statement_id
        self.query_id = query_id
        self.session_id = session_id
        if known and known.access:
            self.exit_code = ExitCode.ACCESS


def explain(server: str) -> tuple[Known | None, str, str]:
    """What a server's text means and what to do, from the table; empty where it is not known."""
    for known in KNOWN:
        match = re.search(known.pattern, server, re.IGNORECASE | re.DOTALL)
        if match:
            words = {key: value or "" for key, value in match.groupdict().items()}
            return known, known.means.format_map(words), known.hint.format_map(words)
    return None, "", ""


def _split(server: str) -> tuple[str, str]:
    """What happened, and Redshift's context for it: the Detail block repeats the rest."""
    text, _, detail = server.partition("Detail:")
    context = re.search(r"context: +(.+)", detail)
    return _tidy(text), context[1].strip() if context else ""


def _tidy(text: str) -> str:
    text = " ".join(text.split()).removeprefix("ERROR: ").strip()
    return (text if len(text) <= 600 else text[:600] + " ...") or "Redshift gave no reason."
