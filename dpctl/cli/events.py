"""``dpctl events``: writes to the table, to see the pipeline at work."""

from __future__ import annotations

from typing import Annotated

import typer

from dpctl import SCHEMA_VERSION
from dpctl.amounts import amount
from dpctl.cli.factory import app_of
from dpctl.cli.options import Env, Json
from dpctl.errors import UsageError

app = typer.Typer(help="Write to the DynamoDB table of the sandbox.", no_args_is_help=True)
Many = Annotated[int, typer.Option("--put", min=0, max=100_000, metavar="N", help="Items to put.")]


@app.command("simulate")
def simulate(
    ctx: typer.Context,
    env: Env = None,
    put: Many = 10,
    update: Annotated[int, typer.Option("--update", min=0, metavar="N", help="Of them, changed.")] = 0,
    delete: Annotated[int, typer.Option("--delete", min=0, metavar="N", help="Of them, deleted.")] = 0,
    seed: Annotated[int, typer.Option("--seed", min=0, metavar="N", help="The same writes again.")] = 1,
    as_json: Json = False,
) -> None:
    """Put, update and delete items of the sandbox's table.

    Every item has a value for each column of the table that follows DynamoDB. The writes go through the whole
    chain; dpctl status shows it, dpctl drain waits for its end. Only in the sandbox.

    Example:
        dpctl --sandbox events simulate --put 100 --update 20 --delete 10
    """
    from dpctl.flows.simulate import Counts, Simulator

    environment = app_of(ctx).environment(env)
    aws = app_of(ctx).aws(environment)
    if not aws.sandboxed:
        raise UsageError(
            "Writes are simulated in the sandbox only.",
            why=f"The table of {environment.name} in AWS holds real items.",
            hint=f"dpctl --sandbox events simulate --env {environment.name}",
        )
    config = environment.config
    table = next(iter(environment.loaded_from("dynamodb").values()), None)
    if table is None:
        why = "env.yaml has load.source: dynamodb for no table."
        raise UsageError("No table follows DynamoDB.", why=why, hint="dpctl validate")
    if delete > put:
        raise UsageError(f"{delete} of {put} items can't be deleted.", hint=f"--put {delete}")
    dynamodb = config.databases.dynamodb
    name = environment.resource(dynamodb.table)
    simulator = Simulator(aws.client("dynamodb"), name, dynamodb, table, seed)
    total = put + (update if put else 0) + delete
    with app_of(ctx).terminal.live() as say:
        left = simulator.run(Counts(put, update, delete), lambda done: say(f"{done:,} of {total:,} writes"))
    if as_json:
        facts = {"put": put, "updated": total - put - delete, "deleted": delete, "left": len(left)}
        document = {"schema_version": SCHEMA_VERSION, "ok": True, "env": environment.name, "table": name}
        app_of(ctx).terminal.json(document | facts)
    else:
        app_of(ctx).terminal.data(
            f"{name}: {amount(put, 'item')} put, {total - put - delete:,} updated, {delete:,} deleted"
        )
