"""Terraform's numbers: binary floats of 512 bits, kept here as exact ints and fractions.

Whole numbers are ``int``, others ``Fraction``; ``-0.0`` is the one float, since Terraform tells it from zero.
What counts (``length``) has 64 bits in Terraform: a :class:`Count`. Rounding is to the nearest, ties to even.
Source: Go's math/big.Float, as github.com/zclconf/go-cty uses it.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TypeAlias

Number: TypeAlias = int | Fraction | float

PRECISION = 512
NARROW = 64
DOUBLE = 53
MAX_DIGITS = 1000  # in what is read; nothing a person means is longer
MAX_EXPONENT = 5000
NEGATIVE_ZERO = -0.0
_NUMBER = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:([eEpP])([+-]?[0-9]+))?")


class TooLarge(ValueError):
    """A number with more digits than anybody means."""


class Count(int):
    """A whole number of fewer bits: what ``length`` gives has 64."""

    bits = NARROW


class _Narrow(Fraction):
    """A fraction of fewer bits: what is left when counts are divided by counts."""

    bits = NARROW


def narrow(value: int | Fraction, bits: int = NARROW) -> Number:
    """A number that is kept in fewer bits than others."""
    value = rounded(value, bits)
    result: Count | _Narrow = Count(value) if value.denominator == 1 else _Narrow(value)
    result.bits = bits
    return result


def parse(text: str) -> Number:
    """The number in a text, as Terraform reads it. Raises ValueError, or TooLarge."""
    if len(text) > MAX_DIGITS:
        raise TooLarge(f"the number {text[:20]}... has {len(text):,} characters")
    match = _NUMBER.fullmatch(text)
    if not match or not (match[2] or match[3]):
        raise ValueError(text)
    sign, whole, part, base, exponent = match.groups()
    digits = int(whole + (part or "") or "0")
    power = int(exponent or 0)
    if abs(power) > MAX_EXPONENT:
        raise TooLarge(f"the number {text[:20]} is too large or too small")
    if not digits:
        return NEGATIVE_ZERO if sign == "-" else 0
    value = Fraction(digits, 10 ** len(part or "")) * Fraction(2 if base in ("p", "P") else 10) ** power
    return rounded(-value if sign == "-" else value)


def rounded(value: Fraction | int, precision: int = PRECISION) -> int | Fraction:
    """The nearest number of that many bits."""
    number, divisor = value.numerator, value.denominator
    if divisor & (divisor - 1) == 0 and abs(number) >> precision == 0:
        return number if divisor == 1 else Fraction(value)
    size = abs(number)
    shift = precision - (size.bit_length() - divisor.bit_length())
    for step in (shift, shift - 1):  # the quotient has either this many bits, or one more
        scaled = size << step if step >= 0 else size
        by = divisor if step >= 0 else divisor << -step
        quotient, rest = divmod(scaled, by)
        if quotient.bit_length() <= precision:
            break
    if 2 * rest > by or (2 * rest == by and quotient & 1):
        quotient += 1
    result = Fraction(-quotient if number < 0 else quotient) * Fraction(2) ** -step
    return result.numerator if result.denominator == 1 else result


def text(value: Number) -> str:
    """The shortest decimal that reads back as the same number, without an exponent."""
    if isinstance(value, float):
        return "-0"
    if isinstance(value, int) and abs(value) >> _bits(value) == 0:
        return int.__repr__(value)
    digits, point = shortest(value)
    if point <= 0:
        body = "0." + "0" * -point + digits
    elif point >= len(digits):
        body = digits + "0" * (point - len(digits))
    else:
        body = f"{digits[:point]}.{digits[point:]}"
    return ("-" if value < 0 else "") + body


def shortest(value: int | Fraction) -> tuple[str, int]:
    """The digits of the shortest decimal, and the position of its point: 0.5 is ("5", 0).

    As Go's math/big does it (decimal.go, ftoa.go: roundShortest): cut where rounding down or up stays
    between the neighbours.
    """
    exact = abs(Fraction(value))
    exponent = exact.numerator.bit_length() - exact.denominator.bit_length()
    if exact >= Fraction(2) ** exponent:
        exponent += 1  # exact is in [2**(exponent-1), 2**exponent)
    unit = Fraction(2) ** (exponent - _bits(value))
    inclusive = (exact / unit).numerator % 2 == 0
    digits, point = decimal(exact)
    lower, upper = decimal(exact - unit / 2)[0], decimal(exact + unit / 2)[0]
    for index, digit in enumerate(digits):
        low, high = lower[index : index + 1] or "0", upper[index : index + 1] or "0"
        down = low != digit or (inclusive and index + 1 == len(lower))
        up = digit != high and (inclusive or int(digit) + 1 < int(high) or index + 1 < len(upper))
        if down or up:
            return _cut(digits, point, index + 1, up if down != up else _nearer_up(digits, index + 1))
    return digits, point


def decimal(value: Fraction) -> tuple[str, int]:
    """All digits of a binary fraction that is not negative, and the position of its point."""
    twos = value.denominator.bit_length() - 1
    digits = str(value.numerator * 5**twos)
    return digits.rstrip("0"), len(digits) - twos


def _nearer_up(digits: str, count: int) -> bool:
    if digits[count:] == "5":
        return int(digits[count - 1]) % 2 == 1
    return digits[count : count + 1] >= "5"


def _cut(digits: str, point: int, count: int, up: bool) -> tuple[str, int]:
    head = digits[:count]
    if not up:
        return head.rstrip("0"), point
    grown = str(int(head) + 1)
    return grown.rstrip("0"), point + len(grown) - len(head)


def add(left: Number, right: Number) -> Number:
    """The sum."""
    if isinstance(left, float) and isinstance(right, float):
        return NEGATIVE_ZERO
    return _sized(_plain(left) + _plain(right), left, right)


def equal(left: Number, right: Number) -> bool:
    """Whether two numbers are one: whether they are written alike, whatever bits they are kept in.

    Zero has no sign here (github.com/zclconf/go-cty, cty/value_ops.go: rawNumberEqual).
    """
    if left == 0 or _bits(left) == _bits(right):
        return left == right
    return text(left) == text(right)


def at_most(left: Number, right: Number) -> bool:
    """``<=``: less, or the same by ``equal``."""
    return left < right or equal(left, right)


def at_least(left: Number, right: Number) -> bool:
    """``>=``: greater, or the same by ``equal``."""
    return left > right or equal(left, right)


def absolute(value: Number) -> Number:
    """The number without its sign."""
    plain = _plain(value)
    return _like(-plain if plain < 0 else plain, value)


def negate(value: Number) -> Number:
    """The same number with the other sign."""
    if value == 0:
        return 0 if isinstance(value, float) else NEGATIVE_ZERO
    return _like(-_plain(value), value)


def subtract(left: Number, right: Number) -> Number:
    """The difference."""
    if isinstance(left, float) and right == 0 and not isinstance(right, float):
        return NEGATIVE_ZERO
    return _sized(_plain(left) - _plain(right), left, right)


def multiply(left: Number, right: Number) -> Number:
    """The product, with as many bits as it needs (at most 512)."""
    product = _plain(left) * _plain(right)
    if product == 0:
        return NEGATIVE_ZERO if _negative(left) != _negative(right) else 0
    return rounded(product)


def divide(left: Number, right: Number) -> Number:
    """The quotient. Raises ZeroDivisionError."""
    quotient = Fraction(_plain(left)) / _plain(right)
    if quotient == 0:
        return NEGATIVE_ZERO if _negative(left) != _negative(right) else 0
    return _sized(quotient, left, right)


def modulo(left: Number, right: Number) -> Number:
    """The rest of the division, with the sign of ``left``; by zero it is ``left``."""
    if right == 0:
        return left
    bits = _bits(left)
    whole = rounded(int(_plain(divide(left, right))), bits)
    return _like(rounded(_plain(left) - rounded(_plain(right) * whole, bits), bits), left)


def _plain(value: Number) -> int | Fraction:
    return 0 if isinstance(value, float) else value


def _negative(value: Number) -> bool:
    return isinstance(value, float) or value < 0


def _bits(value: Number) -> int:
    return value.bits if isinstance(value, Count | _Narrow) else PRECISION


def _sized(value: int | Fraction, left: Number, right: Number) -> Number:
    bits = max(_bits(left), _bits(right))
    return rounded(value) if bits == PRECISION else narrow(value, bits)


def _like(value: int | Fraction, model: Number) -> Number:
    bits = _bits(model)
    return value if bits == PRECISION else narrow(value, bits)
