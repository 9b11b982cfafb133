"""What python-hcl2 does that dpctl relies on: an upgrade that changes one of these must be looked at."""

from __future__ import annotations

import hcl2
import pytest
from lark import Tree
from lark.exceptions import UnexpectedInput


def find(tree, rule):
    """The first subtree of a rule."""
    return next(tree.find_data(rule))


def test_every_tree_knows_its_line():
    tree = hcl2.parses_to_tree("a = 1\n\nb = [\n  2,\n]\n")
    lines = [attribute.meta.line for attribute in tree.find_data("attribute")]
    assert sorted(lines) == [1, 3]


def test_strings_come_in_parts_with_their_escapes():
    parts = list(hcl2.parses_to_tree('a = "x\\n${y} $${z}"\n').find_data("string_part"))
    kinds = {
        child.data if isinstance(child, Tree) else child.type for part in parts for child in part.children
    }
    assert kinds == {"STRING_CHARS", "interpolation", "ESCAPED_INTERPOLATION"}


def test_a_heredoc_is_one_token():
    (token,) = find(hcl2.parses_to_tree("a = <<-EOT\n  ${x}\n  EOT\n"), "heredoc_template_trim").children
    assert str(token) == "<<-EOT\n  ${x}\n  EOT\n"


def test_a_newline_before_an_operator_is_part_of_the_operator():
    operator = find(hcl2.parses_to_tree("a = 1\n  + 2\n"), "binary_operator")
    assert str(operator.children[0]).split() == ["+"]


def test_a_string_over_several_lines_is_not_refused():
    """HCL refuses it; dpctl's converter does, because the grammar does not."""
    assert hcl2.parses_to_tree('a = "x\ny"\n')


@pytest.mark.parametrize("text", ["a = \n", "a {\n", 'a = "x\n', "a = 1 2\n", "\0"])
def test_errors_are_larks_and_have_a_line(text):
    with pytest.raises(UnexpectedInput) as caught:
        hcl2.parses_to_tree(text)
    assert caught.value.line is not None
