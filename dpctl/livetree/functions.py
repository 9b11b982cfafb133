"""Terraform's pure functions, as a table: what a live tree needs to shape values, and nothing that acts.

A function is evaluated here where that gives exactly what Terraform gives (tests/boundary compares), and it
is what live trees use every day; everything else is asked of Terraform's console
(:mod:`dpctl.livetree.console`). A function that is here may also say :class:`Unsure` for arguments it does
not know exactly: then it is asked as well. Meaning and corner cases: github.com/hashicorp/terraform
(internal/lang/funcs) and github.com/zclconf/go-cty.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from dpctl.amounts import amount
from dpctl.livetree import budget, console, numbers, types
from dpctl.livetree import values as v
from dpctl.livetree.collections import COLLECTIONS
from dpctl.livetree.literals import literal
from dpctl.livetree.texts import TEXTS, formats, indents
from dpctl.livetree.values import Endless, ListValue, Mismatch, Null, SetValue, Unknown, Unsure
from dpctl.livetree.yamltext import NotYaml

LISTS = ("list", "string")
LATER = "(known after apply)"
ITEMS_A_STEP = 16  # of the lists that a call is given: it may look at each
_NO_GROUP = re.compile(r"\\.|\[\^?\]?[^\]]*\]|\(\?(?!P?<)")
_GROUP = re.compile(r"\((?:\?P?<(\w+)>)?")


@dataclass(frozen=True)
class Builtin:
    """A function: the types of its parameters, of its result, and how it is evaluated here, if it is.

    ``rest`` is the type of all further arguments, None where there are none; ``optional`` is how many of
    ``parameters`` may be left out. ``nulls``: the last of them may be null. ``structural`` ones only move
    values
    around, so they may carry values that are not known yet.
    """

    name: str
    parameters: tuple[Any, ...]
    rest: Any = None
    optional: int = 0
    result: Any = "any"
    nulls: bool = False
    structural: bool = False
    apply: Callable[..., Any] | None = None

    def __call__(self, arguments: list[Any]) -> Any:
        """Apply to evaluated arguments. Raises Mismatch, or console.Missing."""
        self._count(len(arguments))
        budget.step(sum(budget.size_of(item) for item in arguments if isinstance(item, list)) // ITEMS_A_STEP)
        if any(
            isinstance(item, Unknown) or (not self.structural and v.has_unknown(item)) for item in arguments
        ):
            return Unknown(LATER)
        given = [self._argument(index, item) for index, item in enumerate(arguments)]
        if self.apply is not None:
            try:
                return budget.spend(normalized(self.apply(*given)))
            except Unsure:
                pass
            except NotYaml as refusal:
                if not console.program():
                    raise
                return self._second_opinion(given, refusal)
        return self._asked(given)

    def _second_opinion(self, arguments: list[Any], refusal: Mismatch) -> Any:
        """Terraform's parser may read what ours refuses; where it refuses too, ours says why."""
        try:
            return self._asked(arguments)
        except Mismatch:
            raise refusal from None

    def _count(self, count: int) -> None:
        most = len(self.parameters)
        least = most - self.optional
        if count < least or (self.rest is None and count > most):
            wanted = f"at least {amount(least, 'argument')}" if self.rest is not None else ""
            wanted = wanted or (
                amount(least, "argument") if least == most else f"{least} to {most} arguments"
            )
            raise Mismatch(f"takes {wanted}, not {count}", code="wrong-arguments")

    def _argument(self, index: int, value: Any) -> Any:
        wanted = self.parameters[index] if index < len(self.parameters) else self.rest
        if v.is_null(value):
            if not self.nulls or (self.rest is not None and index < len(self.parameters)):
                raise Mismatch("an argument is null", 'coalesce(x, "...")', "null-value")
            return value
        return value if wanted == "any" else types.convert(value, wanted)

    def _asked(self, arguments: list[Any]) -> Any:
        if (check := _BEFORE.get(self.name)) is not None:
            check(*arguments)
        question = f"{self.name}({', '.join(map(literal, arguments))})"
        if self.result == "float":  # infinity is a value in Terraform, and none in JSON
            question = f'try(jsonencode({question}), can({question}) ? "infinite" : "refused")'
        found = answer(question, self.result)
        if found == [] and isinstance(found, ListValue) and found.element == "any":
            found = ListValue((), _nothing_of(self.name, arguments))
        return budget.spend(found)


