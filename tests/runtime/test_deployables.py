"""What is deployed: Python 3.9 throughout, each script whole in itself, and a package that is up to date."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

from tests.runtime.scripts import RUNTIME, load

SCRIPTS = sorted(RUNTIME.glob("*/*.py"))
ALLOWED = {"boto3", "botocore", "awsglue", "pyspark"}
WITH_IT = {"Reconcile.py": {"GlueTestjob"}, "DynamotoRedshift.py": {"GlueTestjob"}}  # by --extra-py-files


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_python_3_9(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_imports_the_standard_library_and_what_aws_has(path: Path) -> None:
    import sys

    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    others = {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names)
    assert others <= ALLOWED | WITH_IT.get(path.name, set())
    top = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    heavy = {alias.name for node in top for alias in node.names} & ALLOWED
    assert not heavy, "boto3 and Spark are imported where they are used, so that tests can import the script"


@pytest.mark.parametrize("name", ["identifier", "literal", "Redshift", "StatementFailed"])
def test_what_the_jobs_share_is_the_same_text(name: str) -> None:
    """Each script is one file in S3; what they have in common is repeated, and must not drift apart."""
    paths = ("glue_shell/GlueTestjob.py", "glue_etl/DynamotoRedshift.py", "glue_etl/gluejob.py")
    texts = {inspect.getsource(getattr(load(path), name)) for path in paths}
    assert len(texts) == 1


@pytest.mark.parametrize("function", load("package.py").FUNCTIONS)
def test_the_package_of_a_function_is_up_to_date(function: str) -> None:
    package = load("package.py")
    assert package.path_of(function).read_bytes() == package.package(function), (
        "run: python runtime/package.py"
    )
