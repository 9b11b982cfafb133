"""``dpctl cost``."""

from __future__ import annotations

from typing import Annotated

import typer

from dpctl import SCHEMA_VERSION
from dpctl.cli.options import Env, Json

Price = Annotated[
    list[str] | None, typer.Option("--price", metavar="NAME=USD", help="Set a price; may be repeated.")
]


def cost(
    ctx: typer.Context,
    env: Env = None,
    writes_per_day: Annotated[int, typer.Option(min=0, help="Writes to the DynamoDB table.")] = 1000,
    files_per_day: Annotated[int, typer.Option(min=0, help="Files that arrive in the source bucket.")] = 24,
    load_seconds: Annotated[int, typer.Option(min=0, help="Seconds of a load.")] = 10,
    unload_seconds: Annotated[int, typer.Option(min=0, help="Seconds of a table's dump.")] = 60,
    price: Price = None,
    json: Json = False,
) -> None:
    """Estimate what an environment costs in a month, line by line.

    Multiplies env.yaml (capacity, schedules, endpoints, databases) by prices and by how much there is to do,
    and prints every formula. Prices are assumptions, the list prices of us-east-1: set those of your Region
    with --price. AWS is not asked.

    Example:
        dpctl cost --env dev --writes-per-day 20000 --price redshift_rpu_hour=0.40
    """
    from dataclasses import asdict

    from dpctl import cost as bill

    environment = ctx.obj.environment(env)
    prices = bill.with_prices(bill.Prices(), price or [])
    use = bill.Use(writes_per_day, files_per_day, load_seconds, unload_seconds)
    lines = bill.estimate(environment.config, prices, use)
    total = sum(line.usd for line in lines)
    if json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "env": environment.name,
            "currency": "USD",
            "total": round(total, 2),
        }
        rest = {"lines": [line.as_dict() for line in lines], "prices": asdict(prices), "use": asdict(use)}
        ctx.obj.terminal.json(document | rest)
        return
    text = [f"{line.usd:>10,.2f}  {line.what}\n{'':>12}{line.formula}" for line in lines]
    text.append(f"{total:>10,.2f}  US dollars a month, {environment.name}")
    assumed = ", ".join(f"{name}={value:g}" for name, value in asdict(prices).items())
    less = bill.smaller(environment.config, lines)
    if less is not None:
        text.append(f"{less:>10,.2f}  with base_capacity: {bill.SMALL_RPU}, if the statements take no longer")
    ctx.obj.terminal.data("\n".join(text))
    ctx.obj.terminal.info(f"Assumed prices (us-east-1; change them with --price): {assumed}")
