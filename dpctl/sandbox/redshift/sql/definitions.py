"""CREATE TABLE and ALTER TABLE, read from their tokens.

PostgreSQL sees columns, types, defaults, NOT NULL and identity. Distribution, sort keys, encodings and the
keys that Redshift does not enforce are kept in a catalog of their own (catalog.sql).
"""

from __future__ import annotations

import json
from typing import Any

from dpctl.sandbox.redshift.errors import syntax_error, unsupported
from dpctl.sandbox.redshift.sql.cursor import Cursor
from dpctl.sandbox.redshift.sql.known import Known
from dpctl.sandbox.redshift.sql.lexer import identifier, literal
from dpctl.sandbox.redshift.sql.plan import Plan, query
from dpctl.sandbox.redshift.sql.types import read_type


def create_table(sql: str, known: Known) -> Plan:
    """CREATE TABLE with columns, with LIKE, or AS a query."""
    cursor = Cursor(sql)
    cursor.expect("CREATE")
    temporary = bool(cursor.accept("LOCAL")) | bool(cursor.accept("TEMP", "TEMPORARY"))
    cursor.expect("TABLE")
    absent = cursor.accept("IF") and cursor.expect("NOT") and cursor.expect("EXISTS")
    name = cursor.name()
    temporary = temporary or name[-1].startswith("#")
    target = ".".join(identifier(part) for part in name)
    said: dict[str, Any] = {}
    other = ""
    columns: list[str] = []
    if cursor.accept("("):
        if _is_name_list(cursor):
            columns = [f"({', '.join(identifier(column) for column in cursor.names())})"]
        else:
            columns, other = _items(cursor, said, known)
    cursor.accept("BACKUP") and cursor.accept("YES", "NO")
    _attributes(cursor, said)
    head = f"CREATE {'TEMPORARY ' if temporary else ''}TABLE {'IF NOT EXISTS ' if absent else ''}{target}"
    if cursor.accept("AS"):
        main = f"{head} {''.join(columns)} AS {query(sql[cursor.at :], known)}"
    else:
        cursor.end()
        main = f"{head} ({', '.join(columns)})"
    follow = [f"SELECT redshift_inherit({literal(target)}, {literal(other)})"] if other else []
    if said:
        follow.append(f"SELECT redshift_describe({literal(target)}, {literal(json.dumps(said))})")
    return Plan((main, *follow)) if follow else Plan((main,))


def _is_name_list(cursor: Cursor) -> bool:
    """Whether what follows an opening parenthesis is only names, as in CREATE TABLE t (a, b) AS ..."""
    return cursor.peek(1).value in (",", ")")


def _items(cursor: Cursor, said: dict[str, Any], known: Known) -> tuple[list[str], str]:
    columns: list[str] = []
    other = ""
    while True:
        if cursor.accept("LIKE"):
            other = ".".join(identifier(part) for part in cursor.name())
            defaults = ""
            if word := cursor.accept("INCLUDING", "EXCLUDING"):
                cursor.expect("DEFAULTS")
                defaults = f" {word} DEFAULTS" + (" INCLUDING IDENTITY" if word == "INCLUDING" else "")
            columns.append(f"LIKE {other}{defaults}")
        elif cursor.peek().upper in ("PRIMARY", "UNIQUE", "FOREIGN", "CONSTRAINT"):
            _table_constraint(cursor, said)
        else:
            columns.append(_column(cursor, said, known))
        if not cursor.accept(","):
            break
    cursor.expect(")")
    if keys := said.get("primary_key"):
        columns = [_not_null(column, keys) for column in columns]
    return columns, other


def _not_null(column: str, keys: list[str]) -> str:
    named = any(column.startswith(f"{identifier(key)} ") for key in keys)
    return column + " NOT NULL" if named and "NOT NULL" not in column else column


def _table_constraint(cursor: Cursor, said: dict[str, Any]) -> None:
    name = cursor.word() if cursor.accept("CONSTRAINT") else ""
    word = cursor.expect("PRIMARY", "UNIQUE", "FOREIGN")
    if word != "UNIQUE":
        cursor.expect("KEY")
    cursor.expect("(")
    columns = cursor.names()
    if word == "FOREIGN":
        cursor.expect("REFERENCES")
    _constraint(cursor, said, word, columns, name)


def _constraint(cursor: Cursor, said: dict[str, Any], word: str, columns: list[str], name: str = "") -> None:
    """A key that is declared: kept as information, enforced by nothing."""
    key: dict[str, Any] = {"type": word[0].lower(), "columns": columns, "name": name}
    if word == "PRIMARY":
        said["primary_key"] = columns
    elif word == "FOREIGN":
        key["table"] = ".".join(identifier(part) for part in cursor.name())
        key["references"] = cursor.names() if cursor.accept("(") else []
    said.setdefault("constraints", []).append(key)


