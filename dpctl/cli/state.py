"""``dpctl state``: the bucket of the state, its locks, and what was made half way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from dpctl import SCHEMA_VERSION
from dpctl.cli.factory import app_of
from dpctl.cli.options import DryRun, Env, Json, Layer, TerraformPath, Yes

app = typer.Typer(
    help="Look after Terraform's state: its bucket, its locks, what is half made.",
    no_args_is_help=True,
)


@app.command("bootstrap")
def bootstrap(
    ctx: typer.Context, env: Env = None, yes: Yes = False, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Make the bucket that Terraform's state is kept in.

    Versioned, encrypted, closed to the public, refusing plain HTTP. Once per account and region; run again,
    it puts right what is not so. The sandbox does it by itself.

    Example:
        dpctl --sandbox state bootstrap --env dev --yes
    """
    from dpctl.deploy import bootstrap as buckets
    from dpctl.deploy import preflight
    from dpctl.deploy.show import state_bucket

    terminal = app_of(ctx).terminal
    environment = app_of(ctx).environment(env)
    aws = app_of(ctx).aws(environment)
    preflight.check_account(environment, aws)
    bucket, region = state_bucket(environment)
    there = buckets.exists(aws, bucket)
    calls = buckets.calls(bucket, region, create=not there)
    if not as_json:
        terminal.data(
            "\n".join([f"{bucket} ({'exists' if there else 'new'}):", *(f"  {c.purpose}" for c in calls)])
        )
    if not dry_run:
        terminal.confirm(f"Do this in account {environment.config.account_id}?", yes=yes, as_json=as_json)
        buckets.carry_out(aws, calls)
    if as_json:
        document = {
            "bucket": bucket,
            "created": not (there or dry_run),
            "steps": [call.purpose for call in calls],
        }
        terminal.json({"schema_version": SCHEMA_VERSION, "env": environment.name, **document})


@app.command("unlock")
def unlock(
    ctx: typer.Context, layer: Layer, env: Env = None, yes: Yes = False, as_json: Json = False
) -> None:
    """Show who holds a layer's lock, and release it.

    A lock is left behind when Terraform was killed. Make sure that nobody is applying: two runs at once
    damage the state.

    Example:
        dpctl --sandbox state unlock --env dev --layer static
    """
    from dpctl.deploy import show

    terminal = app_of(ctx).terminal
    environment = app_of(ctx).environment(env)
    aws = app_of(ctx).aws(environment)
    lock, place = show.lock_of(environment, aws, layer)
    held: dict[str, Any] | None = None
    if lock is not None:
        age = lock.age(datetime.now(UTC))
        held = {"id": lock.id, "who": lock.who, "operation": lock.operation, "age": age}
        terminal.info(f"{place} is locked by {lock.who} for {lock.operation or 'a run'}, since {age}.")
        terminal.confirm("Release it? Two runs at once damage the state.", yes=yes, as_json=as_json)
        show.release(environment, aws, layer)
    if as_json:
        terminal.json(
            {"schema_version": SCHEMA_VERSION, "env": environment.name, "layer": layer, "released": held}
        )
    else:
        terminal.data(f"{place}: {'released' if held else 'nobody holds the lock'}")


@app.command("untaint")
def untaint(
    ctx: typer.Context,
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS...", help="As the plan names it.")],
    layer: Layer,
    env: Env = None,
    yes: Yes = False,
    terraform: TerraformPath = None,
    as_json: Json = False,
) -> None:
    """Keep what was made half way, which the next apply would replace.

    Where making a resource fails after AWS has made it (a tag that may not be read, a throttled answer),
    Terraform calls it tainted, and replaces it: a bucket, too, and what lies in it. Without that mark the
    next apply puts right what differs, and nothing goes.

    Example:
        dpctl --sandbox state untaint 'module.storage.aws_s3_bucket.this["source"]' --layer static
    """
    from dpctl.deploy.job import open_checked, read_tree
    from dpctl.deploy.plan import typed
    from dpctl.deploy.runner import Runner

    terminal = app_of(ctx).terminal
    environment = app_of(ctx).environment(env)
    plan = read_tree(environment, "plan", (layer,), with_dependencies=False)
    session = open_checked(
        environment,
        app_of(ctx).aws(environment),
        plan,
        terraform=terraform,
        say=terminal.warning,
        line=typed("plan", environment.name, (layer,)),
    )
    terminal.confirm(f"Keep {', '.join(addresses)} as it is?", yes=yes, as_json=as_json)
    [step] = plan.active
    with session.running(terminal.warning):
        for address in Runner(session).untaint(step, addresses):
            terminal.info(f"{address} stays.")
    if as_json:
        document = {"env": environment.name, "layer": layer, "untainted": addresses}
        terminal.json({"schema_version": SCHEMA_VERSION, **document})
