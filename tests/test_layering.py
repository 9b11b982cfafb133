"""Imports go one way: cli > deploy, redshift, doctor, sandbox > graph > livetree > config > aws > errors."""

from __future__ import annotations

import ast

import pytest

# Every package or module of dpctl, and what of dpctl it may import beside itself.
BASE = {"amounts", "errors", "terminal", "aws", "private"}
ALLOWED = {
    "amounts": set(),
    "errors": set(),
    "private": {"errors"},
    "terminal": {"errors"},
    "aws": {"errors"},
    "config": {"errors"},
    "livetree": {"amounts", "errors", "config"},
    "graph": {"errors", "config", "livetree"},
    "graphdraw": {"amounts", "graph", "livetree"},
    "graphsvg": {"amounts", "graph", "livetree"},
    "validation": {"errors", "config", "livetree", "graph"},
    "sandbox": BASE | {"config"},
    "redshift": BASE | {"config"},
    "deploy": BASE | {"config", "livetree", "graph"},
    "doctor": BASE | {"config", "livetree", "graph", "deploy"},
    "cost": BASE | {"config"},
}


def modules(repo):
    return sorted((repo / "dpctl").rglob("*.py"))


def imports(path):
    """The names of dpctl that a file imports, with the line: ``dpctl.config.load`` -> ``config``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "dpctl":
            names = [f"dpctl.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        for name in names:
            if name.startswith("dpctl."):
                yield name.split(".")[1], node.lineno


def test_imports_go_one_way(repo):
    wrong = []
    for path in modules(repo):
        relative = path.relative_to(repo / "dpctl")
        owner = relative.parts[0].removesuffix(".py")
        if owner in {"cli", "__main__", "__init__"}:
            continue
        allowed = ALLOWED[owner] | {owner, "__version__", "SCHEMA_VERSION"}
        wrong += [
            f"dpctl/{relative}:{line} imports dpctl.{name}"
            for name, line in imports(path)
            if name not in allowed
        ]
    assert wrong == []


@pytest.mark.parametrize("name", ["utils", "common", "core", "helpers", "misc"])
def test_modules_are_named_by_their_noun(repo, name):
    assert [
        path for path in modules(repo) if name in {part.removesuffix(".py") for part in path.parts[-3:]}
    ] == []


def test_the_command_line_starts_without_the_heavy_libraries(repo):
    """``dpctl --help`` must not pay for boto3, pydantic, moto, hcl2 or the like."""
    import subprocess
    import sys

    heavy = ["boto3", "botocore", "pydantic", "moto", "hcl2", "lark", "sqlglot", "pyarrow", "yaml", "rich"]
    code = f"import sys, dpctl.cli; print([n for n in {heavy!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=repo)
    assert done.stdout.strip() == "[]"
