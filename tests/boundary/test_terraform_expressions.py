"""Never a value that Terraform would not give: the same one, or a refusal.

500 expressions with Terraform 1.11.4's answers, and others made up from the seed in the test's name, which
Terraform is asked for.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from dpctl.errors import ConfigError
from dpctl.livetree import console, hcl
from dpctl.livetree.expressions import Evaluator
from dpctl.livetree.files import FUNCTIONS as FILE_FUNCTIONS
from dpctl.livetree.files import Files
from dpctl.livetree.functions import BUILTINS
from dpctl.livetree.jsontext import encode_json
from dpctl.livetree.places import counted
from dpctl.livetree.values import has_unknown
from tests.boundary import terraform
from tests.boundary.random_calls import calls
from tests.boundary.random_expressions import Maker


def recorded(name):
    """The pairs of a file of expressions and Terraform's answers."""
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if not line.startswith("#")]


CASES = recorded("terraform-expressions.txt")
SELDOM = recorded("seldom-expressions.txt")
# one call of each pure function that neither the 500 nor the generator have with arguments that fit
CALLS = [
    "abs(-1.5)",
    'alltrue([true, "true"])',
    "anytrue([])",
    'base64decode("aGk=")',
    'base64gzip("a")',
    'base64sha256("a")',
    'base64sha512("a")',
    "ceil(1.2)",
    'chomp("a\\r\\n\\n")',
    "chunklist([1, 2, 3], 2)",
    'cidrhost("10.0.0.0/8", 5)',
    'cidrnetmask("10.0.0.0/12")',
    'cidrsubnet("10.0.0.0/16", 8, 2)',
    'cidrsubnets("10.0.0.0/16", 4, 4, 8)',
    'cidrsubnet(cidrsubnets("10.0.0.0/16", 4, 4)[1], 4, 3)',
    "coalescelist([], [1])",
    'csvdecode("a,b\\n1,2\\n")[0].b',
    'endswith("abc", "bc")',
    "ephemeralasnull(1)",
    "floor(-1.2)",
    'formatdate("YYYY-MM-DD", "2024-01-02T03:04:05Z")',
    'formatlist("%s-%s", ["a", "b"], "c")',
    'indent(2, "a\\nb")',
    'index(["a", "b"], "b")',
    "issensitive(1)",
    "log(8, 2)",
    "log(10, 3) * 3",
    'matchkeys([1, 2], ["a", "b"], ["b"])',
    "max(1, 2.5)",
    'md5("a")',
    'min(1, "0.5")',
    "nonsensitive(1)",
    "one([1])",
    'parseint("ff", 16) / 7',
    'pathexpand("/a")',
    "pow(2, 0.5)",
    "range(5)",
    'regex("(?P<a>[a-z]+)-(?P<b>[0-9])?", "ab-").a',
    'regexall("[a-z]", "a1b")',
    'reverse([1, "a"])',
    'setintersection([1, 2], ["2"])',
    'setproduct(["a", "b"], [1, 2])',
    "setsubtract([1, 2], [2])",
    'setunion([1], ["a"])',
    'sha1("a")',
    'sha256("a")',
    'sha512("a")',
    "signum(-3)",
    "slice([1, 2, 3], 1, 2)",
    'startswith("abc", "ab")',
    'strcontains("abc", "b")',
    'strrev("abc")',
    'substr("h\u00e9llo", 1, 3)',
    'sum([1, "2", 0.1])',
    'textdecodebase64("aABpAA==", "UTF-16LE")',
    'textencodebase64("hi", "UTF-16LE")',
    'timeadd("2024-01-02T03:04:05Z", "10m")',
    'timecmp("2024-01-02T03:04:05Z", "2024-01-02T03:04:06Z")',
    'title("hello world")',
    'transpose({a = ["1", "2"], b = ["2"]})',
    'trim("?!hello?!", "!?")',
    'trimsuffix("a.hcl", ".hcl")',
    'urlencode("a b&c")',
    'uuidv5("dns", "example.com")',
    'zipmap(["a", "b"], [1, "x"])',
]
IMPURE = {"bcrypt", "plantimestamp", "timestamp", "uuid"}
OF_FILES = {"rsadecrypt", "sensitive"}  # asked below, or with a key that must not stand here


