"""The rules of IAM read a second time, straight from the user guide, and slowly: for tests to compare with.

Nothing here is shared with ``dpctl.sandbox.access``: globs are walked letter by letter, conditions are tables
of truth, and the layers are sets of answers. Where the guide leaves something open, the answer is "unknown".
"""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

YES, NO, UNKNOWN = "yes", "no", "unknown"


def glob(pattern, text):
    """``*`` any number of letters, ``?`` one; a pattern is a list of letters, some meaning themselves."""
    known = {}

    def fits(i, j):
        if (i, j) not in known:
            known[i, j] = _fits(i, j)
        return known[i, j]

    def _fits(i, j):
        if i == len(pattern):
            return j == len(text)
        literal, letter = pattern[i]
        if letter == "*" and not literal:
            return fits(i + 1, j) or (j < len(text) and fits(i, j + 1))
        return j < len(text) and (letter == text[j] or (letter == "?" and not literal)) and fits(i + 1, j + 1)

    return fits(0, 0)


def letters(text, keys, *, wild=True):
    """The letters of a policy's text with its variables put in; None where one has no value."""
    found, i = [], 0
    while i < len(text):
        end = text.find("}", i)
        if keys is not None and text.startswith("${", i) and end > 0:
            name = text[i + 2 : end]
            if name in ("*", "?", "$"):
                value = name
            else:
                key, comma, default = name.partition(",")
                values = keys.get(key.strip().lower(), ())
                value = values[0] if len(values) == 1 else None
                if value is None and comma:
                    value = default.strip().strip("'")
            if value is None:
                return None
            found += [(True, letter) for letter in value]
            i = end + 1
        else:
            found.append((not wild, text[i]))
            i += 1
    return found


def matches(text, value, keys, *, wild=True, fold=False):
    pattern = letters(text, keys, wild=wild)
    if pattern is None:
        return False
    if fold:
        pattern, value = [(lit, letter.lower()) for lit, letter in pattern], value.lower()
    return glob(pattern, value)


def pieces(text):
    """The six parts of an ARN, of which a variable may have colons of its own."""
    parts, deep = [""], False
    for i, letter in enumerate(text):
        deep = True if text.startswith("${", i) else False if letter == "}" else deep
        if letter == ":" and not deep and len(parts) < 6:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def arn(text, value, keys):
    if keys is not None and letters(text, keys) is None:
        return NO
    if text == "*":
        return YES
    wanted, found = pieces(text), value.split(":", 5)
    if len(wanted) < 6 or wanted[0] not in ("arn", "*"):
        return UNKNOWN
    same = len(found) == 6 and all(matches(a, b, keys) for a, b in zip(wanted, found, strict=True))
    return YES if same else NO


def compare(operator, wanted, value, keys):
    """One wanted value against one of the request's."""
    if operator == "StringEquals":
        return YES if matches(wanted, value, keys, wild=False) else NO
    if operator == "StringEqualsIgnoreCase":
        return YES if matches(wanted, value, keys, wild=False, fold=True) else NO
    if operator == "StringLike":
        return YES if matches(wanted, value, keys) else NO
    if operator in ("ArnLike", "ArnEquals"):
        return arn(wanted, value, keys)
    if operator == "Bool":
        if wanted.lower() not in ("true", "false"):
            return UNKNOWN
        return YES if wanted.lower() == value.lower() else NO
    if operator == "BinaryEquals":
        return YES if wanted == value else NO
    if operator == "IpAddress":
        return _tried(lambda: ip_network(wanted, strict=False), lambda net: ip_address(value) in net)
    kind = "Numeric" if operator.startswith("Numeric") else "Date"
    read = float if kind == "Numeric" else _date
    how = operator.removeprefix(kind)
    return _tried(lambda: read(wanted), lambda limit: _order(how, read(value), limit))


def _date(text):
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except ValueError:
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=UTC)


