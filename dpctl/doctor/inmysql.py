"""What only MySQL says: whether it takes the connection's login, and lets it read the tables."""

from __future__ import annotations

import time
from collections.abc import Sequence

from dpctl.doctor import model as m
from dpctl.doctor.asking import Clients
from dpctl.doctor.target import address
from dpctl.mysql import catalogue
from dpctl.mysql.source import Address, Login, Refused, at, credentials, quoted, rows, session

MISSING = 1146  # ER_NO_SUCH_TABLE


def login_of(clients: Clients, connection: m.Connection, stand_in: Address | None) -> Login:
    """Who logs in where, as Glue does with this connection."""
    where = address(connection.properties, connection.type)
    value = credentials(clients, connection.secret) if connection.secret else {}
    enforced = connection.properties.get("ENFORCE_SSL", connection.properties.get("JDBC_ENFORCE_SSL", ""))
    known = Login(
        where.host,
        where.port,
        where.database,
        str(value.get("username", "")),
        str(value.get("password", "")),
        enforced.lower() == "true",
    )
    return at(known, stand_in)


def select(known: Login, tables: Sequence[str]) -> m.ActiveTest:
    """Log in from here and read a row of each table; without ``tables`` of all that the user sees.

    Raises Unreached where there is no way to the server from here.
    """
    began = time.monotonic()
    try:
        with session(known) as opened:
            asked = tables or catalogue.names(opened)
            refused = [text for name in asked if (text := _refused(opened, name))]
            if not asked and not _may_select(opened):
                refused = [f"{known.user} has no SELECT on {known.database}"]
        said = "; ".join(refused) or f"{known.user} reads {len(asked)} tables of {known.database}"
        return m.ActiveTest(not refused, f"from this machine: {said}", time.monotonic() - began)
    except Refused as error:
        return m.ActiveTest(False, f"from this machine: MySQL says: {error}", time.monotonic() - began)


def _refused(opened: object, name: str) -> str:
    import pymysql

    try:
        rows(opened, f"SELECT 1 AS one FROM {quoted(name)} LIMIT 1")
    except (pymysql.err.OperationalError, pymysql.err.ProgrammingError) as error:
        return f"{name}: there is no such table" if error.args[0] == MISSING else f"{name}: {error.args[-1]}"
    return ""


def _may_select(opened: object) -> bool:
    grants = [str(next(iter(row.values()))) for row in rows(opened, "SHOW GRANTS FOR CURRENT_USER")]
    return any(" SELECT" in line or "ALL PRIVILEGES" in line for line in grants)
