"""The element Condition of a policy: does it hold for a request?

Source: IAM user guide, "IAM JSON policy elements: Condition operators", "Conditions with multiple context
keys or values" and "Multivalued context keys". An answer is yes, no, or `Unknown`: an operator, a key or a
value that is not known here, by name. Whoever asks denies then.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import Any

from dpctl.sandbox.access.patterns import Unresolved, arn_like, like


@dataclass(frozen=True)
class Unknown:
    """Neither yes nor no: ``what`` names what is not known here."""

    what: str


Outcome = bool | Unknown


@dataclass(frozen=True)
class Context:
    """The keys of a request.

    ``values`` by key in lower case. ``known``: the keys of which it is known whether the request has them, in
    lower case (a name that ends in ``/`` stands for all that begin with it); None: all of them. ``later``
    looks up what is asked for seldom, by a key in lower case: its values, none where the request has not got
    it, and None where that is not known.
    """

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    known: frozenset[str] | None = None
    later: Callable[[str], tuple[str, ...] | None] = lambda key: None

    @classmethod
    def of(cls, values: Mapping[str, Iterable[str] | str], known: frozenset[str] | None = None) -> Context:
        """From keys in any case, with one value or several."""
        listed = {key.lower(): (one,) if isinstance(one, str) else tuple(one) for key, one in values.items()}
        return cls(listed, known)

    def knows(self, key: str) -> bool:
        """Whether it is known what the request has of a key."""
        name = key.lower()
        family = name.partition("/")[0] + "/" if "/" in name else ""
        known = self.known is None or name in self.values or name in self.known or family in self.known
        return known or self.later(name) is not None

    def find(self, key: str) -> tuple[str, ...] | None:
        """The values of a key; None where the request has not got it."""
        name = key.lower()
        return self.values[name] if name in self.values else self.later(name) or None

    def single(self, key: str) -> str | None:
        """The value of a key that has exactly one."""
        found = self.find(key) or ()
        return found[0] if len(found) == 1 else None


def every(outcomes: Iterable[Outcome]) -> Outcome:
    """Whether all hold: a no decides, whatever is unknown beside it."""
    unknown: Unknown | None = None
    for outcome in outcomes:
        if outcome is False:
            return False
        if isinstance(outcome, Unknown):
            unknown = unknown or outcome
    return True if unknown is None else unknown


def holds(block: Any, context: Context, *, variables: bool) -> Outcome:
    """Whether a Condition holds; ``variables``: whether ``${...}`` in it stands for a key."""
    if not isinstance(block, Mapping):
        return Unknown("a Condition that is no object")
    return every(_tests(block, context, variables))


def _tests(block: Mapping[str, Any], context: Context, variables: bool) -> Iterator[Outcome]:
    for name, tests in block.items():
        if not isinstance(tests, Mapping):
            yield Unknown(f"the condition operator {name} without keys")
            continue
        for key, values in tests.items():
            listed = values if isinstance(values, list) else [values]
            yield _test(str(name), str(key), [_text(one) for one in listed], context, variables)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _test(name: str, key: str, wanted: list[str], context: Context, variables: bool) -> Outcome:
    quantifier, _, rest = name.rpartition(":")
    optional, rest = rest.lower().endswith("ifexists"), rest.lower().removesuffix("ifexists")
    if quantifier.lower() not in ("", "forallvalues", "foranyvalue"):
        return Unknown(f"the condition operator {name}")
    if not context.knows(key):
        return Unknown(f"the condition key {key}")
    found = context.find(key)
    if rest == "null" and not quantifier and not optional:
        return _null(name, wanted, found)
    known = OPERATORS.get(rest)
    if known is None:
        return Unknown(f"the condition operator {name}")
    compare, negated = known
    if found is None and (optional or quantifier.lower() == "forallvalues"):
        return True
    if not found:
        empty = quantifier.lower() == "forallvalues" or (negated and not quantifier)
        return empty
    return _compare(name, compare, negated, quantifier.lower(), wanted, found, context if variables else None)


def _null(name: str, wanted: list[str], found: tuple[str, ...] | None) -> Outcome:
    if any(one not in ("true", "false") for one in wanted):
        return Unknown(f"the value {wanted[0]} of {name}")
    return any((one == "true") == (found is None) for one in wanted)


def _compare(
    name: str,
    compare: Comparison,
    negated: bool,
    quantifier: str,
    wanted: list[str],
    found: tuple[str, ...],
    variables: Context | None,
) -> Outcome:
    hits = []
    for value in found:
        hit = _hit(name, compare, wanted, value, variables)
        if isinstance(hit, Unknown):
            return hit
        hits.append(hit)
    if quantifier == "forallvalues":
        return not any(hits) if negated else all(hits)
    if quantifier == "foranyvalue":
        return not all(hits) if negated else any(hits)
    return not any(hits) if negated else any(hits)


def _hit(name: str, compare: Comparison, wanted: list[str], value: str, variables: Context | None) -> Outcome:
    """Whether a value is one of those wanted; one that fits decides, whatever cannot be read beside it."""
    unknown: Unknown | None = None
    for one in wanted:
        try:
            if _one(compare, one, value, variables):
                return True
        except ValueError as error:
            unknown = Unknown(f"the value {error} of {name}")
    return False if unknown is None else unknown


def _one(compare: Comparison, wanted: str, value: str, variables: Context | None) -> bool:
    try:
        return compare(wanted, value, variables.single if variables else None)
    except Unresolved:
        return False


Lookup = Callable[[str], str | None]
Comparison = Callable[[str, str, Lookup | None], bool]
"""``(wanted, value, lookup)``; raises ValueError where what is wanted cannot be read."""


def _string(wanted: str, value: str, lookup: Lookup | None) -> bool:
    return like(wanted, value, lookup, wildcards=False)


def _folded(wanted: str, value: str, lookup: Lookup | None) -> bool:
    return like(wanted, value, lookup, wildcards=False, fold=True)


def _like(wanted: str, value: str, lookup: Lookup | None) -> bool:
    return like(wanted, value, lookup)


def _arn(wanted: str, value: str, lookup: Lookup | None) -> bool:
    return arn_like(wanted, value, lookup)


def _bool(wanted: str, value: str, _: Lookup | None) -> bool:
    if wanted.lower() not in ("true", "false"):
        raise ValueError(wanted)
    return wanted.lower() == value.lower()


def _binary(wanted: str, value: str, _: Lookup | None) -> bool:
    return wanted == value


def _address(wanted: str, value: str, _: Lookup | None) -> bool:
    try:
        network = ip_network(wanted, strict=False)
    except ValueError:
        raise ValueError(wanted) from None
    try:
        return ip_address(value) in network
    except ValueError:
        return False


def _ordered(read: Callable[[str], Any], test: Callable[[Any, Any], bool]) -> Comparison:
    def compare(wanted: str, value: str, _: Lookup | None) -> bool:
        try:
            limit = read(wanted)
        except ValueError:
            raise ValueError(wanted) from None
        try:
            return bool(test(read(value), limit))
        except ValueError:
            return False

    return compare


def _moment(text: str) -> datetime:
    """A date as ISO 8601 or in seconds since 1970 (IAM user guide, "Date condition operators")."""
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (OverflowError, OSError):
        raise ValueError(text) from None
    except ValueError:
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=UTC)


def _number(text: str) -> float:
    found = float(text)
    if found != found:  # no number at all
        raise ValueError(text)
    return found


_ORDER = {
    "equals": operator.eq,
    "lessthan": operator.lt,
    "lessthanequals": operator.le,
    "greaterthan": operator.gt,
    "greaterthanequals": operator.ge,
}

# operator => how one wanted value is compared with one of the request's, and whether the answer is turned
# round.
OPERATORS: dict[str, tuple[Comparison, bool]] = {
    "stringequals": (_string, False),
    "stringnotequals": (_string, True),
    "stringequalsignorecase": (_folded, False),
    "stringnotequalsignorecase": (_folded, True),
    "stringlike": (_like, False),
    "stringnotlike": (_like, True),
    "arnequals": (_arn, False),
    "arnnotequals": (_arn, True),
    "arnlike": (_arn, False),
    "arnnotlike": (_arn, True),
    "bool": (_bool, False),
    "binaryequals": (_binary, False),
    "ipaddress": (_address, False),
    "notipaddress": (_address, True),
    "numericnotequals": (_ordered(_number, operator.eq), True),
    "datenotequals": (_ordered(_moment, operator.eq), True),
    **{f"numeric{name}": (_ordered(_number, test), False) for name, test in _ORDER.items()},
    **{f"date{name}": (_ordered(_moment, test), False) for name, test in _ORDER.items()},
}
