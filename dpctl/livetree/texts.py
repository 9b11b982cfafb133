"""Functions on texts and encodings, as far as they are evaluated here."""

from __future__ import annotations

import base64
import hashlib
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from dpctl.livetree import budget, yamltext
from dpctl.livetree import values as v
from dpctl.livetree.jsontext import decode_json, encode_json
from dpctl.livetree.templates import SPACE
from dpctl.livetree.values import ListValue, Mismatch, Unsure

_VERB = re.compile(r"%([#0\-+ ]*)([1-9]\d*)?(?:\.(\d*))?(?:\[(\d+)\])?(.)", re.DOTALL)
_VERBS = re.compile(r"%[^A-Za-z%\[]*")  # up to the letter, or the number of an argument
_KNOWN_VERBS = frozenset("vtbdoxXeEfgGsq")
MAX_WIDTH = 1000


def _replace(text: str, search: str, new: str) -> str:
    if len(search) > 1 and search.startswith("/") and search.endswith("/"):
        raise Unsure  # a regular expression of Go's
    count = text.count(search)
    budget.allow(len(text) + count * len(new))
    return text.replace(search, new)


def _split(separator: str, text: str) -> ListValue:
    if not separator:
        return ListValue(list(text), "string")
    return ListValue(text.split(separator), "string")


def _join(separator: str, *lists: Any) -> str:
    if not lists:
        raise Mismatch("at least one list is needed", code="wrong-arguments")
    parts = [part for items in lists for part in items]
    if any(v.is_null(part) for part in parts):
        raise Mismatch("an item of the list is null", "compact(...)", "null-value")
    budget.allow(sum(map(len, parts)) + len(separator) * len(parts))
    return separator.join(parts)


def _format(spec: str, *arguments: Any) -> Any:
    if any(argument is None for argument in arguments):
        return v.LATER  # for Terraform a null without a type may yet become anything
    position, used, result, end, size = 0, 0, [], 0, len(spec)
    while True:
        start = spec.find("%", end)
        if start < 0:
            break
        result.append(spec[end:start])
        match = _VERB.match(spec, start)
        if match is None:
            raise Mismatch(
                "the format ends in the middle of a verb", "%% for a percent sign", "wrong-arguments"
            )
        end = match.end()
        if match[5] == "%":
            if match[0] != "%%":
                raise Unsure
            result.append("%")
            continue
        index = int(match[4]) - 1 if match[4] else position
        if match[5] not in _KNOWN_VERBS:
            raise Mismatch(f"{match[0]!r} is not a verb", "%s %d %f %q %t %v %x", "wrong-arguments")
        if not 0 <= index < len(arguments):
            raise Mismatch(f"{match[0]} has no argument", code="wrong-arguments")
        position, used = index + 1, max(used, index + 1)
        result.append(_verb(match, arguments[index]))
        size += len(result[-1])
        budget.allow(size)  # a verb may name the same long argument again and again
    if used < len(arguments):
        raise Mismatch("there are more arguments than verbs", code="wrong-arguments")
    return "".join((*result, spec[end:]))


def formats(spec: str, *arguments: Any) -> None:
    """Refuse a ``formatlist`` that would make too much. Raises TooMuch, and Mismatch for a width."""
    widths = [int(number) for verb in _VERBS.findall(spec) for number in re.findall(r"\d+", verb)]
    _check_widths(widths)
    longest = max((budget.size_of(part) for given in arguments for part in _parts(given)), default=1)
    text = len(spec) + sum(widths) + spec.count("%") * longest
    budget.allow(text * max((len(given) for given in arguments if isinstance(given, list)), default=1))


def _check_widths(widths: Iterable[int]) -> None:
    if any(width > MAX_WIDTH for width in widths):
        raise Mismatch(f"a width of more than {MAX_WIDTH:,} is not meant", code="too-large")


def _parts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def indents(spaces: Any, text: str) -> None:
    """Refuse an ``indent`` that would make too much. Raises TooMuch."""
    budget.allow(len(text) + text.count("\n") * max(0, v.to_int(spaces)))


def _verb(match: re.Match[str], value: Any) -> str:
    flags, width, precision, letter = match[1], int(match[2] or 0), match[3], match[5]
    _check_widths((width, int(precision or 0)))
    if value is None or (letter != "v" and v.is_null(value)):
        raise Mismatch("null can't be formatted", 'coalesce(x, "...")', "null-value")
    if precision is not None or letter in "boxXeEfgG" or len(set(flags)) > 1:
        raise Unsure
    if letter == "d":
        number = v.to_number(value)
        if number != int(number):
            raise Mismatch("%d needs a whole number")
        if isinstance(number, float) or "#" in flags:
            raise Unsure
        return f"%{flags}{width or ''}d" % int(number)
    if letter == "t":
        return v.to_string(v.to_bool(value))
    if "+" in flags or " " in flags:
        raise Unsure
    text = _as_is(value, "#" in flags) if letter == "v" else v.to_string(value)
    return _padded(encode_json(text) if letter == "q" else text, flags, width)


