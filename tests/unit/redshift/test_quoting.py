"""Whatever goes in comes out: emitted statements, read by sqlglot's Redshift tokenizer."""

from __future__ import annotations

import string

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlglot.dialects.redshift import Redshift
from sqlglot.tokens import TokenType

from dpctl.errors import UsageError
from dpctl.lexer import LexicalError, tokens
from dpctl.redshift.copy import Copy, copy_sql
from dpctl.redshift.query import check_query
from dpctl.redshift.quoting import identifier, literal
from dpctl.redshift.unload import Unload, unload_sql

ROLE = "arn:aws:iam::054158074701:role/RedshiftS3role"
# what breaks naive quoting, in every order, among any Unicode
PIECES = ["'", "''", "\\", "\\'", "'\\", '"', '""', ";", "--", "/*", "*/", "$$", "$q$", "\n", "\r", "\t", " "]
WORDS = [
    "; DROP TABLE t; --",
    "') TO 's3://evil/",
    "é",
    "日本",
    "🦊",
    "\u2028",
    "\u00a0",
    "%s",
    "{}",
    "E'",
    "U&'",
]
TEXT = st.lists(
    st.one_of(
        st.sampled_from(PIECES + WORDS),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4),
    ),
    max_size=8,
).map("".join)
KEYS = TEXT.map(lambda text: "".join(c for c in text if c >= " " and c != "\x7f"))
NAMES = TEXT.filter(lambda text: 1 <= len(text.encode()) <= 127)
MANY = settings(
    max_examples=2_500, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


@st.composite
def queries(draw: st.DrawFn) -> str:
    """A SELECT with hostile literals, names and dollar quotes in it."""
    value, name, body = draw(TEXT), draw(NAMES), draw(TEXT).replace("$", "")
    quoted = "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
    named = '"' + name.replace('"', '""') + '"'
    return f"SELECT {named}, $q${body}$q$ FROM t WHERE {named} = {quoted}"


def read(sql: str) -> list[tuple[TokenType, str]]:
    """The tokens, without the word UNLOAD: behind it sqlglot would take all the rest for one string."""
    return [(token.token_type, token.text) for token in Redshift().tokenize(sql.removeprefix("UNLOAD "))]


def strings(sql: str) -> list[str]:
    found = read(sql)
    assert all(kind != TokenType.SEMICOLON for kind, _ in found), "one statement"
    return [text for kind, text in found if kind == TokenType.STRING]


@MANY
@given(queries(), KEYS, TEXT)
def test_unload_says_what_went_in(query: str, key: str, null: str) -> None:
    statement = Unload(query, f"s3://exports/{key}", ROLE, null_as=null)
    assert strings(unload_sql(statement)) == [query.strip(), f"s3://exports/{key}", ROLE, null]


@MANY
@given(NAMES, NAMES, st.lists(NAMES, max_size=3, unique=True), KEYS, TEXT)
def test_copy_says_what_went_in(schema: str, table: str, columns: list[str], key: str, text: str) -> None:
    statement = Copy(schema, table, f"s3://source/{key}", ROLE, tuple(columns), date_format=text)
    sql = copy_sql(statement)
    assert strings(sql) == [f"s3://source/{key}", ROLE, text]
    assert [name for kind, name in read(sql) if kind == TokenType.IDENTIFIER] == [schema, table, *columns]


@MANY
@given(TEXT)
def test_a_literal_is_one_token_and_means_its_text(text: str) -> None:
    assert read(literal(text)) == [(TokenType.STRING, text)]
    (token,) = tokens(literal(text))
    assert (token.kind, token.value) == ("string", text)


@MANY
@given(NAMES)
def test_an_identifier_is_one_token_and_means_its_name(name: str) -> None:
    assert read(identifier(name)) == [(TokenType.IDENTIFIER, name)]
    (token,) = tokens(identifier(name))
    assert (token.kind, token.value) == ("quoted", name)


@MANY
@given(TEXT)
def test_no_query_smuggles_a_second_statement(text: str) -> None:
    """What check_query lets through is one statement for sqlglot too."""
    # sqlglot takes Unicode's spaces for spaces, Redshift for letters
    assume(not any(c.isspace() and c > "\x7f" for c in text))
    try:
        query = check_query(f"SELECT {text}")
    except UsageError:
        return
    assert all(kind != TokenType.SEMICOLON for kind, _ in read(query))
    assert strings(unload_sql(Unload(query, "s3://exports/a/", ROLE))) == [query, "s3://exports/a/", ROLE]


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_text_no_literal_can_hold(text: str) -> None:
    with pytest.raises(UsageError):
        literal(text)


@pytest.mark.parametrize("name", ["", "x" * 128, "é" * 64, "a\0"])
def test_names_no_identifier_can_have(name: str) -> None:
    with pytest.raises(UsageError):
        identifier(name)


def test_every_printable_character() -> None:
    assert read(literal(string.printable)) == [(TokenType.STRING, string.printable)]


@pytest.mark.parametrize("sql", ["'a", "'a\\'", '"a', "$$a", "$a$ $b$", "/* a /* b */", "'a''"])
def test_what_is_left_open(sql: str) -> None:
    with pytest.raises(LexicalError, match="unterminated"):
        list(tokens(sql))


def test_spaces_of_unicode_belong_to_words() -> None:
    """A dollar quote does not begin inside a word; taking it for one would hide the semicolon."""
    with pytest.raises(UsageError, match="unloaded") as caught:
        check_query("SELECT \u2028$$ FROM t; DROP TABLE t; SELECT \u2028$$")
    assert "semicolon" in caught.value.why


def test_tokens() -> None:
    sql = 'SELECT a$1, 1.5e3, $$x\'y$$ /* a /* b */ c */ FROM "a""b" -- end'
    assert [(token.kind, token.value) for token in tokens(sql)] == [
        ("word", "SELECT"),
        ("word", "a$1"),
        ("symbol", ","),
        ("number", "1.5e3"),
        ("symbol", ","),
        ("string", "x'y"),
        ("comment", "/* a /* b */ c */"),
        ("word", "FROM"),
        ("quoted", 'a"b'),
        ("comment", "-- end"),
    ]
