"""What an account has that env.yaml can say and does not: a change of env.yaml, to be reviewed.

From a picture of the account (``picture``) to settings by their path in the file, and from those to the
file's new text, with its comments and its order kept.
"""

from __future__ import annotations

import difflib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dpctl.config import Environment
from dpctl.deploy.merged import merge
from dpctl.deploy.selectors import Basic, as_advanced

Path_ = tuple[str, ...]
STARTING = frozenset({"EVENT", "ON_DEMAND", "SCHEDULED"})
OUR_SELECTOR = "Writes to the Orders table"
OUR_STATEMENTS = frozenset(
    {"TlsOnly", "AWSCloudTrailAclCheck20150319", "AWSCloudTrailWrite20150319", "RedshiftWatchesNewFiles"}
)
# what the modules set themselves (tests compare this with the modules)
OUR_ARGUMENTS = frozenset(
    {
        "--TempDir", "--additional-python-modules", "--batch_size", "--bucket", "--connection",
        "--continuous-log-logGroup", "--copy_role_arn", "--database", "--dead_letter_queue",
        "--enable-continuous-cloudwatch-log", "--enable-metrics", "--format", "--hash_key", "--hash_key_type",
        "--job-language", "--location", "--prefix", "--region", "--run_seconds", "--schedule",
        "--scheduled_time", "--secret_arn", "--source",
        "--source_table", "--statements", "--table", "--table_name", "--tables", "--target",
        "--window_seconds",
        "--workflow", "--workgroup",
    }
)  # fmt: skip
# and what they set of one job only: of the others it is the owner's
OURS_OF = {"Reconcile": frozenset({"--extra-py-files"})}


@dataclass(frozen=True)
class Setting:
    """One value that env.yaml should have; ``why`` says what in the account asks for it.

    ``hidden`` names what belongs to it and holds a secret: nobody wrote it down, and it is not in ``value``.
    """

    path: Path_
    value: Any
    why: str
    hidden: tuple[str, ...] = ()


def settings(environment: Environment, picture: Mapping[str, Any]) -> list[Setting]:
    """The settings in which the account differs from env.yaml."""
    return [one for one in _all(environment, picture) if one.value != _now(environment, one.path)]


def hidden(environment: Environment, picture: Mapping[str, Any]) -> list[Setting]:
    """The settings of which the account shows a part only: the rest holds secrets (``Setting.hidden``)."""
    return [one for one in _all(environment, picture) if one.hidden]


def _all(environment: Environment, picture: Mapping[str, Any]) -> Iterator[Setting]:
    for section in (_roles, _redshift, _table, _trail, _buckets, _connection, _jobs, _trigger, _target):
        for setting in section(environment, picture):
            yield _merged(environment, setting)


def _merged(environment: Environment, setting: Setting) -> Setting:
    now = _now(environment, setting.path)
    joined = merge(now, setting.value, setting.path[-1])
    return replace(setting, value=now if joined.value is None else joined.value, hidden=joined.hidden)


def _now(environment: Environment, path: Path_) -> Any:
    value: Any = environment.config.model_dump(exclude_none=True)
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _roles(environment: Environment, picture: Mapping[str, Any]) -> Iterator[Setting]:
    paths = {
        name: role["Path"]
        for name, role in (picture.get("roles") or {}).items()
        if role.get("Path", "/") != "/" or name in environment.config.iam.paths
    }
    keys = sorted(set(_keys(environment, picture)) | set(environment.config.iam.kms_key_arns))
    if keys:
        yield Setting(("iam", "kms_key_arns"), keys, "customer keys that buckets, secrets or the table use")
    if paths:
        yield Setting(("iam", "paths"), dict(sorted(paths.items())), "roles that are not at the path /")


def _keys(environment: Environment, picture: Mapping[str, Any]) -> Iterator[str]:
    """The ARNs of customer keys; AWS's own need no permission of ours."""
    found = [secret.get("KmsKeyId") for secret in (picture.get("secrets") or {}).values()]
    found.append(((picture.get("table") or {}).get("SSEDescription") or {}).get("KMSMasterKeyArn"))
    for bucket in (picture.get("buckets") or {}).values():
        for rule in (bucket.get("Encryption") or {}).get("Rules") or []:
            found.append((rule.get("ApplyServerSideEncryptionByDefault") or {}).get("KMSMasterKeyID"))
    known = picture.get("keys") or {}
    found.append(known.get((picture.get("namespace") or {}).get("adminPasswordSecretKmsKeyId")))
    named = (known.get(str(key), str(key)) for key in found if key)
    yield from (arn for arn in named if ":key/" in arn)


