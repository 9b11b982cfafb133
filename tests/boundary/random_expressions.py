"""Makes expressions as people (and worse) write them: every function, every operator, odd values."""

from __future__ import annotations

import random

TEXTS = [
    *(
        '""',
        '"a"',
        '"b"',
        '"10"',
        '"9"',
        '"1.50"',
        '"true"',
        '"false"',
        '"x,y,,z"',
        '"a/b/../c.txt"',
        '"/a//b/"',
    ),
    *(
        '"Hello World"',
        '"é"',
        '"e\\u0301"',
        '"straße"',
        '"ǆ"',
        '"a\\nb\\n"',
        '"tab\\there"',
        '"q\\"q"',
        '"$${x}"',
    ),
    *('"%d"', '"<&>"', '"aaa"', '" pad "', '"2024-01-02T03:04:05Z"', '"1e3"', '"-0"', '"\\u2028"', '"😀"'),
    *(
        '"null"',
        '"yes"',
        '"[1]"',
        '"{\\"a\\":1}"',
        '"10.0.0.0/8"',
        '"a.b.c"',
        '"0x10"',
        '"+5"',
        '" 1"',
        '"1_000"',
    ),
]
NUMBERS = [
    *("0", "1", "2", "3", "-1", "-7", "10", "1.5", "0.1", "0.2", "1e3", "1e21", "1e-7", "2.50", "100000"),
    *("1000000", "123456789012345678901234567890", "9007199254740993", "1/3", "-0.0", "255", "5", "1e100"),
]
YAML = [
    *(
        "a: 1",
        "a: yes\\nb: No\\nc: on",
        "a: 010\\nb: 0o10\\nc: 0x1F",
        "a: 2024-01-01",
        "a: 2024-01-02 03:04:05",
    ),
    *(
        "a: 2024-1-2T3:4:5+05:30",
        "x: &x {a: 1}\\nz: {<<: *x, b: 2}",
        "on:\\n  p: 1",
        "- a\\n- [b, c]",
        "~: 1",
        "a: !!str 5",
    ),
    *(
        "a: |\\n  x\\n  y",
        "a: |-\\n  5",
        "a: >\\n  x\\n  y\\n",
        "a: 'it''s'",
        'a: \\"q\\\\n\\"',
        "1: x",
        "a: 1e3",
        "a: .5",
        "a: 5.",
    ),
    *(
        "",
        "a",
        "# c",
        "a: [",
        "a: .inf",
        "a: 12:30",
        "a: !!int 1_000",
        "a: 2024-13-01",
        "a: 1.2.3",
        "? a\\n: b",
        "a: *n",
    ),
    *(
        "a: 1\\na: 2",
        "<<: {a: 1}\\na: 2",
        "a: 2\\n<<: {a: 1}",
        "a: y\\nn: 1",
        "[1, two, 3.0, ~, no]",
        "---\\na: 1",
        "a: -5\\nb: +5",
    ),
    *(
        "a: é",
        "a: e\\u0301",
        "a: 0o8",
        "a: 08",
        "a: 1e",
        "a: -",
        "a: 2024-01-01T00:00:00",
        "a: 2001-12-14t21:59:43.10-05:00",
    ),
]
REGEXES = [
    '"/b/"',
    '"/[a-z]+/"',
    '"/(a)(b)?/"',
    '"/x*/"',
    '"/\\\\d+/"',
    '"/(?P<n>a)/"',
    '"//"',
    '"/[/"',
    '"/./"',
]
FORMATS = [
    "%s",
    "%d",
    "%v",
    "%q",
    "%t",
    "%5s|",
    "%-5d|",
    "%05d",
    "%x",
    "%.2f",
    "%g",
    "%e",
    "%%",
    "%+d",
    "% d",
    "%#v",
    "%b",
    "%[1]s%[1]s",
    "%5v|",
    "%.1s",
    "%f",
    "%6.3d",
]
ONE_TEXT = [
    "upper",
    "lower",
    "title",
    "trimspace",
    "chomp",
    "strrev",
    "base64encode",
    "base64decode",
    "md5",
    "sha1",
    "sha256",
    "sha512",
    "base64sha256",
    "base64sha512",
    "urlencode",
    "basename",
    "dirname",
    "jsondecode",
    "yamldecode",
    "csvdecode",
    "cidrnetmask",
    "base64gzip",
    "length",
]
ONE_ANY = [
    "jsonencode",
    "yamlencode",
    "length",
    "keys",
    "values",
    "flatten",
    "distinct",
    "compact",
    "sort",
    "reverse",
    "tolist",
    "toset",
    "tomap",
    "tostring",
    "tonumber",
    "tobool",
    "one",
    "sum",
    "alltrue",
    "anytrue",
    "coalesce",
    "merge",
    "concat",
    "max",
    "min",
    "abs",
    "ceil",
    "floor",
    "signum",
    "can",
    "transpose",
    "coalescelist",
    "setunion",
    "signum",
    "ephemeralasnull",
]
TWO_TEXT = [
    "split",
    "join",
    "trim",
    "trimprefix",
    "trimsuffix",
    "startswith",
    "endswith",
    "strcontains",
    "regex",
    "regexall",
    "timecmp",
    "timeadd",
    "formatdate",
    "uuidv5",
    "textencodebase64",
]
TWO_ANY = [
    "concat",
    "merge",
    "coalesce",
    "contains",
    "element",
    "lookup",
    "zipmap",
    "index",
    "setunion",
    "setintersection",
    "setsubtract",
    "setproduct",
    "chunklist",
    "max",
    "min",
    "range",
    "formatlist",
    "join",
    "matchkeys",
]
OPERATORS = ["+", "-", "*", "/", "%", "==", "!=", "<", ">", "<=", ">=", "&&", "||"]


