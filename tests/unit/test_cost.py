"""What an environment costs: env.yaml times prices."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from typer.testing import CliRunner

from dpctl import traffic
from dpctl.cli import app
from dpctl.cli.factory import App
from dpctl.config import EnvConfig, load_environment
from dpctl.config.endpoints import INTERFACE_ENDPOINTS
from dpctl.cost import Use, at_rate, estimate, runs_per_month, smaller, with_prices
from dpctl.errors import UsageError
from dpctl.prices import HOME, Prices, listed, of


@pytest.fixture(scope="module")
def dev(repo: Path) -> EnvConfig:
    return load_environment(repo, "dev").config


@pytest.mark.parametrize(
    ("schedule", "runs"),
    [
        ("rate(5 minutes)", 8640),
        ("rate(1 hour)", 720),
        ("rate(1 day)", 30),
        ("cron(0 1 * * ? *)", 30),
        ("cron(0 * * * ? *)", 720),
        ("cron(0/15 8-17 * * ? *)", 4 * 10 * 30),
        ("cron(0 1,13 ? * MON-FRI *)", 2 * 30 * 5 / 7),
        ("cron(0 1 1 * ? *)", 30 / 31),
        ("cron(0 1 L * ? *)", 30 / 31),
        ("cron(0 1 ? * 6#1 *)", 30 / 7 / 4),
        ("cron(0 1 * JAN ? *)", 2.5),
    ],
)
def test_how_often_a_schedule_runs(schedule: str, runs: float) -> None:
    assert runs_per_month(schedule) == pytest.approx(runs)


def lines(config: EnvConfig, use: Use = Use(), prices: Prices = Prices()) -> dict[str, float]:  # noqa: B008
    return {line.what: line.usd for line in estimate(config, prices, use)}


def test_a_wake_up_costs_a_minute(dev: EnvConfig) -> None:
    short = lines(dev, Use(unload_seconds=1))["Redshift compute: dump orders-daily"]
    assert short == pytest.approx(30 * 60 * 128 * 0.375 / 3600)
    assert lines(dev, Use(unload_seconds=120))["Redshift compute: dump orders-daily"] == pytest.approx(
        2 * short
    )


def test_it_is_never_awake_longer_than_always(dev: EnvConfig) -> None:
    most = lines(dev, Use(writes_per_day=10**9, load_seconds=900))["Redshift compute: loads from DynamoDB"]
    assert most == pytest.approx(30 * 24 * 128 * 0.375)


def test_nothing_to_do_costs_what_stands(dev: EnvConfig) -> None:
    idle = lines(dev, Use(writes_per_day=0, files_per_day=0))
    assert idle["Redshift compute: loads from DynamoDB"] == 0
    assert idle["CloudTrail data events"] == 0
    assert idle["Interface endpoints"] == pytest.approx(6 * 2 * 730 * 0.01)


def test_prices_can_be_set(dev: EnvConfig) -> None:
    prices = with_prices(Prices(), ["redshift_rpu_hour=0.75", "nat_hour=1"])
    dump = "Redshift compute: dump orders-daily"
    assert lines(dev, prices=prices)[dump] == pytest.approx(2 * lines(dev)[dump])
    for text in ("nope=1", "nat_hour", "nat_hour=-1", "nat_hour=x"):
        with pytest.raises(UsageError, match="is not a price"):
            with_prices(Prices(), [text])


def test_what_a_smaller_workgroup_would_cost(dev: EnvConfig, repo: Path) -> None:
    found = estimate(dev, Prices(), Use())
    compute = sum(line.usd for line in found if line.what.startswith("Redshift compute"))
    total = sum(line.usd for line in found)
    assert smaller(dev, found) == pytest.approx(total - compute * 120 / 128)
    prod = load_environment(repo, "prod").config
    assert smaller(prod, estimate(prod, Prices(), Use())) is None


def test_the_command(repo: Path) -> None:
    result = CliRunner().invoke(app, ["--root", str(repo), "cost", "--json"], catch_exceptions=False)
    schema = json.loads((repo / "docs/schemas/cost.schema.json").read_text(encoding="utf-8"))
    document = json.loads(result.stdout)
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["total"] == pytest.approx(sum(line["usd"] for line in document["lines"]), abs=0.1)
    text = CliRunner().invoke(app, ["--root", str(repo), "cost"], catch_exceptions=False)
    assert "US dollars a month, dev\n" in text.stdout
    assert "with base_capacity: 8" in text.stdout
    assert "Assumed prices" in text.stderr


def test_prices_are_those_of_the_region_and_say_so_where_they_are_not(repo: Path) -> None:
    assert listed(HOME).foreign == ()
    assert "endpoint_hour" not in listed("ap-south-1").foreign
    assert of("ap-south-1").endpoint_hour > of(HOME).endpoint_hour
    assert set(listed("eu-west-9").foreign) == set(vars(Prices()))
    assert of("eu-west-9") == Prices()
    text = CliRunner().invoke(app, ["--root", str(repo), "cost"], catch_exceptions=False)
    assert "(ap-south-1, 2025; those of us-east-1: redshift_rpu_hour" in text.stderr
    assert "endpoint_hour=0.013" in text.stderr


def test_the_doctor_and_the_bill_quote_one_price() -> None:
    from dpctl.doctor.active import statement_cost
    from dpctl.doctor.model import Warehouse
    from dpctl.doctor.whatif import Cost

    two = Cost(endpoints=1, zones=2, nats=1, region="ap-south-1").monthly
    price = of("ap-south-1")
    assert two == pytest.approx(730 * (2 * price.endpoint_hour + price.nat_hour + price.public_ipv4_hour))
    warehouse = Warehouse("serverless", "w", "AVAILABLE", "h", 5439, "vpc", (), (), base_capacity=8)
    assert statement_cost(warehouse, "ap-south-1") == pytest.approx(8 * price.redshift_rpu_hour / 60)


def test_the_interface_endpoints_are_those_the_module_makes(repo: Path) -> None:
    module = repo / "modules/static-infrastructure/networking/endpoints.tf"
    made = re.search(r"interfaces\s*=.*?toset\(\[(.*?)\]\)", module.read_text(encoding="utf-8"))
    assert made
    assert set(re.findall(r'"([\w-]+)"', made[1])) == set(INTERFACE_ENDPOINTS)


def test_the_states_of_the_chain_are_in_the_bill(dev: EnvConfig) -> None:
    """A million writes by CloudTrail: 4 transitions each; by the stream: next to nothing."""
    use = Use(writes_per_day=1_000_000 // 30)
    million = 30 * use.writes_per_day
    trail = lines(dev, use)
    assert trail["Step Functions: LogEvent"] == pytest.approx(million * 4 / 1000 * 0.025)
    assert "Lambda and S3: keys from the stream" not in trail
    capture = dev.capture.model_copy(update={"source": "stream"})
    stream = lines(dev.model_copy(update={"capture": capture}), use)
    assert "Step Functions: LogEvent" not in stream
    assert "CloudTrail data events" not in stream
    assert stream["Lambda and S3: keys from the stream"] < 1
    both = dev.capture.model_copy(update={"source": "both"})
    assert set(lines(dev.model_copy(update={"capture": both}), use)) == set(trail) | set(stream)


def test_the_window_alone_bounds_the_loads(dev: EnvConfig) -> None:
    busy = [lines(dev, at_rate(Use(), rate))["Redshift compute: loads from DynamoDB"] for rate in (10, 1000)]
    assert busy[0] == pytest.approx(busy[1]) == pytest.approx(30 * 24 * 12 * 60 * 128 * 0.375 / 3600)


def test_the_curve_says_where_a_source_breaks(dev: EnvConfig) -> None:
    points = traffic.curve(dev, Prices(), Use())
    assert [point.writes_per_minute for point in points[::2]] == list(traffic.RATES)
    broken = {(point.source, point.writes_per_minute) for point in points if point.breaks}
    assert broken == {("cloudtrail", 10_000), ("cloudtrail", 100_000)}
    for trail, stream in zip(points[::2], points[1::2], strict=True):
        assert stream.usd < trail.usd


def test_advice_comes_in_the_order_of_what_it_saves(dev: EnvConfig, repo: Path) -> None:
    quiet = traffic.advice(dev, Prices(), Use())
    assert [item.what.split(":")[0] for item in quiet] == [
        "databases.redshift.base_capacity",
        "network.egress",
        "capture.source",
    ]
    busy = traffic.advice(dev, Prices(), at_rate(Use(), 10_000))
    assert busy[0].what.startswith("capture.source")
    prod = traffic.advice(load_environment(repo, "prod").config, Prices(), Use())
    assert [item.what.split(":")[0] for item in prod] == ["network.egress"]


def test_a_job_in_the_vpc_keeps_its_way_out(dev: EnvConfig) -> None:
    jobs = {**dev.glue.jobs, "gluejob": dev.glue.jobs["gluejob"].model_copy(update={"source": "mysql"})}
    for enabled in (True, False):
        jobs["gluejob"] = jobs["gluejob"].model_copy(update={"enabled": enabled})
        config = dev.model_copy(update={"glue": dev.glue.model_copy(update={"jobs": jobs})})
        tips = [item.what for item in traffic.advice(config, Prices(), Use())]
        assert any(tip.startswith("network.egress") for tip in tips) is not enabled
    none = dev.model_copy(update={"network": dev.network.model_copy(update={"egress": "none"})})
    assert not {"Interface endpoints", "NAT gateway"} & set(lines(none))
    assert not any(item.what.startswith("network") for item in traffic.advice(none, Prices(), Use()))


class CloudWatch:
    """DynamoDB's counts of requests, by operation."""

    def __init__(self, **counts: list[float]) -> None:
        self.counts = counts

    def get_metric_statistics(self, **request: Any) -> dict[str, Any]:
        names = {item["Name"]: item["Value"] for item in request["Dimensions"]}
        assert (request["Namespace"], names["TableName"]) == ("AWS/DynamoDB", "Orders")
        return {"Datapoints": [{"SampleCount": n} for n in self.counts.get(names["Operation"], [])]}


