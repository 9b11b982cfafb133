"""How a check of the pipeline ends: what is right, what is wrong, what is weak, and how to fix it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from dpctl.doctor.finding import Finding, Fix, Result
from dpctl.doctor.links import Chain
from dpctl.doctor.repairs import repair
from dpctl.layers import LAYERS

# What somebody changed by hand is theirs to an apply, a loss (decision 0016); a fix was asked to put it back.
PUT_BACK = {
    "PD03": ("module.eventbridge.aws_cloudwatch_event_rule.writes.event_pattern",),
    "PD04": ("module.eventbridge.aws_cloudwatch_event_target.state_machine",),
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
        """The finding; without a fix of its own, the API calls that undo it, or the layer."""
        result: Result = "fail" if self.wrong else "warn" if self.weak else "pass"
        if result != "pass" and fix is None:
            fix = repair(self.code, chain) or layers_fix(chain, [self.layer], PUT_BACK.get(self.code, ()))
        return Finding(
            self.code,
            result,
            self.resource,
            tuple([*self.lines, *self.wrong, *self.weak]),
            fix if result != "pass" else None,
        )


def layers_fix(chain: Chain, layers: Iterable[str], accept: Iterable[str] = ()) -> Fix:
    """The fix that applies layers, in their order; ``accept`` names what they may take away."""
    named = [one for one in LAYERS if one in set(layers)]
    words = [f"--layer {one}" for one in named] + [f"--accept {name}" for name in accept]
    what = f"the layers {', '.join(named)}" if len(named) > 1 else f"the layer {named[0]}"
    command = f"dpctl apply --env {chain.names.env} {' '.join(words)}"
    return Fix("terraform", f"Bring {what} back to env.yaml.", (command,))


def listed(names: Iterable[object]) -> str:
    """Names on a line, or ``none``."""
    return ", ".join(str(name) for name in names) or "none"
