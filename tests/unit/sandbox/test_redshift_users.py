"""A user that IAM makes keeps the case of its role, in every statement that names it."""

from __future__ import annotations

import pytest

from dpctl.sandbox.redshift.sql.administration import create_user
from dpctl.sandbox.redshift.sql.lexer import identifier


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ('"IAMR:a-GlueRole"', '"IAMR:a-GlueRole"'),
        ('"IAM:Me"', '"IAM:Me"'),
        ('"Loader"', '"loader"'),
        ("Me", '"me"'),
    ],
)
def test_a_users_name(name, kept):
    for word in ("CREATE", "ALTER"):
        statement, *more = create_user(f"{word} USER {name} PASSWORD DISABLE", None).statements
        assert statement.startswith(f"{word} ROLE {kept} ")
        assert more == ([f"GRANT {kept} TO redshift_engine"] if word == "CREATE" else [])
    assert identifier(name.strip('"')) == kept
