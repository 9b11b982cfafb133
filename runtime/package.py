"""Make the packages of the Lambda functions: python runtime/package.py.

The packages are kept in the repository, because Terraform cannot make one without a further provider; a test
compares them with their sources. The same source gives the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
FUNCTIONS = ("lambda_capture", "lambda_unload")


def path_of(function: str) -> Path:
    """Where the package of a function is."""
    return HERE / f"{function}.zip"


def package(function: str) -> bytes:
    """The package of a function: one stored file with a fixed time and mode."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        entry = zipfile.ZipInfo("handler.py", (1980, 1, 1, 0, 0, 0))
        entry.create_system, entry.external_attr = 3, 0o100644 << 16
        archive.writestr(entry, (HERE / function / "handler.py").read_bytes())
    return buffer.getvalue()


if __name__ == "__main__":
    for name in FUNCTIONS:
        path_of(name).write_bytes(package(name))
