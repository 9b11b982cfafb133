"""Each function of the table against values Terraform gives for the same call."""

from __future__ import annotations

import json

import pytest

from dpctl.errors import ConfigError
from dpctl.livetree import budget, console
from dpctl.livetree.expressions import Evaluator
from dpctl.livetree.functions import BUILTINS
from dpctl.livetree.hcl import parse
from dpctl.livetree.values import DynamicError, ListValue, SetValue, plain


def evaluate(expression, **names):
    """The value of an expression."""
    body = parse(f"x = {expression}\n", "test.hcl")
    return Evaluator("test.hcl", BUILTINS.get).value(body.attributes[0].value, names)


CASES = [
    ('basename("a/b/c.txt")', "c.txt"),
    ('basename("a/b/")', "b"),
    ('coalesce(null, "", "a")', "a"),
    ("coalesce(null, 0)", 0),
    ('compact(["a", "", null, "b"])', ["a", "b"]),
    ('concat(["a"], [], ["b", "c"])', ["a", "b", "c"]),
    ('contains(["a", "b"], "b")', True),
    ('contains([1, 2], "1")', False),
    ('dirname("a/b/c.txt")', "a/b"),
    ('dirname("c.txt")', "."),
    ("distinct([1, 2, 1])", [1, 2]),
    ("distinct([{a = 1}, {a = 1}, {a = 2}])", [{"a": 1}, {"a": 2}]),
    ('element(["a", "b"], 3)', "b"),
    ("flatten([[1, [2]], 3, []])", [1, 2, 3]),
    ('format("%s-%03d-%v-%q-%t%%", "a", 7, [1], "b", true)', 'a-007-[1]-"b"-true%'),
    ('format("%5.2f|%-4s|%x|%b", 1.5, "a", 255, 5)', " 1.50|a   |ff|101"),
    ('format("%[2]s %[1]s", "a", "b")', "b a"),
    ('join(", ", ["a", "b"], ["c"])', "a, b, c"),
    ('join("", [])', ""),
    ("jsondecode(\"{\\\"a\\\": [1, null]}\")", {"a": [1, None]}),
    ('jsonencode({b = "<&>", a = [1, 2.5, null]})', '{"a":[1,2.5,null],"b":"\\u003c\\u0026\\u003e"}'),
    ("keys({b = 1, a = 2})", ["a", "b"]),
    ('length("abc")', 3),
    ("length([1, 2])", 2),
    ("length({a = 1})", 1),
    ('lookup({a = 1}, "a")', 1),
    ('lookup({a = 1}, "b", 2)', 2),
    ('lower("AbC")', "abc"),
    ("merge({a = 1, b = 1}, {b = 2}, null)", {"a": 1, "b": 2}),
    ("merge()", {}),
    ('replace("a.b.c", ".", "-")', "a-b-c"),
    ('replace("a1b22", "/[0-9]+/", "#")', "a#b#"),
    ('replace("ab", "/(a)(b)/", "$2$1")', "ba"),
    ('sort(["b", "a", "B"])', ["B", "a", "b"]),
    ('split(",", "a,b")', ["a", "b"]),
    ('split(",", "")', [""]),
    ('tobool("true")', True),
    ("tolist(toset([2, 1, 2]))", [1, 2]),
    ("tomap({a = 1})", {"a": 1}),
    ('tonumber("4.50")', 4.5),
    ('tonumber("4.0")', 4),
    ("toset([\"b\", \"a\", \"b\"])", ["a", "b"]),
    ("tostring(1.0)", "1"),
    ("tostring(true)", "true"),
    ("tostring(null)", None),
    ('trimprefix("vpc-1", "vpc-")', "1"),
    ('trimspace("  a\\n")', "a"),
    ('trimsuffix("a.hcl", ".hcl")', "a"),
    ('upper("abc")', "ABC"),
    ("values({b = 1, a = 2})", [2, 1]),
    ('yamldecode("a: yes\\nb: 0x10\\nc: 1.5\\nd: ~\\ne: \'1\'\\nf: 2026-01-01\\ng: 22:22")',
     {"a": True, "b": 16, "c": 1.5, "d": None, "e": "1", "f": "2026-01-01T00:00:00Z", "g": "22:22"}),
    ('yamlencode({b = ["x", 1], a = "t: u", c = {}})', '"a": "t: u"\n"b":\n- "x"\n- 1\n"c": {}\n'),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "value"), CASES, ids=[case[0] for case in CASES])
