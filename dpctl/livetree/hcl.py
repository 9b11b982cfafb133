"""From files to syntax trees: reading, limits, what was parsed before, and errors that name the line."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from dpctl.errors import ConfigError, Problem
from dpctl.livetree.parser import Parser
from dpctl.livetree.syntax import Body, Expr
from dpctl.livetree.tokens import SyntaxProblem

MAX_BYTES = 131_072  # a unit has about one kilobyte
MAX_LINE = 10_000  # what is longer is no expression a person wrote
MAX_DEPTH = 64  # brackets inside brackets; the deepest real expressions have about ten

_parsed: dict[bytes, Body] = {}
_read_once: dict[Path, Body] | None = None
_BRACKET = re.compile(r"[][(){}\n]")
_CLOSES = {")": "(", "]": "[", "}": "{"}
_OPENS = {opening: closing for closing, opening in _CLOSES.items()}


def read(path: Path, shown: str) -> Body:
    """Read and parse one file; ``shown`` is its path in messages. Raises ConfigError."""
    if _read_once is None:
        return parse(text(path, shown), shown)
    if path not in _read_once:
        _read_once[path] = parse(text(path, shown), shown)
    return _read_once[path]


@contextmanager
def reading_once() -> Iterator[None]:
    """Read every file at most once: what a thousand units include is not read a thousand times."""
    global _read_once
    before, _read_once = _read_once, {} if _read_once is None else _read_once
    try:
        yield
    finally:
        _read_once = before


def parse(source: str, shown: str) -> Body:
    """Parse HCL. The same text is parsed once per process. Raises ConfigError with the line."""
    key = digest(source)
    if key not in _parsed:
        _check_size(len(source), shown)
        _check_lines(source, shown)
        _check_depth(source, shown)
        try:
            _parsed[key] = _parse(source, shown)
        except RecursionError:
            _fail(shown, 1, "hcl-too-deep", "an expression in this file is too long or nested too deeply")
    return _parsed[key]


def text(path: Path, shown: str) -> str:
    """The text of a file of the live tree. Raises ConfigError for what is too large or not text."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            _fail(shown, 0, "unreadable-file", "this is not a file")
        _check_size(found.st_size, shown)
        raw = path.read_bytes()
    except OSError as error:
        _fail(shown, 0, "unreadable-file", f"the file can't be read: {error.strerror or error}")
    _check_size(len(raw), shown)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        _fail(shown, line, "not-utf-8", f"byte {error.start} is not UTF-8 text")


def digest(source: str) -> bytes:
    """What the caches know a text by."""
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).digest()


def known() -> dict[bytes, Body]:
    """What has been parsed in this process; the parse cache fills and saves it."""
    return _parsed


def template(source: str, shown: str) -> Expr:
    """Parse a text that is one template, such as a file for ``templatefile``. Raises ConfigError."""
    _check_size(len(source), shown)
    _check_depth(source, shown)
    try:
        return Parser(source).template()
    except SyntaxProblem as problem:
        _syntax_error(problem, source, shown)


def _parse(source: str, shown: str) -> Body:
    try:
        return Parser(source if source.endswith("\n") else source + "\n").file()
    except SyntaxProblem as problem:
        _syntax_error(problem, source, shown)


def _syntax_error(problem: SyntaxProblem, source: str, shown: str) -> NoReturn:
    line = problem.line or source.count("\n", 0, problem.start) + 1
    lines = source.split("\n")
    if str(problem):
        _fail(shown, line, problem.code, str(problem), problem.hint)
    if string := _unclosed_string(lines[:line]):
        _fail(shown, string, "hcl-syntax", "the string on this line is never closed", 'a " where it ends')
    if not source[problem.start :].strip():
        _ends_early(problem, source, shown)
    column = problem.start - (source.rfind("\n", 0, problem.start) + 1) + 1
    here = lines[line - 1][column - 1 :].strip()
    found = f"{here[:30]!r} can't stand here" if here else "the line ends too early"
    why = f"; expected {' or '.join(problem.expected)}" if problem.expected else ""
    hint = _foreign(lines[line - 1].strip(), here)
    _fail(shown, line, "hcl-syntax", f"{found} (column {column}){why}", hint)


def _foreign(whole: str, here: str) -> str:
    """What to do about characters that only look like HCL."""
    if whole.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        return "keep one side of the merge, and remove the lines <<<<<<<, ======= and >>>>>>>"
    if here[:1] in ("\u00a0", "\u2007", "\u202f", "\u200b", "\ufeff"):
        return "an ordinary space: this character only looks like one"
    if here[:1] in ("\u201c", "\u201d", "\u2018", "\u2019", "'"):
        return 'straight double quotes: "'
    return ""


def _ends_early(problem: SyntaxProblem, source: str, shown: str) -> NoReturn:
    opened = _unclosed(source)
    message = "the file ends in the middle of something"
    if opened:
        message = f"the file ends where a {_OPENS[opened[0]]} is missing"
        message += f"; the {opened[0]} on line {opened[1]} is never closed"
    _fail(shown, opened[1] if opened else max(len(source.splitlines()), 1), "hcl-syntax", message)


def _unclosed_string(lines: list[str]) -> int:
    """The first line with an odd number of quotes, or 0: a string can't go over several lines."""
    for number, line in enumerate(lines, start=1):
        bare = re.sub(r"\\.|(?:#|//)[^\"]*$", "", line)
        if bare.count('"') % 2:
            return number
    return 0


def _unclosed(source: str) -> tuple[str, int] | None:
    """The innermost bracket still open at the end, with its line; strings and comments are skipped."""
    bare = re.sub(r'"(?:[^"\\\n]|\\.)*"|#[^\n]*|//[^\n]*', lambda match: "", source)
    line, stack = 1, []
    for match in _BRACKET.finditer(bare):
        character = match[0]
        if character == "\n":
            line += 1
        elif character not in _CLOSES:
            stack.append((character, line))
        elif stack and stack[-1][0] == _CLOSES[character]:
            stack.pop()
    return stack[-1] if stack else None


def _check_size(size: int, shown: str) -> None:
    if size > MAX_BYTES:
        _fail(shown, 1, "too-large", f"the file has {size:,} bytes; the limit is {MAX_BYTES:,}")


def _check_lines(source: str, shown: str) -> None:
    for number, line in enumerate(source.split("\n"), start=1):
        if len(line) > MAX_LINE:
            message = f"the line has {len(line):,} characters; the limit is {MAX_LINE:,}"
            _fail(shown, number, "too-large", message, "several lines, or file() of another file")


def _check_depth(source: str, shown: str) -> None:
    depth, line = 0, 1
    for match in _BRACKET.finditer(source):
        character = match[0]
        if character == "\n":
            line += 1
        elif character in _CLOSES:
            depth = max(depth - 1, 0)
        else:
            depth += 1
            if depth > MAX_DEPTH:
                _fail(
                    shown, line, "hcl-too-deep", f"brackets are nested deeper than {MAX_DEPTH}", "use locals"
                )


def _fail(shown: str, line: int, code: str, message: str, hint: str = "") -> NoReturn:
    raise ConfigError(Problem(code, message, shown, line, hint=hint)) from None
