"""The options that several commands share, each in one place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dpctl.cli import completion

Env = Annotated[
    str | None,
    typer.Option(
        "--env",
        "-e",
        help="The environment: a folder of live/.  [env var: DPCTL_ENV]",
        metavar="ENV",
        autocompletion=completion.environments,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, and ask nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", "--auto-approve", help="Do it without asking.")]
Layers = Annotated[
    list[str] | None,
    typer.Option(
        "--layer",
        "-l",
        help="A layer; may be repeated.  [default: all]",
        metavar="LAYER",
        autocompletion=completion.layers,
    ),
]
Layer = Annotated[
    str, typer.Option("--layer", "-l", help="The layer.", metavar="LAYER", autocompletion=completion.layers)
]
WithDependencies = Annotated[
    bool, typer.Option("--with-dependencies", help="Also the layers that the named ones depend on.")
]
Targets = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        help="Only this of a layer, and what it needs; may be repeated. What else is pending stays pending.",
        metavar="LAYER:ADDRESS",
    ),
]
Parallelism = Annotated[
    int,
    typer.Option(
        "--parallelism",
        "-p",
        min=1,
        max=32,
        help="Layers at the same time; each takes about 0.6 GB for Terraform's AWS provider.",
        metavar="N",
    ),
]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="Start nothing more once a layer has failed.")]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume", help="Leave out layers that the last run finished, if nothing has changed since."
    ),
]
Report = Annotated[
    Path | None,
    typer.Option(
        "--report",
        help="Write the report to a file too: .json, .xml (JUnit) or .md (for a pull request).",
        metavar="FILE",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="Write the plan to a folder, to be reviewed and applied.", metavar="DIR"),
]
PlanFolder = Annotated[
    Path | None,
    typer.Option("--plan", help="Apply only what means the same as the plan in this folder.", metavar="DIR"),
]
ChangedOnly = Annotated[
    bool, typer.Option("--changed-only", help="Leave out layers for which nothing has changed; say what has.")
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since", help="With --changed-only: since this commit, not since the last run.", metavar="REF"
    ),
]
AllowDestroy = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-destroy",
        help="Let a resource that holds data be destroyed; may be repeated.",
        metavar="ADDRESS",
    ),
]
Accept = Annotated[
    list[str] | None,
    typer.Option(
        "--accept",
        help="Let the account lose this, in one layer; may be repeated. --yes accepts no loss.",
        metavar="[LAYER:]ADDRESS[.ATTRIBUTE]",
    ),
]
DetailedExitCode = Annotated[
    bool, typer.Option("--detailed-exitcode", help="Exit with 10, not 0, when there are changes.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")]
Adopt = Annotated[
    bool, typer.Option("--adopt/--no-adopt", help="Import what exists already instead of creating it.")
]


def _asked_too(path: str | None) -> str | None:
    """The Terraform that runs also answers for the functions that are not evaluated here."""
    from dpctl.livetree import console

    console.use(path)
    return path


TerraformPath = Annotated[
    str | None,
    typer.Option(
        "--terraform",
        help="Terraform or OpenTofu; `embedded` for the one in Python.  [env var: DPCTL_TERRAFORM]",
        metavar="PATH",
        callback=_asked_too,
    ),
]
