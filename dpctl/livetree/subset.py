"""Which blocks, attributes and functions dpctl reads, and what to write instead of the others.

This is checked before anything is evaluated, so that one run names everything that is outside the subset.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dpctl.errors import Problem
from dpctl.livetree import syntax as s
from dpctl.livetree.functions import BUILTINS
from dpctl.livetree.places import INSTEAD


@dataclass(frozen=True)
class Kind:
    """A kind of block: how many labels it has, which attributes it must and may have."""

    labels: int = 0
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    free: bool = False


BLOCKS: dict[str, Kind] = {
    "include": Kind(1, ("path",), ("expose", "merge_strategy")),
    "locals": Kind(free=True),
    "terraform": Kind(optional=("source",)),
    "dependency": Kind(
        1,
        ("config_path",),
        (
            "enabled",
            "skip_outputs",
            "mock_outputs",
            "mock_outputs_allowed_terraform_commands",
            "mock_outputs_merge_strategy_with_state",
        ),
    ),
    "dependencies": Kind(required=("paths",)),
    "generate": Kind(
        1,
        ("path", "if_exists", "contents"),
        ("comment_prefix", "disable_signature", "disable"),
    ),
    "remote_state": Kind(
        required=("backend", "config"),
        optional=("generate", "disable_init", "disable_dependency_optimization"),
    ),
    "exclude": Kind(required=("if", "actions"), optional=("exclude_dependencies", "no_run")),
}
ATTRIBUTES = (
    *("inputs", "prevent_destroy", "terraform_version_constraint"),
    "terragrunt_version_constraint",  # read, and ignored: dpctl is not Terragrunt
)

# top-level blocks and attributes of Terragrunt outside the subset -> what to write instead
_TOP = {
    "feature": "a value in env.yaml",
    "errors": "nothing: dpctl retries what AWS says is temporary",
    "engine": "dpctl --help: --terraform names the program",
    "catalog": "nothing: catalogs are not read",
    "unit": "one folder per layer: live/<env>/<layer>/terragrunt.hcl (stacks are not read)",
    "stack": "one folder per layer: live/<env>/<layer>/terragrunt.hcl (stacks are not read)",
    "skip": 'exclude { if = true, actions = ["all"] }',
    "iam_role": "a role in the AWS profile, or assume_role in the generated provider",
    "iam_assume_role_duration": "assume_role in the generated provider",
    "iam_assume_role_session_name": "assume_role in the generated provider",
    "iam_web_identity_token": "assume_role in the generated provider",
    "download_dir": "nothing: dpctl works under .dpctl/",
    "terraform_binary": "dpctl --terraform PATH, or DPCTL_TERRAFORM",
    "retryable_errors": "nothing: dpctl retries what AWS says is temporary",
    "retry_max_attempts": "nothing: dpctl retries what AWS says is temporary",
    "retry_sleep_interval_sec": "nothing: dpctl retries what AWS says is temporary",
}
# parts of blocks outside the subset -> what to write instead
_INSIDE = {
    ("terraform", "extra_arguments"): "values in inputs; flags of dpctl for the rest",
    ("terraform", "before_hook"): "a command in the Makefile",
    ("terraform", "after_hook"): "a command in the Makefile",
    ("terraform", "error_hook"): "a command in the Makefile",
    ("terraform", "include_in_copy"): "nothing: dpctl copies the whole module",
    ("terraform", "exclude_from_copy"): "nothing: dpctl copies the whole module",
    ("terraform", "copy_terraform_lock_file"): "nothing: dpctl keeps one lock file per module",
    ("dependency", "mock_outputs_merge_with_state"): 'mock_outputs_merge_strategy_with_state = "shallow"',
    ("generate", "hcl_fmt"): "contents that are formatted already",
    ("generate", "if_disabled"): "disable = true; the file is then not written",
    ("remote_state", "encryption"): "encrypt = true in config",
}
FILES = (
    *("abspath", "file", "filebase64", "filebase64sha256", "filebase64sha512", "fileexists", "filemd5"),
    *("fileset", "filesha1", "filesha256", "filesha512", "pathexpand", "templatefile", "templatestring"),
)
TERRAGRUNT = (
    *("find_in_parent_folders", "get_aws_account_id", "get_env", "get_original_terragrunt_dir"),
    *("get_parent_terragrunt_dir", "get_path_from_repo_root", "get_path_to_repo_root", "get_platform"),
    *("get_repo_root", "get_terraform_command", "get_terragrunt_dir", "path_relative_from_include"),
    *("path_relative_to_include", "read_terragrunt_config", "read_tfvars_file"),
)
FUNCTIONS = frozenset((*BUILTINS, "can", "try", *FILES, *TERRAGRUNT))


def check(body: s.Body, shown: str) -> list[Problem]:
    """Everything in a file that is outside the subset, in the order of the lines."""
    return sorted(_check(body, shown), key=lambda problem: problem.line)


def _check(body: s.Body, shown: str) -> Iterator[Problem]:
    for attribute in body.attributes:
        if attribute.name not in ATTRIBUTES:
            yield _unsupported(attribute.name, attribute.line, shown, is_block=False)
    seen: dict[tuple[str, tuple[str, ...]], int] = {}
    for block in body.blocks:
        if block.kind not in BLOCKS:
            yield _unsupported(block.kind, block.line, shown, is_block=True)
            continue
        yield from _check_block(block, BLOCKS[block.kind], shown)
        first = seen.setdefault((block.kind, block.labels), block.line)
        if first != block.line:
            name = " ".join((block.kind, *block.labels))
            yield _problem(
                "duplicate-block",
                f"there are two blocks {name}; the first is on line {first}",
                shown,
                block.line,
            )
    for node in s.find(body, s.Call):
        if node.name not in FUNCTIONS:
            yield _unsupported_function(node, shown)


def _check_block(block: s.Block, kind: Kind, shown: str) -> Iterator[Problem]:
    if len(block.labels) != kind.labels:
        wanted = f'{block.kind} "name" {{' if kind.labels else f"{block.kind} {{"
        many = "no label" if not block.labels else f"{len(block.labels)} labels"
        if block.kind == "dependencies" and len(block.labels) == 1:
            wanted = f'did you mean dependency "{block.labels[0]}" {{?'
        yield _problem("wrong-labels", f"the {block.kind} block has {many}", shown, block.line, wanted)
        return  # it may be another block that is meant
    for inner in block.blocks:
        yield _inside(block, inner.kind, inner.line, shown)
    if kind.free:
        return
    known = kind.required + kind.optional
    for attribute in block.attributes:
        if attribute.name not in known:
            yield _inside(block, attribute.name, attribute.line, shown)
    written = {attribute.name for attribute in block.attributes} | {inner.kind for inner in block.blocks}
    odd = written.difference(known)
    missing = [
        name for name in kind.required if name not in written and not difflib.get_close_matches(name, odd)
    ]
    if missing:
        message = f"the {block.kind} block needs {' and '.join(map(repr, missing))}"
        hint = ", ".join(f"{name} = ..." for name in missing)
        yield _problem("missing-attribute", message, shown, block.line, hint)


def _inside(block: s.Block, name: str, line: int, shown: str) -> Problem:
    kind = BLOCKS[block.kind]
    if hint := _INSIDE.get((block.kind, name)):
        return _problem(
            "unsupported-attribute",
            f"{name} in {block.kind} is not part of dpctl's subset",
            shown,
            line,
            hint,
        )
    if name in kind.required + kind.optional:
        return _problem(
            "wrong-type", f"{name} is a value here, not a block", shown, line, f"{name} = {{ ... }}"
        )
    known = kind.required + kind.optional
    return _problem(
        "unsupported-attribute",
        f"a {block.kind} block has no {name!r}; it has: {', '.join(known) or 'values, not blocks'}",
        shown,
        line,
        _did_you_mean(name, known) or "remove it",
    )


def _unsupported(name: str, line: int, shown: str, *, is_block: bool) -> Problem:
    word, code = ("block", "unsupported-block") if is_block else ("attribute", "unsupported-attribute")
    if name in _TOP:
        message = f"the {word} {name!r} is not part of dpctl's subset of Terragrunt"
        return _problem(code, message, shown, line, _TOP[name])
    other = ATTRIBUTES if is_block else tuple(BLOCKS)
    if name in other:
        right = f"{name} = {{ ... }}" if is_block else f"{name} {{ ... }}"
        return _problem(
            code, f"{name!r} is not {'a block' if is_block else 'an attribute'}", shown, line, right
        )
    known = tuple(BLOCKS) if is_block else ATTRIBUTES
    message = f"there is no {word} {name!r} in a unit; known: {', '.join(known)}"
    return _problem(code, message, shown, line, _did_you_mean(name, (*BLOCKS, *ATTRIBUTES)) or "remove it")


def _unsupported_function(node: s.Call, shown: str) -> Problem:
    hint = INSTEAD.get(node.name) or _did_you_mean(node.name, sorted(FUNCTIONS), "{}()")
    hint = hint or "a value in env.yaml, or one of the functions in docs/live-tree.md"
    message = f"{node.name}() is not a function that dpctl evaluates"
    return _problem("unsupported-function", message, shown, node.line, hint)


def _did_you_mean(name: str, known: Iterable[str], form: str = "{}") -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.7)
    return f"did you mean {form.format(close[0])}?" if close else ""


def _problem(code: str, message: str, shown: str, line: int, hint: str = "") -> Problem:
    return Problem(code, message, shown, line, hint=hint)
