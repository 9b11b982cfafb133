"""The clients under test: what each needs, and the program of named checks that it runs."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.clients import toolchains
from tests.clients.toolchains import PROGRAMS

CASES = PROGRAMS / "cases.json"
PYTHON = PROGRAMS / "python"

Environ = Mapping[str, str]
Words = list[Any]


@dataclass(frozen=True)
class Client:
    """A client, with the least number of checks that its program has to make.

    ``tool`` gets what the client needs, or raises `toolchains.Missing`; ``words`` is then the command of its
    program, from the tool, the environment and an empty folder.
    """

    name: str
    least: int
    tool: Callable[[], Any]
    words: Callable[[Any, Environ, Path], Words]


def _jdbc(version: str, least: int) -> Client:
    def words(jars: str, environ: Environ, folder: Path) -> Words:
        trusted, ca = folder / "trusted.p12", environ["PGSSLROOTCERT"]
        subprocess.run(
            ["keytool", "-importcert", "-noprompt", "-alias", "sandbox", "-file", ca,
             "-keystore", str(trusted), "-storetype", "PKCS12", "-storepass", "changeit"],
            check=True, capture_output=True,
        )  # fmt: skip
        url = f"jdbc:redshift://{environ['PGHOST']}:{environ['PGPORT']}/{environ['PGDATABASE']}"
        trust = [f"-Djavax.net.ssl.trustStore={trusted}", "-Djavax.net.ssl.trustStorePassword=changeit"]
        program = [PROGRAMS / "jdbc" / "Checks.java", url, environ["PGUSER"], environ["PGPASSWORD"], ca]
        return ["java", *trust, "-cp", jars, *program]

    return Client(f"JDBC {version}", least, lambda: toolchains.jdbc(version), words)


def _go(name: str, driver: str, least: int) -> Client:
    return Client(name, least, toolchains.go, lambda program, environ, folder: [program, driver, CASES])


def _node(name: str, which: str, least: int) -> Client:
    program = PROGRAMS / "node" / "checks.mjs"
    return Client(
        name,
        least,
        toolchains.node,
        lambda modules, environ, folder: ["node", program, which, CASES, modules],
    )


def _python(name: str, environment: str, program: str, least: int, *needs: str) -> Client:
    def tool() -> Path:
        toolchains.need(*needs)
        return toolchains.python(environment)

    return Client(name, least, tool, lambda interpreter, environ, folder: [interpreter, PYTHON / program])


CLIENTS = [
    _jdbc("2.1.0.34", 165),
    _jdbc("2.3.0", 165),
    _go("pgx", "pgx", 120),
    _go("lib/pq", "pq", 75),
    _node("node pg", "pg", 110),
    _node("AWS SDK for JavaScript", "sdk", 70),
    _python("redshift_connector", "sqlalchemy", "connector.py", 90),
    _python("SQLAlchemy", "sqlalchemy", "sqlalchemy_checks.py", 85),
    _python("psql", "sqlalchemy", "psql_checks.py", 90, "psql"),
    _python("awswrangler", "awswrangler", "wrangler.py", 35),
    _python("dbt-redshift", "dbt", "dbt_checks.py", 150),
    _python("aws CLI", "aws", "aws_checks.py", 25),
]


class Runs:
    """Runs of clients against one sandbox, two at a time, while the tools of the next are being got.

    ``environ`` starts the sandbox and gives the environment to reach it; programs write into ``folder``.
    """

    def __init__(self, chosen: Iterable[Client], environ: Callable[[], Environ], folder: Path) -> None:
        self._tools, self._programs = ThreadPoolExecutor(3), ThreadPoolExecutor(2)
        tools = {client: self._tools.submit(client.tool) for client in chosen}
        self._environ, self._folder = environ(), folder
        self._runs = {
            client: self._programs.submit(self._run, client, tool) for client, tool in tools.items()
        }

    def ended(self, client: Client) -> subprocess.CompletedProcess[str]:
        """How a client's program ended. Raises Missing where its tools are not to be had."""
        return self._runs[client].result()

    def close(self) -> None:
        """Start nothing more, and wait for what runs."""
        for pool in (self._tools, self._programs):
            pool.shutdown(cancel_futures=True)

    def _run(self, client: Client, tool: Future[Any]) -> subprocess.CompletedProcess[str]:
        folder = self._folder / client.name.replace("/", "-")
        folder.mkdir()
        words = client.words(tool.result(), self._environ, folder)
        return toolchains.run(words, cwd=folder, environ=self._environ, seconds=900)
