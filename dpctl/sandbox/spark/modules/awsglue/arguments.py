"""The job's arguments."""

from __future__ import annotations

import argparse
from collections.abc import Sequence


class GlueArgumentError(Exception):
    """An argument that the script wants was not given."""


def getResolvedOptions(args: Sequence[str], options: Sequence[str]) -> dict[str, str]:
    """The values of ``options``, each given as ``--NAME value``; Glue's own come along where given."""
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    for name in {*options, "JOB_NAME", "JOB_RUN_ID", "TempDir"}:
        parser.add_argument(f"--{name}")
    found = {key: value for key, value in vars(parser.parse_known_args(list(args)[1:])[0]).items() if value}
    missing = [name for name in options if name not in found]
    if missing:
        raise GlueArgumentError(
            "the following arguments are required: " + ", ".join(f"--{x}" for x in missing)
        )
    return found
