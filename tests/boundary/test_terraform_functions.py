"""Terraform itself, asked for the same expressions: dpctl's functions must give what it gives."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from dpctl.livetree.expressions import Evaluator
from dpctl.livetree.functions import BUILTINS
from dpctl.livetree.hcl import parse
from dpctl.livetree.values import plain

EXPRESSIONS = [
    'basename("a/b/")',
    'coalesce(null, "", "a")',
    "compact([\"a\", \"\", null])",
    'concat(["a"], [], ["b"])',
    'contains(["a", "b"], "b")',
    'dirname("a/b/c.txt")',
    'dirname("c.txt")',
    'dirname("/a")',
    "distinct([1, 2, 1])",
    'element(["a", "b"], 3)',
    "flatten([[1, [2]], 3, []])",
    'format("%s-%03d-%v-%q-%t%%", "a", 7, [1], "b", true)',
    'format("%5.2f|%-4s|%x|%b|%+d", 1.5, "a", 255, 5, 3)',
    'format("%[2]s %[1]s", "a", "b")',
    'format("%v %v %v", 1.5, true, {a = 1})',
    'join(", ", ["a", "b"], ["c"])',
    'jsonencode({b = "<&>é", a = [1, 2.5, null]})',
    "keys({b = 1, a = 2})",
    'length("abc")',
    'lookup({a = 1}, "b", 2)',
    "merge({a = 1, b = 1}, {b = 2}, null)",
    'replace("a.b.c", ".", "-")',
    'replace("a1b22", "/[0-9]+/", "#")',
    'replace("ab", "/(a)(b)/", "$2$1")',
    'sort(["b", "a", "B"])',
    'split(",", "a,b")',
    'split(",", "")',
    'tobool("true")',
    'tonumber("4.50")',
    'toset(["b", "a", "b"])',
    "tostring(1.0)",
    'trimprefix("vpc-1", "vpc-")',
    'trimspace("  a\\n")',
    "values({b = 1, a = 2})",
    'yamldecode("a: yes\\nb: 0x10\\nc: 1.5\\nd: ~\\ne: \'1\'\\ng: 22:22\\nh: on")',
    'yamlencode({b = ["x", 1], a = "t: u", c = {}, d = [], e = null, f = true})',
    'yamlencode({a = "one\\ntwo\\n", b = [{c = 1, d = 2}]})',
    'yamldecode("[y, No, OFF, 1_000, 010, 0o17, .5, 5., 1e3, 12:30, 2026-01-01, 1.2.3, +5, 0b1]")',
    "1 + 2 * 3",
    "1.1 * 3 - 0.3",
    "7 / 2",
    "-7 % 3",
    '"5" + 1',
    '1 == "1"',
    '"a${1.50}b${true}"',
    '"$${x} %%{x}"',
    '[for k, v in {b = 1, a = 2} : "${k}${v}"]',
    '{for s in ["a1", "a2"] : lower(s) => s...}',
    '[{id = "a"}, {id = "b"}][*].id',
    '"%{ if 1 < 2 }yes%{ else }no%{ endif }"',
    '"%{ for x in ["a", "b"] }<${x}>%{ endfor }"',
    "<<EOT\n  a\n b ${1}\nEOT\n",
    "<<-EOT\n    a\n      b\n\n    c ${1}\n  EOT\n",
    "<<-EOT\n  %{ for x in [1, 2] ~}\n  - ${x}\n  %{ endfor ~}\n  end $${x} $${\n  EOT\n",
    "<<-EOT\n    %{ if true }\n    yes\n    %{ endif }\n    tail\n  EOT\n",
    "<<-EOT\n    x  ${~ 1 ~}  y\n  EOT\n",
    "<<-EOT\n  \\n \\\" \"q\" \\u0041\n  EOT\n",
    "<<-EOT\n\n  a\n\n  EOT\n",
    "<<EOT\nEOT\n",
    "true ? {a = 1} : {}",
    "{for k, v in {b = 1, a = 2} : v => k}",
    "[for i, x in [\"a\", \"b\"] : i if x != \"a\"]",
    "try({a = 1}.b, 2)",
    "can({a = 1}.b)",
    "1e3",
    "100000000000000000000",
    "0.1 + 0.2",
    "10 / 3",
]  # fmt: skip


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What Terraform makes of each expression: outputs of a configuration without a provider."""
    terraform = shutil.which("terraform") or shutil.which("tofu")
    if not terraform:
        pytest.skip("there is no terraform on PATH")
    folder = tmp_path_factory.mktemp("answers")
    outputs = "".join(
        f'output "o{number}" {{\n  value = jsonencode({expression})\n}}\n'
        for number, expression in enumerate(EXPRESSIONS)
    )
    (folder / "main.tf").write_text(outputs, encoding="utf-8")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    for command in (["init"], ["apply", "-auto-approve"], ["output", "-json"]):
        done = subprocess.run(
            [terraform, *command],
            capture_output=True,
            text=True,
            cwd=folder,
            timeout=60,
            env=environ,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return {text: json.loads(found[f"o{number}"]["value"]) for number, text in enumerate(EXPRESSIONS)}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_terraform_says_the_same(answers, expression):
    body = parse(f"x = {expression}\n", "test.hcl")
    mine = plain(Evaluator("test.hcl", BUILTINS.get).value(body.attributes[0].value, {}))
    assert mine == answers[expression]
