"""Terragrunt's functions about places: folders, includes, the environment, the command that runs."""

from __future__ import annotations

import functools
import itertools
import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dpctl.livetree import budget, yamltext
from dpctl.livetree import values as v
from dpctl.livetree.files import Files, Render
from dpctl.livetree.functions import normalized
from dpctl.livetree.unit import FILE
from dpctl.livetree.values import Mismatch

MAX_PARENTS = 100  # Terragrunt's own limit for find_in_parent_folders

# functions of Terragrunt and Terraform outside the subset -> what to write instead
INSTEAD = {
    "run_cmd": "write the value into env.yaml",
    "sops_decrypt_file": "keep the secret in Secrets Manager, and its name in env.yaml",
    "timestamp": "nothing that changes with every run: plans would never be empty",
    "plantimestamp": "nothing that changes with every run: plans would never be empty",
    "uuid": "nothing that changes with every run: plans would never be empty",
    "bcrypt": "nothing that changes with every run: plans would never be empty",
    "get_aws_account_alias": "a value in env.yaml",
    "get_aws_caller_identity_arn": "a value in env.yaml",
    "get_aws_caller_identity_user_id": "a value in env.yaml",
    "get_terraform_cli_args": "nothing: dpctl calls Terraform itself",
    "get_terraform_commands_that_need_vars": "nothing: dpctl passes the variables",
    "get_terraform_commands_that_need_input": "nothing: dpctl never asks through Terraform",
    "get_terraform_commands_that_need_locking": "nothing: dpctl always locks",
    "get_terraform_commands_that_need_parallelism": "dpctl apply --parallelism N",
    "get_working_dir": "get_terragrunt_dir()",
}


@dataclass(frozen=True)
class Place:
    """Where an expression stands: the unit it is evaluated for, the file it is in, and what was included.

    ``includes`` are the files the unit includes by label; ``included`` is set while such a file is evaluated.
    """

    root: Path
    unit_dir: Path
    original_dir: Path
    file: Path
    command: str
    environ: Mapping[str, str]
    includes: Mapping[str, Path] = field(default_factory=dict)
    included: Path | None = None
    hidden: frozenset[Path] = frozenset()

    def resolve(self, path: str) -> Path:
        """A path of the file as an absolute one; relative ones start at the folder of the file."""
        return Path(os.path.normpath(self.file.parent / path))

    def shown(self, path: Path) -> str:
        """A path as messages show it: from the repository's root where it is inside."""
        return show(path, self.root)

    def function(self, name: str) -> Callable[[list[Any]], Any]:
        """A function of FUNCTIONS; it takes evaluated arguments, and raises Mismatch."""
        work, least, most = FUNCTIONS[name]
        return counted(functools.partial(work, self), least, most)

    def files(self, render: Render) -> Files:
        """The functions about files; ``render`` evaluates a template."""
        return Files(self.file.parent, self.unit_dir, self.shown, render, self.hidden)

    def _find(self, *arguments: Any) -> str:
        name = v.to_string(arguments[0]) if arguments else FILE
        folder = self.unit_dir
        for parent in itertools.islice(folder.parents, MAX_PARENTS):
            path = parent / name
            if path.exists() or path in self.hidden:
                return str(path)
        if len(arguments) == 2:
            return v.to_string(arguments[1])
        raise Mismatch(f"there is no {name} above {self.shown(folder)}", code="file-not-found")

    def _env(self, name: Any, *default: Any) -> Any:
        value = self.environ.get(v.to_string(name))
        if value is not None:
            return normalized(value)
        if default:
            return v.to_string(default[0])
        raise Mismatch(
            f"the environment variable {name} is not set",
            f'export {name}=..., or get_env("{name}", "default")',
            "missing-variable",
        )

    def _account_id(self) -> Any:
        """The account of the environment, as env.yaml says; a deployment checks that it is the real one."""
        parts = self.original_dir.relative_to(self.root).parts
        path = self.root.joinpath(*parts[:2], "env.yaml")
        text = self.files(_no_template).text(str(path))
        if isinstance(text, v.Unknown):
            return text
        document = yamltext.decode(text)
        if isinstance(document, Mapping) and document.get("account_id"):
            return str(document["account_id"])
        raise Mismatch(f"{self.shown(path)} has no account_id", code="unknown-name")

    def _include(self, function: str, *name: Any) -> Path | None:
        """The included file that a function is about; None where nothing is included."""
        if self.included is not None:
            return self.included
        if name:
            label = v.to_string(name[0])
            if label not in self.includes:
                raise v.missing("include ", label, self.includes)
            return self.includes[label]
        if len(self.includes) > 1:
            labels = ", ".join(self.includes)
            raise Mismatch(
                f"the file has several includes ({labels})",
                f'{function}("{next(iter(self.includes))}")',
                "wrong-arguments",
            )
        return next(iter(self.includes.values()), None)

    def _to_include(self, *name: Any) -> str:
        included = self._include("path_relative_to_include", *name)
        return "." if included is None else _relative(self.unit_dir, included.parent)

    def _from_include(self, *name: Any) -> str:
        included = self._include("path_relative_from_include", *name)
        return "." if included is None else _relative(included.parent, self.unit_dir)

    def _parent_dir(self, *name: Any) -> Path:
        included = self._include("get_parent_terragrunt_dir", *name)
        return self.unit_dir if included is None else included.parent


