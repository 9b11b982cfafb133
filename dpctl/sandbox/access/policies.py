"""IAM policies, evaluated: would these documents allow this request?

Source: IAM user guide, "IAM JSON policy reference" and "Policy evaluation logic". What is not known here (an
element, an operator, a condition key, a resource that is no ARN) is named, and denies: a statement that
denies counts, one that allows does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from dpctl.sandbox.access.conditions import Context, Outcome, Unknown, every, holds
from dpctl.sandbox.access.patterns import Unresolved, arn_like, like

Decision = Literal["allowed", "explicitDeny", "implicitDeny"]
ELEMENTS = frozenset(
    (
        "Sid",
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
        "Principal",
        "NotPrincipal",
    )
)
VARIABLES_SINCE = "2012-10-17"


@dataclass(frozen=True)
class Request:
    """An action (``s3:GetObject``) on a resource (an ARN, or ``*`` where the action takes none)."""

    action: str
    resource: str
    context: Context = field(default_factory=Context)


@dataclass(frozen=True)
class Verdict:
    """The decision, the policies whose statements matched, by id, and what was not known, if that decided."""

    decision: Decision
    matched: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the request goes through."""
        return self.decision == "allowed"


@dataclass(frozen=True)
class Statement:
    """One statement of a document, and whether the document's version has variables."""

    body: Mapping[str, Any]
    variables: bool

    @property
    def denies(self) -> bool:
        """Whether it takes away."""
        return self.body.get("Effect") == "Deny"


def evaluate(
    policies: Mapping[str, Mapping[str, Any]],
    action: str,
    resource: str,
    context: Mapping[str, list[str]] | Context | None = None,
) -> Verdict:
    """Decide over the policies (by id) of one kind: a matching Deny wins, then a matching Allow."""
    keys = context if isinstance(context, Context) else Context.of(context or {})
    return decide(policies, Request(action, resource, keys))


def decide(policies: Mapping[str, Mapping[str, Any]], request: Request) -> Verdict:
    """As `evaluate`."""
    named = ((name, one) for name, document in policies.items() for one in statements(document))
    return combine((name, one.denies, applies(one, request)) for name, one in named)


def combine(found: Iterable[tuple[str, bool, Outcome]]) -> Verdict:
    """What statements say together: each by its policy, whether it denies, and whether it applies."""
    allowed: list[str] = []
    unknown: list[str] = []
    for name, denies, outcome in found:
        if outcome is False:
            continue
        if isinstance(outcome, Unknown):
            unknown.append(outcome.what)
        if denies:
            what = (outcome.what,) if isinstance(outcome, Unknown) else ()
            return Verdict("explicitDeny", (name,), what)
        if outcome is True:
            allowed.append(name)
    if allowed:
        return Verdict("allowed", tuple(dict.fromkeys(allowed)))
    return Verdict("implicitDeny", unknown=tuple(dict.fromkeys(unknown)))


def statements(document: Mapping[str, Any]) -> list[Statement]:
    """The statements of a document, which may be one or a list."""
    variables = document.get("Version") == VARIABLES_SINCE
    found = document.get("Statement", [])
    listed = found if isinstance(found, list) else [found]
    return [Statement(one, variables) for one in listed if isinstance(one, Mapping)]


def applies(statement: Statement, request: Request) -> Outcome:
    """Whether a statement speaks of a request, whoever makes it."""
    return every(_tests(statement, request))


def _tests(statement: Statement, request: Request) -> Iterator[Outcome]:
    body = statement.body
    yield _action(body, request.action)
    yield _resource(statement, request)
    strange = [name for name in body if name not in ELEMENTS]
    if strange or body.get("Effect") not in ("Allow", "Deny"):
        yield Unknown(f"the element {strange[0]}" if strange else f"the Effect {body.get('Effect')}")
    if "Condition" in body:
        yield holds(body["Condition"], request.context, variables=statement.variables)


def _action(body: Mapping[str, Any], action: str) -> Outcome:
    wanted = listed(body.get("NotAction", body.get("Action", [])))
    found = any(like(str(one), action, fold=True) for one in wanted)
    return found != ("NotAction" in body)


def _resource(statement: Statement, request: Request) -> Outcome:
    body = statement.body
    if "Resource" not in body and "NotResource" not in body:
        return True  # a trust policy, whose resource is the role
    wanted = listed(body.get("NotResource", body.get("Resource")))
    lookup = request.context.single if statement.variables else None
    found: Outcome = False
    for one in wanted:
        try:
            if _names(str(one), request.resource, lookup):
                found = True
                break
        except Unresolved:
            continue
        except ValueError:
            found = Unknown(f"the Resource {one}")
    if isinstance(found, Unknown):
        return found
    return found != ("NotResource" in body)


def _names(pattern: str, resource: str, lookup: Any) -> bool:
    """Whether a Resource means this one; an action that takes none is meant by ``*`` alone."""
    if pattern == "*":
        return True
    if resource == "*":
        arn_like(pattern, "", lookup)  # says what is wrong with it
        return False
    return arn_like(pattern, resource, lookup)


def listed(value: Any) -> list[Any]:
    """A list, also of one or none."""
    return value if isinstance(value, list) else [] if value is None else [value]


def merge(policies: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Mapping[str, Any]]:
    """Policies by id; two of one name are kept apart."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, document in policies:
        found[name if name not in found else f"{name}#{len(found)}"] = document
    return found
