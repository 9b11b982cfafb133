"""The small rules of a work directory: which lock file counts, and when init still holds."""

from __future__ import annotations

import pytest

from dpctl.deploy import workdir
from dpctl.deploy.traces import Traces


@pytest.fixture
def work(tmp_path):
    """A work directory after init."""
    path = tmp_path / "work"
    (path / ".terraform").mkdir(parents=True)
    return workdir.WorkDir(path, tmp_path / "module", tmp_path / "log", Traces(tmp_path / ".run"))


def test_the_units_own_lock_file_goes_before_the_modules(tmp_path):
    unit, module = tmp_path / "unit", tmp_path / "module"
    for folder in (unit, module):
        folder.mkdir()
    assert workdir.committed_lock(unit, module) is None
    (module / workdir.LOCK_FILE).write_text("module")
    assert workdir.committed_lock(unit, module) == module / workdir.LOCK_FILE
    (unit / workdir.LOCK_FILE).write_text("unit")
    assert workdir.committed_lock(unit, module) == unit / workdir.LOCK_FILE
    assert workdir.committed_lock() is None


def test_a_lock_file_is_taken_when_it_is_new_and_what_terraform_adds_stays(tmp_path, work):
    committed = tmp_path / "committed"
    committed.write_text("one")
    mark, lock = work.path / workdir.INIT_MARK, work.path / workdir.LOCK_FILE
    mark.write_text("m")
    workdir.seed_lock(committed, work.path)
    assert (lock.read_text(), mark.exists()) == ("one", False)
    mark.write_text("m")
    lock.write_text("one and more checksums")
    workdir.seed_lock(committed, work.path)
    assert (lock.read_text(), mark.exists()) == ("one and more checksums", True)
    lock.unlink()
    workdir.seed_lock(committed, work.path)
    assert (lock.read_text(), mark.exists()) == ("one", False)
    mark.write_text("m")
    workdir.seed_lock(None, work.path)
    assert (lock.exists(), mark.exists()) == (False, False)
    mark.write_text("m")
    lock.write_text("terraform's own")
    workdir.seed_lock(None, work.path)
    assert (lock.read_text(), mark.exists()) == ("terraform's own", True)


@pytest.mark.parametrize("name", ["terraform.tfstate", "modules/modules.json"])
@pytest.mark.parametrize(("text", "holds"), [("{}", True), ('{"a', False), ("", False)])
def test_half_a_file_of_init_means_init_again(work, name, text, holds):
    mark = workdir.needs_init(work, "s")
    workdir.mark_init(work, mark)
    assert workdir.needs_init(work, "s") is None
    file = work.path / ".terraform" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    assert (workdir.needs_init(work, "s") is None) is holds


def test_init_is_done_again_for_another_signature_and_after_it_was_forgotten(work):
    workdir.mark_init(work, workdir.needs_init(work, "s"))
    assert workdir.needs_init(work, "other") is not None
    (work.path / workdir.LOCK_FILE).write_text("x")
    (work.path / workdir.SEED).write_text("x")
    workdir.forget_init(work)
    assert list(work.path.iterdir()) == []
    workdir.forget_init(work)  # nothing there to forget
    assert workdir.needs_init(work, "s") is not None


def test_a_file_of_the_shadow_is_named_as_in_the_repository(tmp_path, work):
    root = tmp_path
    (work.path / "main.tf").write_text("")
    assert work.locate("main.tf", root) == "work/main.tf"
    assert work.locate("", root) == ""
    assert work.locate("../../../elsewhere.tf", work.path) == "../../../elsewhere.tf"
    assert work.locked is False
