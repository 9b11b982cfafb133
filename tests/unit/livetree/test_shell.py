"""What the shell gives by TF_VAR_<name>: texts become values as Terraform converts them, or stay texts."""

from __future__ import annotations

import pytest

from dpctl.livetree import shell


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("7", "number", 7),
        ("-3", "number", -3),
        ("1e3", "number", 1000),
        ("--5", "number", "--5"),
        (" 3 ", "number", " 3 "),
        ("\u00b2", "number", "\u00b2"),
        ("true", "bool", True),
        ("0", "bool", False),
        ("yes", "bool", "yes"),
        ("7", "string", "7"),
        ('["a"]', "list(string)", ["a"]),
        ("[", "list(string)", "["),
    ],
)
def test_a_text_of_the_shell_is_read_by_the_type_of_its_variable(text, kind, value):
    found = shell.value(text, kind, "TF_VAR_x")
    assert (type(found) is str, found) == (isinstance(value, str), value)
