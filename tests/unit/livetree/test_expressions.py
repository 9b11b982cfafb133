"""Expressions: operators, references, templates, loops, what is unknown, and errors with their line."""

from __future__ import annotations

import json
import re
import string
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpctl.errors import ConfigError
from dpctl.livetree.expressions import Evaluator
from dpctl.livetree.functions import BUILTINS
from dpctl.livetree.hcl import parse
from dpctl.livetree.values import DynamicError, Namespace, Unknown, plain

NAMES = {
    "local": {"n": 5, "s": "text", "list": [{"id": "a"}, {"id": "b"}], "map": {"x": 1, "y": 2}, "no": None},
    "later": Unknown("${dependency.a.outputs}"),
}


def evaluate(expression, **names):
    """The value of an expression."""
    body = parse(f"x = {expression}\n", "test.hcl")
    return Evaluator("test.hcl", BUILTINS.get).value(body.attributes[0].value, {**NAMES, **names})


CASES = [
    ("1 + 2 * 3", 7),
    ("(1 + 2) * 3", 9),
    ("7 / 2", 3.5),
    ("6 / 2", 3),
    ("-7 % 3", -1),
    ('"5" + 1', 6),
    ("-local.n", -5),
    ("1 < 2 && !(2 <= 1)", True),
    ("false || 1 >= 2", False),
    ('1 == "1"', False),
    ("true == 1", False),
    ("[1, 2] == [1, 2]", True),
    ("{a = [1]} != {a = [2]}", True),
    ('local.n > 3 ? "big" : "small"', "big"),
    ("local.list[0].id", "a"),
    ('local.map["x"]', 1),
    ("local.list[*].id", ["a", "b"]),
    ("local.list.*.id", ["a", "b"]),
    ("local.no[*].id", []),
    ("local.map[*].x", [1]),
    ("local.list.1.id", "b"),
    ("[for item in local.list : upper(item.id)]", ["A", "B"]),
    ("[for i, item in local.list : i if item.id != \"a\"]", [1]),
    ("[for k, v in {b = 1, a = 2} : \"${k}${v}\"]", ["a2", "b1"]),
    ("{for k, v in local.map : v => k}", {"1": "x", "2": "y"}),
    ('{for s in ["a1", "a2", "b1"] : substr1(s) => s...}', {"a": ["a1", "a2"], "b": ["b1"]}),
    ('"${local.n}"', 5),
    ('"a${local.n}b${true}"', "a5btrue"),
    ('"$${x} %%{x} 100% $5"', "${x} %{x} 100% $5"),
    ('"\\n\\t\\"\\\\\\u00e9\\U0001F600"', '\n\t"\\é😀'),
    ('"%{ if local.n > 3 }yes%{ else }no%{ endif }!"', "yes!"),
    ('"%{ if false }yes%{ endif }"', ""),
    ('"%{ for k, v in local.map }${k}=${v};%{ endfor }"', "x=1;y=2;"),
    ('"${"nested ${upper("q")}"}"', "nested Q"),
    ("<<EOT\n  a\n b ${local.n}\nEOT", "  a\n b 5\n"),
    ("<<-EOT\n    a\n      b\n\n    c\n  EOT", "a\n  b\n\nc\n"),
    ("<<-EOT\n  %{ for x in [1] ~}\n  - ${x}\n  %{ endfor ~}\n  end $${x}\n  EOT", "  - 1\n  end ${x}\n"),
    ("try(local.map.z, local.no.x, 3)", 3),
    ("can(local.map.z)", False),
    ("can(local.map.x)", True),
    ("{a = 1, \"b-c\" = 2, (local.s) = 3, \"k${local.n}\" : 4}", {"a": 1, "b-c": 2, "text": 3, "k5": 4}),
    ("merge(local.list...)", {"id": "b"}),
    ("1e3", 1000),
    ("null", None),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "value"), CASES, ids=[case[0][:50] for case in CASES])
def test_an_expression(expression, value):
    functions = {**BUILTINS, "substr1": lambda arguments: arguments[0][0]}
    body = parse(f"x = {expression}\n", "test.hcl")
    found = plain(Evaluator("test.hcl", functions.get).value(body.attributes[0].value, NAMES))
    assert found == value
    assert type(found) is type(value)


FAILURES = [
    ("local.map.z", "unknown-name", "there is no local.map.z; known: x, y"),
    ("local.s.x", "wrong-type", "local.s is a string, so it has no 'x'"),
    ("local.no.x", "null-value", "local.no is null, so it has no 'x'"),
    ("local.list[2]", "unknown-name", "there is no [2] in local.list: it has 2 items, counted from 0"),
    ("local.list[-1]", "unknown-name", "there is no [-1] in local.list"),
    ('"a${local.list}"', "wrong-type", "a list can't be part of a string"),
    ('"a${local.no}"', "null-value", "null can't be part of a string"),
    ("1 / 0", "wrong-type", "division by zero"),
    ('"a" + 1', "wrong-type", "a number is needed here, not 'a'"),
    ("!5", "wrong-type", "a bool is needed here, not a number"),
    ("[for x in 5 : x]", "wrong-type", "for needs a list or a map, not a number"),
    ("{for x in [1, 1] : x => x}", "wrong-type", "two items have the key '1'"),
    ("toset([1])[0]", "wrong-type", "a set has no order"),
    ("try(local.map.z)", "wrong-type", "try(): none of its arguments has a value: there is no local.map.z"),
]