def test_the_traffic_is_measured(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cloudwatch = CloudWatch(PutItem=[7000, 700], DeleteItem=[1])
    monkeypatch.setattr(App, "aws", lambda *_: SimpleNamespace(client=lambda _: cloudwatch))
    words = ["--root", str(repo), "cost", "--env", "dev", "--measured", "--json"]
    found = json.loads(CliRunner().invoke(app, words, catch_exceptions=False).stdout)
    assert found["use"]["writes_per_day"] == 1101  # 7,701 in seven days


def test_the_curve_as_a_picture(repo: Path, tmp_path: Path) -> None:
    file = tmp_path / "curve.svg"
    words = ["--root", str(repo), "cost", "--env", "dev", "--svg", str(file)]
    assert CliRunner().invoke(app, words, catch_exceptions=False).exit_code == 0
    root = ElementTree.parse(file).getroot()
    space = "{http://www.w3.org/2000/svg}"
    circles = root.findall(f"{space}circle")
    assert len(circles) == 2 * len(traffic.RATES)
    heights = [float(c.get("cy") or 0) for c in circles if "cloudtrail" in (c.get("class") or "")]
    assert heights == sorted(heights, reverse=True)  # more writes cost more
    width, height = float(root.get("width") or 0), float(root.get("height") or 0)
    for circle in circles:
        assert 0 < float(circle.get("cx") or 0) < width
        assert 0 < float(circle.get("cy") or 0) < height
    dashed = [p for p in root.findall(f"{space}path") if "broken" in (p.get("class") or "")]
    assert len(dashed) == 2  # CloudTrail's, to 10,000 and to 100,000
    assert "http" not in file.read_text().replace("http://www.w3.org/2000/svg", "")


def test_a_price_of_your_own_goes_before_the_list(dev: EnvConfig, repo: Path, tmp_path: Path) -> None:
    shutil.copytree(repo / "live", tmp_path / "live")
    shutil.copy(repo / "terragrunt.hcl", tmp_path)
    file = tmp_path / "live/dev/env.yaml"
    file.write_text(
        file.read_text().replace("base_capacity: 128", "base_capacity: 128\n    rpu_hour_usd: 0.5")
    )
    words = ["--root", str(tmp_path), "cost", "--env", "dev", "--json"]
    price = lambda *more: json.loads(CliRunner().invoke(app, [*words, *more]).stdout)["prices"]  # noqa: E731
    assert price()["redshift_rpu_hour"] == 0.5
    assert price("--price", "redshift_rpu_hour=0.6")["redshift_rpu_hour"] == 0.6


def test_the_curve_as_text(repo: Path) -> None:
    words = ["--root", str(repo), "cost", "--env", "dev", "--writes-per-minute", "100", "--curve"]
    text = CliRunner().invoke(app, words, catch_exceptions=False).stdout
    assert "Writes a minute" in text
    assert "* Step Functions starts 9,000 executions a minute: the rest waits for ever" in text
