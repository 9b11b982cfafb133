"""What to write instead of a line that is not YAML, and which line that is."""

from __future__ import annotations

import re

SAME = "the same indentation as the lines beside it"
QUOTE = "the quotation mark that is missing"
_KEY = re.compile(r"""\s*["']?([\w.-]+)["']?\s*:(?:\s+(.*))?$""")
_OPENS = re.compile(r"""(?::\s+|-\s+|[\[{,]\s*)(["'])""")


def open_quote(text: str, line: int) -> int:
    """The line at or before ``line`` on which a quoted value begins and does not end; 0 where there is none.

    The parser goes on to the next quotation mark, however far away, and complains there.
    """
    for number, here in enumerate(text.split("\n")[:line], start=1):
        for opening in _OPENS.finditer(here):
            before, after = here[: opening.start(1)], here[opening.end() :]
            if "#" not in before and before.count(opening[1]) % 2 == 0 and opening[1] not in after:
                return number
    return 0


def hint(text: str, line: int, message: str) -> str:
    """What to try on a line for which the parser says ``message``."""
    lines = text.split("\n")
    here = lines[line - 1] if line <= len(lines) else ""
    above = next((one for one in reversed(lines[: line - 1]) if one.strip()), "")
    for words, found in _RULES:
        if words in message and (said := found(here, above)):
            return said
    return SAME


def _tab(here: str, above: str) -> str:
    tab = "\t" in here[: _indent(here)]
    return "spaces instead of the tab at the beginning of the line" if tab else ""


def _nested(here: str, above: str) -> str:
    """A line below one that has its value already, or that begins with something else than its hyphen."""
    if begins := re.match(r"\s*(?:[\u2010-\u2015\u2212]|-(?=[{\[\w]))\s*", here):
        return f"a hyphen and a space before the entry: - {here[begins.end() :].strip()[:40]}"
    key = _KEY.match(above)
    if _KEY.match(here) and _indent(here) > _indent(above) and key and _value(key):
        return f"the indentation of the line above, or nothing behind its {key[1]}:"
    return ""


def _key_expected(here: str, above: str) -> str:
    if ends := re.search(r""":\s+("[^"]*"|'[^']*')\s*([^\s#].*)$""", here):
        rest = ends[2].rstrip()
        return "no comma at the end of the line" if rest == "," else f"one value: {ends[1]} and no more"
    if here.lstrip().startswith("- "):
        return f"{here.lstrip()[2:].strip()[:40]}, without the hyphen"
    return _nested(here, above)


def _colon(here: str, _above: str) -> str:
    word = re.split(r"[:=\s]", here.strip(), maxsplit=1)[0]
    return f"a colon and a space after the key: {word[:40]}: ..."


def _tag(here: str, _above: str) -> str:
    tag = re.search(r"!\S*", here)
    return f"the value itself, without {tag[0]}" if tag else ""


def _flow(here: str, _above: str) -> str:
    if sized := re.search(r"\b([a-z]+)\[(\d+)\]", here):
        return f"round brackets: {sized[1]}({sized[2]})"
    return "the } or ] that is missing, or a comma between two values"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _value(key: re.Match[str]) -> str:
    return (key[2] or "").partition("#")[0].strip()


_RULES = (
    ("", _tab),
    ("'\\t'", lambda _here, _above: "spaces instead of the tab at the beginning of the line"),
    ("another document", lambda _here, _above: "one document: the file without the line ---"),
    ("constructor for the tag", _tag),
    ("mapping values are not allowed", _nested),
    (
        "mapping values are not allowed",
        lambda _here, _above: "a text with a colon in quotes, or a space after the colon of the key",
    ),
    ("could not find expected ':'", _colon),
    ("found unexpected ':'", lambda _here, _above: "a value after the colon, or null"),
    ("undefined alias", lambda _here, _above: "the value itself, in quotes if it begins with *"),
    ("cannot start any token", lambda _here, _above: "the value in quotes"),
    ("quoted scalar", lambda _here, _above: QUOTE),
    ("flow", _flow),
    ("did not find expected key", _key_expected),
    ("did not find expected '-' indicator", _nested),
)
