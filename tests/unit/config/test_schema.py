"""The published schema of env.yaml: editors that follow it take what dpctl takes, and see mistyped keys."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml

from tests.functional.test_mistakes import KEYS
from tests.write_docs import env_schema

FIRST_LINE = "# yaml-language-server: $schema="
FILES = ("live/dev/env.yaml", "live/prod/env.yaml")


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(env_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", FILES)
def test_every_env_yaml_names_the_schema_and_conforms(repo, validator, name):
    text = (repo / name).read_text(encoding="utf-8")
    first = text.partition("\n")[0]
    assert first.startswith(FIRST_LINE)
    named = (repo / name).parent / first.removeprefix(FIRST_LINE)
    assert json.loads(named.read_text(encoding="utf-8")) == validator.schema
    assert list(validator.iter_errors(yaml.safe_load(text))) == []


@pytest.mark.parametrize("mistake", KEYS, ids=lambda mistake: mistake.new.strip())
def test_a_mistyped_key_is_seen_by_an_editor(repo, validator, mistake):
    text = (repo / "live/dev/env.yaml").read_text(encoding="utf-8")
    assert mistake.old in text
    found = list(validator.iter_errors(yaml.safe_load(text.replace(mistake.old, mistake.new, 1))))
    assert found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('account_id: "054158074701"', "account_id: 354158074701"),
        ("region: ap-south-1", "region: Mumbai"),
        ("naming: existing", "naming: exisiting"),
        ("base_capacity: 128", "base_capacity: 5000"),
        ("window_seconds: ", "window_seconds: five "),
    ],
)
def test_a_value_of_the_wrong_kind_is_seen_by_an_editor(repo, validator, old, new):
    text = (repo / "live/dev/env.yaml").read_text(encoding="utf-8")
    assert old in text
    assert list(validator.iter_errors(yaml.safe_load(text.replace(old, new, 1))))


def test_keys_are_explained(validator):
    """What an editor shows over a key: every section says what it is."""
    sections = validator.schema["$defs"].values()
    assert all(section.get("description") for section in sections if section["type"] == "object")
