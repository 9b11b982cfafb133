"""docs/sandbox-redshift.md: how clients connect, how their checks went, what is supported and refused.

The table comes from the record of ``make clients RECORD=1``; the lists come from the code that decides.
"""

from __future__ import annotations

from collections.abc import Iterable

from dpctl.sandbox.redshift.sql import allowed, dialect
from tests.clients import results

_CONNECT = """\
`eval "$(dpctl sandbox env --env dev)"` sets what the clients below read: PGHOST, PGPORT, PGDATABASE, PGUSER,
PGPASSWORD, PGSSLROOTCERT (the certificate of the sandbox's own authority) and the variables of AWS. A plain
connection is refused where the workgroup's `require_ssl` is true, as in AWS; the replica's is false, because it
stands for a workgroup made before January 2025, when true became the default.

| client | how it connects |
| --- | --- |
| psql, pgx, lib/pq | by the variables; `sslmode` from `disable` to `verify-full` |
| JDBC | `jdbc:redshift://HOST:PORT/dev`; the authority in the trust store (below), or `sslmode=verify-ca&sslrootcert=$PGSSLROOTCERT` |
| JDBC with IAM | `jdbc:redshift:iam://HOST:PORT/dev?isServerless=true&serverlessWorkGroup=default-workgroup&Region=REGION&EndpointUrl=$AWS_ENDPOINT_URL`, AccessKeyID and SecretAccessKey as properties |
| node's pg | `ssl: {ca: fs.readFileSync(process.env.PGSSLROOTCERT)}`, or `ssl: false` |
| redshift_connector, SQLAlchemy, awswrangler | `ssl=True, sslmode="verify-ca"` with `SSL_CERT_FILE=$PGSSLROOTCERT`, or `ssl=False` |
| dbt-redshift | `sslmode: verify-ca` in the profile, with `SSL_CERT_FILE=$PGSSLROOTCERT`, or `disable` |
| aws CLI, AWS SDKs | the Data API at AWS_ENDPOINT_URL, with a workgroup and, for the administrator's rights, the secret's ARN |

A trust store for JDBC, whose default connection verifies the certificate:

```
keytool -importcert -noprompt -alias sandbox -file "$PGSSLROOTCERT" -keystore sandbox.p12 -storetype PKCS12 -storepass changeit
java -Djavax.net.ssl.trustStore=sandbox.p12 -Djavax.net.ssl.trustStorePassword=changeit ...
```
"""  # noqa: E501  (rows of a table)


def page() -> str:
    """The page as Markdown."""
    lines = ["# The sandbox's Redshift and its clients", ""]
    lines += [
        "Written by `make docs` from the code and from the record of `make clients`.",
        "",
    ]
    lines += ["## How to connect", "", _CONNECT]
    lines += ["## Clients and operations", "", *_table(), ""]
    lines += [
        "A cell has the checks that pass, of those that there are. A client that is not there was not run"
    ]
    lines += ["where the record was written.", ""]
    lines += ["## Statements", "", "Supported:", "", _listed(_statements()), ""]
    lines += ["Refused as not supported in the sandbox:", ""]
    lines += [_listed(dialect.REFUSED.values()) + "; and whatever is on neither list.", ""]
    lines += ["What CREATE, ALTER and DROP refuse as not supported in Amazon Redshift:", ""]
    lines += [_listed(kind.lower() for kind in dialect.FOREIGN), ""]
    lines += ["## Types", "", _listed(name.lower() for name in allowed.TYPES), ""]
    lines += ["## Functions", "", "What is not listed, and is no function of a user, is refused by name.", ""]
    lines += [_listed(allowed.FUNCTIONS), ""]
    lines += ["Functions of Amazon Redshift that are refused as not supported in the sandbox:", ""]
    lines += [_listed(allowed.MISSING), ""]
    lines += ["## Constructs of a query that are refused by name", "", _listed(allowed.NAMED.values()), ""]
    lines += ["Of Amazon Redshift, not supported in the sandbox:", ""]
    lines += [_listed(allowed.ELSEWHERE.values()), ""]
    return "\n".join(lines)


def _table() -> list[str]:
    known = results.recorded()
    areas = sorted({area for summary in known.values() for area in summary})
    lines = [f"| client | all | {' | '.join(areas)} |", "| --- | --- |" + " --- |" * len(areas)]
    for client, summary in known.items():
        cells = [_cell(summary.get(area)) for area in areas]
        whole = {key: sum(item[key] for item in summary.values()) for key in ("checks", "passed")}
        lines.append(f"| {client} | {_cell(whole)} | {' | '.join(cells)} |")
    return lines


def _cell(count: dict[str, int] | None) -> str:
    return f"{count['passed']} of {count['checks']}" if count else ""


def _statements() -> Iterable[str]:
    return (" ".join(prefix) for prefix in dialect.HANDLERS if prefix != ("(",))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(set(names)))
