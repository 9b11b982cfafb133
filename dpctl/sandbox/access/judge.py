"""Which policies have a say in a request, and what they say together.

Source: IAM user guide, "Policy evaluation for requests within a single account": a Deny anywhere wins; then
the resource's own policy may let somebody in whom it names; else identity policy, permissions boundary and
session policy must all allow. A key's policy and a role's trust policy are asked in any case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from dpctl.sandbox.access.conditions import Outcome, Unknown
from dpctl.sandbox.access.policies import (
    Request,
    Statement,
    Verdict,
    applies,
    combine,
    decide,
    listed,
    statements,
)

Documents = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Caller:
    """Who asks: a user, a role's session, or a service of AWS in its own name.

    ``arn`` is what AWS calls it in an error. ``names`` are the ARNs by which a policy's Principal may mean
    it, the user or session itself first, then its role. ``boundary`` and ``session`` are None where there is
    none. ``keys`` are the condition keys that come with it (``aws:userid`` and the like). ``access_key`` is
    the session's own.
    """

    arn: str
    account: str
    names: tuple[str, ...] = ()
    service: str = ""
    identity: Documents = field(default_factory=dict)
    boundary: Documents | None = None
    session: Documents | None = None
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    access_key: str = ""

    @property
    def root(self) -> str:
        """The ARN that stands for the whole account."""
        partition = self.arn.split(":")[1] if self.arn.startswith("arn:") else "aws"
        return f"arn:{partition}:iam::{self.account}:root"


@dataclass(frozen=True)
class Judgement:
    """A verdict, and in AWS's words why it is no."""

    verdict: Verdict
    why: str = ""

    @property
    def allowed(self) -> bool:
        """Whether the request goes through."""
        return self.verdict.allowed


Reach = Literal["nobody", "account", "role", "self"]
"""Whom a Principal means: not the caller; its account; its role or everybody; this very user or session."""


def judge(
    caller: Caller, request: Request, resource: Mapping[str, Any] | None = None, *, asked_always: bool = False
) -> Judgement:
    """Decide a request.

    ``resource`` is the policy of what is asked for (None: it has none). ``asked_always``: it has to allow the
    request whatever the identity's policies say (KMS keys, roles).
    """
    layers = _layers(caller, request)
    by_reach = _granted(caller, request, resource)
    for name, verdict in (*layers.items(), ("resource-based policy", by_reach["nobody"])):
        if verdict.decision == "explicitDeny":
            return Judgement(verdict, _denied(name, verdict))
    limits = [name for name in ("permissions boundary", "session policy") if name in layers]
    within = next((name for name in limits if not layers[name].allowed), None)
    if by_reach["self"].allowed:
        return Judgement(by_reach["self"])
    if by_reach["role"].allowed:
        verdict = by_reach["role"] if within is None else layers[within]
        return Judgement(verdict, "" if within is None else _missing(within, request, verdict))
    if asked_always and not by_reach["account"].allowed:
        verdict = Verdict("implicitDeny", unknown=_unknowns(by_reach))
        return Judgement(verdict, _missing("resource-based policy", request, verdict))
    return _by_identity(caller, request, layers, within, _unknowns(by_reach))


def _by_identity(
    caller: Caller,
    request: Request,
    layers: Mapping[str, Verdict],
    within: str | None,
    unknown: tuple[str, ...],
) -> Judgement:
    own = layers.get("identity-based policy")
    if own is None:  # a service has no policies of its own
        verdict = Verdict("implicitDeny", unknown=unknown)
        return Judgement(verdict, _missing("resource-based policy", request, verdict))
    lacking = "identity-based policy" if not own.allowed else within
    if lacking is None:
        return Judgement(own)
    verdict = layers[lacking]
    verdict = Verdict("implicitDeny", unknown=(*verdict.unknown, *unknown))
    return Judgement(verdict, _missing(lacking, request, verdict))


def _layers(caller: Caller, request: Request) -> dict[str, Verdict]:
    if caller.service:
        return {}
    found = {"identity-based policy": decide(caller.identity, request)}
    if caller.boundary is not None:
        found["permissions boundary"] = decide(caller.boundary, request)
    if caller.session is not None:
        found["session policy"] = decide(caller.session, request)
    return found


def _granted(caller: Caller, request: Request, resource: Mapping[str, Any] | None) -> dict[Reach, Verdict]:
    """What the resource's policy says, by whom its statements mean; under "nobody" what it denies."""
    spoken = list(_spoken(caller, request, resource or {}))
    found: dict[Reach, Verdict] = {
        "nobody": combine(("resource", True, outcome) for denies, _, outcome in spoken if denies)
    }
    reaches: tuple[Reach, ...] = ("account", "role", "self")
    for reach in reaches:
        mine = [outcome for denies, meant, outcome in spoken if not denies and meant == reach]
        found[reach] = combine(("resource", False, outcome) for outcome in mine)
    return found


def _spoken(
    caller: Caller, request: Request, resource: Mapping[str, Any]
) -> Iterator[tuple[bool, Reach, Outcome]]:
    for statement in statements(resource):
        reach, outcome = meant(statement, caller), applies(statement, request)
        if outcome is False or reach == "nobody":
            continue
        if isinstance(reach, Unknown):
            yield statement.denies, "role", reach
        else:
            yield statement.denies, reach, outcome


def meant(statement: Statement, caller: Caller) -> Reach | Unknown:
    """Whom the Principal of a statement means, of a caller's names."""
    body = statement.body
    if "NotPrincipal" in body:
        if not statement.denies:
            return Unknown("the element NotPrincipal beside Allow")
        spared = _reach(body["NotPrincipal"], caller)
        return (
            spared if isinstance(spared, Unknown) else "role" if spared in ("nobody", "account") else "nobody"
        )
    if "Principal" not in body:
        return Unknown("a statement without Principal")
    return _reach(body["Principal"], caller)


def _reach(principal: Any, caller: Caller) -> Reach | Unknown:
    if principal == "*":
        return "role"
    if not isinstance(principal, Mapping):
        return Unknown(f"the Principal {principal}")
    strange = set(principal) - {"AWS", "Service", "Federated", "CanonicalUser"}
    if strange:
        return Unknown(f"the Principal {sorted(strange)[0]}")
    if caller.service:
        named = listed(principal.get("Service"))
        return (
            "self" if caller.service in named else "role" if "*" in listed(principal.get("AWS")) else "nobody"
        )
    named = [str(one) for one in listed(principal.get("AWS"))]
    if caller.names and caller.names[0] in named:
        return "self"
    if "*" in named or any(name in named for name in caller.names[1:]):
        return "role"
    return "account" if caller.root in named or caller.account in named else "nobody"


def _unknowns(found: Mapping[Reach, Verdict]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(what for verdict in found.values() for what in verdict.unknown))


def _denied(kind: str, verdict: Verdict) -> str:
    article = "an" if kind.startswith("identity") else "a"
    return f"with an explicit deny in {article} {kind}{_named(verdict)}"


def _missing(kind: str, request: Request, verdict: Verdict) -> str:
    return f"because no {kind} allows the {request.action} action{_named(verdict)}"


def _named(verdict: Verdict) -> str:
    """What is not known here is the sandbox's own to say: AWS would have known."""
    return f" (the sandbox does not know {', '.join(verdict.unknown)})" if verdict.unknown else ""
