"""Every client: its program of named checks, of which at least 95 of 100 pass and none fails."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.clients import results, toolchains
from tests.clients.toolchains import PROGRAMS

pytestmark = [pytest.mark.clients, pytest.mark.sandbox, pytest.mark.slow]

CASES = PROGRAMS / "cases.json"
PYTHON = PROGRAMS / "python"


@pytest.fixture
def passes(request, environ, tmp_path):
    """Runs a client's program and judges its checks."""

    def run(client, words, least, **more):
        done = subprocess.run(
            [str(word) for word in words], capture_output=True, text=True, timeout=900, cwd=tmp_path,
            env={**environ, **more}, check=False,
        )  # fmt: skip
        checks = results.parse(done.stdout)
        failed = [f"{check.name}: {check.reason}" for check in checks if check.outcome == "FAIL"]
        assert failed == []
        assert done.returncode == 0, (done.stdout[-1000:], done.stderr[-3000:])
        assert len(checks) >= least
        assert sum(check.outcome == "ok" for check in checks) >= 0.95 * len(checks)
        if request.config.getoption("--record"):
            results.record(client, checks)
        else:
            known = results.recorded().get(client)
            assert known in (None, results.summary(checks)), "make clients RECORD=1, and make docs"

    return run


@pytest.mark.parametrize("version", ["2.1.0.34", "2.3.0"])
def test_jdbc(passes, environ, tmp_path, version):
    path, trusted, ca = toolchains.jdbc(version), tmp_path / "trusted.p12", environ["PGSSLROOTCERT"]
    subprocess.run(
        ["keytool", "-importcert", "-noprompt", "-alias", "sandbox", "-file", ca, "-keystore", str(trusted),
         "-storetype", "PKCS12", "-storepass", "changeit"],
        check=True, capture_output=True,
    )  # fmt: skip
    url = f"jdbc:redshift://{environ['PGHOST']}:{environ['PGPORT']}/{environ['PGDATABASE']}"
    trust = [f"-Djavax.net.ssl.trustStore={trusted}", "-Djavax.net.ssl.trustStorePassword=changeit"]
    program = [PROGRAMS / "jdbc" / "Checks.java", url, environ["PGUSER"], environ["PGPASSWORD"], ca]
    words = ["java", *trust, "-cp", path, *program]
    passes(f"JDBC {version}", words, 160)


@pytest.mark.parametrize(("client", "driver"), [("pgx", "pgx"), ("lib/pq", "pq")])
def test_go(passes, client, driver):
    passes(client, [toolchains.go(), driver, CASES], 75)


@pytest.mark.parametrize(("client", "which"), [("node pg", "pg"), ("AWS SDK for JavaScript", "sdk")])
def test_node(passes, client, which):
    modules = toolchains.node()
    passes(client, ["node", PROGRAMS / "node" / "checks.mjs", which, CASES, modules], 65)


@pytest.mark.parametrize(
    ("client", "environment", "program", "least"),
    [
        ("redshift_connector", "sqlalchemy", "connector.py", 90),
        ("SQLAlchemy", "sqlalchemy", "sqlalchemy_checks.py", 80),
        ("awswrangler", "awswrangler", "wrangler.py", 35),
        ("dbt-redshift", "dbt", "dbt_checks.py", 60),
        ("aws CLI", "aws", "aws_checks.py", 20),
    ],
)
def test_python(passes, client, environment, program, least):
    interpreter = toolchains.python(environment)
    passes(client, [interpreter, PYTHON / program], least)


def test_psql(passes):
    if shutil.which("psql") is None:
        pytest.skip("psql is not installed")
    interpreter = toolchains.python("sqlalchemy")
    passes("psql", [interpreter, PYTHON / "psql_checks.py"], 40)
