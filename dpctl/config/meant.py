"""The key that was meant by one that is not known, and the one root cause of what follows from it."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from dpctl.config.document import Document
from dpctl.errors import Problem

REMOVE = "remove it"
_MEAN = "did you mean '"
# what the same thing is called elsewhere
_ALIASES = {
    **dict.fromkeys(("primary_key", "primarykey", "pk", "unique_key"), "key"),
    **dict.fromkeys(("distkey", "dist_key", "diststyle"), "distribution_key"),
    **dict.fromkeys(("sortkey", "sort"), "sort_key"),
    **dict.fromkeys(("column", "field"), "name"),
    **dict.fromkeys(("datatype", "data_type", "column_type"), "type"),
    **dict.fromkeys(("from", "src"), "source"),
    **dict.fromkeys(("schedule", "schedule_expression", "at"), "cron"),
    **dict.fromkeys(("tz", "zone"), "timezone"),
    **dict.fromkeys(("workers", "worker_count"), "number_of_workers"),
    **dict.fromkeys(("dpu", "rpu", "capacity"), "base_capacity"),
    **dict.fromkeys(("path", "folder"), "prefix"),
    **dict.fromkeys(("encoding",), "encode"),
}


def key(given: str, known: list[str]) -> str:
    """A hint with the key that is most likely meant; empty where none is like it."""
    name, colon, value = given.partition(":")
    if colon and name.strip() in known:
        return f"a space after the colon: {name.strip()}: {value.strip()}"
    plain = unicodedata.normalize("NFKC", given).lower().replace("-", "_").replace(" ", "_")
    if _ALIASES.get(plain) in known:
        return f"did you mean {_ALIASES[plain]!r}?"
    close = difflib.get_close_matches(plain, known, n=1)
    first = [word for word in known if "_" in plain and word.startswith(plain.partition("_")[0] + "_")]
    found = close or (first if len(first) == 1 else [])
    return f"did you mean {found[0]!r}?" if found else ""


def keys(problems: Iterable[Problem]) -> set[tuple[str, str]]:
    """The section and the key that a misspelled one stands for."""
    return {
        (problem.key.rpartition(".")[0], problem.hint.split("'")[1])
        for problem in problems
        if problem.code == "unknown-key" and problem.hint.startswith(_MEAN)
    }


def root_causes(problems: list[Problem], doc: Document) -> list[Problem]:
    """Without what follows from something else.

    That is the key that is missing because its name is misspelled or another one, and the second half of a
    text with a comma that should stand in quotes.
    """
    problems = _renamed(problems, doc)
    meant = keys(problems)
    kept = [
        problem
        for problem in problems
        if problem.code != "missing-key" or (problem.key, _lacking(problem)) not in meant
    ]
    torn = {p.key.rpartition(".")[0]: p.key.rpartition(".")[2] for p in kept if p.key.endswith(")")}
    return [
        replace(p, hint=f'in quotes: "{p.message.split(chr(39))[1]},{torn[p.key.rpartition(".")[0]]}"')
        if p.key.rpartition(".")[0] in torn and p.code == "invalid-value"
        else p
        for p in kept
        if not (p.code == "unknown-key" and p.key.endswith(")"))
    ]


def _renamed(problems: list[Problem], doc: Document) -> list[Problem]:
    """With the one key that a mapping lacks as what its one unknown key means.

    ``customer: varchar(64)`` has neither name nor type, and is both.
    """
    for place in {problem.key.rpartition(".")[0] for problem in problems if problem.code == "unknown-key"}:
        unknown = [p for p in problems if p.code == "unknown-key" and p.key.rpartition(".")[0] == place]
        missing = [p for p in problems if p.code == "missing-key" and p.key == place]
        if len(unknown) != 1 or not missing or unknown[0].hint.startswith("a space"):
            continue
        [odd] = unknown
        lacking = [_lacking(problem) for problem in missing]
        if lacking == ["name", "type"]:
            name = odd.key.rpartition(".")[2]
            value = _at(doc.data, odd.key)
            short = f"{{name: {name}, type: {value if isinstance(value, str) else 'varchar(64)'}}}"
            what = "a column is a mapping of name and type"
            problems = [p for p in problems if p not in missing and p is not odd]
            problems.append(replace(odd, code="wrong-type", message=what, key=place, hint=short))
        elif len(lacking) == 1 and odd.hint == REMOVE:
            named = replace(odd, hint=f"did you mean {lacking[0]!r}?")
            problems = [named if p is odd else p for p in problems]
    return problems


def _lacking(problem: Problem) -> str:
    """The key that a problem says is missing."""
    return problem.message.split("'")[1]


def _at(data: Any, dotted: str) -> Any:
    """The value at a dotted path, or None."""
    for part in dotted.replace("[", ".[").split("."):
        try:
            data = data[int(part[1:-1])] if part.startswith("[") else data[part]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return data
