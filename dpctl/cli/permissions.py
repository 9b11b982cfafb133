"""``dpctl permissions``: what an operator has to be allowed, as IAM policies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dpctl import SCHEMA_VERSION
from dpctl.cli.factory import App, app_of
from dpctl.cli.options import Env

if TYPE_CHECKING:
    from dpctl.config import Environment
    from dpctl.permissions import Policy

For = Annotated[
    list[str] | None,
    typer.Option(
        "--for",
        metavar="COMMAND",
        help="A command (plan, apply, doctor, unload, ...), or ci for a pull request's job; may be repeated."
        "  [default: all]",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", help="Also write each policy to a file of a folder.", file_okay=False
    ),
]
Recorded = Annotated[
    bool,
    typer.Option(
        "--recorded",
        help="Take what the calls of the running sandbox have needed so far, whichever commands made them.",
    ),
]


def permissions(
    ctx: typer.Context,
    env: Env = None,
    wanted: For = None,
    recorded: Recorded = False,
    out: Out = None,
) -> None:
    """Print the least IAM policies that commands need of an operator.

    JSON: `policies` has one document, or several where one would pass the 6,144 characters of a managed
    policy. Measured in the sandbox, by running the commands; names, account and region are env.yaml's. An
    environment with other switches than dev and prod is measured by running it in its sandbox: --recorded.

    Example:
        dpctl permissions --env dev --for plan
        dpctl permissions --env prod --for apply --out policies
    """
    app = app_of(ctx)
    environment = app.environment(env)
    if recorded and wanted:
        raise typer.BadParameter(
            "goes not with --for: the sandbox knows calls, not commands.", param_hint="--recorded"
        )
    found = _recorded(app, environment) if recorded else _kept(environment, wanted or [])
    of = ["recorded"] if recorded else wanted or ["all"]
    names = [f"dpctl-{environment.name}-{'-'.join(of)}-{number}.json" for number in range(1, len(found) + 1)]
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name, policy in zip(names, found, strict=True):
            (out / name).write_text(json.dumps(policy, indent=2) + "\n", encoding="utf-8")
    app.terminal.json(
        {"schema_version": SCHEMA_VERSION, "env": environment.name, "for": of, "policies": found}
    )


def _kept(environment: Environment, wanted: list[str]) -> list[Policy]:
    from dpctl import permissions as kept

    known = kept.commands()
    for name in wanted:
        if name not in known:
            raise typer.BadParameter(f"{name!r} is none of {', '.join(known)}.", param_hint="--for")
    return kept.policies(environment, wanted)


def _recorded(app: App, environment: Environment) -> list[Policy]:
    from dpctl import permissions as kept
    from dpctl import sandbox
    from dpctl.errors import DpctlError

    running = sandbox.status(environment)
    if running is None:
        raise DpctlError(
            f"The sandbox of {environment.name} is not running: it has recorded nothing.",
            hint=f"dpctl --sandbox apply --env {environment.name}, and this command again",
        )
    names = kept.Names.of(environment)
    needs = [one for one in sandbox.ask(running, "needs") if one["role"] is None]
    pairs = {(one["action"], names.generalise(one["resource"])) for one in needs}
    return kept.documents(
        (action, arn) for action, template in sorted(pairs) for arn in names.expand(template)
    )
