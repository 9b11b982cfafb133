"""Least policies: what has to be allowed on what, as documents that IAM takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

MOST = 6144
"""Characters of a managed policy, without white space (IAM user guide, "IAM and AWS STS quotas")."""

Policy = dict[str, Any]
Statement = dict[str, Any]


def documents(allowed: Iterable[tuple[str, str]]) -> list[Policy]:
    """Policies that allow these pairs of action and resource, and nothing else; as few as they fit into."""
    pieces = [piece for one in _statements(allowed) for piece in _fitting(one)]
    found: list[list[Statement]] = []
    for piece in pieces:
        if found and size(_policy([*found[-1], piece])) <= MOST:
            found[-1].append(piece)
        else:
            found.append([piece])
    return [_policy(one) for one in found]


def size(policy: Mapping[str, Any]) -> int:
    """Its characters as IAM counts them."""
    return len("".join(json.dumps(policy, separators=(",", ":")).split()))


def _policy(statements: list[Statement]) -> Policy:
    return {"Version": "2012-10-17", "Statement": statements}


def _statements(allowed: Iterable[tuple[str, str]]) -> list[Statement]:
    """One statement for all actions that are allowed on the same resources."""
    by_action: dict[str, set[str]] = {}
    for action, resource in allowed:
        by_action.setdefault(action, set()).add(resource)
    by_resources: dict[tuple[str, ...], list[str]] = {}
    for action, resources in by_action.items():
        by_resources.setdefault(tuple(_widest(resources)), []).append(action)
    pairs = sorted((sorted(actions), list(resources)) for resources, actions in by_resources.items())
    return [_allow(actions, resources) for actions, resources in pairs]


def _allow(actions: list[str], resources: list[str]) -> Statement:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def _widest(resources: set[str]) -> list[str]:
    """Resources without those that another one of them covers."""
    return sorted(
        one
        for one in resources
        if not any(other != one and fnmatchcase(one, other.replace("[", "[[]")) for other in resources)
    )


def _fitting(statement: Statement) -> list[Statement]:
    """A statement in pieces that fit into a policy each."""
    if size(_policy([statement])) <= MOST:
        return [statement]
    longest = max(("Action", "Resource"), key=lambda name: len(json.dumps(statement[name])))
    half = len(statement[longest]) // 2
    parts = (statement[longest][:half], statement[longest][half:])
    return [piece for part in parts for piece in _fitting({**statement, longest: part})]