@pytest.fixture
def evaluate(tmp_path):
    """Evaluate many expressions as one run would; a refusal is the error."""
    files = Files(tmp_path, tmp_path, str, lambda node, shown, names: _rendered(node, names))
    functions = {**BUILTINS}
    for name, (work, count) in FILE_FUNCTIONS.items():
        functions[name] = counted(partial(work, files), count, count)

    def _rendered(node, names):
        return Evaluator("template", functions.get).value(node, names)

    def one(text):
        try:
            body = hcl.parse(f"x = {text}\n", "test.hcl")
            value = Evaluator("test.hcl", functions.get).value(body.attributes[0].value, {})
        except ConfigError as error:
            return error
        return None if has_unknown(value) else encode_json(value)

    terraform.program()
    return lambda expressions: console.collecting(lambda: [one(text) for text in expressions])


def wrong(expressions, found, wanted):
    """Where dpctl has a value, and Terraform another or none."""
    return [
        (text, mine, theirs)
        for text, mine, theirs in zip(expressions, found, wanted, strict=True)
        if isinstance(mine, str) and mine != theirs
    ]


def test_the_five_hundred(evaluate):
    expressions = [text for text, _ in CASES]
    found = evaluate(expressions)
    assert wrong(expressions, found, [answer for _, answer in CASES]) == []
    refused = [text for (text, answer), mine in zip(CASES, found, strict=True) if answer and mine != answer]
    assert refused == []


def test_every_pure_function_works(evaluate):
    found, wanted = evaluate([f"[{text}]" for text in CALLS]), terraform.answers(CALLS)
    assert dict(zip(CALLS, found, strict=True)) == dict(zip(CALLS, wanted, strict=True))


def signatures():
    """Terraform's functions as it tells of them, each once."""
    done = terraform.subprocess.run(
        [terraform.program(), "metadata", "functions", "-json"], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)["function_signatures"]
    return {name: one for name, one in found.items() if not name.startswith("core::")}


def test_every_function_of_terraform_is_known():
    from dpctl.livetree import subset

    assert signatures().keys() - subset.FUNCTIONS == IMPURE


def test_odd_arguments(evaluate):
    """What Terraform refuses is refused, and what it takes has its value."""
    out = {*IMPURE, *OF_FILES, *FILE_FUNCTIONS}
    expressions = calls({name: one for name, one in signatures().items() if name not in out}, seed=5, each=4)
    wanted = terraform.answers(expressions)
    found = evaluate([f"[{text}\n]" for text in expressions])
    values = [one if isinstance(one, str) else None for one in found]
    differ = [row for row in zip(expressions, values, wanted, strict=True) if row[1] != row[2]]
    assert differ == []
    assert sum(answer is not None for answer in wanted) > 100


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_made_up_expressions(evaluate, seed):
    maker = Maker(seed)
    expressions = list({maker.expression(): None for _ in range(700)})
    wanted = terraform.answers(expressions)
    found = evaluate([f"[{text}\n]" for text in expressions])
    assert wrong(expressions, found, wanted) == []
    refused = [
        text
        for text, mine, theirs in zip(expressions, found, wanted, strict=True)
        if theirs and mine != theirs
    ]
    assert len(refused) <= 7, refused  # infinity is the one value that is refused
    assert sum(answer is not None for answer in wanted) > 150


def test_kinds_that_are_seldom_written(evaluate):
    expressions, wanted = [text for text, _ in SELDOM], [answer for _, answer in SELDOM]
    mine = evaluate([f"[{text}\n]" for text in expressions])
    assert len(set(expressions)) > 600
    assert wrong(expressions, mine, wanted) == []
    rows = zip(expressions, mine, wanted, strict=True)
    refused = {text for text, value, answer in rows if answer and value != answer}
    assert refused == {"can(1 / 0)", "can(-1 / 0)", "1 / 0 > 5"}  # what hangs on infinity is refused


