"""A plan that is reviewed before it is applied: written to a folder, read again, and compared in meaning.

A plan file of Terraform holds secrets, and holds only for the state it was made from. So what is kept is what
the plan means: which resources, which action, which values; secrets are left out. ``apply --plan`` plans
again, and applies only what means the same.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dpctl import SCHEMA_VERSION, jsontext
from dpctl.deploy.guard import Refused
from dpctl.deploy.result import Result
from dpctl.errors import UsageError
from dpctl.jsontext import Value
from dpctl.redaction import without_secrets

INDEX = "plan.json"
SUMMARY = "summary.md"
HIDDEN, UNKNOWN = "(sensitive)", "(known after apply)"
SHOWN = 12  # differences that are listed; the rest is counted
IDLE = (["no-op"], ["read"])

Meaning = Mapping[str, Any]


class Different(Refused):
    """A plan is not the one that was reviewed."""


def meaning(document: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a plan (``show -json``) does, by address: actions, import id, and each value that changes."""
    found: dict[str, Any] = {}
    for resource in (document or {}).get("resource_changes") or []:
        change = resource["change"]
        importing = (change.get("importing") or {}).get("id")
        if change["actions"] in IDLE and importing is None and "previous_address" not in resource:
            continue
        found[str(resource["address"])] = {
            "actions": change["actions"],
            "import": importing,
            "from": resource.get("previous_address"),
            "values": dict(_values(change)),
        }
    for name, change in ((document or {}).get("output_changes") or {}).items():
        if change["actions"] not in IDLE:
            found[f"output.{name}"] = {
                "actions": change["actions"],
                "values": dict(_values({"after": change})),
            }
    return found


