"""Which options exclude, need or allow which: the rules of both statements as data, and one check.

The sources are the pages UNLOAD, COPY, "Data format parameters", "Data conversion parameters", "Data load
operations", "COPY from columnar data formats" and "COPY JOB" of the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from dpctl.errors import UsageError
from dpctl.redshift.options import Given


@dataclass(frozen=True)
class Rule:
    """``option`` excludes every one of ``others``, needs one of them, or allows only them beside itself."""

    option: str
    kind: Literal["excludes", "needs", "allows only"]
    others: tuple[str, ...]
    why: str


def _excludes(option: str, others: str, why: str) -> Rule:
    return Rule(option, "excludes", tuple(others.split(", ")), why)


def _needs(option: str, others: str, why: str) -> Rule:
    return Rule(option, "needs", tuple(others.split(", ")), why)


UNLOAD: tuple[Rule, ...] = (
    _excludes("FORMAT CSV", "ESCAPE, FIXEDWIDTH, ADDQUOTES", "CSV has quoting of its own"),
    _excludes(
        "FORMAT PARQUET",
        "DELIMITER, FIXEDWIDTH, ADDQUOTES, ESCAPE, NULL, HEADER, GZIP, BZIP2, ZSTD",
        "Parquet is binary, has NULL and column names of its own, and is compressed inside",
    ),
    _excludes(
        "FORMAT JSON",
        "DELIMITER, HEADER, FIXEDWIDTH, ADDQUOTES, ESCAPE, NULL",
        "JSON has names, quoting and null of its own",
    ),
    _excludes(
        "FIXEDWIDTH", "DELIMITER, HEADER", "columns of fixed width need no delimiter and take no header"
    ),
    _excludes("CLEANPATH", "ALLOWOVERWRITE", "either the path is emptied first, or files are overwritten"),
    _excludes("ENCRYPTED AUTO", "ENCRYPTED, KMS_KEY_ID", "AUTO takes the key from the bucket"),
    _needs(
        "ENCRYPTED",
        "KMS_KEY_ID",
        "without a KMS key it changes nothing: UNLOAD encrypts with SSE-S3 itself",
    ),
    _needs("KMS_KEY_ID", "ENCRYPTED", "the key is a part of ENCRYPTED"),
    _needs("VERBOSE", "MANIFEST", "VERBOSE says how much the manifest tells"),
    _needs("INCLUDE", "PARTITION BY", "INCLUDE keeps the partition columns in the files"),
    _needs("ROWGROUPSIZE", "FORMAT PARQUET", "only Parquet has row groups"),
)

_COLUMNAR = (
    "ACCEPTINVCHARS, FILLRECORD, STATUPDATE, MANIFEST, EXPLICIT_IDS, FROM s3://, IAM_ROLE default, "
    "JOB CREATE, AUTO"
)
_COLUMNAR_WHY = (
    "COPY from columnar files takes few options: they carry their types, and their bucket is in the Region"
)
_SELF_DESCRIBED = "DELIMITER, FIXEDWIDTH, ESCAPE, REMOVEQUOTES, QUOTE"

# "Data format parameters" and "Data conversion parameters" say what CSV, FIXEDWIDTH and ESCAPE exclude.
# ESCAPE goes with REMOVEQUOTES ("in combination with the REMOVEQUOTES parameter" it keeps quotation marks);
# nothing is said against REMOVEQUOTES with FIXEDWIDTH, nor against FILLRECORD or IGNOREHEADER with JSON.
# "COPY from columnar data formats" lists what is allowed there; COMPUPDATE is not.
COPY: tuple[Rule, ...] = (
    _excludes("FORMAT CSV", "FIXEDWIDTH, REMOVEQUOTES, ESCAPE", "CSV has quoting of its own"),
    _needs("QUOTE", "FORMAT CSV", "only CSV has a quotation character to choose"),
    _excludes(
        "FIXEDWIDTH", "DELIMITER, ESCAPE", "columns of fixed width have nothing to separate or to escape"
    ),
    _excludes("FORMAT JSON", _SELF_DESCRIBED, "JSON has delimiters and quoting of its own"),
    _excludes("FORMAT AVRO", _SELF_DESCRIBED, "Avro is binary"),
    _excludes("FORMAT SHAPEFILE", _SELF_DESCRIBED, "a shapefile is binary"),
    _needs("JSONPATHS", "FORMAT JSON, FORMAT AVRO", "it says how names become columns"),
    Rule("FORMAT PARQUET", "allows only", (*_COLUMNAR.split(", "), "SERIALIZETOJSON"), _COLUMNAR_WHY),
    Rule("FORMAT ORC", "allows only", (*_COLUMNAR.split(", "), "SERIALIZETOJSON"), _COLUMNAR_WHY),
    _needs("SERIALIZETOJSON", "FORMAT PARQUET, FORMAT ORC", "it turns nested columns into SUPER"),
    _needs("SIMPLIFY", "FORMAT SHAPEFILE", "it simplifies shapes"),
    _needs("SIMPLIFY AUTO", "FORMAT SHAPEFILE", "it simplifies shapes"),
    _excludes("SIMPLIFY AUTO", "SIMPLIFY", "AUTO has its own number, SIMPLIFY AUTO n"),
    _excludes("IGNOREALLERRORS", "MAXERROR", "either all errors are ignored, or so many"),
    _needs("ACCEPTANYDATE", "DATEFORMAT", "what does not match DATEFORMAT becomes NULL"),
    _needs("READRATIO", "FROM dynamodb://", "it is a share of a DynamoDB table's read capacity"),
    _needs("FROM dynamodb://", "READRATIO", "COPY wants to be told how much read capacity it may take"),
    _excludes(
        "FROM dynamodb://",
        "FORMAT CSV, FORMAT JSON, FORMAT AVRO, FORMAT PARQUET, FORMAT ORC, FORMAT SHAPEFILE, DELIMITER, "
        "QUOTE, FIXEDWIDTH, JSONPATHS, BZIP2, GZIP, LZOP, ZSTD, ESCAPE, FILLRECORD, IGNOREBLANKLINES, "
        "IGNOREHEADER, NULL, REMOVEQUOTES, ACCEPTINVCHARS, ENCODING, MANIFEST, SSH, USING TEMPLATE, "
        "JOB CREATE",
        "items come from DynamoDB as attributes, not as files",
    ),
    _excludes("FROM emr://", "MANIFEST, REGION, SSH, JOB CREATE", "the files are on a cluster, not in S3"),
    _excludes("SSH", "MANIFEST, JOB CREATE", "the object at FROM is a list of hosts"),
    _excludes(
        "JOB CREATE",
        "MAXERROR, IGNOREALLERRORS, MANIFEST, NOLOAD, IAM_ROLE default",
        "a job runs by itself, file by file",
    ),
    _needs("AUTO", "JOB CREATE", "it says whether the job runs by itself"),
)


def check(statement: str, found: Iterable[Given], rules: Iterable[Rule]) -> None:
    """Raise UsageError for every rule that is broken, each with its two options."""
    options = {item.keyword: item for item in found}
    breaches = [breach for rule in rules if rule.option in options for breach in _breaches(options, rule)]
    if not breaches:
        return
    if len(breaches) == 1:
        what, why = breaches[0]
        raise UsageError(f"{what}.", why=f"{statement}: {why}.")
    lines = "\n".join(f"{what}: {why}." for what, why in breaches)
    raise UsageError(f"{len(breaches)} options of {statement} contradict each other.", why=lines)


def _breaches(options: dict[str, Given], rule: Rule) -> Iterator[tuple[str, str]]:
    name = _name(options[rule.option])
    if rule.kind == "needs":
        if not any(other in options for other in rule.others):
            yield f"{name} needs {' or '.join(rule.others)}", rule.why
        return
    for keyword, item in options.items():
        broken = keyword in rule.others if rule.kind == "excludes" else keyword not in rule.others
        if broken and keyword != rule.option:
            yield f"{name} and {_name(item)} can't be used together", rule.why


def _name(item: Given) -> str:
    return f"{item.keyword} ({item.flag})"
