"""Reads HCL: text to the nodes of :mod:`dpctl.livetree.syntax`, as HashiCorp's own parser does it.

The grammar is that of github.com/hashicorp/hcl/v2/hclsyntax; tests/boundary asks Terraform. No package for
Python reads all of it (``${~ x ~}``, a template after ``$${``), and none gives values.
"""

from __future__ import annotations

from fractions import Fraction

from dpctl.livetree import numbers, strings, templates
from dpctl.livetree import syntax as s
from dpctl.livetree.tokens import SyntaxProblem, Token, Tokens

_LEVELS = (("||",), ("&&",), ("==", "!="), (">", ">=", "<", "<="), ("+", "-"), ("*", "/", "%"))
_LEVEL = {sign: level for level, signs in enumerate(_LEVELS) for sign in signs}
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


class Parser:
    """Reads one text; ``shift`` is added to its lines."""

    def __init__(self, source: str, shift: int = 0) -> None:
        self.tokens = Tokens(source)
        self.shift = shift

    def line(self, token: Token) -> int:
        """The line a token stands on."""
        return self.tokens.line(token.start) + self.shift

    def file(self) -> s.Body:
        """A whole file. Raises SyntaxProblem."""
        return self._body("end", 1, "", ())

    def template(self) -> s.Expr:
        """A text that is one template from end to end, such as a file for ``templatefile``."""
        pieces = strings.Reader(self.tokens, self.shift, self.expression).bare()
        return templates.assemble(pieces, 1 + self.shift)

    # -- bodies

    def _body(self, closer: str, line: int, kind: str, labels: tuple[str, ...]) -> s.Body:
        attributes: dict[str, s.Attribute] = {}
        blocks: list[s.Block] = []
        tokens = self.tokens
        while True:
            token = tokens.peek()
            if token.kind == closer or (token.kind == "sign" and token.text == closer):
                tokens.take()
                return s.Block(line, kind, labels, tuple(attributes.values()), tuple(blocks))
            if token.kind == "line":
                tokens.take()
            elif token.kind != "word":
                tokens.fail(*([closer] if closer == "}" else []))
            else:
                self._item(attributes, blocks)

    def _item(self, attributes: dict[str, s.Attribute], blocks: list[s.Block]) -> None:
        name = self.tokens.take()
        if self.tokens.next_is("="):
            self._attribute(name, attributes)
            self._line_end()
            return
        labels: list[str] = []
        while not self.tokens.next_is("{"):
            labels.append(self._label())
        self.tokens.take()
        blocks.append(self._block(name, tuple(labels)))
        self._line_end()

    def _attribute(self, name: Token, attributes: dict[str, s.Attribute]) -> None:
        self.tokens.take()
        if name.text in attributes:
            first = attributes[name.text].line
            message = f"{name.text!r} is set here twice; the first is on line {first}"
            raise SyntaxProblem(name.start, message, "keep one of them", "duplicate-attribute")
        attributes[name.text] = s.Attribute(self.line(name), name.text, self.expression())

    def _label(self) -> str:
        token = self.tokens.peek()
        if token.kind == "word":
            return self.tokens.take().text
        if not self.tokens.next_is('"'):
            self.tokens.fail("{", "=")
        node = self._term()
        if not isinstance(node, s.Literal):
            raise SyntaxProblem(token.start, "a label must be a plain string", "write it without ${...}")
        return str(node.value)

    def _block(self, name: Token, labels: tuple[str, ...]) -> s.Block:
        token = self.tokens.peek()
        if token.kind in ("line", "end") or self.tokens.next_is("}"):
            return self._body("}", self.line(name), name.text, labels)
        attributes: dict[str, s.Attribute] = {}
        inner = self.tokens.word()
        if not self.tokens.next_is("="):
            self.tokens.fail("=")
        self._attribute(inner, attributes)
        self.tokens.sign("}")
        return s.Block(self.line(name), name.text, labels, tuple(attributes.values()), ())

    def _line_end(self) -> None:
        if self.tokens.peek().kind not in ("line", "end"):
            self.tokens.fail()
        if self.tokens.peek().kind == "line":
            self.tokens.take()

    # -- expressions

    def expression(self) -> s.Expr:
        """One expression, up to what can't be part of it. Raises SyntaxProblem."""
        condition = self._binary()
        if not self.tokens.next_is("?"):
            return condition
        token = self.tokens.take()
        then = self.expression()
        self.tokens.sign(":")
        return s.Conditional(self.line(token), condition, then, self.expression())

    def _binary(self, least: int = 0) -> s.Expr:
        """Operands with what binds them at least so tightly; equals are taken from the left."""
        left = self._traversals(self._term())
        while True:
            token = self.tokens.peek()
            level = _LEVEL.get(token.text, -1) if token.kind == "sign" else -1
            if level < least:
                return left
            self.tokens.take()
            left = s.Binary(self.line(token), token.text, left, self._binary(level + 1))

    def _term(self) -> s.Expr:
        token = self.tokens.take()
        line = self.line(token)
        if token.kind == "number":
            return s.Literal(line, self._number(token))
        if token.kind == "word":
            if token.text in _CONSTANTS:
                return s.Literal(line, _CONSTANTS[token.text])
            return self._call(token) if self.tokens.next_is("(", "::") else s.Variable(line, token.text)
        if token.kind == "heredoc":
            return self._string(token)
        if token.kind == "sign":
            match token.text:
                case '"':
                    return self._string(token)
                case "[":
                    return self._tuple(token)
                case "{":
                    return self._object(token)
                case "-" | "!":
                    return s.Unary(line, token.text, self._traversals(self._term()))
                case "(":
                    before = self.tokens.across_lines(True)
                    inner = self.expression()
                    self.tokens.sign(")")
                    self.tokens.across_lines(before)
                    return inner
        self.tokens.go(token.start)
        self.tokens.fail()

    def _number(self, token: Token) -> int | Fraction | float:
        try:
            return numbers.parse(token.text)
        except numbers.TooLarge as error:
            hint = "a number of at most 1,000 digits"
            raise SyntaxProblem(token.start, str(error), hint, "too-large") from None
        except ValueError:
            raise SyntaxProblem(token.start, f"{token.text!r} is not a number") from None

    def _string(self, opening: Token) -> s.Expr:
        reader = strings.Reader(self.tokens, self.shift, self.expression)
        pieces = reader.quoted(opening) if opening.kind == "sign" else reader.heredoc(opening)
        return templates.assemble(pieces, self.line(opening))

    def _traversals(self, base: s.Expr) -> s.Expr:
        tokens = self.tokens
        while True:
            if tokens.next_is("."):
                token = tokens.take()
                if tokens.next_is("*"):
                    tokens.take()
                    rest: s.Expr = s.Variable(self.line(token), s.EACH)
                    while tokens.next_is("."):
                        tokens.take()
                        rest = self._attribute_step(rest)
                    base = s.Splat(self.line(token), base, rest)
                else:
                    base = self._attribute_step(base)
            elif tokens.next_is("["):
                base = self._index(base)
            else:
                return base

    def _attribute_step(self, base: s.Expr) -> s.Expr:
        token = self.tokens.take()
        line = self.line(token)
        if token.kind == "word":
            return s.GetAttr(line, base, token.text)
        if token.kind == "number" and "." not in token.text:
            return s.Index(line, base, s.Literal(line, self._number(token)))
        self.tokens.go(token.start)
        self.tokens.fail()

    def _index(self, base: s.Expr) -> s.Expr:
        token = self.tokens.take()
        line = self.line(token)
        if self.tokens.next_is("*"):
            self.tokens.take()
            self.tokens.sign("]")
            return s.Splat(line, base, self._traversals(s.Variable(line, s.EACH)))
        before = self.tokens.across_lines(True)
        key = self.expression()
        self.tokens.sign("]")
        self.tokens.across_lines(before)
        return s.Index(line, base, key)

    def _call(self, token: Token) -> s.Expr:
        name = token.text
        while self.tokens.next_is("::"):
            self.tokens.take()
            name += "::" + self.tokens.word().text
        self.tokens.sign("(")
        before = self.tokens.across_lines(True)
        arguments: list[s.Expr] = []
        expand = False
        while not self.tokens.next_is(")"):
            arguments.append(self.expression())
            if self.tokens.next_is("..."):
                self.tokens.take()
                expand = True
            elif not self.tokens.next_is(")"):
                self.tokens.sign(",", ")")
                continue
            break
        self.tokens.sign(")")
        self.tokens.across_lines(before)
        return s.Call(self.line(token), name, tuple(arguments), expand)

    def _tuple(self, opening: Token) -> s.Expr:
        before = self.tokens.across_lines(True)
        if self.tokens.word_is("for"):
            node = self._for(opening, "]")
        else:
            items: list[s.Expr] = []
            while not self.tokens.next_is("]"):
                items.append(self.expression())
                if not self.tokens.next_is("]"):
                    self.tokens.sign(",", "]")
            self.tokens.take()
            node = s.TupleNode(self.line(opening), tuple(items))
        self.tokens.across_lines(before)
        return node

    def _object(self, opening: Token) -> s.Expr:
        before = self.tokens.across_lines(True)
        if self.tokens.word_is("for"):
            node: s.Expr = self._for(opening, "}")
        else:
            self.tokens.across_lines(False)
            node = s.Object(self.line(opening), tuple(self._pairs()))
        self.tokens.across_lines(before)
        return node

    def _pairs(self) -> list[s.Pair]:
        tokens = self.tokens
        pairs: list[s.Pair] = []
        while True:
            while tokens.peek().kind == "line":
                tokens.take()
            if tokens.next_is("}"):
                tokens.take()
                return pairs
            start = tokens.peek()
            key = self._key(start, self.expression())
            tokens.sign("=", ":")
            pairs.append(s.Pair(self.line(start), key, self.expression()))
            if tokens.peek().kind == "line":
                tokens.take()
            elif not tokens.next_is("}"):
                tokens.sign(",", "}")

    def _key(self, start: Token, key: s.Expr) -> s.Expr:
        """A bare word is a text; what looks like a reference is ambiguous."""
        if start.kind == "word" and isinstance(key, s.Variable):
            return s.Literal(key.line, key.name)
        if start.kind == "word" and isinstance(key, s.Literal):
            return s.Literal(key.line, start.text)
        if start.kind == "word" and isinstance(key, s.GetAttr | s.Index):
            message = "a key must be a word or a string"
            raise SyntaxProblem(start.start, message, "put it into (parentheses)")
        return key

    def _for(self, opening: Token, closer: str) -> s.Expr:
        tokens = self.tokens
        tokens.take()
        key, value = "", tokens.word().text
        if tokens.next_is(","):
            tokens.take()
            key, value = value, tokens.word().text
        if not tokens.word_is("in"):
            tokens.fail("in")
        tokens.take()
        source = self.expression()
        tokens.sign(":")
        name, result = None, self.expression()
        if closer == "}" or tokens.next_is("=>"):
            if closer == "]":
                tokens.fail("]")
            tokens.sign("=>")
            name, result = result, self.expression()
        group = tokens.next_is("...")
        if group:
            if closer == "]":
                tokens.fail("]")
            tokens.take()
        condition = None
        if tokens.word_is("if"):
            tokens.take()
            condition = self.expression()
        tokens.sign(closer)
        line = self.line(opening)
        if name is None:
            return s.ForTuple(line, key, value, source, result, condition)
        return s.ForObject(line, key, value, source, name, result, group, condition)
