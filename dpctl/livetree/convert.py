"""From python-hcl2's parse tree to dpctl's syntax tree."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NoReturn

from lark import Token, Tree

from dpctl.errors import ConfigError, Problem
from dpctl.livetree import syntax as s
from dpctl.livetree import templates

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
MAX_DIGITS = 300  # about what a float can hold
_IGNORED = {"new_line_or_comment"}
_PUNCTUATION = {"LBRACE", "RBRACE", "LPAR", "RPAR", "LSQB", "RSQB", "COMMA", "DBLQUOTE", "EQ", "COLON", "DOT"}


class Converter:
    """Turns the trees of one file into nodes; ``shift`` is added to lines (for text inside heredocs)."""

    def __init__(self, shown: str, shift: int = 0) -> None:
        self.shown = shown
        self.shift = shift
        self._rules: dict[str, Callable[[Tree], s.Expr]] = {
            "expr_term": self._term,
            "string": self._string,
            "template_string": self._escaped_string,
            "tuple": self._tuple,
            "object": self._object,
            "identifier": lambda tree: s.Variable(self.line(tree), str(tree.children[0])),
            "keyword": lambda tree: s.Variable(self.line(tree), str(tree.children[0])),
            "literal_value": self._literal,
            "int_lit": self._number,
            "float_lit": self._number,
            "function_call": self._call,
            "heredoc_template": self._heredoc,
            "heredoc_template_trim": self._heredoc,
            "get_attr_expr_term": self._postfix,
            "index_expr_term": self._postfix,
            "attr_splat_expr_term": self._splat,
            "full_splat_expr_term": self._splat,
            "for_tuple_expr": self._for_tuple,
            "for_object_expr": self._for_object,
            "unary_op": self._unary,
            "binary_op": self._binary,
            "conditional": self._conditional,
        }

    def line(self, tree: Tree | Token) -> int:
        """The line of a piece of the tree."""
        found = tree.line if isinstance(tree, Token) else getattr(tree.meta, "line", None)
        return (found or 1) + self.shift

    def file(self, tree: Tree) -> s.Body:
        """A whole file."""
        return self._body(tree.children[0], 1, "", ())

    def expression(self, tree: Any) -> s.Expr:
        """Any expression."""
        return self._rules[tree.data](tree)

    def _parts(self, tree: Tree) -> list[Any]:
        """The children that carry meaning."""
        return [
            child
            for child in tree.children
            if not (
                (isinstance(child, Tree) and child.data in _IGNORED)
                or (isinstance(child, Token) and child.type in _PUNCTUATION)
            )
        ]

    def _body(self, tree: Tree, line: int, kind: str, labels: tuple[str, ...]) -> s.Body:
        attributes: dict[str, s.Attribute] = {}
        blocks: list[s.Block] = []
        for child in self._parts(tree):
            if child.data == "block":
                blocks.append(self._block(child))
                continue
            name, value = self._parts(child)
            attribute = s.Attribute(self.line(child), str(name.children[0]), self.expression(value))
            if attribute.name in attributes:
                first = attributes[attribute.name].line
                self._fail(
                    attribute.line,
                    "duplicate-attribute",
                    f"{attribute.name!r} is set here twice; the first is on line {first}",
                    "keep one of them",
                )
            attributes[attribute.name] = attribute
        return s.Block(line, kind, labels, tuple(attributes.values()), tuple(blocks))

    def _block(self, tree: Tree) -> s.Block:
        kind, *rest, body = self._parts(tree)
        labels = tuple(self._label(label) for label in rest)
        return self._body(body, self.line(tree), str(kind.children[0]), labels)

    def _label(self, tree: Tree) -> str:
        if tree.data != "string":
            return str(tree.children[0])
        node = self._string(tree)
        if not isinstance(node, s.Literal):
            self._fail(node.line, "hcl-syntax", "a label must be a plain string", "write it without ${...}")
        return str(node.value)

    def _term(self, tree: Tree) -> s.Expr:
        return self.expression(self._parts(tree)[0])

    def _literal(self, tree: Tree) -> s.Literal:
        return s.Literal(self.line(tree), {"true": True, "false": False, "null": None}[str(tree.children[0])])

    def _number(self, tree: Tree) -> s.Literal:
        text = str(tree.children[0])
        value = int(text) if text.lstrip("-").isdigit() and len(text) <= MAX_DIGITS else float(text)
        if value in (float("inf"), float("-inf")):
            self._fail(self.line(tree), "invalid-value", f"the number {text[:20]}... is too large")
        return s.Literal(self.line(tree), value)

    def _string(self, tree: Tree) -> s.Expr:
        pieces: list[templates.Piece] = []
        for part in self._parts(tree):
            child = part.children[0]
            line = self.line(child)
            if isinstance(child, Tree):
                pieces.append(self._template_piece(child))
            elif child.type == "STRING_CHARS":
                pieces.append(templates.Text(line, self._unescape(str(child), line)))
            else:  # $${ and %%{ stand for themselves without the first character
                self._check_escaped(str(child), line)
                pieces.append(templates.Text(line, self._unescape(str(child)[1:], line)))
        return templates.assemble(templates.strip(pieces), self.line(tree), self.shown)

    def _check_escaped(self, text: str, line: int) -> None:
        """python-hcl2 takes ``$${`` together with all that follows up to the next ``}``."""
        if re.search(r'(?<!\\)"|[$%]\{', text[3:]):
            what = f"after {text[:3]} dpctl reads everything up to the next }} as text"
            self._fail(line, "hcl-syntax", what, f"a heredoc (<<-EOT), where {text[:3]} stands for itself")

    def _template_piece(self, tree: Tree) -> templates.Piece:
        line = self.line(tree)
        if tree.data == "interpolation":
            return templates.Value(line, self.expression(tree.children[1]))
        tokens = [str(child) for child in tree.children if isinstance(child, Token)]
        strip = (tokens[1] == "~", tokens[-2] == "~")
        names = [str(t.children[0]) for t in tree.children if isinstance(t, Tree) and t.data == "identifier"]
        trees = [t for t in tree.children if isinstance(t, Tree) and t.data not in _IGNORED]
        expression = self.expression(trees[-1]) if trees else None
        word = str(tree.data).removeprefix("template_").removesuffix("_start")
        return templates.Directive(line, word, tuple(names) if word == "for" else (), expression, *strip)

    def _escaped_string(self, tree: Tree) -> s.Literal:
        line = self.line(tree)
        return s.Literal(line, self._unescape(str(tree.children[0])[2:-2], line))

    def _unescape(self, text: str, line: int) -> str:
        if "\n" in text:
            self._fail(
                line, "hcl-syntax", "a string in quotes can't go over several lines", "a heredoc: <<-EOT"
            )
        if "\\" not in text:
            return text

        def one(match: re.Match[str]) -> str:
            word = match[1]
            if word in _ESCAPES:
                return _ESCAPES[word]
            if len(word) > 1 and int(word[1:], 16) < 0x110000:
                return chr(int(word[1:], 16))
            self._fail(line, "hcl-syntax", f"\\{word} is not an escape", "write \\\\ for a backslash")

        return _ESCAPE.sub(one, text)

    def _heredoc(self, tree: Tree) -> s.Expr:
        token = str(tree.children[0])
        line = self.line(tree)
        head, _, rest = token.partition("\n")
        body = rest.rstrip("\r\n")
        body = body[: body.rfind("\n") + 1].replace("\r\n", "\n")
        pieces = templates.strip(templates.scan(body, line + 1, self.shown, self._inner))
        if head.startswith("<<-"):
            pieces = templates.dedent(pieces)
        return templates.assemble(pieces, line, self.shown)

    def _inner(self, source: str, line: int) -> s.Expr:
        """An expression that stands inside a heredoc, whose first line is ``line``."""
        import hcl2
        from lark.exceptions import LarkError

        try:
            tree = hcl2.parses_to_tree(f"x = ({source})\n")
        except LarkError:
            self._fail(line, "hcl-syntax", f"{source.strip()[:40]!r} is not an expression")
        attribute = next(child for child in tree.children[0].children if child.data == "attribute")
        return Converter(self.shown, line - 1).expression(self._parts(attribute)[1])

    def _tuple(self, tree: Tree) -> s.Expr:
        return s.TupleNode(self.line(tree), tuple(map(self.expression, self._parts(tree))))

    def _object(self, tree: Tree) -> s.Expr:
        return s.Object(self.line(tree), tuple(map(self._pair, self._parts(tree))))

    def _pair(self, tree: Tree) -> s.Pair:
        key_tree, value = self._parts(tree)
        inner = key_tree.children[0]
        key = self.expression(inner)
        bare = isinstance(inner, Tree) and not any(
            isinstance(child, Token) and child.type == "LPAR" for child in inner.children
        )
        if bare and isinstance(key, s.Variable):
            key = s.Literal(key.line, key.name)
        elif bare and not isinstance(key, s.Literal | s.Template):
            self._fail(
                key.line, "hcl-syntax", "a key must be a word or a string", "put it into (parentheses)"
            )
        return s.Pair(self.line(tree), key, self.expression(value))

    def _call(self, tree: Tree) -> s.Expr:
        parts = self._parts(tree)
        names = [
            str(part.children[0]) for part in parts if isinstance(part, Tree) and part.data == "identifier"
        ]
        given = next((p for p in parts if isinstance(p, Tree) and p.data == "arguments"), None)
        items = self._parts(given) if given is not None else []
        expand = any(isinstance(item, Token) and item.type == "ELLIPSIS" for item in items)
        values = tuple(self.expression(item) for item in items if isinstance(item, Tree))
        return s.Call(self.line(tree), "::".join(names), values, expand)

    def _postfix(self, tree: Tree) -> s.Expr:
        base, step = tree.children
        return self._step(self.expression(base), step)

    def _step(self, base: s.Expr, step: Tree) -> s.Expr:
        line = self.line(step)
        parts = self._parts(step)
        if step.data == "get_attr":
            return s.GetAttr(line, base, str(parts[0].children[0]))
        if step.data == "short_index":
            return s.Index(line, base, s.Literal(line, int(parts[0])))
        return s.Index(line, base, self.expression(parts[0]))

    def _splat(self, tree: Tree) -> s.Expr:
        base, splat = tree.children
        rest: s.Expr = s.Variable(self.line(splat), s.EACH)
        for step in splat.children:
            if isinstance(step, Tree):
                rest = self._step(rest, step)
        return s.Splat(self.line(tree), self.expression(base), rest)

    def _intro(self, tree: Tree) -> tuple[str, str, s.Expr]:
        parts = [part for part in self._parts(tree) if isinstance(part, Tree)]
        names = [str(part.children[0]) for part in parts[:-1]]
        return ("" if len(names) == 1 else names[0]), names[-1], self.expression(parts[-1])

    def _condition(self, trees: list[Tree]) -> s.Expr | None:
        found = next((tree for tree in trees if tree.data == "for_cond"), None)
        return None if found is None else self.expression(self._parts(found)[-1])

    def _for_tuple(self, tree: Tree) -> s.Expr:
        trees = [part for part in self._parts(tree) if isinstance(part, Tree)]
        result = self.expression(trees[1])
        return s.ForTuple(self.line(tree), *self._intro(trees[0]), result, self._condition(trees))

    def _for_object(self, tree: Tree) -> s.Expr:
        parts = self._parts(tree)
        trees = [part for part in parts if isinstance(part, Tree)]
        group = any(isinstance(part, Token) and part.type == "ELLIPSIS" for part in parts)
        name, result = self.expression(trees[1]), self.expression(trees[2])
        return s.ForObject(
            self.line(tree), *self._intro(trees[0]), name, result, group, self._condition(trees)
        )

    def _unary(self, tree: Tree) -> s.Expr:
        operator, operand = self._parts(tree)
        return s.Unary(self.line(tree), str(operator), self.expression(operand))

    def _binary(self, tree: Tree) -> s.Expr:
        left, term = self._parts(tree)
        operator, right = self._parts(term)
        word = str(operator.children[0]).split()[-1]
        return s.Binary(self.line(tree), word, self.expression(left), self.expression(right))

    def _conditional(self, tree: Tree) -> s.Expr:
        parts = [self.expression(part) for part in self._parts(tree) if isinstance(part, Tree)]
        return s.Conditional(self.line(tree), *parts)

    def _fail(self, line: int, code: str, message: str, hint: str = "") -> NoReturn:
        raise ConfigError(Problem(code, message, self.shown, line, hint=hint))
