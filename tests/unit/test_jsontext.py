"""JSON of others: one way to fail, with a word about where."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpctl import jsontext
from dpctl.deploy import record, reviewed, state, traces
from dpctl.deploy.picture.take import read as read_picture
from dpctl.doctor import snapshot
from dpctl.errors import AwsError, DpctlError, UsageError
from dpctl.redshift import manifest

BROKEN = {
    "empty": "",
    "no JSON": "{",
    "deep": "[" * 100_000 + "]" * 100_000,
    "deep objects": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "infinite": '{"version": 1e999, "entries": [{"url": "s3://b/k", "meta": {"content_length": 1e999}}]}',
    "NaN": '{"version": NaN, "entries": NaN}',
    "digits": '{"version": ' + "9" * 5000 + "}",
    "a list": "[1, 2]",
    "a number": "7",
    "null": "null",
    "a list of lists": '{"entries": [[]], "version": 4, "outputs": [], "resources": {}}',
    "wrong values": '{"entries": [{"url": 7}], "version": 4, "outputs": {"a": 1}, "sections": 7}',
    "wrong resources": '{"version": 4, "resources": [{"mode": "managed", "instances": [{"attributes": 1}]}]}',
    "wrong length": '{"entries": [{"url": "u", "meta": {"content_length": "many"}}], "sections": {"x": 1}}',
    "no UTF-8": b'{"a": "\xff"}',
    "a mark before it": '\ufeff{"version": 4}',
    "a key twice": '{"version": 4, "outputs": {}, "outputs": {}, "entries": [], "entries": []}',
}
BAD_STATES = {name: text for name, text in BROKEN.items() if name != "wrong length"}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_manifest_is_named(name):
    text = BROKEN[name]
    if isinstance(text, bytes):
        text = text.decode(errors="surrogateescape")
    with pytest.raises(AwsError, match="s3://b/m is not a manifest") as error:
        manifest.parse(text, "s3://b/m")
    assert error.value.why


@pytest.mark.parametrize("name", BAD_STATES)
def test_a_broken_state_is_an_error_of_ours(name):
    with pytest.raises(DpctlError):
        state.parse(BROKEN[name])


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_snapshot_is_an_error_of_ours(name, tmp_path):
    path = tmp_path / "snapshot.json"
    text = BROKEN[name]
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError):
        snapshot.load(path)


documents = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["version", "outputs", "resources", "entries", "meta", "url", "mode",
                                       "instances", "attributes", "id"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(documents)
def test_any_document_is_read_or_refused(document):
    text = json.dumps(document)
    for read in (lambda: manifest.parse(text, "m"), lambda: state.parse(text)):
        with contextlib.suppress(DpctlError):
            read()


@given(documents)
def test_a_sound_document_comes_through(document):
    assert jsontext.read(json.dumps(document)).raw == document


def test_the_place_is_told():
    value = jsontext.read('{"a": [{"b": []}]}')
    with pytest.raises(jsontext.Unreadable, match=r"\.a\[0\]\.b must be a string, not an array"):
        value["a"].list()[0]["b"].text()
    with pytest.raises(jsontext.Unreadable, match="has no 'z'"):
        value["z"]


def written(tmp_path, name, file):
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    text = BROKEN[name]
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


RECORDS = {
    "units of lists": '{"units": {"static": [1]}}',
    "causes of text": '{"units": {"static": {"result": "succeeded", "causes": "all"}}}',
}


@pytest.mark.parametrize("name", [*BROKEN, *RECORDS])
def test_a_broken_record_of_runs_is_an_empty_one(name, tmp_path, monkeypatch):
    monkeypatch.setitem(BROKEN, name, (BROKEN | RECORDS)[name])
    written(tmp_path, name, "runs/dev.json")
    found = record.Record.open(tmp_path, "dev", sandboxed=False)
    assert found.units == {}
    assert found.changed("static", {"a": "b"}) == (record.NEVER,)


@pytest.mark.parametrize("name", BROKEN)
def test_broken_traces_of_a_run_tell_of_none(name, tmp_path):
    path = written(tmp_path, name, "stream.jsonl")
    assert traces.events(path) == []
    for file in ("started.json", "made.json"):
        written(tmp_path, name, file)
    found = traces.Traces(tmp_path)
    assert found.started() is None
    assert found.made() == traces.Made()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plan_or_picture_is_an_error_of_ours(name, tmp_path):
    written(tmp_path, name, f"plan/{reviewed.INDEX}")
    with pytest.raises(UsageError):
        reviewed.Reviewed.read(tmp_path / "plan")
    with pytest.raises(UsageError):
        read_picture(written(tmp_path, name, "picture.json"))
    for read in (
        lambda: reviewed.Reviewed.read(tmp_path / "plan"),
        lambda: read_picture(tmp_path / "picture.json"),
    ):
        with pytest.raises(UsageError) as error:
            read()
        assert error.value.hint.startswith("dpctl ")


CHANGE = {"actions": ["create"], "values": {}, "import": None}
MEANINGS = {
    "null": None,
    "a list": [],
    "text": "x",
    "a change of null": {"aws_vpc.x": None},
    "a change of nothing": {"aws_vpc.x": {}},
    "actions of a number": {"aws_vpc.x": CHANGE | {"actions": 1}},
    "actions of numbers": {"aws_vpc.x": CHANGE | {"actions": [1]}},
    "values of a list": {"aws_vpc.x": CHANGE | {"values": []}},
}
HEADS = {
    "an environment of a list": {"env": []},
    "no account": {"account": None},
    "layers of an object": {"layers": {}},
    "a layer of a list": {"layers": [[]]},
    "a file of a number": {"layers": [{"layer": "static", "file": 1}]},
    "a file elsewhere": {"layers": [{"layer": "static", "file": "../../x"}]},
    "a file of nothing": {"layers": [{"layer": "static", "file": ""}]},
}


def planned(folder, meaning, **head):
    """A folder whose digest is right, as who plants it would have it."""
    (folder / "layers").mkdir()
    entry = {"layer": "static", "result": "changes", "estimated": False, "file": "layers/static.json"}
    entry["digest"] = reviewed.digest(meaning)
    index = {"env": "dev", "account": "1", "world": "AWS", "layers": [entry]} | head
    (folder / reviewed.INDEX).write_text(json.dumps(index))
    (folder / "layers/static.json").write_text(json.dumps(meaning))
    return folder


@pytest.mark.parametrize("name", [*MEANINGS, *HEADS])
def test_a_plan_of_odd_shapes_is_refused_when_it_is_read(name, tmp_path):
    folder = planned(tmp_path, MEANINGS.get(name, {}), **HEADS.get(name, {}))
    with pytest.raises(UsageError, match="is not a plan of dpctl") as error:
        reviewed.Reviewed.read(folder)
    assert error.value.why
    assert error.value.hint.startswith("dpctl plan --out")


def test_a_sound_plan_is_read(tmp_path):
    found = reviewed.Reviewed.read(planned(tmp_path, {"aws_vpc.x": CHANGE}))
    assert found.layers["static"].meaning == {"aws_vpc.x": CHANGE}
    with pytest.raises(reviewed.Different):
        found.check("static", "static", {})
