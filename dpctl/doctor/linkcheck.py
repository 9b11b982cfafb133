"""How a check of the pipeline ends: what is right, what is wrong, what is weak, and how to fix it."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from dpctl.doctor import aims
from dpctl.doctor.finding import Finding, Fix, Result
from dpctl.doctor.links import Chain
from dpctl.doctor.repairs import repair
from dpctl.layers import LAYERS

# What somebody changed by hand is theirs to an apply, a loss (decision 0016); a fix was asked to put it back.
PUT_BACK = {
    "PD02": ("module.audit.aws_cloudtrail.this.advanced_event_selector",),
    "PD03": ("module.eventbridge.aws_cloudwatch_event_rule.writes.event_pattern",),
    "PD04": ("module.eventbridge.aws_cloudwatch_event_target.state_machine",),
    "PD05": ("module.stepfunctions.aws_sfn_state_machine.log_event.definition",),
}


@dataclass
class Look:
    """What a check has seen so far of one link; ``layer`` is the one that makes it."""

    code: str
    resource: str
    layer: str
    lines: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    weak: list[str] = field(default_factory=list)

    def see(self, *lines: str) -> None:
        """Evidence, good or bad."""
        self.lines += [line for line in lines if line]

    def must(self, holds: bool, otherwise: str) -> None:
        """Something without which no event gets through."""
        if not holds:
            self.wrong.append(otherwise)

    def should(self, holds: bool, otherwise: str) -> None:
        """Something that makes it weak."""
        if not holds:
            self.weak.append(otherwise)

    def end(self, chain: Chain, fix: Fix | None = None) -> Finding:
        """The finding; without a fix of its own, the API calls that undo it, or what makes it anew."""
        result: Result = "fail" if self.wrong else "warn" if self.weak else "pass"
        if result != "pass" and fix is None:
            fix = repair(self.code, chain) or self.anew(chain)
        return Finding(
            self.code,
            result,
            self.resource,
            tuple([*self.lines, *self.wrong, *self.weak]),
            fix if result != "pass" else None,
        )

    def anew(self, chain: Chain) -> Fix:
        """The fix that lets Terraform make the link again."""
        return layers_fix(chain, [self.layer], aims.CHECKS.get(self.code, ()), PUT_BACK.get(self.code, ()))


def layers_fix(
    chain: Chain, layers: Iterable[str], targets: Collection[str] = (), accept: Iterable[str] = ()
) -> Fix:
    """The fix that applies ``targets`` (``LAYER:ADDRESS``), and layers that none of them is of as a whole.

    ``accept`` names what that may take away. A layer that nobody has applied yet is applied as a whole, with
    those that it needs: a part of it would leave the rest unmade.
    """
    wanted = {*layers, *(one.partition(":")[0] for one in targets)}
    new = frozenset().union(*(chain.first.get(layer, ()) for layer in wanted))
    wanted |= new
    targets = aims.complete(targets, new)
    named = [one for one in LAYERS if one in wanted]
    words = [word for one in named for word in ("--layer", one)]
    words += [word for one in targets for word in ("--target", one)]
    words += [word for one in dict.fromkeys(accept) for word in ("--accept", one)]
    command = f"dpctl apply --env {chain.names.env} {shlex.join(words)}"
    return Fix(
        "terraform", _what_is_applied([one for one in named if one not in new], new, targets), (command,)
    )


def _what_is_applied(old: list[str], new: frozenset[str], targets: tuple[str, ...]) -> str:
    part = "what is broken of " if targets else ""
    again = f"Bring {part}{_layers(old)} back to env.yaml" if old else ""
    first = f"apply {_layers(one for one in LAYERS if one in new)}, for the first time" if new else ""
    text = ", and ".join(filter(None, (again, first)))
    return f"{text[0].upper()}{text[1:]}."


def _layers(names: Iterable[str]) -> str:
    named = list(names)
    return f"the layer{'s' if len(named) > 1 else ''} {', '.join(named)}"


def listed(names: Iterable[object]) -> str:
    """Names on a line, or ``none``."""
    return ", ".join(str(name) for name in names) or "none"
