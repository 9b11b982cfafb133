"""The sandbox's own pages, from the outside: ``/_sandbox/...``."""

from __future__ import annotations

import hmac
import json
import secrets
import urllib.error
import urllib.request
from typing import Any

from dpctl.errors import DpctlError
from dpctl.sandbox import gate
from dpctl.sandbox.info import SandboxInfo


def ask(info: SandboxInfo, page: str, document: Any = None, *, timeout: float = 300.0) -> Any:
    """Read a page, or post a document to it; gives the answer's JSON. Raises DpctlError where refused."""
    headers = {"Authorization": f"Bearer {info.token}", "Content-Type": "application/json"}
    body = None if document is None else json.dumps(document).encode()
    request = urllib.request.Request(f"{info.endpoint}/_sandbox/{page}", data=body, headers=headers)
    try:
        return _open(request, timeout)
    except urllib.error.HTTPError as error:
        raise DpctlError(f"The sandbox refused {page}.", why=_reason(error)) from error
    except (OSError, ValueError) as error:
        raise DpctlError(
            f"The sandbox did not answer {page}.", why=str(error), hint="dpctl sandbox status"
        ) from error


def variables(info: SandboxInfo) -> dict[str, str]:
    """What other programs need to reach a sandbox, by the names they read: AWS_*, PG*, MYSQL_* and the token.

    MYSQL_USER no client of MySQL's reads: ``mariadb -u "$MYSQL_USER"``.
    """
    database, mysql = ask(info, "database"), ask(info, "mysql")
    return info.environment() | {
        "PGHOST": info.redshift_host,
        "PGPORT": str(info.redshift_port),
        "PGDATABASE": info.redshift_database,
        "PGUSER": database["user"],
        "PGPASSWORD": database["password"],
        "DPCTL_SANDBOX_TOKEN": info.token,
        "DPCTL_SANDBOX_REALISM": info.realism,
        **({"DPCTL_SANDBOX_SEED": str(info.seed)} if info.realism == "storm" else {}),
        **(_mysql_variables(mysql) if mysql else {}),
    }


def _mysql_variables(mysql: dict[str, Any]) -> dict[str, str]:
    return {
        "MYSQL_HOST": mysql["host"],
        "MYSQL_TCP_PORT": str(mysql["port"]),
        "MYSQL_DATABASE": mysql["database"],
        "MYSQL_USER": mysql["user"],
        "MYSQL_PWD": mysql["password"],
    }


def proves(info: SandboxInfo, *, timeout: float = 15.0) -> bool:
    """Whether the sandbox that was written down answers: it proves that it holds the token.

    The token itself is not sent: a port may be another program's by now.
    """
    challenge = secrets.token_hex(32)
    try:
        answer = _open(f"{info.endpoint}/_sandbox/health?challenge={challenge}", timeout)
    except (OSError, ValueError):
        return False
    given = answer.get("proof", "") if isinstance(answer, dict) else ""
    return hmac.compare_digest(str(given).encode(), gate.proof(info.token, challenge).encode())


def _open(request: Any, timeout: float) -> Any:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=timeout) as response:
        return json.load(response)


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        document = json.load(error)
    except ValueError:
        return str(error)
    return str(document.get("error") or document.get("message") or error)