def _order(how, value, limit):
    return {
        "Equals": value == limit,
        "LessThan": value < limit,
        "LessThanEquals": value <= limit,
        "GreaterThan": value > limit,
        "GreaterThanEquals": value >= limit,
    }[how]


def _tried(wanted, test):
    try:
        limit = wanted()
    except ValueError:
        return UNKNOWN
    try:
        return YES if test(limit) else NO
    except ValueError:
        return NO


PLAIN = [
    "StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "Bool", "BinaryEquals",
    "IpAddress", "NumericEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan",
    "NumericGreaterThanEquals", "DateEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan",
    "DateGreaterThanEquals",
]  # fmt: skip
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}


def condition(operator, key, wanted, keys, known, variables):
    """One line of a Condition."""
    quantifier, _, name = operator.rpartition(":")
    optional = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    there = key.lower() in keys
    if key.lower() not in keys and key.lower() not in known:
        return UNKNOWN
    if name == "Null" and not quantifier and not optional:
        if not set(wanted) <= {"true", "false"}:
            return UNKNOWN
        answers = {YES if (one == "true") != there else NO for one in wanted}
        return YES if YES in answers else NO
    positive = NEGATED.get(name, name)
    if positive not in PLAIN or quantifier not in ("", "ForAllValues", "ForAnyValue"):
        return UNKNOWN
    if not there:
        if optional or quantifier == "ForAllValues":
            return YES
        return YES if name in NEGATED and quantifier == "" else NO
    hits = []
    for value in keys[key.lower()]:
        answers = [compare(positive, one, value, variables) for one in wanted]
        hits.append(YES if YES in answers else UNKNOWN if UNKNOWN in answers else NO)
    if UNKNOWN in hits:
        return None  # which of several values is asked first is nobody's business
    if name in NEGATED:
        hits = [NO if hit == YES else YES for hit in hits]
        return YES if (YES in hits if quantifier == "ForAnyValue" else set(hits) <= {YES}) else NO
    return YES if (set(hits) <= {YES} if quantifier == "ForAllValues" else YES in hits) else NO


def resource_is(text, resource, variables):
    if "${" in text and variables is not None and letters(text, variables) is None:
        return NO
    return arn(text, resource, variables)


def statement(body, version, action, resource, keys, known):
    """Whether a statement speaks of a request; None where this reading has no opinion."""
    variables = keys if version == "2012-10-17" else None
    as_list = lambda value: value if isinstance(value, list) else [value]  # noqa: E731
    answers = []
    name = "NotAction" if "NotAction" in body else "Action"
    hit = any(matches(one, action, None, fold=True) for one in as_list(body[name]))
    answers.append(YES if hit == (name == "Action") else NO)
    name = "NotResource" if "NotResource" in body else "Resource"
    each = [resource_is(one, resource, variables) for one in as_list(body[name])]
    hit = YES if YES in each else UNKNOWN if UNKNOWN in each else NO
    answers.append(hit if name == "Resource" or hit == UNKNOWN else (NO if hit == YES else YES))
    for operator, tests in body.get("Condition", {}).items():
        for key, wanted in tests.items():
            answers.append(condition(operator, key, as_list(wanted), keys, known, variables))
    if set(body) - {"Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Sid"}:
        answers.append(UNKNOWN)
    if NO in answers:
        return NO
    return None if None in answers else UNKNOWN if UNKNOWN in answers else YES


def decide(documents, action, resource, keys, known):
    """The decision over documents; None where this reading has no opinion."""
    found = []
    for document in documents:
        for body in document["Statement"]:
            found.append(
                (body["Effect"], statement(body, document["Version"], action, resource, keys, known))
            )
    denies = {answer for effect, answer in found if effect == "Deny"}
    if denies & {YES, UNKNOWN}:
        return "explicitDeny"
    allows = {answer for effect, answer in found if effect == "Allow"}
    if None in denies or None in allows:
        return None
    return "allowed" if YES in allows else "implicitDeny"
