"""What an apply that was killed made and the state does not know: imported, by the ids that AWS gave it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dpctl.deploy import adopt, workdir
from dpctl.deploy.failures import TerraformFailed
from dpctl.deploy.planned import Planned
from dpctl.deploy.session import Session

PlanAgain = Callable[[Planned], Planned]


def take_back(planned: Planned, session: Session, plan_again: PlanAgain) -> Planned:
    """Import what an apply that was killed made and the state does not know, by the ids it was told."""
    traces = planned.work.traces
    made = traces.made()
    if not made.things or made.account != session.terraform.account:
        return planned
    created = {change.address for change in planned.changes if change.action == "create"}
    things = {address: thing for address, thing in made.things.items() if address in created}
    while things:
        back = tuple(adopt.Adoption(address, *thing) for address, thing in sorted(things.items()))
        adopted = (*planned.adopted, *back)
        adopt.write_imports(planned.work.path / workdir.IMPORTS, adopted)
        try:
            again = plan_again(planned)
        except TerraformFailed as failed:
            named = failed.addresses & things.keys() or set(things)
            for address in sorted(named):
                session.say(
                    f"{address} was made by a killed apply as {things.pop(address)[1]}, and can't be "
                    "imported as that. It is made again unless AWS refuses; look for a second one."
                )
            continue
        return replace(again, adopted=adopted, unknown=planned.unknown)
    if planned.adopted:
        adopt.write_imports(planned.work.path / workdir.IMPORTS, planned.adopted)
    else:
        (planned.work.path / workdir.IMPORTS).unlink(missing_ok=True)
    if created & made.things.keys():
        return replace(
            plan_again(planned),
            adopted=planned.adopted,
            unknown=planned.unknown,
        )
    if not planned.mocked:
        traces.keep(replace(made, things={}))
    return planned