def _column(cursor: Cursor, said: dict[str, Any], known: Known) -> str:
    """One column; its ENCODE, DISTKEY, SORTKEY and PRIMARY KEY go to ``said``."""
    name = cursor.word()
    parts = [identifier(name), read_type(cursor)]
    while cursor.peek().value not in (",", ")", ""):
        parts.append(_column_attribute(cursor, name, said, known))
    return " ".join(part for part in parts if part)


def _column_attribute(cursor: Cursor, name: str, said: dict[str, Any], known: Known) -> str:
    word = cursor.expect(
        "NOT", "NULL", "DEFAULT", "IDENTITY", "GENERATED", "ENCODE", "DISTKEY", "SORTKEY", "PRIMARY",
        "UNIQUE", "REFERENCES", "COLLATE",
    )  # fmt: skip
    match word:
        case "NOT":
            cursor.expect("NULL")
            return "NOT NULL"
        case "DEFAULT":
            return f"DEFAULT {_expression(cursor, known)}"
        case "IDENTITY":
            return _identity(cursor, "ALWAYS")
        case "GENERATED":
            always = cursor.expect("BY", "ALWAYS")
            if always == "BY":
                cursor.expect("DEFAULT")
            cursor.expect("AS")
            cursor.expect("IDENTITY")
            return _identity(cursor, "ALWAYS" if always == "ALWAYS" else "BY DEFAULT")
        case "ENCODE":
            said.setdefault("encodings", {})[name] = cursor.word()
        case "DISTKEY":
            said.update(diststyle="KEY", distkey=name)
        case "SORTKEY":
            said["sortkeys"] = [*said.get("sortkeys", []), name]
        case "PRIMARY":
            cursor.expect("KEY")
            _constraint(cursor, said, word, [name])
        case "UNIQUE":
            _constraint(cursor, said, word, [name])
        case "REFERENCES":
            _constraint(cursor, said, "FOREIGN", [name])
        case "COLLATE":
            raise unsupported("COLLATE")
    return ""


def _identity(cursor: Cursor, kind: str) -> str:
    cursor.expect("(")
    seed = cursor.number()
    cursor.expect(",")
    step = cursor.number()
    cursor.expect(")")
    # MINVALUE lets a seed of zero or below pass, which Redshift allows.
    low = "MINVALUE -9223372036854775808 " if seed < 1 and step > 0 else ""
    return f"GENERATED {kind} AS IDENTITY ({low}START WITH {seed} INCREMENT BY {step})"


_COLUMN_WORDS = frozenset(
    {"NOT", "NULL", "IDENTITY", "ENCODE", "DISTKEY", "SORTKEY", "PRIMARY", "UNIQUE", "REFERENCES"}
)


def _expression(cursor: Cursor, known: Known) -> str:
    """A DEFAULT's expression: up to the next comma, parenthesis or attribute at its own level."""
    start, depth = cursor.peek().start, 0
    end = start
    while (token := cursor.peek()).value:
        bare = token.kind in ("word", "symbol")
        if (
            depth == 0
            and bare
            and (token.value in (",", ")") or (end > start and token.upper in _COLUMN_WORDS))
        ):
            break
        depth += {"(": 1, ")": -1}.get(token.value, 0) if bare else 0
        end = cursor.next().end
    return query(f"SELECT {cursor.sql[start:end]}", known).removeprefix("SELECT ")


def _attributes(cursor: Cursor, said: dict[str, Any]) -> None:
    """What stands behind the columns: DISTSTYLE, DISTKEY, SORTKEY, ENCODE AUTO."""
    while word := cursor.accept(
        "DISTSTYLE", "DISTKEY", "COMPOUND", "INTERLEAVED", "SORTKEY", "ENCODE", "BACKUP"
    ):
        if word == "DISTSTYLE":
            style = cursor.expect("AUTO", "EVEN", "KEY", "ALL")
            said["diststyle"] = "AUTO(ALL)" if style == "AUTO" else style
        elif word == "DISTKEY":
            cursor.expect("(")
            said.update(diststyle="KEY", distkey=cursor.names()[0])
        elif word == "ENCODE":
            cursor.expect("AUTO")
        elif word == "BACKUP":
            cursor.expect("YES", "NO")
        else:
            _sort_key(cursor, word, said)
    if said.get("diststyle") == "KEY" and not said.get("distkey"):
        raise syntax_error("DISTSTYLE KEY requires DISTKEY to be specified")


