"""An engine of its own for the drivers, and what they trust it by."""

from __future__ import annotations

import pytest

from tests.integration.redshift_engine.conftest import lab  # noqa: F401  the same engine, S3 and roles


@pytest.fixture(scope="session")
def url(lab):  # noqa: F811
    """Where JDBC connects."""
    return f"jdbc:redshift://127.0.0.1:{lab.engine.wire_port}/dev"
