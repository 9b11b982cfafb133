"""Redshift's tokens, against its own rules for literals, names and comments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.sql import lexer


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'it''s'", "it's"),
        (r"'it\'s'", "it's"),
        (r"'a\\b'", "a\\b"),
        (r"'a\nb'", "a\nb"),
        (r"'\011'", "\t"),
        (r"'\303\251'", "é"),
        (r"'\0'", "\0"),
        (r"'\q\101'", "qA"),
        ("'a\u00a0b'", "a\u00a0b"),
        (r"e'a\tb'", "a\tb"),
        ("$$it's \\ $$", "it's \\ "),
        ("$tag$a $$ b$tag$", "a $$ b"),
        ("''", ""),
        ("'é日本'", "é日本"),
        ("'a;b--c/*d*/'", "a;b--c/*d*/"),
    ],
)
def test_literals_decode(text, value):
    (token,) = lexer.tokenize(text)
    assert (token.kind, token.value) == ("string", value)


@pytest.mark.parametrize(
    "text",
    ["'open", "$$open", '"open', "/* open", "'ends in escape\\'", "a /* b /* c */", '""', r"'\303'"],
)
def test_what_is_left_open_is_refused(text):
    with pytest.raises(SqlError) as failure:
        lexer.tokenize(text)
    assert failure.value.state == "42601"


def test_statements_are_split_outside_of_literals_and_comments():
    script = "select ';'; -- a;b\n/* ; */ select $$;$$ ;; select \"a;b\" from t;"
    assert lexer.statements(script) == ["select ';'", "select $$;$$", 'select "a;b" from t']


def test_a_cast_is_no_parameter():
    kinds = [(token.kind, token.value) for token in lexer.tokenize("a::int = :name and b = $1")]
    assert ("param", ":name") in kinds
    assert ("param", "$1") in kinds
    assert ("symbol", "::") in kinds


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a\u00a0b", ["a\u00a0b"]),  # "Names and identifiers": any multibyte character may be in a name
        ("a\u2028$$;", ["a\u2028$$", ";"]),
        ("🦊 é1$", ["🦊", "é1$"]),
        ("a\vb", ["a", "\v", "b"]),  # PostgreSQL 8.0: space is blank, \t, \n, \r and \f
        ("#tmp.a", ["#tmp", ".", "a"]),
        ("a--b\rc", ["a", "c"]),
        ("a/*/* */b*/c", ["a", "c"]),
        ("1.e3.5", ["1.e3", ".5"]),
        ("a::b", ["a", "::", "b"]),
        ("a :b $1", ["a", ":b", "$1"]),
        ("a<=b<>c||d", ["a", "<=", "b", "<>", "c", "||", "d"]),
        ("date'2026-01-01'", ["date", "2026-01-01"]),
        ("e'a' E'b'", ["a", "b"]),
        ("x'1F' B'01'", ["1F", "01"]),
    ],
)
def test_where_tokens_begin_and_end(text, values):
    assert [token.value for token in lexer.tokenize(text)] == values


@given(st.text(alphabet=st.characters(blacklist_characters="\0", blacklist_categories=("Cs",))))
def test_a_quoted_literal_comes_back_as_it_went_in(value):
    quoted = "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
    (token,) = lexer.tokenize(quoted)
    assert token.value == value
    assert lexer.rewrite(quoted) == lexer.literal(value)
