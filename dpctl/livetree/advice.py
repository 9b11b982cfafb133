"""What to try where an error has nothing more special to say: a line for each code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dpctl.errors import Problem

TRY = {
    "cycle": "take one of these dependencies away",
    "duplicate-block": "keep one of them, or give them labels of their own",
    "file-not-found": "the path of a file that is there; relative ones start at the folder of the file",
    "hcl-syntax": "what stands on this line and the one above: brackets, quotes, = and commas",
    "hcl-too-deep": "locals for the parts of the expression",
    "include-too-deep": "include both files in the unit",
    "invalid-text": "the text as that format has it",
    "invalid-value": "one of the values in docs/live-tree.md",
    "local-cycle": "take one of these references away",
    "not-utf-8": "save the file as UTF-8",
    "null-value": 'coalesce(x, "...") or try(x, "...")',
    "read-cycle": "take one of these read_terragrunt_config() away",
    "too-large": "fewer or smaller values; check for what doubles itself",
    "unknown-name": "a name that is there, or try(x, null)",
    "unreadable-file": "a file that you may read",
    "wrong-arguments": "the arguments in Terraform's function reference",
    "wrong-type": "a value of that type: [a, b] is a list, {a = b} a map, true a bool",
}


def advised(problems: Iterable[Problem]) -> list[Problem]:
    """The same problems, none without a hint if its code has one."""
    return [
        problem if problem.hint else replace(problem, hint=TRY.get(problem.code, "")) for problem in problems
    ]
