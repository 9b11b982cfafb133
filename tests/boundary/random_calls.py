"""Random calls of Terraform's functions, by their signatures, with odd arguments, some of another type."""

from __future__ import annotations

import random

TEXTS = r"""
"" "a" "A b" "ß" "é" "e\u0301" "👨‍👩‍👧" "日本" "İ" "\n" " x " "," "." "~" "1" "-3" "0x1f" "true" "aGk="
"10.0.0.0/8" "10.1.2.3" "fd00::/48" "%s-%d" "%5.2f|%q" "%[2]v" "%#v %T" "[a-z]+" "(?P<x>a)(b)?" "("
"$1" "/a(.)/"
"2020-01-01T00:00:00Z" "2021-12-31T23:59:59+05:30" "1h30m" "-2h" "YYYY-MM-DD" "a,b,,c" "a.b/c" "x,y\n1,2\n"
"""
NUMBERS = "0 -1 1 2 3.7 -0.5 4 8 16 255 65536 1e40 1e-30 0.1 123456789012345678901234567890"
LISTS = [
    *("[]", '["a"]', '["b", "a", "a"]', "[1, 2, 3]", '[1, "a", true]', '[null, "x"]', "[[1], [2, [3]]]"),
    *('["", null]', "[[]]", '["10", "9", "a"]', 'toset(["b", "a"])', "toset([])", "tolist([1, 2])"),
    *("[{a = 1}, {a = 2}]", '["é", "z", "Ä"]', "[true, false]", '["a", "b", "c", "d", "e"]'),
]
MAPS = [
    *("{}", "{a = 1}", '{a = "x", b = "y"}', "{a = {b = 1}}", '{"é" = 1}', "{a = null}"),
    *('tomap({a = "x"})', "tomap({})", '{a = ["x"], b = ["y", "x"]}'),
]
KINDS = {
    "string": [
        text for line in TEXTS.strip().split("\n") for text in line.replace('" "', '"\0"').split("\0")
    ],
    "number": NUMBERS.split(),
    "bool": ["true", "false"],
    **dict.fromkeys(("list", "set", "tuple"), LISTS),
    **dict.fromkeys(("map", "object"), MAPS),
}
ODD = 0.12  # how often an argument is of any type


def calls(signatures, seed: int, each: int) -> list[str]:
    """``each`` calls of every function; ``signatures`` as ``terraform metadata functions -json`` has them."""
    pick = random.Random(seed)

    def argument(kind) -> str:
        name = kind[0] if isinstance(kind, list) else kind
        if name not in KINDS or pick.random() < ODD:
            name = pick.choice(list(KINDS))
        return "null" if pick.random() < 0.03 else pick.choice(KINDS[name])

    made = {}
    for name, signature in sorted(signatures.items()):
        for _ in range(each):
            kinds = [one["type"] for one in signature.get("parameters", [])]
            if more := signature.get("variadic_parameter"):
                kinds += [more["type"]] * pick.choice([0, 1, 1, 2, 3])
            made[f"{name}({', '.join(map(argument, kinds))})"] = None
    return list(made)
