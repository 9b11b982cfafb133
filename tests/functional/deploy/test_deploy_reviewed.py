"""Plans that are reviewed before they are applied, and the files a run leaves for people and for CI."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dpctl.deploy import reports
from dpctl.deploy.reviewed import differences, digest, meaning
from dpctl.visible import visible, visible_line

CHANGES = {"plan": {"changes": [["aws_vpc.x", "update"]]}}
STATIC = ("--layer", "static")


def resource(address="aws_vpc.x", actions=("update",), before=None, after=None, **more):
    change = {"actions": list(actions), "before": before, "after": after, **more}
    return {"address": address, "type": address.split(".")[0], "mode": "managed", "change": change}


@pytest.fixture
def planned(dpctl, fake, tmp_path):
    """A plan in a folder, and a way to change what Terraform would plan now."""
    fake.script(static=CHANGES)

    def show(**change):
        fake.show({"resource_changes": [resource(**change)]})

    show(
        before={"cidr": "a", "token": "x"}, after={"cidr": "b", "token": "y"}, after_sensitive={"token": True}
    )
    folder = tmp_path / "plan"
    assert dpctl("plan", *STATIC, "--out", str(folder)).code == 0
    return folder, show


def test_the_same_plan_is_applied(dpctl, fake, planned):
    folder, _ = planned
    run = dpctl("apply", "--plan", str(folder), "--yes", "--json", *STATIC)
    assert run.results == {"static": "succeeded"}, run.stderr
    assert (folder / "summary.md").read_text().startswith("## dpctl plan: dev\n")
    kept = "".join(path.read_text() for path in folder.rglob("*") if path.is_file())
    assert '"x"' not in kept
    assert '"y"' not in kept


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"before": {"cidr": "a"}, "after": {"cidr": "c"}}, "aws_vpc.x: other values of cidr"),
        (
            {"before": {"cidr": "a"}, "after": None, "actions": ["delete"]},
            "update in the reviewed plan, delete now",
        ),
        ({"address": "aws_vpc.y", "after": {}}, "aws_vpc.y: update, which the reviewed plan does not have"),
        ({"actions": ["no-op"]}, "update in the reviewed plan, and nothing now"),
    ],
)
def test_another_plan_is_refused_with_the_difference(dpctl, fake, planned, now, said):
    folder, show = planned
    show(**now)
    run = dpctl("apply", "--plan", str(folder), "--yes", *STATIC)
    assert run.code == 1
    assert "is not the one that was reviewed" in run.stderr
    assert said in run.stderr
    assert fake.commands("apply") == []


def test_estimates_never_pass_as_reviewed(dpctl, fake, tmp_path):
    """a and b wait for static, which has never been applied."""
    folder = tmp_path / "plan"
    dpctl("plan", "--out", str(folder))
    run = dpctl("apply", "--plan", str(folder), "--yes", "--json")
    assert run.results == {"static": "succeeded", "a": "excluded", "b": "excluded"}
    assert "estimate" in run.json["layers"][1]["reason"]
    again = tmp_path / "again"
    dpctl("plan", "--out", str(again))
    assert dpctl("apply", "--plan", str(again), "--yes", "--json").results["a"] == "succeeded"


def test_a_plan_that_was_edited_or_is_none_is_refused(dpctl, fake, planned, tmp_path):
    folder, _ = planned
    file = folder / "layers" / "static.json"
    file.write_text(file.read_text().replace('"b"', '"c"'))
    run = dpctl("apply", "--plan", str(folder), "--yes")
    assert run.code == 2
    assert "was changed after it was made" in run.stderr
    assert dpctl("apply", "--plan", str(tmp_path), "--yes").code == 2
    assert fake.commands("apply") == []


def test_a_plan_of_another_environment_is_refused(dpctl, fake, planned):
    folder, _ = planned
    index = json.loads((folder / "plan.json").read_text())
    (folder / "plan.json").write_text(json.dumps(index | {"world": "SANDBOX"}))
    run = dpctl("apply", "--plan", str(folder), "--yes")
    assert run.code == 2
    assert "SANDBOX" in run.stderr


def test_a_folder_of_something_else_is_left_alone(dpctl, fake, tmp_path):
    (tmp_path / "mine").write_text("x")
    assert dpctl("plan", "--out", str(tmp_path)).code == 2
    assert (tmp_path / "mine").read_text() == "x"


def test_plan_takes_up_where_the_last_run_ended(dpctl, fake):
    dpctl("apply", "--yes")
    before = len(fake.calls)
    assert set(dpctl("plan", "--resume", "--json").results.values()) == {"unchanged"}
    assert len(fake.calls) == before


def test_a_report_for_each_reader(dpctl, fake, tmp_path):
    fake.script(a={"apply": {"error": "no | way\x07"}})
    files = {name: tmp_path / "out" / f"report.{name}" for name in ("json", "xml", "md")}
    dpctl("apply", "--yes", "--report", str(files["json"]))
    assert json.loads(files["json"].read_text())["command"] == "apply"
    dpctl("apply", "--yes", "--report", str(files["xml"]))
    suite = Xml.fromstring(files["xml"].read_text())
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")
    assert [case.get("name") for case in suite if case.find("failure") is not None] == ["a"]
    dpctl("apply", "--yes", "--report", str(files["md"]))
    text = files["md"].read_text()
    assert text.startswith("## dpctl apply: dev\n\n**Not done**: a\n")
    assert "| static | unchanged | 0 | 0 | 0 | 0 |  |" in text


def test_an_unknown_ending_is_refused_before_anything_is_planned(dpctl, fake):
    run = dpctl("apply", "--yes", "--report", "report.txt")
    assert run.code == 2
    assert fake.calls == []


def test_losses_come_first_and_a_long_plan_does_not_fill_a_comment():
    layer = {
        "layer": "static",
        "result": "succeeded",
        "estimated": False,
        "reason": "",
        "changes": {"add": 0, "change": 1, "destroy": 0, "import": 0},
        "losses": [{"address": "aws_x.y", "attribute": "tags", "how": "loses 2", "old": "{..}", "new": "{}"}],
    }
    document = {"command": "plan", "env": "dev", "ok": True, "seconds": 1, "layers": [layer]}
    text = reports.as_markdown(document | {"changes": layer["changes"]}, {"static": "~~~ x\n" * 20000})
    assert text.index("aws_x.y.tags") < text.index("| layer |")
    assert len(text) < 65536


EVIL = "`x` <img src=x> [a](http://b) | \x1b[2J\x85\u202e\u200b\ud800\ufffe\r\n# c"


@pytest.mark.parametrize("ending", list(reports.FORMATS))
def test_a_report_is_made_of_what_others_chose(tmp_path, ending):
    """Names, values and errors come from AWS: they end no document, and are no part of its markup."""
    layer = {
        "layer": "static",
        "result": "failed",
        "estimated": False,
        "reason": EVIL,
        "seconds": 1,
        "warnings": [EVIL],
        "changes": {"add": 0, "change": 1, "destroy": 0, "import": 0},
        "losses": [{"address": "aws_x.y", "attribute": EVIL, "how": EVIL, "old": EVIL, "new": EVIL}],
    }
    document = {"command": "plan", "env": "dev", "ok": False, "seconds": 1, "layers": [layer]}
    file = tmp_path / f"report{ending}"
    reports.write(file, document, {"static": EVIL})
    text = file.read_text(encoding="utf-8")
    assert visible(text) == text
    if ending == ".json":
        assert json.loads(text)["layers"] == [layer]
    elif ending == ".xml":
        assert Xml.fromstring(text).find("testcase/failure").text.startswith("`x` <img src=x>")
    else:
        prose, _, _ = text.partition("<details>")
        spans = re.compile(r"(?<!\\)(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
        assert re.findall(r"(?<!\\)[<\[]", spans.sub("", prose)) == []
        assert [span.strip() for _, span in spans.findall(prose)].count(visible_line(EVIL)) == 2
        assert "\n# c" not in prose


VALUES = st.dictionaries(
    st.sampled_from("abc"), st.sampled_from([None, 0, 1, "x", "y", [], {"k": 1}]), max_size=3
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(["x.a", "x.b"]), VALUES, VALUES), unique_by=lambda r: r[0], max_size=2)
)
def test_a_plan_means_what_it_means_in_any_order(rows):
    made = [resource(address, before=old, after=new) for address, old, new in rows]
    one, other = meaning({"resource_changes": made}), meaning({"resource_changes": made[::-1]})
    assert digest(one) == digest(other)
    assert list(differences(one, other)) == []