def _redshift(environment: Environment, picture: Mapping[str, Any]) -> Iterator[Setting]:
    here = ("databases", "redshift")
    names = environment.config.iam
    ours = {environment.resource(name) for name in (names.redshift_commands, *names.redshift_s3)}
    namespace, workgroup = picture.get("namespace") or {}, picture.get("workgroup") or {}
    more = [arn for arn in namespace.get("iamRoles") or [] if arn.rpartition("/")[2] not in ours]
    if more:
        yield Setting((*here, "more_roles"), more, "the namespace's other roles")
    if namespace.get("dbName"):
        yield Setting((*here, "database"), namespace["dbName"], "the namespace's database")
    if namespace.get("managedPassword"):
        yield Setting((*here, "managed_password"), True, "AWS keeps the namespace's password")
    for key, name in (
        ("base_capacity", "baseCapacity"), ("max_capacity", "maxCapacity"), ("port", "port"),
        ("publicly_accessible", "publiclyAccessible"),
    ):  # fmt: skip
        if workgroup.get(name):
            yield Setting((*here, key), workgroup[name], f"the workgroup's {name}")


def _table(environment: Environment, picture: Mapping[str, Any]) -> Iterator[Setting]:
    table, here = picture.get("table") or {}, ("databases", "dynamodb")
    hash_key = next(
        (one["AttributeName"] for one in table.get("KeySchema") or [] if one["KeyType"] == "HASH"), None
    )
    if hash_key:
        types = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
        yield Setting((*here, "hash_key"), hash_key, "the table's key")
        yield Setting((*here, "hash_key_type"), types[hash_key], "the type of the table's key")
    stream = (table.get("StreamSpecification") or {}).get("StreamViewType")
    if stream:
        yield Setting((*here, "stream_view_type"), stream, "what the table's stream carries")


def _trail(environment: Environment, picture: Mapping[str, Any]) -> Iterator[Setting]:
    trail = picture.get("trail") or {}
    if trail.get("KmsKeyId"):
        yield Setting(("audit", "kms_key_arn"), trail["KmsKeyId"], "the key of the trail's logs")
    bucket = environment.config.storage.trail_bucket
    logs = trail.get("S3BucketName")
    if logs and logs != environment.resource(bucket):
        yield Setting(("storage", "trail_bucket"), logs, "where the trail's logs go")
    more = [
        {"name": one.get("Name", ""), "fields": [_field(field) for field in one["FieldSelectors"]]}
        for one in trail.get("AdvancedSelectors") or []
        if one.get("Name") != OUR_SELECTOR
    ]
    basic = trail.get("Selectors")
    if basic is not None and not trail.get("AdvancedSelectors"):
        # ours are advanced, and would take their place
        more = as_advanced(Basic.of_api(one) for one in basic)
    if more and more != _plain(environment.config.audit.more_selectors):
        yield Setting(("audit", "more_selectors"), more, "what the trail selects beside")


FIELDS = {
    "Field": "field", "Equals": "equals", "NotEquals": "not_equals", "StartsWith": "starts_with",
    "NotStartsWith": "not_starts_with", "EndsWith": "ends_with", "NotEndsWith": "not_ends_with",
}  # fmt: skip


def _field(field: Mapping[str, Any]) -> dict[str, Any]:
    return {FIELDS[name]: value for name, value in field.items() if value and name in FIELDS}


def _plain(models: list[Any]) -> list[Any]:
    return [model.model_dump(exclude_none=True) for model in models]


def _buckets(environment: Environment, picture: Mapping[str, Any]) -> Iterator[Setting]:
    storage = environment.config.storage
    more: dict[str, list[str]] = {}
    for key in ("source", "glue_assets", "trail"):
        name = environment.resource(getattr(storage, f"{key}_bucket"))
        policy = ((picture.get("buckets") or {}).get(name) or {}).get("Policy") or {}
        statements = policy.get("Statement") or []  # one may stand without its list (IAM policy grammar)
        statements = statements if isinstance(statements, list) else [statements]
        theirs = [one for one in statements if one.get("Sid") not in OUR_STATEMENTS]
        if theirs:
            more[key] = [json.dumps(one, sort_keys=True) for one in theirs]
    if more:
        yield Setting(("storage", "more_statements"), more, "statements in the buckets' policies")


