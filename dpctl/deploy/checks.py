"""What a plan is refused for: what it takes, what it destroys, what is in its way; all of it in one error.

Before that, what it would create without having seen whether it is there: many of AWS's calls that create
something overwrite what has the same name (PutRule, PutRolePolicy, PutMetricAlarm, CreateTopic).
"""

from __future__ import annotations

from collections.abc import Callable

from dpctl.deploy import guard, losses, obstacles
from dpctl.deploy.guard import Refused
from dpctl.deploy.losses import Losing
from dpctl.deploy.named import Named
from dpctl.deploy.planned import Planned
from dpctl.errors import AccessError


class Unseen(Refused):
    """A plan creates what could not be looked for."""


def check(planned: Planned, allowed: Named, accepted: Named, *, destroying: bool, line: str) -> None:
    """Raise Refused for a plan with something that neither ``allowed`` nor ``accepted`` names.

    ``line`` is the command that hints go on from.
    """
    unit = planned.step.unit
    _check_seen(planned, line)
    checks: tuple[Callable[[], None], ...] = (
        lambda: losses.check(unit.name, unit.layer, planned.losses, accepted, line),
        lambda: guard.check(
            unit.name, planned.changes, allowed, destroying=destroying, ours=planned.may_go, line=line
        ),
        lambda: obstacles.check(unit.name, planned.ahead.obstacles),
    )
    refused = []
    for one in checks:
        try:
            one()
        except Refused as why:
            refused.append(why)
    if len(refused) == 1:
        raise refused[0]
    if refused:
        raise _together(refused, planned)


def _check_seen(planned: Planned, line: str) -> None:
    unseen = {f"{one.address}: {one.reason}": one.error for one in planned.unknown if one.error is not None}
    if not unseen:
        return
    hints = dict.fromkeys(error.hint for error in unseen.values() if error.hint)
    failed = Unseen(
        f"{planned.step.unit.name} would create what could not be looked for: it may be there.",
        why="\n".join(unseen),
        hint="; ".join([*hints, f"{line} --no-adopt, where nothing of it is there"]),
    )
    if all(isinstance(error, AccessError) for error in unseen.values()):
        failed.exit_code = AccessError.exit_code
    raise failed


def _together(refused: list[Refused], planned: Planned) -> Refused:
    what = " ".join(one.what for one in refused)
    why = "\n".join(one.why for one in refused)
    hint = "; ".join(one.hint for one in refused)
    if isinstance(refused[0], Losing):
        return Losing(what, losses=planned.losses, why=why, hint=hint)
    return Refused(what, why=why, hint=hint)