NULLS = [
    *('format("%d", null)', 'format("%s", try(null, {}))', 'format("%d", true ? null : 1)', "format(null)"),
    *('formatlist("%d", null)', 'formatlist("%d", [null])', "coalescelist(null, [1])", "coalesce(null, 1)"),
    *("merge(null, {a = 1})", "concat(null, [1])", "length(null)", "keys(null)", "tostring(null)"),
    *("jsonencode(null)", "flatten(null)", 'lookup({a = 1}, "b", null)', "max(null, 1)", "one(null)"),
    *("compact([null])", "element(null, 0)", "alltrue([null])", "setunion([1], null)", "contains(null, 1)"),
    *("tomap(null)", "sum(null)", "distinct([null])", "chunklist(null, 1)", "join(null, [])", "upper(null)"),
    # what is known of a side that is not taken and has an error
    *("(false ? (false ? tomap(9) : tostring([])) : [])", 'false ? (false ? tomap(9) : "${[]}") : []'),
    *('false ? (true ? tomap(9) : "${[]}") : []', 'true ? [] : (tomap(9) ? 1 : "a")'),
    *('true ? [] : ({} ? null : "a")', 'true ? [] : ({} ? "a" : null)', "true ? 1 : ({} ? null : null)"),
    *("true ? tolist([]) : (tomap(9) ? null : [1])", "true ? {} : ([] ? {a = 1} : null)"),
    *('true ? [] : (null ? null : "a")', 'true ? [] : ({} ? (true ? null : "a") : null)'),
]


def test_nulls_and_errors_are_what_terraform_makes_of_them(evaluate):
    """Also inside try(), which passes on what Terraform does not know and catches what it refuses."""
    expressions = [*NULLS, *(f'try({text}, "caught")' for text in NULLS)]
    found = evaluate([f"[{text}]" for text in expressions])
    wanted = terraform.answers(expressions)
    mine = [one if isinstance(one, str) else None for one in found]
    assert dict(zip(expressions, mine, strict=True)) == dict(zip(expressions, wanted, strict=True))


# two numbers that are kept in different bits are one where they are written alike
ONE_NUMBER = [
    "abs(log(0.2, 1e100))",
    "abs(pow(2, 0.5))",
    "abs(-0)",
    "abs(length([1]))",
    "abs(-length([1]))",
    "abs(pow(2, 0.5)) * 3",
    'format("%s", abs(log(0.2, 1e100)))',
    'log(5, 1e100) == tonumber("0.006989700043360188")',
    'log(5, 1e100) != tonumber("0.006989700043360188")',
    "log(5, 1e100) == log(5, 1e100) * 1",
    'tonumber("0.006989700043360188") == log(5, 1e100) * 1',
    'contains([log(5, 1e100)], tonumber("0.006989700043360188"))',
    'distinct([log(5, 1e100), tonumber("0.006989700043360188"), 1])',
    'distinct([tonumber("0.006989700043360188"), log(5, 1e100), log(5, 1e100) * 1])',
    'toset([log(5, 1e100), tonumber("0.006989700043360188")])',
    'length(toset([log(5, 1e100), tonumber("0.006989700043360188")]))',
    "length(toset([log(5, 1e100), log(5, 1e100) * 1]))",
    'index([1, log(5, 1e100)], tonumber("0.006989700043360188"))',
    '{a = log(5, 1e100)} == {a = tonumber("0.006989700043360188")}',
    '[log(5, 1e100)] == [tonumber("0.006989700043360188")]',
    'log(5, 1e100) >= tonumber("0.006989700043360188")',
    'log(5, 1e100) < tonumber("0.006989700043360188")',
    'log(5, 1e100) > tonumber("0.006989700043360188")',
    'setsubtract([log(5, 1e100)], [tonumber("0.006989700043360188")])',
    'setintersection([log(5, 1e100)], [tonumber("0.006989700043360188")])',
    'setunion([log(5, 1e100)], [tonumber("0.006989700043360188")])',
    'max(log(5, 1e100), tonumber("0.006989700043360188"))',
    'matchkeys([1], [log(5, 1e100)], [tonumber("0.006989700043360188")])',
    "0 == -0",
    "-0 == 0.0",
    "1 / length([1, 2, 3]) == 1 / 3",
    "1 / length([1, 2, 3])",
    'distinct([1, length([1]), 1.0, "1"])',
    "distinct([-0, 0])",
    "contains([0], -0)",
    '1 == "1"',
    '[0.5] == ["0.5"]',
    'log(5, 1e100) <= tonumber("0.006989700043360188")',
    "1 <= 1",
    "length([1]) >= 1",
]


