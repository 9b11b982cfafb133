"""Amazon's JDBC driver: the named checks of jdbc/Checks.java, each of them, in two versions of the driver."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integration.redshift_engine.conftest import PASSWORD

pytestmark = [pytest.mark.clients, pytest.mark.sandbox, pytest.mark.slow]

ARTIFACT = "com.amazon.redshift:redshift-jdbc42"
CHECKS = Path(__file__).parent / "programs" / "jdbc" / "Checks.java"


def driver(version: str, folder: Path) -> Path:
    """The driver's jar, through Maven."""
    for tool in ("java", "keytool", "mvn"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    words = [
        "mvn",
        "-q",
        "dependency:copy",
        f"-Dartifact={ARTIFACT}:{version}",
        f"-DoutputDirectory={folder}",
    ]
    done = subprocess.run(words, capture_output=True, text=True, cwd=folder, timeout=600)
    jar = folder / f"redshift-jdbc42-{version}.jar"
    if not jar.exists():
        pytest.skip(f"Maven cannot get {ARTIFACT}:{version}: {done.stdout[-200:]}")
    return jar


@pytest.mark.parametrize("version", ["2.1.0.34", "2.3.0"])
def test_every_check_of_jdbc_passes(lab, url, version, tmp_path):
    jar = driver(version, tmp_path)
    trusted = tmp_path / "trusted.p12"
    subprocess.run(
        ["keytool", "-importcert", "-noprompt", "-alias", "sandbox", "-file", str(lab.engine.ca_file),
         "-keystore", str(trusted), "-storetype", "PKCS12", "-storepass", "changeit"],
        check=True, capture_output=True,
    )  # fmt: skip
    done = subprocess.run(
        ["java", f"-Djavax.net.ssl.trustStore={trusted}", "-Djavax.net.ssl.trustStorePassword=changeit",
         "-cp", str(jar), str(CHECKS), url, "admin", PASSWORD, str(lab.engine.ca_file)],
        capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert [line for line in lines if not line.startswith("ok\t")] == [], done.stderr[-2000:]
    assert len(lines) > 150
