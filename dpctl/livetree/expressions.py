"""Evaluates expressions: the part of HCL that has nothing to do with Terragrunt.

What is unknown stays unknown through every operation, so that a unit can be read before anything is applied.
"""

from __future__ import annotations

import operator as operators
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from dpctl.errors import ConfigError, Problem
from dpctl.livetree import budget, numbers, sides, types
from dpctl.livetree import syntax as s
from dpctl.livetree import values as v
from dpctl.livetree.console import Missing
from dpctl.livetree.values import LATER, ListValue, Mismatch, Namespace, Null, SetValue, TooMuch, Unknown

_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": numbers.add,
    "-": numbers.subtract,
    "*": numbers.multiply,
    "/": numbers.divide,
    "%": numbers.modulo,
    "<": operators.lt,
    "<=": numbers.at_most,
    ">": operators.gt,
    ">=": numbers.at_least,
}
Function = Callable[[list[Any]], Any]
Names = Mapping[str, Any]

# names of Terraform or of other kinds of Terragrunt files -> what to write instead
_FOREIGN = {
    "var": "local.x, or a value from env.yaml",
    "module": "dependency.x.outputs.y",
    "data": "dependency.x.outputs.y",
    "path": "get_terragrunt_dir()",
    "terraform": "get_env() or a value from env.yaml",
    "feature": "a value in env.yaml",
    "values": "local.x; stacks are not read",
    "each": "a for expression",
}