class Maker:
    """Makes expressions from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def expression(self, depth: int = 3) -> str:
        """Any expression."""
        choose = self.random.random()
        if depth <= 0 or choose < 0.12:
            return self.atom()
        makers = [
            *(
                self._collection,
                self._operation,
                self._conditional,
                self._one,
                self._two,
                self._special,
                self._for,
            ),
            *(self._template, self._access, self._guarded, self._typed, self._one, self._two),
        ]
        return self.random.choice(makers)(depth - 1)

    def atom(self) -> str:
        kind = self.random.random()
        if kind < 0.45:
            return self.random.choice(TEXTS)
        if kind < 0.8:
            return self.random.choice(NUMBERS)
        return self.random.choice(["true", "false", "null", "[]", "{}"])

    def _items(self, depth: int) -> list[str]:
        return [self.expression(depth) for _ in range(self.random.randrange(4))]

    def _collection(self, depth: int) -> str:
        if self.random.random() < 0.5:
            return "[" + ", ".join(self._items(depth)) + "]"
        keys = self.random.sample(["a", "b", '"c d"', "e", '(upper("f"))', "1", "true"], 3)
        return (
            "{"
            + ", ".join(f"{key} = {item}" for key, item in zip(keys, self._items(depth), strict=False))
            + "}"
        )

    def _operation(self, depth: int) -> str:
        if self.random.random() < 0.1:
            return self.random.choice(["-", "!"]) + f"({self.expression(depth)})"
        left, right = self.expression(depth), self.expression(depth)
        return f"({left}) {self.random.choice(OPERATORS)} ({right})"

    def _conditional(self, depth: int) -> str:
        condition = self.random.choice(["true", "false", "true", "false", self.expression(0)])
        return f"({condition} ? {self.expression(depth)} : {self.expression(depth)})"

    def _one(self, depth: int) -> str:
        if self.random.random() < 0.5:
            return f"{self.random.choice(ONE_TEXT)}({self.random.choice(TEXTS)})"
        return f"{self.random.choice(ONE_ANY)}({self.expression(depth)})"

    def _two(self, depth: int) -> str:
        if self.random.random() < 0.4:
            return f"{self.random.choice(TWO_TEXT)}({self.random.choice(TEXTS)}, {self.random.choice(TEXTS)})"
        return f"{self.random.choice(TWO_ANY)}({self.expression(depth)}, {self.expression(depth)})"

    def _special(self, depth: int) -> str:
        text, pick = self.random.choice(TEXTS), self.random.choice
        return pick(
            [
                f'format("{pick(FORMATS)}{pick(FORMATS)}", {self.expression(depth)}, {self.expression(0)})',
                f'format("{pick(FORMATS)}", {self.expression(depth)})',
                f'yamldecode("{pick(YAML)}")',
                f'jsonencode(yamldecode("{pick(YAML)}"))',
                f"replace({text}, {pick(REGEXES)}, {pick(TEXTS)})",
                f"replace({text}, {pick(TEXTS)}, {pick(TEXTS)})",
                f"substr({text}, {pick(['0', '1', '-1', '2'])}, {pick(['0', '2', '-1', '10'])})",
                f'lookup({self.expression(depth)}, "a", {self.expression(depth)})',
                f"slice({self.expression(depth)}, {pick(['0', '1'])}, {pick(['0', '1', '2'])})",
                f'cidrsubnet("10.0.0.0/16", {pick(["4", "8", "20"])}, {pick(NUMBERS)})',
                f"range({pick(NUMBERS)}, {pick(NUMBERS)}, {pick(NUMBERS)})",
                f"parseint({text}, {pick(['2', '10', '16', '36'])})",
                f"{pick(['pow', 'log'])}({pick(NUMBERS)}, {pick(NUMBERS)})",
                f"indent({pick(['0', '2'])}, {text})",
                f"setproduct({self.expression(depth)}, {self.expression(depth)})",
                f"{pick(['merge', 'concat', 'coalesce'])}([{', '.join(self._items(depth))}]...)",
                f"length({self.expression(depth)}) / length({self.expression(depth)})",
            ]
        )

    def _for(self, depth: int) -> str:
        source, body = (
            self.expression(depth),
            self.random.choice(["x", "upper(x)", "{v = x}", "[x, 1]", "x * 2", '"${x}-"']),
        )
        condition = self.random.choice(["", "", ' if x != "a"', " if can(tonumber(x))"])
        if self.random.random() < 0.5:
            return f"[for {self.random.choice(['x', 'k, x'])} in {source} : {body}{condition}]"
        dots = self.random.choice(["", "..."])
        return (
            "{for k, x in " + f"{source} : {self.random.choice(['k', 'x'])} => {body}{dots}{condition}" + "}"
        )

    def _template(self, depth: int) -> str:
        inner = self.expression(depth)
        return self.random.choice(
            [
                f'"${{{inner}}}"',
                f'"x${{{inner}}}y"',
                f'"a ${{~ {inner} ~}} b"',
                f'"%{{ if {self.expression(0)} }}a${{{inner}}}%{{ else }}b%{{ endif }}"',
                f'"%{{ for x in {inner} }}${{x}},%{{ endfor }}"',
                f"<<-EOT\n    a ${{{inner}}}\n      b\n\n    c\n  EOT\n",
                f"<<EOT\n  %{{ for k, x in {inner} ~}}\n  - ${{k}}\n  %{{ endfor ~}}\nEOT\n",
            ]
        )

    def _access(self, depth: int) -> str:
        base = self.expression(depth)
        return f"({base})" + self.random.choice(
            [".a", "[0]", "[1]", '["a"]', ".0", "[*].a", ".*.a", "[*]", "[1.5]", '["0"]', "[null]"]
        )

    def _guarded(self, depth: int) -> str:
        return f"try({self.expression(depth)}, {self.expression(0)})"

    def _typed(self, depth: int) -> str:
        kind = self.random.choice(["tolist", "toset", "tomap", "tostring", "tonumber"])
        return f"{kind}({self.expression(depth)})"
