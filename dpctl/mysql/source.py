"""A session with MySQL from this machine: in the sandbox always, in AWS where there is a way into the VPC."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from dpctl.config import Environment
from dpctl.errors import AccessError, AwsError

SECONDS = 3  # to connect: who only looks must not wait for a network that leads nowhere
# Errors of the client's ("MySQL error message reference"): the server was not reached, or went away.
UNREACHED = range(2000, 3000)
NO_TLS = 2026  # CR_SSL_CONNECTION_ERROR: the server was reached, and has no TLS, or none that both know


class Clients(Protocol):
    """What gives clients of AWS's services."""

    def client(self, service: str) -> Any:
        """A boto3 client."""


@dataclass(frozen=True)
class Login:
    """Where MySQL is, who logs in, and whether TLS is a must; the password is not shown."""

    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    tls: bool = True


class Refused(Exception):
    """The server said no; ``code`` is the number of its error, the text its words."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Unreached(Exception):
    """There is no way to the server from here; the text says what happened."""


Address = tuple[str, str, int]
"""A name in AWS's DNS, and the host and port that stand for it: those of the sandbox's server."""


def login(environment: Environment, aws: Clients, stand_in: Address | None = None) -> Login:
    """The login of env.yaml's instance and secret. Raises LookupError where it has none.

    AWS's own errors go through: a caller who may not read the secret is told so.
    """
    config = environment.config
    if config.databases.mysql is None:
        raise LookupError("databases.mysql is null")
    name = environment.resource(config.databases.mysql.identifier)
    found = aws.client("rds").describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
    place = found.get("Endpoint") or {}
    secret = (found.get("MasterUserSecret") or {}).get("SecretArn")
    value = credentials(aws, secret or environment.resource(config.secrets.database))
    known = Login(
        place.get("Address", ""),
        int(place.get("Port") or config.databases.mysql.port),
        config.databases.mysql.database,
        str(value.get("username", "")),
        str(value.get("password", "")),
    )
    return at(known, stand_in)


def credentials(aws: Clients, secret: str) -> Mapping[str, Any]:
    """The keys of a secret; empty where it is no JSON object."""
    text = aws.client("secretsmanager").get_secret_value(SecretId=secret).get("SecretString", "")
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def at(known: Login, stand_in: Address | None) -> Login:
    """The login with the address of the sandbox's server, where it is that one's."""
    if stand_in is None or stand_in[0].lower() != known.host.lower():
        return known
    return replace(known, host=stand_in[1], port=stand_in[2])


@contextmanager
def session(known: Login, seconds: int = SECONDS) -> Iterator[Any]:
    """A connection of PyMySQL's that only reads. Raises Refused and Unreached, also for what is asked in it.

    With TLS the certificate is not looked at, as the job's driver does not: RDS's authority is in no store. A
    server without it is refused before the password is sent.
    """
    import pymysql

    secured: dict[str, Any] = {"ssl": {"verify_mode": False}} if known.tls else {"ssl_disabled": True}
    try:
        opened = pymysql.connect(
            host=known.host, port=known.port, user=known.user, password=known.password,
            database=known.database or None, connect_timeout=seconds, read_timeout=30, charset="utf8mb4",
            autocommit=True, cursorclass=pymysql.cursors.DictCursor, **secured,
        )  # fmt: skip
        with opened:
            yield opened
    except pymysql.MySQLError as error:
        code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
        text = str(error.args[-1]) if error.args else type(error).__name__
        if code != NO_TLS and (code in UNREACHED or not code):
            raise Unreached(text) from error
        raise Refused(code, text) from error
    except OSError as error:
        raise Unreached(str(error)) from error


def rows(opened: Any, sql: str, *values: Any) -> list[dict[str, Any]]:
    """The rows of a query; the column names in small letters, since MySQL 8 gives capitals."""
    with opened.cursor() as cursor:
        cursor.execute(sql, values)
        return [{name.lower(): value for name, value in row.items()} for row in cursor.fetchall()]


def quoted(name: str) -> str:
    """A name of MySQL's, quoted."""
    return "`" + name.replace("`", "``") + "`"


def explained(known: Login, error: Refused | Unreached) -> AwsError | AccessError:
    """The error of a command that can't do without MySQL."""
    where = f"{known.host}:{known.port}"
    if isinstance(error, Unreached):
        return AwsError(
            f"MySQL can't be reached from here at {where}.",
            why=f"{error}. It is in a private subnet: it takes a VPN, a tunnel, or the sandbox.",
            hint="the same with --sandbox; or dpctl doctor glue-connection --connection NAME",
        )
    if error.code == NO_TLS:
        return AwsError(
            f"MySQL at {where} has no TLS, and nothing was sent to it.",
            why=f"{error}.",
            hint="turn TLS on at the server: rows and passwords go over this connection",
        )
    denied = re.search(r"denied", str(error), re.IGNORECASE)
    return (AccessError if denied else AwsError)(
        f"MySQL at {where} refuses {known.user!r}.",
        why=str(error),
        hint="look at secrets.database of env.yaml, and at the user's rights (SHOW GRANTS)",
    )
