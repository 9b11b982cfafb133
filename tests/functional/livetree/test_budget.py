"""A live tree that would take all memory or all day ends with an error, soon, with its file and line."""

from __future__ import annotations

import resource
import time

import pytest

from dpctl.livetree import preview
from tests.livetree_builder import UNIT, problems, tree

DOUBLED = "\n".join(f'  s{n} = "${{local.s{n - 1}}}${{local.s{n - 1}}}"' for n in range(1, 40))
JOINED = "\n".join(f"  s{n} = concat(local.s{n - 1}, local.s{n - 1})" for n in range(1, 40))
NESTED = "\n".join(f"  s{n} = [local.s{n - 1}, local.s{n - 1}]" for n in range(1, 40))
REPLACED = "\n".join(f'  s{n} = replace(local.s{n - 1}, "a", "aaaaaaaaaa")' for n in range(1, 12))
INNER = 'join("", [for b in range(1000) : join("", [for c in range(1000) : "x"])])'
LOOP = f'join("", [for a in range(1000) : {INNER}])'
HUNDRED = "a" * 100
CASES = {
    "strings": f'  s0 = "{HUNDRED}"\n{DOUBLED}\n  x = local.s39',
    "concat": f"  s0 = [1, 2, 3]\n{JOINED}\n  x = local.s39",
    "nested lists": f"  s0 = [1]\n{NESTED}\n  x = jsonencode(local.s39)",
    "nested for": f"  x = {LOOP}",
    "replace": f'  s0 = "a"\n{REPLACED}\n  x = local.s11',
    "splat": "  s0 = [for i in range(1000) : i]\n  s1 = [for i in local.s0 : local.s0]\n"
    "  s2 = [for i in local.s0 : local.s1]\n  x = flatten(local.s2)",
    "merge": "  s0 = {a = 1}\n"
    + "\n".join(f"  s{n} = {{a = local.s{n - 1}, b = local.s{n - 1}}}" for n in range(1, 40))
    + "\n  x = local.s39",
    "product": "  s0 = range(1000)\n  x = setproduct(local.s0, local.s0, local.s0)",
    "regular expression": '  s0 = join("", [for i in range(1000) : "aaaaaaaaaaaaaaaa"])\n'
    '  x = can(replace(local.s0, "/(a+)+$/", "b")) ? file("/dev/zero") : ""',
    "endless file": '  x = file("/dev/zero")',
    "digits": f"  x = 1{'0' * 5000}",
    "digits in a text": f'  x = tonumber("1{"0" * 5000}")',
    "exponent": "  x = 1e999999999",
    "digits of JSON": f'  x = jsondecode("[1{"0" * 5000}]")',
    "format": '  x = format("%1000000000d", 1)',
    "format list": '  s0 = [for i in range(1000) : "%999s%999s%999s%999s%999s"]\n'
    '  x = format(join("", local.s0), [for i in range(1000) : [for j in range(5) : i]]...)',
}


@pytest.mark.parametrize("case", CASES)
def test_what_grows_without_end_is_refused(tmp_path, case):
    made = tree(tmp_path, a={})
    unit = made.hcl("a", f"{UNIT}\nlocals {{\n{CASES[case]}\n}}\ninputs = {{ x = try(local.x, 1) }}\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    found = problems(preview, unit, environ={})
    assert time.process_time() - began < 60
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000
    assert len(found) == 1, found
    assert found[0].file == "live/dev/a/terragrunt.hcl"
    assert found[0].line