def test_a_function(expression, value):
    found = evaluate(expression)
    assert plain(found) == value
    assert type(plain(found)) is type(value)


def test_a_set_is_a_set_until_it_is_plain():
    assert isinstance(evaluate('toset(["b", "a"])'), SetValue)
    assert json.dumps(plain(evaluate('[for x in toset(["b", "a"]) : x]'))) == '["a", "b"]'


FAILURES = [
    ("lower([1])", "wrong-type", "lower(): a string is needed here, not a list"),
    ("lower()", "wrong-arguments", "lower(): takes 1 argument, not 0"),
    ('coalesce(null, "")', "null-value", "coalesce(): every argument is null or empty"),
    ('lookup({abc = 1}, "abd")', "unknown-name", "lookup(): there is no key abd; known: abc"),
    ('format("%d")', "wrong-arguments", "format(): %d has no argument"),
    ('format("a", 1)', "wrong-arguments", "format(): there are more arguments than verbs"),
    ('jsondecode("{")', "invalid-text", "jsondecode(): the text is not JSON: "),
    ('yamldecode("a: [")', "invalid-text", "yamldecode(): the text is not YAML: "),
    ('replace("a", "/(/", "")', "wrong-type", "replace(): Terraform refuses replace("),
    ('tonumber("x")', "wrong-type", "tonumber(): a number is needed here, not 'x'"),
    ('tobool("yes")', "wrong-type", "tobool(): a bool is needed here, not a string"),
    ("length(1)", "wrong-type", "length(): a string, list or map has a length, not a number"),
    ("merge([1])", "wrong-type", "merge(): a map is needed here, not a list"),
    ("element([], 0)", "unknown-name", "element(): the list is empty"),
]


@pytest.mark.parametrize(("expression", "code", "message"), FAILURES, ids=[case[0] for case in FAILURES])
def test_a_function_says_what_does_not_fit(expression, code, message):
    with pytest.raises(DynamicError) as caught:
        evaluate(expression)
    (problem,) = caught.value.problems
    assert (problem.code, problem.file, problem.line) == (code, "test.hcl", 1)
    assert problem.message.startswith(message)


def test_a_yaml_bomb_is_refused():
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
    text = json.dumps("a0: &a0 [x]\n" + levels)
    with pytest.raises(DynamicError) as caught:
        evaluate(f"yamldecode({text})")
    assert caught.value.problems[0].code == "too-large"


@pytest.mark.parametrize(
    "expression",
    [
        'format("%1001d", 1)',
        'format(join("", [for i in range(1000): "%[1]s"]), join("", [for i in range(1000): "0123456789"]))',
        'formatlist("%100000d", range(10))',
        'formatlist("%.2000f", [1])',
        'formatlist("%-900d%900d%900d%900d%900d", range(1000))',
        'formatlist(join("", [for i in range(999): "%[1]s"]), [join("", [for i in range(999): "01234"])])',
        'indent(100000000, "a\\nb")',
    ],
)
def test_what_would_be_too_large_is_not_made_nor_asked_for(expression, monkeypatch):
    monkeypatch.setattr(console, "program", lambda: pytest.fail("Terraform has no limit"))
    with pytest.raises(ConfigError) as caught:
        evaluate(expression)
    assert caught.value.problems[0].code == "too-large"


def test_looking_through_a_long_list_again_and_again_is_counted(monkeypatch):
    monkeypatch.setattr(budget, "MAX_STEPS", 20_000)
    many = ListValue([0] * 100_000, "number")
    assert budget.counted(lambda: evaluate("[for i in range(2): contains(many, 0)]", many=many)) == [True] * 2
    with pytest.raises(ConfigError, match="20,000 steps"):
        budget.counted(lambda: evaluate("[for i in range(5): contains(many, 0)]", many=many))


@pytest.mark.terraform
def test_what_terraform_makes_for_us_has_an_end():
    with pytest.raises(ConfigError) as caught:
        evaluate('try(format("%.1f %999999999s", 1.5, "a"), 1)')
    (problem,) = caught.value.problems
    assert problem.code == "too-large"
    assert "format(" in problem.message


@pytest.mark.terraform
def test_a_number_that_terraform_makes_too_long_is_refused():
    with pytest.raises(ConfigError) as caught:
        evaluate(f'parseint("{"z" * 5000}", 36)')
    assert caught.value.problems[0].message.endswith("has 7,782 characters")
