"""The committed lock files: every run starts from them, and only ``dpctl providers lock`` writes them."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess

import pytest

from dpctl.deploy import providers, workdir
from dpctl.livetree import discover, evaluate, preview
from tests.conftest import provider_mirror

HEAD = '# This file is maintained automatically by "terraform init".\n\n'


def entry(address, *hashes, version="1.0.0"):
    lines = "".join(f'    "{value}",\n' for value in hashes)
    return f'provider "{address}" {{\n  version     = "{version}"\n  hashes = [\n{lines}  ]\n}}\n'


def prepared(tree):
    (unit,) = (unit for unit in discover(tree.root, "dev") if unit.layer == "static")
    evaluation = evaluate(unit, command="plan", outputs=lambda _directory: None, environ={})
    return workdir.prepare(tree.root / ".dpctl", evaluation, {}, sandboxed=False)


def test_the_entries_of_another_registry_are_kept():
    before = (
        HEAD
        + entry("registry.opentofu.org/a/b", "h1:o")
        + "\n"
        + entry("registry.terraform.io/a/b", "h1:old")
    )
    after = HEAD + entry("registry.terraform.io/a/b", "h1:old", "h1:new", version="2.0.0")
    both = providers.merged(before, after)
    assert providers.entries(both) == {
        "registry.opentofu.org/a/b": entry("registry.opentofu.org/a/b", "h1:o"),
        "registry.terraform.io/a/b": entry("registry.terraform.io/a/b", "h1:old", "h1:new", version="2.0.0"),
    }
    assert providers.merged(both, after) == both
    assert both.startswith(HEAD)


def test_a_run_starts_from_the_committed_lock_and_keeps_what_terraform_added(tree):
    assert not prepared(tree).locked
    committed = tree.root / "modules/static" / workdir.LOCK_FILE
    committed.write_text("first\n")
    work = prepared(tree)
    assert work.locked
    lock = work.path / workdir.LOCK_FILE
    lock.write_text("first\nand what Terraform added\n")
    workdir.mark_init(work, "done")
    assert (prepared(tree).path / workdir.LOCK_FILE).read_text() == "first\nand what Terraform added\n"
    assert (work.path / workdir.INIT_MARK).exists()
    committed.write_text("second\n")
    prepared(tree)
    assert lock.read_text() == "second\n"
    assert not (work.path / workdir.INIT_MARK).exists(), "init must look at the new lock"
    assert committed.read_text() == "second\n"


def test_the_units_own_lock_goes_before_the_modules(tree):
    (tree.root / "modules/static" / workdir.LOCK_FILE).write_text("module\n")
    (tree.root / "live/dev/static" / workdir.LOCK_FILE).write_text("unit\n")
    assert (prepared(tree).path / workdir.LOCK_FILE).read_text() == "unit\n"


def test_every_layer_has_the_same_lock_with_both_registries(repo):
    modules = {unit.layer: preview(unit, environ={}).source for unit in discover(repo, "dev")}
    locks = {layer: (module / workdir.LOCK_FILE).read_text() for layer, module in modules.items()}
    found = {layer: providers.entries(text) for layer, text in locks.items()}
    for layer, entries in found.items():
        assert sorted(entries) == [
            "registry.opentofu.org/hashicorp/aws",
            "registry.terraform.io/hashicorp/aws",
        ], layer
    hashes = {
        layer: sorted(line for line in text.splitlines() if '"h1:' in line or '"zh:' in line)
        for layer, text in locks.items()
    }
    assert len({tuple(lines) for lines in hashes.values()}) == 1


def test_the_lock_knows_the_package_of_the_mirror(repo):
    """The checksum h1 of a package is of its files' checksums, as Go's dirhash makes it."""
    mirror = provider_mirror()
    if mirror is None:
        pytest.skip("no filesystem mirror of providers on this machine")
    lock = (repo / "modules/static-infrastructure" / workdir.LOCK_FILE).read_text()
    version = providers._version(providers.entries(lock)["registry.terraform.io/hashicorp/aws"])
    packages = list((mirror / "registry.terraform.io/hashicorp/aws" / version).glob("*_*"))
    assert packages, "the mirror has no package of the locked version"
    for package in packages:
        names = sorted(path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file())
        listing = "".join(
            f"{hashlib.sha256((package / name).read_bytes()).hexdigest()}  {name}\n" for name in names
        )
        h1 = base64.b64encode(hashlib.sha256(listing.encode()).digest()).decode()
        assert f'"h1:{h1}"' in lock


@pytest.mark.terraform
def test_another_package_than_the_locked_one_is_refused(repo, tmp_path, monkeypatch):
    """Real Terraform: with a checksum that is not the package's, init fails instead of taking another."""
    mirror = provider_mirror()
    if mirror is None or not shutil.which("terraform"):
        pytest.skip("needs terraform and a filesystem mirror of providers")
    lock = (repo / "modules/static-infrastructure" / workdir.LOCK_FILE).read_text()
    (tmp_path / workdir.LOCK_FILE).write_text(re.sub(r'"h1:.', '"h1:A', lock))
    shutil.copy(repo / "modules/static-infrastructure/versions.tf", tmp_path)
    (tmp_path / "rc").write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
    )
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "rc"))
    done = subprocess.run(
        ["terraform", "init", "-no-color"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "checksums" in done.stderr
