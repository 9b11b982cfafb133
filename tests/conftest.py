"""What every test gets: the repository, an environment of its own, and nothing of the user's AWS settings."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent

KEPT = ("DPCTL_PROVIDER_MIRROR", "DPCTL_SPARK_HOME")  # where the machine has what is downloaded


def pytest_configure() -> None:
    """Let Ctrl-C through: a runner in the background ignores it, and everything it starts would too.

    No property fails because the machine is busy: Hypothesis measures how long an example takes to make.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if importlib.util.find_spec("hypothesis"):
        from hypothesis import HealthCheck, settings

        settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
        settings.load_profile("busy")


# Folders whose tests share no server: they may run in any process.
SPREAD = ("unit", "modules", "boundary")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Keep together in one process what shares a server: each file, and the folders of tests/integration."""
    tests = REPOSITORY / "tests"
    for item in items:
        place = item.path.relative_to(tests)
        if place.parts[0] not in SPREAD and not item.get_closest_marker("xdist_group"):
            shared = place.parent if place.parts[0] == "integration" and len(place.parts) > 2 else place
            item.add_marker(pytest.mark.xdist_group(str(shared)))


@pytest.fixture(scope="session")
def repo() -> Path:
    """The root of this repository."""
    return REPOSITORY


@pytest.fixture(autouse=True, scope="session")
def isolation(tmp_path_factory):
    """No credentials, no profile, no colours, no settings of dpctl: a test sees only what it sets."""
    patch = pytest.MonkeyPatch()
    nowhere = tmp_path_factory.mktemp("nowhere")
    for name in list(os.environ):
        if name.startswith(("AWS_", "DPCTL_")) and name not in KEPT:
            patch.delenv(name)
    patch.setenv("AWS_CONFIG_FILE", str(nowhere / "config"))
    patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(nowhere / "credentials"))
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    patch.setenv("XDG_CACHE_HOME", str(nowhere / "cache"))
    patch.setenv("NO_COLOR", "1")
    patch.setenv("XDG_CACHE_HOME", str(nowhere / "cache"))
    patch.setenv("COLUMNS", "100")
    patch.delenv("FORCE_COLOR", raising=False)
    mirror = provider_mirror()
    if mirror:
        patch.setenv("DPCTL_PROVIDER_MIRROR", str(mirror))
    yield
    patch.undo()


def provider_mirror() -> Path | None:
    """A filesystem mirror of Terraform providers on this machine, if it has one.

    It is named by DPCTL_PROVIDER_MIRROR, or is the parent of a folder ``registry.terraform.io`` at most four
    levels below the root of the disk.
    """
    named = os.environ.get("DPCTL_PROVIDER_MIRROR")
    if named:
        return Path(named)
    level = [Path("/")]
    for _ in range(4):
        folders = [child for folder in level for child in _folders(folder)]
        for folder in folders:
            if folder.name == "registry.terraform.io":
                return folder.parent
        level = folders
    return None


def require_providers() -> None:
    """Skip where the AWS provider can be had neither from a mirror nor from the internet."""
    if provider_mirror():
        return
    try:
        socket.create_connection(("registry.terraform.io", 443), timeout=3).close()
    except OSError:
        pytest.skip("no DPCTL_PROVIDER_MIRROR and no way to registry.terraform.io")


def _folders(folder: Path) -> list[Path]:
    if str(folder) in {"/proc", "/sys", "/dev", "/run"}:
        return []
    try:
        return [Path(entry.path) for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