def answer(question: str, result: Any) -> Any:
    """What Terraform says, as a value of the type that is known for the function."""
    found = console.answers.get(question)
    return found if isinstance(found, Unknown) else typed(found, result)


def typed(value: Any, wanted: Any) -> Any:
    """JSON values as values of a type."""
    if value is None:
        known = {"match": "string", "any": None, "elements": None}.get(wanted, wanted)
        return known and Null(known)
    if wanted == "float":
        return _float(value)
    if wanted == "count":
        return numbers.narrow(value)
    if wanted == "match" and isinstance(value, list):
        return [typed(item, "match") for item in value]
    if wanted == "match" and isinstance(value, dict):
        return {key: typed(item, "match") for key, item in value.items()}
    if wanted == "elements":
        items = [typed(item, "match") for item in value]
        return ListValue(items, types.typeof(items[0]) if items else "any")
    if isinstance(wanted, tuple) and wanted[0] in ("list", "set"):
        kind = ListValue if wanted[0] == "list" else SetValue
        return kind((typed(item, wanted[1]) for item in value), wanted[1])
    if isinstance(wanted, tuple) and wanted[0] == "map":
        return v.MapValue({key: typed(item, wanted[1]) for key, item in value.items()}, wanted[1])
    return value


def _nothing_of(name: str, arguments: list[Any]) -> Any:
    """What the items of an empty answer would be."""
    if name == "csvdecode":
        header = arguments[0].partition("\n")[0].strip("\r")
        return ("object", *((column, "string") for column in sorted(set(header.split(",")))))
    if name == "regexall":
        groups = _GROUP.findall(_NO_GROUP.sub("", arguments[0]))
        if any(groups):
            return ("object", *((group, "string") for group in sorted(groups)))
        return ("tuple", *("string" for _ in groups)) if groups else "string"
    return "any"


def _float(text: str) -> Any:
    if text == "infinite":
        raise Endless
    if text == "refused":
        raise Mismatch("Terraform refuses these numbers")
    return numbers.NEGATIVE_ZERO if text == "-0" else numbers.narrow(Fraction(float(text)), numbers.DOUBLE)


def normalized(value: Any) -> Any:
    """Every string in Terraform is in Unicode's normal form C."""
    if isinstance(value, str) and not value.isascii():
        return unicodedata.normalize("NFC", value)
    return value


# What is asked only if its answer cannot be too large: Terraform itself has no limit.
_BEFORE: dict[str, Callable[..., None]] = {"formatlist": formats, "indent": indents}


def _asked_only() -> dict[str, Builtin]:
    """What is only known to Terraform: name, parameters, further arguments, result."""
    text, number = ("string",), ("number",)
    table: list[tuple[str, tuple[Any, ...], Any, Any]] = [
        *(
            (name, text, None, "string")
            for name in ("base64decode", "base64gzip", "title", "urlencode", "strrev")
        ),
        *((name, text, None, "string") for name in ("cidrnetmask", "base64sha512")),
        *((name, text * 2, None, "string") for name in ("formatdate", "timeadd", "trim", "rsadecrypt")),
        *((name, text * 2, None, "string") for name in ("textdecodebase64", "textencodebase64", "uuidv5")),
        ("cidrhost", ("string", "number"), None, "string"),
        ("cidrsubnet", ("string", "number", "number"), None, "string"),
        ("cidrsubnets", text, "number", LISTS),
        ("csvdecode", text, None, "elements"),
        ("formatlist", text, "any", LISTS),
        ("indent", ("number", "string"), None, "string"),
        ("log", number * 2, None, "float"),
        ("parseint", ("any", "number"), None, "count"),
        ("pow", number * 2, None, "float"),
        ("regex", text * 2, None, "match"),
        ("regexall", text * 2, None, "elements"),
        ("signum", number, None, "number"),
        ("timecmp", text * 2, None, "number"),
    ]
    nulls = {"formatlist"}
    return {row[0]: Builtin(row[0], row[1], row[2], 0, row[3], row[0] in nulls) for row in table}


BUILTINS: dict[str, Builtin] = {
    **_asked_only(),
    **{name: Builtin(name, *row) for name, row in TEXTS.items()},
    **{name: Builtin(name, *row) for name, row in COLLECTIONS.items()},
}
"""The functions that need nothing but their arguments; ``try`` and ``can`` are part of the evaluator."""
