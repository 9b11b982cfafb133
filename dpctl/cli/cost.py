"""``dpctl cost``: what a month costs, and why."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dpctl import SCHEMA_VERSION
from dpctl.cli.factory import app_of
from dpctl.cli.options import Env, Json

if TYPE_CHECKING:
    from dpctl.config import Environment
    from dpctl.cost import Line, Use
    from dpctl.prices import Prices

Writes = Annotated[
    int, typer.Option("--writes-per-day", min=0, help="Writes to the DynamoDB table.", metavar="N")
]
WritesPerMinute = Annotated[
    int | None,
    typer.Option("--writes-per-minute", min=0, help="The same by the minute, around the clock.", metavar="N"),
]
Measured = Annotated[
    bool,
    typer.Option("--measured", help="Take the writes from CloudWatch: the mean of the last seven days."),
]
Svg = Annotated[
    Path | None, typer.Option("--svg", metavar="FILE", help="Write the curve as a picture.", dir_okay=False)
]
Curve = Annotated[bool, typer.Option("--curve", help="The bill over the traffic, for both sources.")]
Files = Annotated[
    int, typer.Option("--files-per-day", min=0, help="Files that arrive in the source bucket.", metavar="N")
]
LoadSeconds = Annotated[int, typer.Option("--load-seconds", min=0, help="Seconds of a load.", metavar="N")]
UnloadSeconds = Annotated[
    int, typer.Option("--unload-seconds", min=0, help="Seconds of a table's dump.", metavar="N")
]
Price = Annotated[
    list[str] | None, typer.Option("--price", metavar="NAME=USD", help="Set a price; may be repeated.")
]


def cost(
    ctx: typer.Context,
    env: Env = None,
    writes_per_day: Writes = 1000,
    writes_per_minute: WritesPerMinute = None,
    files_per_day: Files = 24,
    load_seconds: LoadSeconds = 10,
    unload_seconds: UnloadSeconds = 60,
    price: Price = None,
    measured: Measured = False,
    curve: Curve = False,
    svg: Svg = None,
    as_json: Json = False,
) -> None:
    """Estimate what an environment costs in a month, line by line.

    Multiplies env.yaml (capacity, schedules, endpoints, databases) by prices and by how much there is to do,
    and prints every formula. Prices are assumptions, the list prices of the environment's Region as far as
    dpctl knows them: set yours with --price. AWS is not asked, but for the traffic with --measured.

    Example:
        dpctl cost --env dev --writes-per-day 20000 --price redshift_rpu_hour=0.40
    """
    from dataclasses import asdict

    from dpctl import cost as bill
    from dpctl import prices as list_prices

    terminal, environment = app_of(ctx).terminal, app_of(ctx).environment(env)
    listed = list_prices.listed(environment.config.region)
    own = environment.config.databases.redshift.rpu_hour_usd
    given = ([f"redshift_rpu_hour={own}"] if own else []) + (price or [])
    prices = bill.with_prices(listed.prices, given)
    if measured:
        writes_per_day = _measured(ctx, environment)
    use = bill.Use(writes_per_day, files_per_day, load_seconds, unload_seconds)
    if writes_per_minute is not None:
        use = bill.at_rate(use, writes_per_minute)
    lines = bill.estimate(environment.config, prices, use)
    if svg is not None:
        from dpctl import traffic, trafficsvg

        points = traffic.curve(environment.config, prices, use)
        svg.write_text(trafficsvg.as_svg(points, environment.name), encoding="utf-8")
    if as_json:
        document = _document(environment.name, lines, prices, use)
        terminal.json(document | _traffic(environment, prices, use))
        return
    terminal.data(_text(environment, lines))
    terminal.data("\n".join(_advice(environment, prices, use)))
    if curve:
        terminal.data("\n".join(_curve(environment, prices, use)))
    assumed = ", ".join(f"{name}={value:g}" for name, value in asdict(prices).items())
    foreign = f"; those of {list_prices.HOME}: {', '.join(listed.foreign)}" if listed.foreign else ""
    dated = f"{listed.region}, {list_prices.DATED}{foreign}"
    terminal.info(f"Assumed prices ({dated}; change them with --price): {assumed}")


def _measured(ctx: typer.Context, environment: Environment) -> int:
    """The writes of a day by CloudWatch's count."""
    from dpctl import traffic

    cloudwatch = app_of(ctx).aws(environment).client("cloudwatch")
    table = environment.resource(environment.config.databases.dynamodb.table)
    writes = traffic.measured(cloudwatch, table, datetime.now(UTC))
    app_of(ctx).terminal.info(f"{table}: {writes:,} writes a day, the mean of {traffic.MEASURED_DAYS} days")
    return writes


def _document(env: str, lines: list[Line], prices: Prices, use: Use) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "schema_version": SCHEMA_VERSION,
        "env": env,
        "currency": "USD",
        "total": round(sum(line.usd for line in lines), 2),
        "lines": [line.as_dict() for line in lines],
        "prices": asdict(prices),
        "use": asdict(use),
    }


def _text(environment: Environment, lines: list[Line]) -> str:
    from dpctl import cost as bill

    text = [f"{line.usd:>10,.2f}  {line.what}\n{'':>12}{line.formula}" for line in lines]
    text.append(f"{sum(line.usd for line in lines):>10,.2f}  US dollars a month, {environment.name}")
    less = bill.smaller(environment.config, lines)
    if less is not None:
        text.append(f"{less:>10,.2f}  with base_capacity: {bill.SMALL_RPU}, if the statements take no longer")
    return "\n".join(text)


def _traffic(environment: Environment, prices: Prices, use: Use) -> dict[str, Any]:
    from dataclasses import asdict

    from dpctl import traffic

    points = traffic.curve(environment.config, prices, use)
    tips = traffic.advice(environment.config, prices, use)
    return {
        "curve": [asdict(point) | {"usd": round(point.usd, 2)} for point in points],
        "advice": [{"what": tip.what, "usd": round(tip.usd, 2)} for tip in tips],
    }


def _advice(environment: Environment, prices: Prices, use: Use) -> list[str]:
    from dpctl import traffic

    tips = traffic.advice(environment.config, prices, use)
    return [f"{-tip.usd:>10,.2f}  with {tip.what}" for tip in tips]


def _curve(environment: Environment, prices: Prices, use: Use) -> list[str]:
    from dpctl import traffic

    lines = ["", "Writes a minute    cloudtrail        stream   US dollars a month"]
    points = traffic.curve(environment.config, prices, use)
    notes: list[str] = []
    for trail, stream in zip(points[::2], points[1::2], strict=True):
        mark = "*" if trail.breaks else " "
        lines.append(f"{trail.writes_per_minute:>15,}  {trail.usd:>12,.0f}{mark} {stream.usd:>12,.0f}")
        notes = [f"* {trail.breaks}: the rest waits for ever"] if trail.breaks else notes
    return lines + notes