def _sort_key(cursor: Cursor, word: str, said: dict[str, Any]) -> None:
    if word != "SORTKEY":
        cursor.expect("SORTKEY")
    if cursor.accept("AUTO") or cursor.accept("NONE"):
        said["sortkeys"] = []
        return
    cursor.expect("(")
    said["sortkeys"] = cursor.names()
    said["interleaved"] = word == "INTERLEAVED"


def alter_table(sql: str, known: Known) -> Plan:
    """ALTER TABLE; what concerns keys and encodings changes the catalog only."""
    cursor = Cursor(sql)
    cursor.expect("ALTER")
    cursor.expect("TABLE")
    target = ".".join(identifier(part) for part in cursor.name())
    said: dict[str, Any] = {}
    main = ""
    match cursor.expect("ADD", "ALTER", "APPEND", "DROP", "OWNER", "RENAME", "ROW", "SET"):
        case "ADD":
            main = _add(cursor, said, known)
        case "ALTER":
            main = _alter(cursor, said)
            while cursor.accept(","):
                cursor.expect("ALTER")
                main = _alter(cursor, said) or main
        case "DROP":
            main = _drop(cursor, said)
        case "OWNER":
            cursor.expect("TO")
            main = f"OWNER TO {identifier(cursor.word())}"
        case "RENAME":
            main = _rename(cursor, said)
        case other:
            raise unsupported(f"ALTER TABLE {other} {cursor.peek().upper}".strip())
    cursor.end()
    statements = [f"ALTER TABLE {target} {main}"] if main else []
    if said:
        statements.append(f"SELECT redshift_describe({literal(target)}, {literal(json.dumps(said))})")
        if main:
            statements.reverse()  # a renamed table is not found under its old name
    return Plan(tuple(statements), tag="ALTER TABLE" if said or not main else "")


def _add(cursor: Cursor, said: dict[str, Any], known: Known) -> str:
    if cursor.peek().upper in ("PRIMARY", "UNIQUE", "FOREIGN", "CONSTRAINT"):
        _table_constraint(cursor, said)
        return ""
    cursor.accept("COLUMN")
    return f"ADD COLUMN {_column(cursor, said, known)}"


def _drop(cursor: Cursor, said: dict[str, Any]) -> str:
    if cursor.accept("CONSTRAINT"):
        said["drop_constraint"] = cursor.word()
        cursor.accept("RESTRICT", "CASCADE")
        return ""
    cursor.accept("COLUMN")
    return f"DROP COLUMN {identifier(cursor.word())} {cursor.accept('RESTRICT', 'CASCADE')}".strip()


def _rename(cursor: Cursor, said: dict[str, Any]) -> str:
    if cursor.accept("TO"):
        return f"RENAME TO {identifier(cursor.word())}"
    cursor.accept("COLUMN")
    old = cursor.word()
    cursor.expect("TO")
    new = cursor.word()
    said["rename"] = {old: new}
    return f"RENAME COLUMN {identifier(old)} TO {identifier(new)}"


def _alter(cursor: Cursor, said: dict[str, Any]) -> str:
    """What stands behind ALTER; gives PostgreSQL's action, or nothing where the catalog alone changes."""
    following = cursor.peek(1).upper
    if cursor.peek().upper == "ENCODE" and following == "AUTO":
        cursor.next()
        cursor.next()
        said["encodings"] = {}
    elif cursor.peek().upper == "DISTKEY" and following != "ENCODE":
        cursor.next()
        said.update(diststyle="KEY", distkey=cursor.word())
    elif cursor.peek().upper == "DISTSTYLE":
        cursor.next()
        _alter_style(cursor, said)
    elif word := cursor.accept("COMPOUND", "INTERLEAVED", "SORTKEY"):
        _sort_key(cursor, word, said)
    else:
        return _alter_column(cursor, said)
    return ""


def _alter_style(cursor: Cursor, said: dict[str, Any]) -> None:
    style = cursor.expect("ALL", "EVEN", "AUTO", "KEY")
    said["diststyle"] = "AUTO(ALL)" if style == "AUTO" else style
    if style == "KEY":
        cursor.expect("DISTKEY")
        said["distkey"] = cursor.word()


def _alter_column(cursor: Cursor, said: dict[str, Any]) -> str:
    if cursor.peek(1).upper not in ("ENCODE", "TYPE"):
        cursor.expect("COLUMN")
    name = cursor.word()
    if cursor.expect("ENCODE", "TYPE") == "TYPE":
        return f"ALTER COLUMN {identifier(name)} TYPE {read_type(cursor)}"
    said.setdefault("encodings", {})[name] = cursor.word()
    return ""
