"""Whatever is written, the answer is a value or an error with a line, never anything else."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from dpctl.errors import ConfigError
from dpctl.livetree.expressions import Evaluator
from dpctl.livetree.functions import BUILTINS
from dpctl.livetree.hcl import parse
from dpctl.livetree.values import Unknown, plain


def outcome(call):
    """The value of a call and no problems, or None and its problems."""
    try:
        return call(), ()
    except ConfigError as error:
        return None, error.problems


ATOMS = st.sampled_from(
    (
        *(
            "null",
            "true",
            "1",
            "-2.5",
            "1e308",
            "1e400",
            '"a"',
            '""',
            '"%s %d %q"',
            '"%99999d"',
            '"/(/"',
            '"["',
        ),
        *("[]", '[1, "a", null]', "{}", "{a = 1, b = [2]}", "u", "u.x", "[u]", "{a = u}", 'toset(["b"])'),
    )
)
FUNCTIONS = st.sampled_from([*BUILTINS, "try", "can"])
OPERATORS = st.sampled_from(["+", "-", "*", "/", "%", "==", "!=", "<", ">", "&&", "||"])


def larger(inner):
    """Expressions made of smaller ones."""
    return st.one_of(
        st.builds(lambda name, args: f"{name}({', '.join(args)})", FUNCTIONS, st.lists(inner, max_size=3)),
        st.builds(lambda left, operator, right: f"({left} {operator} {right})", inner, OPERATORS, inner),
        st.builds(lambda source, test: f"[for k, v in {source} : v if {test}]", inner, inner),
        st.builds(lambda source, value: f"{{for k, v in {source} : k => {value}}}", inner, inner),
        st.builds(lambda test, one, two: f"({test} ? {one} : {two})", inner, inner, inner),
        st.builds(lambda base, key: f"({base})[{key}]", inner, inner),
        st.builds(lambda base: f"({base}).a", inner),
        st.builds(lambda base: f"({base})[*].a", inner),
        st.builds(lambda value: f'"x${{{value}}}"', inner),
    )


@settings(max_examples=150, deadline=None)
@given(st.recursive(ATOMS, larger, max_leaves=8))
def test_every_expression_has_a_value_or_an_error(expression):
    def evaluate():
        body = parse(f"x = {expression}\n", "test.hcl")
        return Evaluator("test.hcl", BUILTINS.get).value(body.attributes[0].value, {"u": Unknown("${u}")})

    value, problems = outcome(evaluate)
    assert all(problem.line == 1 and problem.message for problem in problems)
    json.dumps(plain(value), allow_nan=False)


UNIT = """\
include "root" {
  path   = find_in_parent_folders("terragrunt.hcl")
  expose = true
}

locals {
  env = yamldecode(file("${get_terragrunt_dir()}/../env.yaml")) # values
}

inputs = {
  a = { for k, v in local.env.tables : k => v... if v != null }
  b = <<-EOT
    hello ${local.env.name} %{ if local.env.on ~} on %{ endif }
  EOT
  c = local.env.list[*].id
}
"""
PIECES = [
    '"',
    "{",
    "}",
    "${",
    "%{",
    "(",
    ")",
    "[",
    "]",
    "=",
    ".",
    "\n",
    "<<-X\n",
    "EOT\n",
    "try(",
    "\\",
    "~",
    "#",
    "/*",
]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(UNIT)), st.integers(0, 12), st.sampled_from(PIECES)), max_size=4)
)
def test_a_damaged_file_parses_or_is_an_error_on_one_of_its_lines(edits):
    text = UNIT
    for place, removed, added in edits:
        text = text[:place] + added + text[place + removed :]
    _, problems = outcome(lambda: parse(text, "test.hcl"))
    assert all(0 < problem.line <= text.count("\n") + 1 for problem in problems)