def _as_is(value: Any, sharp: bool) -> str:
    if not sharp and isinstance(value, str):
        return value
    if not sharp and isinstance(value, int | Fraction | float) and not isinstance(value, bool):
        if isinstance(value, int) and -1_000_000 < value < 1_000_000:
            return str(int(value))
        raise Unsure  # an exponent may be due
    return encode_json(value)


def _padded(text: str, flags: str, width: int) -> str:
    if not width:
        return text
    if not text.isascii() or "\r" in text:
        raise Unsure  # what counts is what a person sees as a character
    fill = "0" if "0" in flags else " "
    return text.ljust(width, fill) if "-" in flags else text.rjust(width, fill)


def _ascii(change: Callable[[str], str]) -> Callable[[str], str]:
    """Case is Unicode's, by versions and languages; on ASCII everybody agrees."""

    def apply(text: str) -> str:
        if not text.isascii():
            raise Unsure
        return change(text)

    return apply


def _dirname(path: str) -> str:
    folder = path[: path.rfind("/") + 1]
    return clean(folder) if folder else "."


def _basename(path: str) -> str:
    if not path:
        return "."
    return path.rstrip("/").rpartition("/")[2] or "/"


def clean(path: str) -> str:
    """Go's filepath.Clean."""
    shortest = posixpath.normpath(path) if path else "."
    return shortest[1:] if shortest.startswith("//") else shortest


def _hashed(algorithm: str) -> Callable[[str], str]:
    return lambda text: hashlib.new(algorithm, text.encode()).hexdigest()


def _chomp(text: str) -> str:
    return re.sub(r"(?:\r\n?|\n)*\Z", "", text)


def _same(value: Any) -> Any:
    return value


def _substring(text: str, offset: Any, length: Any) -> str:
    first, count = v.to_int(offset), v.to_int(length)
    if not text.isascii() or "\r" in text or first < 0:
        raise Unsure
    return text[first:] if count < 0 else text[first : first + count]


def base64_text(raw: bytes) -> str:
    """Bytes in base64."""
    return base64.b64encode(raw).decode("ascii")


Row = tuple[Any, ...]
_ONE, _TWO = ("string",), ("string", "string")
_STRINGS = ("list", "string")


def _text(apply: Callable[..., Any], parameters: tuple[Any, ...] = _ONE, rest: Any = None) -> Row:
    return (parameters, rest, 0, "string", False, False, apply)


def _test(apply: Callable[[str, str], bool]) -> Row:
    return (_TWO, None, 0, "bool", False, False, apply)


TEXTS: Mapping[str, Row] = {
    "base64encode": _text(lambda text: base64_text(text.encode())),
    "base64sha256": _text(lambda text: base64_text(hashlib.sha256(text.encode()).digest())),
    "basename": _text(_basename),
    "chomp": _text(_chomp),
    "dirname": _text(_dirname),
    "endswith": _test(str.endswith),
    "format": (_ONE, "any", 0, "string", True, False, _format),
    "join": _text(_join, _ONE, _STRINGS),
    "jsondecode": (_ONE, None, 0, "any", False, False, decode_json),
    "jsonencode": (("any",), None, 0, "string", True, False, encode_json),
    "lower": _text(_ascii(str.lower)),
    "md5": _text(_hashed("md5")),
    "nonsensitive": (("any",), None, 0, "any", True, True, _same),
    "replace": _text(_replace, ("string",) * 3),
    "sensitive": (("any",), None, 0, "any", True, True, _same),
    "sha1": _text(_hashed("sha1")),
    "sha256": _text(_hashed("sha256")),
    "sha512": _text(_hashed("sha512")),
    "split": (_TWO, None, 0, _STRINGS, False, False, _split),
    "startswith": _test(str.startswith),
    "strcontains": _test(lambda text, part: part in text),
    "substr": _text(_substring, ("string", "number", "number")),
    "trimprefix": _text(str.removeprefix, _TWO),
    "trimspace": _text(lambda text: text.strip(SPACE)),
    "trimsuffix": _text(str.removesuffix, _TWO),
    "upper": _text(_ascii(str.upper)),
    "yamldecode": (_ONE, None, 0, "any", False, False, yamltext.decode),
    "yamlencode": (("any",), None, 0, "string", True, False, yamltext.encode),
}
"""Name to parameters, further arguments, optional ones, result, nulls allowed, structural, and how it is
done."""