def _connection(environment: Environment, picture: Mapping[str, Any]) -> Iterator[Setting]:
    name = environment.resource(environment.config.glue.connection.name)
    one = (picture.get("connections") or {}).get(name)
    if one and one.get("ConnectionType") != "JDBC" and environment.config.manages_connection:
        words = f"the connection is of type {one.get('ConnectionType')}: it is kept"
        yield Setting(("glue", "connection", "manage"), False, words)


SIZES = {
    "GlueVersion": "glue_version", "MaxCapacity": "max_capacity", "WorkerType": "worker_type",
    "NumberOfWorkers": "number_of_workers",
}  # fmt: skip


def _jobs(environment: Environment, picture: Mapping[str, Any]) -> Iterator[Setting]:
    known = picture.get("jobs") or {}
    for name, job in environment.config.glue.jobs.items():
        one, here = known.get(environment.resource(name)) or {}, ("glue", "jobs", name)
        shell = job.type == "pythonshell"
        for key, setting in SIZES.items():
            belongs = key == "GlueVersion" or (key == "MaxCapacity") == shell
            if one.get(key) and belongs:
                yield Setting((*here, setting), one[key], f"the job's {key}")
        if one.get("Timeout") and job.timeout_minutes:
            yield Setting((*here, "timeout_minutes"), one["Timeout"], "the job's timeout")
        given = {
            key: value
            for key, value in (one.get("DefaultArguments") or {}).items()
            if key not in OUR_ARGUMENTS | OURS_OF.get(name, frozenset())
        }
        if given:
            yield Setting((*here, "arguments"), dict(sorted(given.items())), "the job's other arguments")


def _trigger(environment: Environment, picture: Mapping[str, Any]) -> Iterator[Setting]:
    glue = environment.config.glue
    flow = environment.resource(glue.workflow)
    for name, one in sorted((picture.get("triggers") or {}).items()):
        starts = one.get("WorkflowName") == flow and one.get("Type") in STARTING
        if not starts:
            continue
        if name != (glue.start_trigger or f"{flow}-start"):
            yield Setting(("glue", "start_trigger"), name, "the workflow's starting trigger")
        batch = one.get("EventBatchingCondition") or {}
        if batch.get("BatchSize"):
            value = {"size": batch["BatchSize"], "window_seconds": batch.get("BatchWindow", 900)}
            yield Setting(("capture", "batch"), value, "how the starting trigger batches events")
        return


def _target(environment: Environment, picture: Mapping[str, Any]) -> Iterator[Setting]:
    machine = environment.resource(environment.config.capture.state_machine)
    for one in (picture.get("rule") or {}).get("Targets") or []:
        if str(one["Arn"]).endswith(f":stateMachine:{machine}"):
            yield Setting(("capture", "target"), one["Id"], "the state machine's id among the rule's targets")
            return


def rewrite(text: str, found: list[Setting]) -> str:
    """The text of env.yaml with the settings in it; comments and order stay."""
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    document = yaml.load(text)
    for setting in found:
        here = document
        for part in setting.path[:-1]:
            if not isinstance(here.get(part), dict):
                here[part] = CommentedMap()
            here = here[part]
        _set(here, setting.path[-1], _quoted(setting.value))
    out = io.StringIO()
    yaml.dump(document, out)
    return out.getvalue()


def _set(here: Any, key: str, value: Any) -> None:
    """Set a key; a new one goes before the last, after which the blank lines of the file stand."""
    if key in here or not here:
        here[key] = value
    else:
        here.insert(len(here) - 1, key, value)


def _quoted(value: Any) -> Any:
    """The same value in flow style, with texts in quotes: versions and account ids stay texts."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(value, str):
        return DoubleQuotedScalarString(value)
    if isinstance(value, Mapping):
        made = CommentedMap({name: _quoted(item) for name, item in value.items()})
        made.fa.set_flow_style()
        return made
    if isinstance(value, list):
        items = CommentedSeq([_quoted(item) for item in value])
        items.fa.set_flow_style()
        return items
    return value


def diff(before: str, after: str, name: str) -> str:
    """The change as a person reviews it."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"{name} (now)", f"{name} (then)", lineterm="", n=1
    )
    return "\n".join(lines)
