"""The user that loads run as, and what it may: GRANTs on the tables that it loads, and nothing else.

With ``databases.redshift.load_as: loader`` the job signs in to the Data API with its role, which is the
database user ``IAMR:<role>`` there (Amazon Redshift API, GetCredentials). It needs no password. MERGE wants
SELECT, INSERT, UPDATE and DELETE on its target, LOCK and the load log the same (Database Developer Guide).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dpctl.redshift.ddl import TableSpec
from dpctl.redshift.executor import Executor
from dpctl.redshift.quoting import identifier, literal, qualified
from dpctl.redshift.tables import Change, Live

if TYPE_CHECKING:
    from dpctl.config import Environment

LOAD_LOG = "dpctl_load_log"
RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Loader:
    """A database user, and the tables that it loads, by schema and name."""

    user: str
    tables: tuple[tuple[str, str], ...]

    @property
    def schemas(self) -> tuple[str, ...]:
        """The schemas of its tables."""
        return tuple(dict.fromkeys(schema for schema, _ in self.tables))


def wanted(environment: Environment, tables: Iterable[TableSpec]) -> Loader | None:
    """The loader of those of these tables that follow DynamoDB; None where loads run as the admin user."""
    config = environment.config
    if config.databases.redshift.load_as != "loader":
        return None
    following = environment.loaded_from("dynamodb")
    loaded = tuple((table.schema, table.name) for table in tables if table.name in following)
    return Loader(f"IAMR:{environment.resource(config.iam.glue)}", loaded) if loaded else None


def changes(executor: Executor, loader: Loader, live: Live) -> list[Change]:
    """What the loader lacks: the user, the load logs, and rights. Raises what the executor raises."""
    asked = f"SELECT usename FROM pg_user WHERE usename = {literal(loader.user)}"
    known = bool(executor.run(asked, fetch=True).rows)
    lacking = [] if known else [_user(loader)]
    for schema in loader.schemas:
        has_log = _has_log(executor, schema)
        if not has_log:
            lacking.append(_log(schema))
        if not known or not _may(executor, "schema", loader.user, schema, ("USAGE",)):
            lacking.append(_usage(loader, schema))
        if not (known and has_log and _may_write(executor, loader, schema, LOAD_LOG)):
            lacking.append(_rights(loader, schema, LOAD_LOG))
    for schema, name in loader.tables:
        there = known and (schema, name) in live.tables
        if not (there and _may_write(executor, loader, schema, name)):
            lacking.append(_rights(loader, schema, name))
    return lacking


def from_nothing(loader: Loader) -> list[Change]:
    """All that the loader needs, where nothing of it is there."""
    logs = [
        change
        for schema in loader.schemas
        for change in (_log(schema), _usage(loader, schema), _rights(loader, schema, LOAD_LOG))
    ]
    return [_user(loader), *logs, *(_rights(loader, schema, name) for schema, name in loader.tables)]


def _user(loader: Loader) -> Change:
    sql = f"CREATE USER {identifier(loader.user)} PASSWORD DISABLE"
    return Change(loader.user, "create-user", "create the user that loads run as", sql)


def _log(schema: str) -> Change:
    sql = (
        f"CREATE TABLE IF NOT EXISTS {qualified(schema, LOAD_LOG)} (batch_id varchar(64) NOT NULL, "
        "table_name varchar(127) NOT NULL, loaded_at timestamp NOT NULL)"
    )
    return Change(f"{schema}.{LOAD_LOG}", "create-table", "create the load log", sql)


def _usage(loader: Loader, schema: str) -> Change:
    sql = f"GRANT USAGE ON SCHEMA {identifier(schema)} TO {identifier(loader.user)}"
    return Change(schema, "grant", f"let {loader.user} use the schema", sql)


def _has_log(executor: Executor, schema: str) -> bool:
    sql = (
        "SELECT 1 FROM svv_redshift_tables WHERE database_name = current_database() "
        f"AND schema_name = {literal(schema)} AND table_name = {literal(LOAD_LOG)}"
    )
    return bool(executor.run(sql, fetch=True).rows)


def _rights(loader: Loader, schema: str, name: str) -> Change:
    sql = f"GRANT {', '.join(RIGHTS)} ON {qualified(schema, name)} TO {identifier(loader.user)}"
    return Change(f"{schema}.{name}", "grant", f"let {loader.user} read and write the rows", sql)


def _may_write(executor: Executor, loader: Loader, schema: str, name: str) -> bool:
    return _may(executor, "table", loader.user, f"{schema}.{name}", RIGHTS)


def _may(executor: Executor, kind: str, user: str, what: str, rights: tuple[str, ...]) -> bool:
    asked = (f"has_{kind}_privilege({literal(user)}, {literal(what)}, {literal(right)})" for right in rights)
    rows = executor.run(f"SELECT {' AND '.join(asked)} AS may", fetch=True).rows
    return bool(rows) and str(rows[0][0]).lower() in {"true", "t", "1"}
