"""From HCL text to the syntax tree. The only module that knows python-hcl2 and the parser under it.

python-hcl2 has the grammar (writing one is a trap), but no values: its strings keep their quotes, heredocs
are one token, template directives are flat. Here its tree becomes nodes of :mod:`dpctl.livetree.syntax`.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from dpctl.errors import ConfigError, Problem, ToolMissing
from dpctl.installation import install
from dpctl.livetree.syntax import Body

if TYPE_CHECKING:
    from lark import Tree

MAX_BYTES = 131_072  # the parser needs about 6 s for a megabyte; a unit has about one kilobyte
MAX_LINE = 10_000  # what is longer is no expression a person wrote, and costs the parser seconds
MAX_DEPTH = 64  # brackets inside brackets; the deepest real expressions have about ten

_parsed: dict[bytes, Body] = {}
_read_once: dict[Path, Body] | None = None
_BRACKET = re.compile(r"[][(){}\n]")
_CLOSES = {")": "(", "]": "[", "}": "{"}
# what the parser calls the things a person may have forgotten
_EXPECTED = {"RBRACE": "}", "RPAR": ")", "RSQB": "]", "DBLQUOTE": '"', "COMMA": ",", "EQ": "=", "COLON": ":"}


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


def parser() -> Any:
    """The module ``hcl2`` of python-hcl2. Raises ToolMissing where another package's stands in its place."""
    try:
        import hcl2
    except ImportError as error:
        raise ToolMissing(
            "python-hcl2, which reads the live tree, is not there.", why=str(error), hint=install()
        ) from error
    if not hasattr(hcl2, "parses_to_tree"):
        raise ToolMissing(
            "Another package's hcl2 stands in the place of python-hcl2, which reads the live tree.",
            why=f"It is at {hcl2.__file__}. Checkov brings one (bc-python-hcl2); the later installed wins.",
            hint=f"{sys.executable} -m pip install --force-reinstall --no-deps 'python-hcl2>=8.1,<9'",
        )
    return hcl2


def _parse(source: str, shown: str) -> Body:
    hcl2 = parser()
    from lark.exceptions import LarkError, UnexpectedInput

    from dpctl.livetree.convert import Converter

    try:
        tree: Tree = hcl2.parses_to_tree(source if source.endswith("\n") else source + "\n")
    except UnexpectedInput as error:
        _syntax_error(error, source, shown)
    except LarkError as error:
        _fail(shown, 1, "hcl-syntax", str(error).splitlines()[0])
    return Converter(shown).file(tree)


def _syntax_error(error: object, source: str, shown: str) -> NoReturn:
    line = getattr(error, "line", 0) or 1
    lines = source.splitlines()
    token = getattr(error, "token", None)
    expected = getattr(error, "expected", None) or getattr(error, "allowed", None) or set()
    if string := _unclosed_string(lines[:line]):
        _fail(shown, string, "hcl-syntax", "the string on this line is never closed", 'a " where it ends')
    if token is not None and (token.type == "$END" or line > len(lines)):
        opened = _unclosed(source)
        missing = [_EXPECTED[name] for name in ("RBRACE", "RPAR", "RSQB", "DBLQUOTE") if name in expected]
        message = "the file ends in the middle of something"
        if missing and len(expected) <= 6:
            message = f"the file ends where a {missing[0]} is missing"
        if opened:
            message += f"; the {opened[0]} on line {opened[1]} is never closed"
        _fail(shown, opened[1] if opened else max(len(lines), 1), "hcl-syntax", message)
    column = getattr(error, "column", 0) or 1
    here = lines[line - 1][column - 1 :].strip() if line <= len(lines) else ""
    found = f"{here[:30]!r} can't stand here" if here else "the line ends too early"
    wanted = [text for name, text in _EXPECTED.items() if name in expected]
    why = f"; expected {' or '.join(wanted)}" if wanted and len(expected) <= 6 else ""
    if here.startswith(("$${", "%%{")):
        found, why = f"an escaped {here[:3]} needs a }} in the same string; in a heredoc it does not", ""
    if here.startswith("<<"):
        found, why = f"the heredoc {here.split()[0]} is never closed by its word on a line of its own", ""
    _fail(shown, line, "hcl-syntax", f"{found} (column {column}){why}")


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
