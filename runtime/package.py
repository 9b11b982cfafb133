"""Make lambda_unload.zip, the package of the Lambda function: python runtime/package.py.

The package is kept in the repository, because Terraform cannot make one without a further provider; a test
compares it with its source. The same source gives the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "lambda_unload" / "handler.py"
PACKAGE = HERE / "lambda_unload.zip"


def package() -> bytes:
    """The package: one stored file with a fixed time and mode."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        entry = zipfile.ZipInfo("handler.py", (1980, 1, 1, 0, 0, 0))
        entry.create_system, entry.external_attr = 3, 0o100644 << 16
        archive.writestr(entry, SOURCE.read_bytes())
    return buffer.getvalue()


if __name__ == "__main__":
    PACKAGE.write_bytes(package())