@pytest.mark.parametrize(("expression", "code", "message"), FAILURES, ids=[case[0] for case in FAILURES])
def test_what_does_not_fit_is_an_error_with_its_line(expression, code, message):
    with pytest.raises(DynamicError) as caught:
        evaluate(expression)
    (problem,) = caught.value.problems
    assert (problem.code, problem.line) == (code, 1)
    assert problem.message.startswith(message)


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("try(lcal.x, 1)", "unknown-name"),
        ("try(var.x, 1)", "unsupported-reference"),
        ('try(run_cmd("x"), 1)', "unsupported-function"),
    ],
)
def test_try_does_not_hide_what_is_never_right(expression, code):
    with pytest.raises(ConfigError) as caught:
        evaluate(expression)
    assert caught.value.problems[0].code == code


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("later.vpc_id", "${dependency.a.outputs.vpc_id}"),
        ('"arn:${later.id}:x"', "arn:${dependency.a.outputs.id}:x"),
        ("later.list[0].id", "(known after apply)"),
        ("upper(later.id)", "(known after apply)"),
        ("later.n + 1", "(known after apply)"),
        ("later.flag ? 1 : 2", "(known after apply)"),
        ("[for x in later.list : x]", "(known after apply)"),
        ("jsonencode({a = later.id})", "(known after apply)"),
    ],
)
def test_what_is_unknown_stays_unknown(expression, text):
    found = evaluate(expression)
    assert isinstance(found, Unknown)
    assert found.text == text


def test_unknown_values_travel_inside_maps():
    assert evaluate("merge({a = 1}, {b = later.id}).a") == 1
    assert isinstance(evaluate("merge({a = 1}, {b = later.id}).b"), Unknown)


def test_names_are_looked_up_only_when_asked_for():
    asked = []
    space = Namespace("lazy", ("a", "b"), lambda name: asked.append(name) or name)
    assert evaluate("lazy.a", lazy=space) == "a"
    assert asked == ["a"]
    assert evaluate("lazy", lazy=space) == {"a": "a", "b": "b"}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False, width=32).filter(lambda x: not x.is_integer())
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\x7f")),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(st.text(string.printable, max_size=8), children, max_size=4)
    ),
    max_leaves=12,
)


def literal(value):
    """The HCL literal of a JSON value."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {literal(item)}" for key, item in value.items()) + "}"
    return json.dumps(value)


def quoted(text):
    """The HCL string of a text; every odd character as an escape."""
    shown = ""
    for character in text:
        plain = character.isascii() and character.isprintable() and character not in '"\\$%'
        shown += character if plain else f"\\U{ord(character):08x}"
    return f'"{shown}"'


def normal(value):
    """A value as Terraform keeps it: strings in Unicode's normal form C."""
    if isinstance(value, dict):
        return {unicodedata.normalize("NFC", key): normal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [normal(item) for item in value]
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


@settings(max_examples=150, deadline=None)
@given(JSON)
def test_a_literal_evaluates_to_itself(value):
    assert plain(evaluate(literal(value))) == normal(value)


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_json_survives_a_round_trip(value):
    given = evaluate(literal(value))
    assert plain(evaluate("jsondecode(jsonencode(v))", v=given)) == normal(value)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec="ascii", exclude_characters="\r\x00"), max_size=40))
def test_text_in_a_string_comes_out_as_it_was(text):
    text = re.sub(r"[$%]\{", "", text)  # escapes have rules of their own, below
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    assert evaluate(f'"{escaped}"') == text


@pytest.mark.parametrize(
    ("text", "value"), [('"$${a}"', "${a}"), ('"$$${a}"', "$${a}"), ('"%%{ if }"', "%{ if }")]
)
def test_escapes_in_strings(text, value):
    assert evaluate(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"$${"', "${"),
        ('"a $${ b"', "a ${ b"),
        ('"$${ ${local.n} }"', "${ 5 }"),
        ('{a = "$${", b = "}"}', {"a": "${", "b": "}"}),
        ('"%%{"', "%{"),
    ],
)
def test_escapes_need_no_closing_brace(text, value):
    assert evaluate(text) == value


@pytest.mark.parametrize("text", ['"$$${"a"}"', '"\\q"', '"\\ud83d"', '"a\nb"', "{ a.b = 1 }", "5.", "0x1"])
def test_what_terraform_can_not_read_is_refused(text):
    with pytest.raises(ConfigError) as caught:
        evaluate(text)
    assert caught.value.problems[0].code == "hcl-syntax"


def test_escapes_in_heredocs_need_no_closing_brace():
    assert evaluate("<<EOT\n$${ ${local.n} $${\nEOT") == "${ 5 ${\n"
