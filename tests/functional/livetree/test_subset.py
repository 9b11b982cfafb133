"""The subset is what docs/live-tree.md says, and what it refuses comes with advice."""

from __future__ import annotations

import pytest

from dpctl.livetree import files, hcl, places, subset
from dpctl.livetree.functions import BUILTINS
from dpctl.livetree.places import INSTEAD


def check(text):
    """The problems of a text as (code, line, hint)."""
    return [(p.code, p.line, p.hint) for p in subset.check(hcl.parse(text, "x.hcl"), "x.hcl")]


def test_the_page_names_every_block_attribute_and_function(repo):
    page = (repo / "docs/live-tree.md").read_text(encoding="utf-8")
    words = {*subset.ATTRIBUTES, *subset.BLOCKS, *subset.FUNCTIONS}
    words |= {name for kind in subset.BLOCKS.values() for name in kind.required + kind.optional}
    words -= {
        "disable_init",
        "disable_dependency_optimization",
    }  # Terragrunt's own affairs: read, and ignored
    assert sorted(word for word in words if f"`{word}" not in page) == []


def test_the_list_of_functions_is_what_can_be_called():
    own = {"try", "can", "read_terragrunt_config"}
    assert {*BUILTINS, *places.FUNCTIONS, *files.FUNCTIONS, *own} == subset.FUNCTIONS


@pytest.mark.parametrize("name", sorted(INSTEAD))
def test_what_is_left_out_comes_with_advice(name):
    assert name not in subset.FUNCTIONS
    assert check(f"inputs = {{\n  a = {name}()\n}}\n") == [("unsupported-function", 2, INSTEAD[name])]


def test_everything_outside_is_named_in_the_order_of_the_lines():
    text = 'skip = true\nfeature "x" {\n}\nterraform {\n  after_hook "y" {\n  }\n}\ninputs = { a = uuid() }\n'
    assert [(code, line) for code, line, _ in check(text)] == [
        ("unsupported-attribute", 1),
        ("unsupported-block", 2),
        ("unsupported-attribute", 5),
        ("unsupported-function", 8),
    ]


def test_a_valid_file_has_no_problems():
    assert check('locals {\n  a = try(1, 2)\n}\ninputs = { b = can(local.a), c = file("x") }\n') == []
