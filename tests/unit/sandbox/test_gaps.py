"""The list of differences: every test that it names is there."""

import ast

import pytest

from dpctl.sandbox import gaps


@pytest.mark.parametrize("name", gaps.tests())
def test_what_shows_a_difference_exists(repo, name):
    file, _, function = name.partition("::")
    tree = ast.parse((repo / file).read_text(encoding="utf-8"))
    assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_no_cell_of_the_page_breaks_its_table():
    rows = [line for line in gaps.page().splitlines() if line.startswith("|")]
    assert all(line.count(" | ") == 3 for line in rows)
