"""The names of an environment, put into recorded ARNs as placeholders, and taken out again for another one.

``arn:aws:s3:::manifest-bucket/orders/1.parquet`` of a recorded run is kept as
``arn:${partition}:s3:::${storage.source_bucket}/*``, which means something in every environment. What AWS
numbers (ids, UUIDs, the end of a secret's ARN) is ``*``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from dpctl.aws import partition
from dpctl.config import Environment

_PLACEHOLDER = re.compile(r"\$\{([\w.]+)\}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SECRET_END = re.compile(r"-[A-Za-z0-9]{6}$")
_ROLES = (
    "glue", "redshift_commands", "redshift_s3", "step_functions", "events_to_step_functions",
    "events_to_glue", "sweeper", "capture_lambda", "scheduler", "unload_lambda",
)  # fmt: skip


@dataclass(frozen=True)
class Names:
    """What stands for what in one environment: values by placeholder (several for one of a list)."""

    values: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, environment: Environment) -> Names:
        """The names of an environment, as AWS has them."""
        config = environment.config
        own = {
            "account": (config.account_id,),
            "region": (config.region,),
            "partition": (partition(config.region),),
            "env": (environment.name,),
            "state_bucket": (environment.state_bucket,),
        }
        named = {path: tuple(map(environment.resource, found)) for path, found in _given(environment)}
        return cls({**own, **named, **_roles(environment), "prefix": (environment.resource(""),)})

    def expand(self, template: str) -> list[str]:
        """The ARNs that a template means; none where the environment has no such thing."""
        paths = list(dict.fromkeys(_PLACEHOLDER.findall(template)))
        found = []
        for chosen in product(*(self.values.get(path, ()) for path in paths)):
            arn = template
            for path, value in zip(paths, chosen, strict=True):
                arn = arn.replace(f"${{{path}}}", value)
            found.append(arn)
        return list(dict.fromkeys(found))

    def generalise(self, arn: str) -> str:
        """An ARN as a template."""
        if arn == "*" or arn.count(":") < 5:
            return arn
        _, _, service, region, account, rest = arn.split(":", 5)
        rest = self._object(rest) if service == "s3" else _numbered(service, rest)
        rest = self._placed(service, rest)
        place = "${region}" if region in self.values["region"] else region
        owner = "${account}" if account in self.values["account"] else account
        return f"arn:${{partition}}:{service}:{place}:{owner}:{rest}"

    def _object(self, rest: str) -> str:
        """An object's key: of the state by its place, of Glue's bucket by its folder, else any."""
        bucket, slash, key = rest.partition("/")
        if not slash:
            return bucket
        if bucket in self.values["state_bucket"]:
            [env] = self.values["env"]
            return f"{bucket}/" + re.sub(rf"^live/{re.escape(env)}/[^/]+/", "live/${env}/*/", key)
        folder, slash, _ = key.partition("/")
        return (
            f"{bucket}/{folder}/*" if slash and bucket in self._of("storage.glue_assets") else f"{bucket}/*"
        )

    def _of(self, start: str) -> set[str]:
        return {one for path, found in self.values.items() if path.startswith(start) for one in found}

    def _placed(self, service: str, rest: str) -> str:
        own = _SERVICES.get(service, _ANYWHERE)
        if "redshift!" in rest:  # the secret that a namespace keeps its password in
            own = ("databases.redshift.namespace",)
        wanted = (*_EVERYWHERE, *own)
        named = [(path, found) for path, found in self.values.items() if path.startswith(wanted)]
        pairs = [(value, path) for path, found in named for value in found if value]
        pairs.sort(key=lambda pair: (-len(pair[0]), pair[1]))
        for value, path in pairs:
            word = rf"(?<![\w${{.-]){re.escape(value)}" + ("" if path == "prefix" else r"(?![\w.-]*\}|\w)")
            rest = re.sub(word, f"${{{path}}}", rest)
        return rest


_EVERYWHERE = ("account", "region", "prefix", "state_bucket")
# Whose names can stand in a service's ARNs, and what logs, alarms and queues are called after.
_ANYWHERE = ("capture", "glue.workflow", "glue.jobs", "schedules")
_SERVICES: dict[str, tuple[str, ...]] = {
    "s3": ("storage", "state_bucket"),
    "secretsmanager": ("secrets",),
    "iam": ("iam",),
    "glue": ("glue",),
    "dynamodb": ("databases.dynamodb",),
    "rds": ("databases.mysql",),
    "states": ("capture.state_machine",),
    "lambda": ("capture.function",),
    "events": ("capture.rule",),
    "cloudtrail": ("audit",),
    "scheduler": ("schedules",),
}


def _given(environment: Environment) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The names that env.yaml gives, by their place in it."""
    config = environment.config
    for bucket in ("source", "glue_assets", "trail", "export"):
        yield f"storage.{bucket}_bucket", (getattr(config.storage, f"{bucket}_bucket"),)
    yield "secrets.redshift", (config.secrets.redshift,)
    yield "secrets.database", (config.secrets.database,)
    yield "audit.trail", (config.audit.trail,)
    yield "databases.dynamodb.table", (config.databases.dynamodb.table,)
    mysql = config.databases.mysql
    yield "databases.mysql.identifier", (mysql.identifier,) if mysql else ()
    yield "databases.redshift.namespace", (config.databases.redshift.namespace,)
    yield "databases.redshift.workgroup", (config.databases.redshift.workgroup,)
    yield "glue.workflow", (config.glue.workflow,)
    yield "glue.connection.name", (config.glue.connection.name,)
    yield "glue.mysql_connection", (config.glue.mysql_connection,)
    yield "glue.start_trigger", (config.glue.start_trigger,) if config.glue.start_trigger else ()
    yield "glue.jobs", tuple(config.glue.jobs)
    yield "capture.rule", (config.capture.rule,)
    yield "capture.state_machine", (config.capture.state_machine,)
    yield "capture.function", (config.capture.function,)
    yield "schedules", tuple(one.name for one in config.schedules)


def _roles(environment: Environment) -> dict[str, tuple[str, ...]]:
    """The roles, each with the path that it has in the account."""
    iam = environment.config.iam
    found = {}
    for role in _ROLES:
        given = getattr(iam, role)
        names = map(environment.resource, given if isinstance(given, list) else [given])
        found[f"iam.{role}"] = tuple(iam.paths.get(name, "/").lstrip("/") + name for name in names)
    return found


def _numbered(service: str, rest: str) -> str:
    """The end of an ARN without what AWS numbers."""
    rest = _UUID.sub("*", rest)
    if service == "ec2":
        return re.sub(r"/[a-z]+-[0-9a-z]+$", "/*", rest)
    if service == "secretsmanager":
        return _SECRET_END.sub("-??????", rest)
    if service == "dynamodb":
        return re.sub(r"/stream/.+$", "/stream/*", rest)
    if service == "logs":
        return re.sub(r":log-stream:.*$", ":log-stream:*", rest)
    return rest
