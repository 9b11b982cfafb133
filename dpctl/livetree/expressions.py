"""Evaluates expressions: the part of HCL that has nothing to do with Terragrunt.

What is unknown stays unknown through every operation, so that a unit can be read before anything is applied.
"""

from __future__ import annotations

import math
import operator as operators
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NoReturn

from dpctl.errors import ConfigError, Problem
from dpctl.livetree import syntax as s
from dpctl.livetree import values as v
from dpctl.livetree.values import Mismatch, Namespace, Unknown

_EXACT = {"+": operators.add, "-": operators.sub, "*": operators.mul}
Function = Callable[[list[Any]], Any]
Names = Mapping[str, Any]

LATER = Unknown("(known after apply)")
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
    """Evaluates nodes of one file. ``functions`` maps a name to what takes evaluated arguments."""

    def __init__(self, shown: str, functions: Mapping[str, Function]) -> None:
        self.shown = shown
        self.functions = functions
        self._rules: dict[type, Callable[[Any, Names], Any]] = {
            s.Literal: lambda node, names: node.value,
            s.Template: self._template,
            s.TemplateIf: self._template_if,
            s.TemplateFor: self._template_for,
            s.TupleNode: lambda node, names: [self.value(item, names) for item in node.items],
            s.Object: self._object,
            s.Variable: self._variable,
            s.GetAttr: lambda node, names: self._member(node, self._raw(node.base, names), node.name),
            s.Index: self._index,
            s.Splat: self._splat,
            s.Call: self._call,
            s.Unary: self._unary,
            s.Binary: self._binary,
            s.Conditional: self._conditional,
            s.ForTuple: self._for_tuple,
            s.ForObject: self._for_object,
        }

    def value(self, node: s.Expr, names: Names) -> Any:
        """The value of an expression. Raises ConfigError with file and line."""
        return v.settled(self._raw(node, names))

    def _raw(self, node: s.Expr, names: Names) -> Any:
        try:
            return self._rules[type(node)](node, names)
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
        if base is None:
            raise Mismatch(f"{_path(node.base)} is null, so it has no {name!r}", code="null-value")
        raise Mismatch(f"{_path(node.base)} is a {v.kind(base)}, so it has no {name!r}")

    def _index(self, node: s.Index, names: Names) -> Any:
        base, key = self._raw(node.base, names), self.value(node.key, names)
        if isinstance(base, Unknown) or isinstance(key, Unknown):
            return LATER
        if isinstance(base, list) and not isinstance(base, v.SetValue):
            position = v.to_number(key)
            if position != int(position) or not 0 <= position < len(base):
                count = f"{len(base)} items, counted from 0"
                raise Mismatch(
                    f"there is no [{key}] in {_path(node.base)}: it has {count}", code="unknown-name"
                )
            return base[int(position)]
        if isinstance(base, v.SetValue):
            raise Mismatch("a set has no order, so it has no first item", "tolist(...)")
        return self._member(node, base, v.to_string(key))

    def _splat(self, node: s.Splat, names: Names) -> Any:
        base = self.value(node.base, names)
        if isinstance(base, Unknown):
            return LATER
        items = base if isinstance(base, list) else [] if base is None else [base]
        return [self.value(node.rest, {**names, s.EACH: item}) for item in items]

    def _template(self, node: s.Template, names: Names) -> Any:
        parts = [self.value(part, names) for part in node.parts]
        if len(parts) == 1 and not isinstance(node.parts[0], s.TemplateIf | s.TemplateFor | s.Template):
            return parts[0]
        texts = [part.text if isinstance(part, Unknown) else self._text(part) for part in parts]
        joined = "".join(texts)
        return Unknown(joined) if any(isinstance(part, Unknown) for part in parts) else joined

    def _text(self, value: Any) -> str:
        if value is None:
            raise Mismatch("null can't be part of a string", 'coalesce(x, "...")', "null-value")
        if isinstance(value, list | Mapping):
            raise Mismatch(f"a {v.kind(value)} can't be part of a string", "join(...) or jsonencode(...)")
        return v.to_string(value)

    def _template_if(self, node: s.TemplateIf, names: Names) -> Any:
        condition = self.value(node.condition, names)
        if isinstance(condition, Unknown):
            return LATER
        chosen = node.then if v.to_bool(condition) else node.otherwise
        return self._joined(chosen, names)

    def _template_for(self, node: s.TemplateFor, names: Names) -> Any:
        source = self.value(node.source, names)
        if isinstance(source, Unknown):
            return LATER
        texts = [self._joined(node.body, bound) for bound in self._bound(node, source, names)]
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
            if key is None:
                self._fail(pair, "null-value", "a key can't be null")
            try:
                name = v.to_string(key)
            except Mismatch as mismatch:
                raise v.failure(mismatch, self.shown, pair.line) from None
            result[name] = self.value(pair.value, names)
        return result

    def _call(self, node: s.Call, names: Names) -> Any:
        if node.name in ("try", "can"):
            return self._guarded(node, names)
        function = self.functions.get(node.name)
        if function is None:  # found before anything is evaluated; here for expressions on their own
            self._fail(node, "unsupported-function", f"{node.name}() is not a function that dpctl evaluates")
        arguments = [self.value(argument, names) for argument in node.arguments]
        if node.expand and arguments:
            last = arguments.pop()
            if isinstance(last, Unknown):
                return LATER
            arguments += v.to_list(last)
        try:
            return function(arguments)
        except Mismatch as mismatch:
            raise Mismatch(f"{node.name}(): {mismatch}", mismatch.hint, mismatch.code) from None

    def _guarded(self, node: s.Call, names: Names) -> Any:
        error: v.DynamicError | None = None
        for argument in node.arguments:
            try:
                value = self.value(argument, names)
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
        return -v.to_number(operand) if node.operator == "-" else not v.to_bool(operand)

    def _binary(self, node: s.Binary, names: Names) -> Any:
        left, right = self.value(node.left, names), self.value(node.right, names)
        if v.has_unknown(left) or v.has_unknown(right):
            return LATER
        operator = node.operator
        if operator in ("==", "!="):
            return v.equal(left, right) == (operator == "==")
        if operator == "&&":
            return v.to_bool(left) and v.to_bool(right)
        if operator == "||":
            return v.to_bool(left) or v.to_bool(right)
        try:
            return _arithmetic(operator, v.to_number(left), v.to_number(right))
        except OverflowError:
            raise Mismatch("the result is too large") from None

    def _conditional(self, node: s.Conditional, names: Names) -> Any:
        condition = self.value(node.condition, names)
        if isinstance(condition, Unknown):
            return LATER
        return self._raw(node.then if v.to_bool(condition) else node.otherwise, names)

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
        return result

    def _for_object(self, node: s.ForObject, names: Names) -> Any:
        source = self.value(node.source, names)
        if isinstance(source, Unknown):
            return LATER
        result: dict[str, Any] = {}
        for bound in self._bound(node, source, names):
            kept = self._kept(node.condition, bound)
            name = self.value(node.name, bound) if kept else ""
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
        return {key: result[key] for key in sorted(result)}

    def _kept(self, condition: s.Expr | None, names: Names) -> bool | None:
        """Whether an item of a for expression stays; None where that is not known yet."""
        if condition is None:
            return True
        value = self.value(condition, names)
        return None if isinstance(value, Unknown) else v.to_bool(value)

    def _bound(self, node: Any, source: Any, names: Names) -> Iterator[dict[str, Any]]:
        """The names inside a ``for``, once per item; maps go by key."""
        if isinstance(source, Mapping):
            items: list[tuple[Any, Any]] = [(key, source[key]) for key in sorted(source)]
        elif isinstance(source, v.SetValue):
            items = [(item, item) for item in source]
        elif isinstance(source, list):
            items = list(enumerate(source))
        else:
            raise Mismatch(f"for needs a list or a map, not a {v.kind(source)}")
        for key, value in items:
            yield {**names, **({node.key: key} if node.key else {}), node.value: value}

    def _fail(self, node: Any, code: str, message: str, hint: str = "") -> NoReturn:
        raise ConfigError(Problem(code, message, self.shown, node.line, hint=hint))


def _arithmetic(operator: str, left: int | float, right: int | float) -> Any:
    """Compare or calculate; decimal fractions stay exact (0.1 + 0.2 is 0.3), as in Terraform."""
    if isinstance(left, float) or isinstance(right, float):
        one, two = Decimal(repr(left)), Decimal(repr(right))
        if operator in _EXACT:
            return v.whole(float(_EXACT[operator](one, two)))
    match operator:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case "+":
            return v.whole(left + right)
        case "-":
            return v.whole(left - right)
        case "*":
            return v.whole(left * right)
    if right == 0:
        raise Mismatch("division by zero")
    return v.whole(left / right if operator == "/" else math.fmod(left, right))


def _path(node: s.Expr) -> str:
    """A reference as it was written, as far as it is one."""
    match node:
        case s.Variable():
            return node.name or "each item"
        case s.GetAttr():
            return f"{_path(node.base)}.{node.name}"
        case s.Index(_, base, s.Literal() as key):
            return f"{_path(base)}[{key.value!r}]".replace("'", '"')
        case s.Index():
            return f"{_path(node.base)}[...]"
    return "the value"
