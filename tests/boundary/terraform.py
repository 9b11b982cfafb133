"""Terraform's answers to expressions: many at once, as locals of a configuration without a provider."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

BATCH = 250


def program():
    """The path of Terraform; skips the test where there is none."""
    found = shutil.which("terraform")
    if not found:
        pytest.skip("there is no terraform on PATH")
    return found


def answers(expressions):
    """The value of each expression as the text of ``jsonencode([...])``, None where Terraform refuses it."""
    found = []
    for start in range(0, len(expressions), BATCH):
        found += _answers(program(), expressions[start : start + BATCH])
    return found


def _answers(terraform, expressions):
    text = "".join(
        f"q{number} = try(jsonencode([{text}\n]), null)\n" for number, text in enumerate(expressions)
    )
    names = ", ".join(f"local.q{number}" for number in range(len(expressions)))
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "main.tf").write_text(f"locals {{\n{text}}}\n", encoding="utf-8")
        done = subprocess.run(
            [terraform, "console"],
            input=f"base64encode(jsonencode([{names}]))\n",
            capture_output=True,
            text=True,
            cwd=folder,
            env={**environ, "TF_CLI_CONFIG_FILE": os.devnull},
            timeout=300,
            check=False,
        )
    try:
        return json.loads(base64.b64decode(done.stdout.strip().strip('"'), validate=True))
    except ValueError:  # one of them can't be read, or is not known: the others can
        if len(expressions) == 1:
            return [None]
    middle = len(expressions) // 2
    return _answers(terraform, expressions[:middle]) + _answers(terraform, expressions[middle:])
