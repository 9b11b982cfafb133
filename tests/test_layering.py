"""Imports go one way: cli > deploy, redshift, doctor, sandbox > graph > livetree > config > aws > errors."""

from __future__ import annotations

import ast
import re
import subprocess
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

# Every package or module of dpctl, and what of dpctl it may import beside itself.
BASE = {"amounts", "errors", "installation", "terminal", "aws", "prices", "private", "jsontext", "visible"}
BASE |= {"interpreters", "layers", "lexer", "redaction"}
ALLOWED = {
    "amounts": set(),
    "errors": set(),
    "installation": set(),
    "interpreters": set(),
    "private": {"errors"},
    "jsontext": set(),
    "visible": set(),
    "terminal": {"errors", "visible"},
    "awsendpoints": {"errors"},
    "aws": {"errors", "awsendpoints"},
    "prices": set(),
    "redaction": set(),
    "lexer": set(),
    "layers": set(),
    "usercache": set(),
    "config": {"errors", "usercache"},
    "livetree": {"amounts", "errors", "private", "installation", "usercache", "config", "redaction"},
    "graph": {"errors", "config", "livetree"},
    "graphdraw": {"amounts", "graph", "livetree"},
    "graphsvg": {"visible", "amounts", "graph", "livetree"},
    "validation": {"errors", "config", "livetree", "graph"},
    "sandbox": BASE | {"config"},
    "redshift": BASE | {"config"},
    "mysql": BASE | {"config"},
    "deploy": BASE | {"config", "livetree", "graph"},
    "doctor": BASE | {"config", "livetree", "graph", "deploy", "mysql", "redshift"},
    "flows": BASE | {"config", "redshift"},
    "cost": BASE | {"config"},
    "permissions": BASE | {"config"},
    "traffic": BASE | {"config", "cost"},
    "trafficsvg": BASE | {"traffic"},
}
# Where modules are imported by name: a function's handler, and what of moto makes ids, neither of dpctl; and
# the command that is asked for, which may import everything and is imported by nobody.
BY_NAME = ("dpctl/cli/commands.py", "dpctl/sandbox/services/lambda_runner.py", "dpctl/sandbox/replica/ids.py")


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


def name_of(repo, path):
    """``dpctl/config/__init__.py`` -> ``dpctl.config``."""
    return ".".join(path.relative_to(repo).with_suffix("").parts).removesuffix(".__init__")


def imported(path, known):
    """The modules that a file imports, wherever in the file: in functions and for type checks too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in known else node.module for name in inside)


@pytest.fixture(scope="module")
def graph(repo):
    """Who imports whom, of the modules of dpctl."""
    known = {name_of(repo, path): path for path in modules(repo)}
    return {
        name: {other for other in imported(path, known) if other in known and other != name}
        for name, path in known.items()
    }


def test_no_import_goes_in_a_circle(graph):
    """Neither a lazy import nor one for a type: who needs the other has not found its place."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


def test_the_engine_of_redshift_is_a_library(graph):
    """It imports nothing of dpctl but itself and the lexer, and others use only what is on its face."""
    engine = {name for name in graph if f"{name}.".startswith("dpctl.sandbox.redshift.")}
    assert {other for name in engine for other in graph[name]} <= engine | {"dpctl.lexer"}
    assert graph["dpctl.lexer"] == set()
    assert {other for name in set(graph) - engine for other in graph[name] & engine} == {
        "dpctl.sandbox.redshift"
    }


def test_modules_are_imported_by_statements(repo):
    """An import by a name made up at run time would hide from the rules above."""
    hidden = {"import_module", "__import__"}
    found = [
        f"{path.relative_to(repo)}:{node.lineno}"
        for path in modules(repo)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and {getattr(node.func, "attr", ""), getattr(node.func, "id", "")} & hidden
    ]
    assert [place for place in found if not place.startswith(BY_NAME)] == []


def test_contributing_maps_the_tree(repo):
    """Every folder, every package of dpctl and every kind of test has its row, and there is no other."""
    text = (repo / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = {name.rstrip("/") for name in re.findall(r"^\| `([\w./-]+)` \|", text, re.MULTILINE)}
    listed = subprocess.run(["git", "ls-files"], cwd=repo, capture_output=True, text=True, check=True)
    folders = {Path(name).parent for name in listed.stdout.splitlines() if "/" in name}
    top = {folder.parts[0] for folder in folders if not folder.parts[0].startswith(".")}
    packages = {str(path.parent.relative_to(repo)) for path in (repo / "dpctl").rglob("__init__.py")}
    kinds = {
        "/".join(folder.parts[:2]) for folder in folders if folder.parts[0] == "tests" and folder.parts[1:]
    }
    assert rows == top | packages | kinds


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


def test_no_two_files_of_tests_have_one_name(repo):
    """pytest imports test files by their names: two of one name can't be collected together."""
    names = [path.name for path in (repo / "tests").rglob("test_*.py")]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []
