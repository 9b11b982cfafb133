"""Folders and files of the user's own, in a tree that may be a stranger's."""

import os
import stat

import pytest

from dpctl import private
from dpctl.config import load_environment
from dpctl.errors import UsageError


def mode(path):
    return stat.S_IMODE(path.lstat().st_mode)


def test_folders_and_files_are_the_users_alone(tmp_path):
    (tmp_path / ".dpctl").mkdir(mode=0o755)
    made = private.folder(tmp_path, ".dpctl", "sandbox", "dev")
    assert [mode(path) for path in (made, made.parent, tmp_path / ".dpctl")] == [0o700] * 3
    private.write(made / "state", "secret")
    with private.create(made / "log") as file:
        file.write(b"x")
    (made / "old").write_text("x")
    (made / "old").chmod(0o644)
    private.create(made / "old", keep=True).close()
    assert [mode(made / name) for name in ("state", "log", "old")] == [0o600] * 3
    assert private.read(made / "state") == "secret"


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_link_in_the_place_of_a_folder_is_refused(tmp_path, level):
    victim = tmp_path / "victim"
    victim.mkdir()
    parts = [".dpctl", "sandbox", "dev"]
    here = tmp_path.joinpath("tree", *parts[:level])
    here.mkdir(parents=True)
    (here / parts[level]).symlink_to(victim)
    with pytest.raises(UsageError, match="is a link"):
        private.folder(tmp_path / "tree", *parts)
    assert list(victim.iterdir()) == []


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "../x", "a\0b"])
def test_a_name_that_leads_away_is_refused(tmp_path, name):
    with pytest.raises(UsageError):
        private.folder(tmp_path, ".dpctl", name)


def test_nothing_is_written_through_a_link(tmp_path):
    target = tmp_path / "target"
    target.write_text("theirs")
    link = tmp_path / "link"
    link.symlink_to(target)
    with pytest.raises(OSError):  # noqa: PT011
        private.create(link)
    with pytest.raises(OSError):  # noqa: PT011
        private.read(link)
    private.write(link, "ours")
    assert target.read_text() == "theirs"
    assert not link.is_symlink()


def test_a_link_deeper_in_the_tree_is_found(tmp_path):
    (tmp_path / "units" / "dev").mkdir(parents=True)
    private.no_links(tmp_path, ("units", "logs"))
    (tmp_path / "units" / "dev" / "static").symlink_to(tmp_path)
    with pytest.raises(UsageError, match="static is a link"):
        private.no_links(tmp_path, ("units", "logs"))


@pytest.mark.parametrize("name", ["../x", "..", ".", "a/../../x", "/etc", ".hidden", "x\n"])
def test_the_name_of_an_environment_never_leads_out_of_live(tmp_path, name):
    (tmp_path / "live" / "dev").mkdir(parents=True)
    (tmp_path / "x").mkdir()
    for folder in (tmp_path / "x", tmp_path / "live", tmp_path / "live" / "dev"):
        (folder / "env.yaml").write_text("{}")
    with pytest.raises(UsageError):
        load_environment(tmp_path, name)
    assert os.listdir(tmp_path / "x") == ["env.yaml"]  # noqa: PTH208