def _values(change: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    before, after = change.get("before") or {}, change.get("after") or {}
    unknown = change.get("after_unknown") or {}
    hidden = [side if isinstance(side, dict) else {} for side in _sides(change)]
    for name in sorted({*before, *after, *unknown}):
        old, new = before.get(name), after.get(name)
        pending = unknown.get(name)
        if old == new and not pending:
            continue
        if any(side.get(name) for side in hidden):
            yield name, HIDDEN
        elif pending is True:
            yield name, UNKNOWN
        else:
            sides = (("before", old), ("after", new))
            shown = {side: without_secrets(value, HIDDEN, name) for side, value in sides}
            yield name, {**shown, "unknown": pending} if pending else shown


def _sides(change: Mapping[str, Any]) -> tuple[Any, Any]:
    return change.get("before_sensitive"), change.get("after_sensitive")


def digest(found: Meaning) -> str:
    """A hash of a meaning."""
    return hashlib.sha256(json.dumps(found, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class Layer:
    """One layer of a reviewed plan. An ``estimated`` one can't be reviewed: it hangs on what is not there."""

    layer: str
    result: str
    estimated: bool
    digest: str
    meaning: Meaning


@dataclass(frozen=True)
class Reviewed:
    """A plan of one environment, in an account (``world`` is AWS or SANDBOX), and where it was read."""

    env: str
    account: str
    world: str
    layers: Mapping[str, Layer]
    folder: Path = Path()

    @property
    def _out(self) -> str:
        return f"--out {shlex.quote(str(self.folder))}"

    def write(self, folder: Path, summary: str) -> None:
        """Write the folder: an index with digests, a file a layer, and a summary to read.

        Raises UsageError for a folder that holds something else.
        """
        if folder.exists() and any(folder.iterdir()) and not (folder / INDEX).is_file():
            raise UsageError(f"{folder} holds something else.", hint=f"--out {shlex.quote(f'{folder}-new')}")
        (folder / "layers").mkdir(parents=True, exist_ok=True)
        index = []
        for layer in self.layers.values():
            file = f"layers/{layer.layer.replace('/', '+')}.json"
            text = json.dumps(layer.meaning, indent=2, sort_keys=True, ensure_ascii=False, default=str)
            (folder / file).write_text(text + "\n", encoding="utf-8")
            index.append(
                {
                    "layer": layer.layer,
                    "result": layer.result,
                    "estimated": layer.estimated,
                    "digest": layer.digest,
                    "file": file,
                }
            )
        head = {
            "schema_version": SCHEMA_VERSION,
            "env": self.env,
            "account": self.account,
            "world": self.world,
        }
        (folder / INDEX).write_text(json.dumps(head | {"layers": index}, indent=2) + "\n", encoding="utf-8")
        (folder / SUMMARY).write_text(summary, encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Reviewed:
        """Read such a folder. Raises UsageError for none, and for one that was changed by hand."""
        try:
            index = jsontext.read((folder / INDEX).read_bytes())
            by_name = {one.layer: one for one in (_layer(folder, entry) for entry in index["layers"].list())}
            env, account, world = (index[name].text() for name in ("env", "account", "world"))
            made = cls(env, account, world, by_name, folder)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"{folder} is not a plan of dpctl.",
                why=str(error),
                hint=f"dpctl plan --out {shlex.quote(str(folder))}",
            ) from error
        for layer in made.layers.values():
            if digest(layer.meaning) != layer.digest:
                raise UsageError(
                    f"The plan of {layer.layer} in {folder} was changed after it was made.",
                    why="Its digest is another one.",
                    hint=f"dpctl plan {made._out}, and review it",
                )
        return made

    def belongs(self, env: str, account: str, world: str) -> None:
        """Raise UsageError when the plan is of another environment or account."""
        mine, theirs = (self.env, self.account, self.world), (env, account, world)
        if mine != theirs:
            raise UsageError(
                f"The plan is of {self.env}, account {self.account}, {self.world}.",
                why=f"This run is of {env}, account {account}, {world}.",
                hint=f"dpctl plan {self._out}, and review it",
            )

    def left_out(self, name: str) -> str:
        """Why a layer is not applied, whatever its plan says now; empty when it may be."""
        layer = self.layers.get(name)
        if layer is None:
            return "it is not part of the reviewed plan"
        if layer.estimated:
            return "its plan was an estimate: plan and review it once what it waits for is applied"
        return ""

    def check(
        self, unit: str, name: str, document: Mapping[str, Any] | None, without: Collection[str] = ()
    ) -> None:
        """Raise Different when a layer's plan does not mean what the reviewed one did.

        ``without`` are addresses of the reviewed plan that are done with.
        """
        reviewed = {key: value for key, value in self.layers[name].meaning.items() if key not in without}
        now = meaning(document)
        lines = list(differences(reviewed, json.loads(json.dumps(now, default=str))))
        if lines:
            more = [f"and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
            raise Different(
                f"{unit}: the plan is not the one that was reviewed.",
                why="\n".join([*lines[:SHOWN], *more]),
                hint=f"dpctl plan --layer {name} {self._out}, and review it again",
            )


def differences(reviewed: Meaning, now: Meaning) -> Iterator[str]:
    """What two meanings differ in, a line each."""
    for address in sorted({*reviewed, *now}):
        before, after = reviewed.get(address), now.get(address)
        if before == after:
            continue
        if before is None:
            yield f"{address}: {_action(after)}, which the reviewed plan does not have"
        elif after is None:
            yield f"{address}: {_action(before)} in the reviewed plan, and nothing now"
        elif _action(before) != _action(after):
            yield f"{address}: {_action(before)} in the reviewed plan, {_action(after)} now"
        else:
            values, others = before["values"], after["values"]
            names = sorted(n for n in {*values, *others} if values.get(n) != others.get(n))
            yield f"{address}: other values of {', '.join(names) or 'its import'}"


def _action(entry: Any) -> str:
    words = " and ".join(entry["actions"])
    return f"import and {words}" if entry.get("import") else words


def layer(name: str, result: Result, document: Mapping[str, Any] | None) -> Layer:
    """A layer of a plan that was just made."""
    found = json.loads(json.dumps(meaning(document), default=str))
    return Layer(name, result.result, result.estimated or result.bad, digest(found), found)


def _layer(folder: Path, entry: Value) -> Layer:
    name = entry["file"].text()
    file = (folder / name).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise ValueError(f"{name} is outside of the folder")
    found = jsontext.read(file.read_bytes())
    for _, change in found.items():
        [action.text() for action in change["actions"].list()]
        change["values"].mapping()
    layer, result, digested = (entry[name].text() for name in ("layer", "result", "digest"))
    return Layer(layer, result, bool(entry["estimated"].raw), digested, found.mapping())