def test_what_is_one_number(evaluate):
    found = evaluate([f"[{text}]" for text in ONE_NUMBER])
    wanted = terraform.answers(ONE_NUMBER)
    assert dict(zip(ONE_NUMBER, found, strict=True)) == dict(zip(ONE_NUMBER, wanted, strict=True))


def test_without_terraform_the_function_is_named(evaluate, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    (error,) = evaluate(['try(title("never asked before"), "b")'])
    (problem,) = error.problems
    assert (problem.code, problem.line) == ("terraform-missing", 1)
    assert problem.message.startswith("title() is evaluated by Terraform itself")
    assert "--terraform PATH" in problem.hint
    assert evaluate(['upper("a")', 'replace("a.b", ".", "-")']) == ['"A"', '"a-b"']


def test_answers_are_kept_for_the_next_run(evaluate, monkeypatch):
    monkeypatch.setattr(console, "answers", console.Answers())
    assert evaluate(['title("kept for later")']) == ['"Kept For Later"']
    monkeypatch.setattr(console, "answers", console.Answers())
    monkeypatch.setattr(console, "_run", lambda line: pytest.fail("Terraform was asked again"))
    assert evaluate(['title("kept for later")']) == ['"Kept For Later"']


def test_one_process_answers_a_whole_run(evaluate, monkeypatch):
    asked = []
    run = console._run
    monkeypatch.setattr(console, "answers", console.Answers())
    monkeypatch.setattr(console.usercache, "load", lambda name: None)
    monkeypatch.setattr(console, "_run", lambda line: asked.append(line) or run(line))
    evaluate([f'title("word {number}")' for number in range(50)])
    assert len(asked) == 1


def test_functions_of_files(evaluate, tmp_path):
    (tmp_path / "a.txt").write_text("hi\n", encoding="utf-8")
    (tmp_path / "t.tpl").write_text(
        "%{ for x in xs ~}\n- ${x} ${upper(name)}\n%{ endfor ~}\n", encoding="utf-8"
    )
    (tmp_path / "v.tfvars").write_text('a = 1\nb = ["x"]\n', encoding="utf-8")
    (tmp_path / "sub").mkdir()
    expected = {
        'file("a.txt")': '"hi\\n"',
        'fileexists("a.txt")': "true",
        'fileexists("b.txt")': "false",
        'fileset(".", "*.t*")': '["a.txt","t.tpl","v.tfvars"]',
        'filebase64("a.txt")': '"aGkK"',
        'filemd5("a.txt")': '"764efa883dda1e11db47671c4a3bbd9e"',
        'filesha1("a.txt")': '"55ca6286e3e4f4fba5d0448333fa99fc5a404a73"',
        'filesha256("a.txt")': '"98ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48c5d3fb1107be4"',
        'filebase64sha256("a.txt")': '"mOpuTyFvL7S2n/+bOkSELDhobKaF8/VdxIxdP7EQe+Q="',
        'templatefile("t.tpl", {xs = ["a", "b"], name = "n"})': '"- a N\\n- b N\\n"',
        'jsondecode(read_tfvars_file("v.tfvars"))': '{"a":1,"b":["x"]}',
        'basename(pathexpand("~/a"))': '"a"',
        'basename(abspath("a/../b"))': '"b"',
    }
    assert dict(zip(expected, evaluate(list(expected)), strict=True)) == expected
    for text in (
        'file("sub")',
        'fileexists("sub")',
        'file("/dev/zero")',
        'filemd5("/dev/zero")',
        'file("nope")',
    ):
        (error,) = evaluate([text])
        assert isinstance(error, ConfigError), text
    refused = evaluate(['templatefile("t.tpl", {})', 'templatefile("t.tpl", 1)'])
    assert all(isinstance(error, ConfigError) for error in refused)