def show(path: Path, root: Path) -> str:
    """A path as messages show it: from the repository's root where it is inside."""
    text, inside = str(path), f"{root}{os.sep}"
    if not text.startswith(inside):  # rare: what follows is slow, and this is asked for every file
        return path.relative_to(root).as_posix() if path.is_relative_to(root) else text
    return text[len(inside) :].replace(os.sep, "/")


def _no_template(node: Any, shown: str, names: Mapping[str, Any]) -> Any:
    raise NotImplementedError  # only text() is asked of these


@functools.lru_cache(maxsize=64)
def repo_root(root: Path) -> Path:
    """The top of the git working tree; where there is none (an unpacked archive), the folder with live/."""
    for folder in (root, *root.parents):
        if (folder / ".git").exists():
            return folder
    return root


def _relative(path: Path, start: Path) -> str:
    return Path(os.path.relpath(path, start)).as_posix()


def counted(function: Callable[..., Any], least: int, most: int) -> Callable[[list[Any]], Any]:
    """The function for a list of arguments, of which there may be so many. Raises Mismatch."""

    def call(arguments: list[Any]) -> Any:
        if not least <= len(arguments) <= most:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            raise Mismatch(f"takes {wanted} arguments, not {len(arguments)}", code="wrong-arguments")
        if any(map(v.has_unknown, arguments)):
            return v.Unknown("(known after apply)")
        if any(map(v.is_null, arguments)):
            raise Mismatch("an argument is null", 'coalesce(x, "...")', "null-value")
        return budget.spend(function(*arguments))

    return call


# by name: the work, and how many arguments it takes, at least and at most
FUNCTIONS: Mapping[str, tuple[Callable[..., Any], int, int]] = {
    "find_in_parent_folders": (Place._find, 0, 2),
    "get_aws_account_id": (Place._account_id, 0, 0),
    "get_env": (Place._env, 1, 2),
    "get_original_terragrunt_dir": (lambda at: str(at.original_dir), 0, 0),
    "get_parent_terragrunt_dir": (lambda at, *name: str(at._parent_dir(*name)), 0, 1),
    "get_path_from_repo_root": (lambda at: _relative(at.unit_dir, repo_root(at.root)), 0, 0),
    "get_path_to_repo_root": (lambda at: _relative(repo_root(at.root), at.unit_dir), 0, 0),
    "get_platform": (lambda at: platform.system().lower(), 0, 0),
    "get_repo_root": (lambda at: str(repo_root(at.root)), 0, 0),
    "get_terraform_command": (lambda at: at.command, 0, 0),
    "get_terragrunt_dir": (lambda at: str(at.unit_dir), 0, 0),
    "path_relative_from_include": (Place._from_include, 0, 1),
    "path_relative_to_include": (Place._to_include, 0, 1),
}