class Evaluator:
    """Evaluates nodes of one file. ``function`` gives what takes evaluated arguments, by its name."""

    def __init__(self, shown: str, function: Callable[[str], Function | None]) -> None:
        self.shown = shown
        self.function = function

    def value(self, node: s.Expr, names: Names) -> Any:
        """The value of an expression. Raises ConfigError with file and line."""
        return v.settled(self._raw(node, names))

    def _raw(self, node: s.Expr, names: Names) -> Any:
        try:
            budget.step()
            return _RULES[type(node)](self, node, names)
        except v.Endless as endless:
            raise v.Infinite(
                Problem(endless.code, str(endless), self.shown, node.line, hint=endless.hint)
            ) from None
        except TooMuch as excess:
            raise v.Exhausted(
                Problem(excess.code, str(excess), self.shown, node.line, hint=excess.hint)
            ) from None
        except Mismatch as mismatch:
            raise v.failure(mismatch, self.shown, node.line) from None

    def _variable(self, node: s.Variable, names: Names) -> Any:
        if node.name in names:
            return names[node.name]
        if node.name in _FOREIGN:
            self._fail(
                node, "unsupported-reference", f"{node.name}.* can't be used here", _FOREIGN[node.name]
            )
        self._fail(
            node,
            "unknown-name",
            f"there is no {node.name!r} here",
            f'"{node.name}" in quotes, if it is a text',
        )

    def _member(self, node: s.Expr, base: Any, name: str) -> Any:
        if isinstance(base, Namespace):
            return base.get(name)
        if isinstance(base, Unknown):
            return base.attribute(name)
        if isinstance(base, Mapping):
            if name in base:
                return base[name]
            raise v.missing(f"{_path(node.base)}.", name, base)
        if v.is_null(base):
            raise Mismatch(f"{_path(node.base)} is null, so it has no {name!r}", code="null-value")
        hint = f"{_path(node.base)}[*].{name}" if isinstance(base, list) else ""
        raise Mismatch(f"{_path(node.base)} is {v.with_article(v.kind(base))}, so it has no {name!r}", hint)

    def _index(self, node: s.Index, names: Names) -> Any:
        base, key = self._raw(node.base, names), self.value(node.key, names)
        if isinstance(base, Unknown) or isinstance(key, Unknown):
            return LATER
        if v.is_null(key):
            raise Mismatch("null can't be an index", code="null-value")
        if isinstance(base, SetValue):
            raise Mismatch("a set has no order, so it has no first item", "tolist(...)")
        if isinstance(base, list):
            position = v.to_number(key)
            if position != int(position) or not 0 <= position < len(base):
                count = f"{len(base)} items, counted from 0"
                what = f"there is no [{v.to_string(key)[:40]}] in {_path(node.base)}: it has {count}"
                raise Mismatch(what, code="unknown-name")
            return base[int(position)]
        return self._member(node, base, v.to_string(key))

    def _splat(self, node: s.Splat, names: Names) -> Any:
        base = self.value(node.base, names)
        if isinstance(base, Unknown):
            return LATER
        if not isinstance(base, list):
            if isinstance(base, Null) and base.type[0] in ("list", "set", "tuple"):
                raise Mismatch("a splat needs a list that is not null", code="null-value")
            items = [] if v.is_null(base) else [base]
        else:
            items = base
        found = [self.value(node.rest, {**names, s.EACH: item}) for item in items]
        if isinstance(base, ListValue | SetValue):
            kinds = [types.typeof(item) for item in found]
            return budget.spend(ListValue(found, kinds[0] if kinds else _picked(node.rest, base.element)))
        return budget.spend(found)

    def _template(self, node: s.Template, names: Names) -> Any:
        parts = [self.value(part, names) for part in node.parts]
        if len(parts) == 1 and not isinstance(node.parts[0], s.TemplateIf | s.TemplateFor | s.Template):
            return parts[0]
        texts = [part.text if isinstance(part, Unknown) else self._text(part) for part in parts]
        budget.allow(sum(map(len, texts)))
        joined = "".join(texts)
        if not joined.isascii():
            joined = unicodedata.normalize("NFC", joined)
        return Unknown(joined) if any(isinstance(part, Unknown) for part in parts) else budget.spend(joined)

    def _text(self, value: Any) -> str:
        if v.is_null(value):
            raise Mismatch("null can't be part of a string", 'coalesce(x, "...")', "null-value")
        if isinstance(value, list | Mapping):
            raise Mismatch(f"a {v.kind(value)} can't be part of a string", "join(...) or jsonencode(...)")
        return v.to_string(value)

    def _template_if(self, node: s.TemplateIf, names: Names) -> Any:
        condition = self.value(node.condition, names)
        if isinstance(condition, Unknown):
            return LATER
        chosen = node.then if v.holds(condition) else node.otherwise
        return self._joined(chosen, names)

    def _template_for(self, node: s.TemplateFor, names: Names) -> Any:
        source = self.value(node.source, names)
        if isinstance(source, Unknown):
            return LATER
        texts = [self._joined(node.body, bound) for bound in self._bound(node, source, names)]
        budget.allow(sum(len(text) for text in texts if isinstance(text, str)))
        return LATER if any(isinstance(text, Unknown) for text in texts) else "".join(texts)

    def _joined(self, node: s.Template, names: Names) -> Any:
        if not node.parts:
            return ""
        value = self._template(node, names)
        return value if isinstance(value, Unknown) else self._text(value)

    def _object(self, node: s.Object, names: Names) -> Any:
        result: dict[str, Any] = {}
        for pair in node.pairs:
            key = self.value(pair.key, names)
            if isinstance(key, Unknown):
                return LATER
            if v.is_null(key):
                raise v.failure(Mismatch("a key can't be null", code="null-value"), self.shown, pair.line)
            try:
                name = v.to_string(key)
            except Mismatch as mismatch:
                raise v.failure(mismatch, self.shown, pair.line) from None
            result[name] = self.value(pair.value, names)
        return budget.spend(result)

    def _call(self, node: s.Call, names: Names) -> Any:
        if node.name in ("try", "can"):
            return self._guarded(node, names)
        function = self.function(node.name)
        if function is None:  # found before anything is evaluated; here for expressions on their own
            self._fail(node, "unsupported-function", f"{node.name}() is not a function that dpctl evaluates")
        arguments = [self.value(argument, names) for argument in node.arguments]
        if node.expand and arguments:
            last = arguments.pop()
            if isinstance(last, Unknown):
                return LATER
            if v.is_null(last):
                raise Mismatch("null can't be expanded with ...", code="null-value")
            arguments += v.to_list(last)
        try:
            return function(arguments)
        except TooMuch:
            raise
        except Missing:
            hint = "install Terraform, or dpctl --terraform PATH"
            message = (
                f"{node.name}() is evaluated by Terraform itself, and there is no terraform or tofu on PATH"
            )
            self._fail(node, "terraform-missing", message, hint)
        except Mismatch as mismatch:
            raise Mismatch(f"{node.name}(): {mismatch}", mismatch.hint, mismatch.code) from None

    def _guarded(self, node: s.Call, names: Names) -> Any:
        error: v.DynamicError | None = None
        for argument in node.arguments:
            try:
                value = self.value(argument, names)
            except v.Infinite:
                raise  # no error to Terraform
            except v.DynamicError as caught:
                error = error or caught
            else:
                return value if node.name == "try" else True
        if node.name == "can" and error:
            return False
        why = f": {error.what}" if error else ""
        raise Mismatch(f"{node.name}(): none of its arguments has a value{why}")

    def _unary(self, node: s.Unary, names: Names) -> Any:
        operand = self.value(node.operand, names)
        if isinstance(operand, Unknown):
            return LATER
        _refuse_null(operand)
        return numbers.negate(v.to_number(operand)) if node.operator == "-" else not v.to_bool(operand)

    def _binary(self, node: s.Binary, names: Names) -> Any:
        left, right = self.value(node.left, names), self.value(node.right, names)
        if v.has_unknown(left) or v.has_unknown(right):
            return LATER
        operator = node.operator
        if operator in ("==", "!="):
            return _equal(left, right) == (operator == "==")
        _refuse_null(left, right)
        if operator in ("&&", "||"):
            one, two = v.to_bool(left), v.to_bool(right)
            return (one and two) if operator == "&&" else (one or two)
        try:
            return _ARITHMETIC[operator](v.to_number(left), v.to_number(right))
        except ZeroDivisionError:
            if v.to_number(left) == 0:
                raise Mismatch("division of zero by zero") from None
            raise v.Endless("division by zero") from None

    def _conditional(self, node: s.Conditional, names: Names) -> Any:
        """Both sides are evaluated, as Terraform does, because the result has the type they have in common;
        an error of the side that is not taken is none.
        """
        condition = self.value(node.condition, names)
        if isinstance(condition, Unknown):
            return LATER
        taken, other = (node.then, node.otherwise) if v.holds(condition) else (node.otherwise, node.then)
        value = self._raw(taken, names)
        if isinstance(value, Namespace):
            return value
        return types.conditional(
            value, types.typeof(value), sides.kind(self.value, other, names), taken is node.then
        )

    def _for_tuple(self, node: s.ForTuple, names: Names) -> Any:
        source = self.value(node.source, names)
        if isinstance(source, Unknown):
            return LATER
        result = []
        for bound in self._bound(node, source, names):
            kept = self._kept(node.condition, bound)
            if kept is None:
                return LATER
            if kept:
                result.append(self.value(node.result, bound))
        return budget.spend(result)

    def _for_object(self, node: s.ForObject, names: Names) -> Any:
        source = self.value(node.source, names)
        if isinstance(source, Unknown):
            return LATER
        result: dict[str, Any] = {}
        for bound in self._bound(node, source, names):
            kept = self._kept(node.condition, bound)
            name = self.value(node.name, bound) if kept else ""
            if v.is_null(name):
                raise Mismatch("a key can't be null", code="null-value")
            if kept is None or isinstance(name, Unknown):
                return LATER
            if not kept:
                continue
            key, value = v.to_string(name), self.value(node.result, bound)
            if node.group:
                result.setdefault(key, []).append(value)
            elif key in result:
                raise Mismatch(f"two items have the key {key!r}", "{for k, v in x : k => v...} makes lists")
            else:
                result[key] = value
        return budget.spend({key: result[key] for key in sorted(result)})

    def _kept(self, condition: s.Expr | None, names: Names) -> bool | None:
        """Whether an item of a for expression stays; None where that is not known yet."""
        if condition is None:
            return True
        value = self.value(condition, names)
        return None if isinstance(value, Unknown) else v.holds(value)

    def _bound(self, node: Any, source: Any, names: Names) -> Iterator[dict[str, Any]]:
        """The names inside a ``for``, once per item; maps go by key."""
        if isinstance(source, Mapping):
            items: list[tuple[Any, Any]] = [(key, source[key]) for key in sorted(source)]
        elif isinstance(source, SetValue):
            items = [(item, item) for item in source]
        elif isinstance(source, list):
            items = list(enumerate(source))
        else:
            raise Mismatch(f"for needs a list or a map, not {v.with_article(v.kind(source))}")
        for key, value in items:
            budget.step(len(names) // 8)
            yield {**names, **({node.key: key} if node.key else {}), node.value: value}

    def _fail(self, node: Any, code: str, message: str, hint: str = "") -> NoReturn:
        raise ConfigError(Problem(code, message, self.shown, node.line, hint=hint))


_RULES: Mapping[type, Callable[[Evaluator, Any, Names], Any]] = {
    s.Literal: lambda it, node, names: node.value,
    s.Template: Evaluator._template,
    s.TemplateIf: Evaluator._template_if,
    s.TemplateFor: Evaluator._template_for,
    s.TupleNode: lambda it, node, names: budget.spend([it.value(item, names) for item in node.items]),
    s.Object: Evaluator._object,
    s.Variable: Evaluator._variable,
    s.GetAttr: lambda it, node, names: it._member(node, it._raw(node.base, names), node.name),
    s.Index: Evaluator._index,
    s.Splat: Evaluator._splat,
    s.Call: Evaluator._call,
    s.Unary: Evaluator._unary,
    s.Binary: Evaluator._binary,
    s.Conditional: Evaluator._conditional,
    s.ForTuple: Evaluator._for_tuple,
    s.ForObject: Evaluator._for_object,
}


def _picked(rest: s.Expr, element: types.Type) -> types.Type:
    """The type that a splat would take out of items of a type. Raises Mismatch where it could not."""
    if isinstance(rest, s.Variable):
        return element
    first = rest
    while not isinstance(first.base, s.Variable):
        first = first.base
    if element == "any" or not isinstance(first, s.GetAttr) or element[0] == "map":
        return "any"
    attributes = dict(element[1:]) if element[0] == "object" else {}
    if first.name not in attributes:
        raise Mismatch(f"{types.describe(element)} has no {first.name!r}", code="unknown-name")
    return attributes[first.name] if first is rest else "any"


def _equal(left: Any, right: Any) -> bool:
    """Terraform's ``==``: values of different types are different."""
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if v.is_null(left) or v.is_null(right):
        return v.is_null(left) and v.is_null(right)
    return types.typeof(left) == types.typeof(right) and v.equal(left, right)


def _refuse_null(*operands: Any) -> None:
    if any(map(v.is_null, operands)):
        raise Mismatch("an operand is null", 'coalesce(x, "...")', "null-value")


def _path(node: s.Expr) -> str:
    """A reference as it was written, as far as it is one."""
    match node:
        case s.Variable():
            return node.name or "each item"
        case s.GetAttr():
            return f"{_path(node.base)}.{node.name}"
        case s.Index(_, base, s.Literal() as key):
            return f"{_path(base)}[{str(key.value)!r}]".replace("'", '"')
        case s.Index():
            return f"{_path(node.base)}[...]"
    return "the value"
