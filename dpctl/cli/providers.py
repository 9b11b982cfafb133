"""``dpctl providers``: which providers the modules run with."""

from __future__ import annotations

import os

import typer

from dpctl import SCHEMA_VERSION
from dpctl.cli.factory import app_of
from dpctl.cli.options import Env, Json, TerraformPath

app = typer.Typer(help="Look after the locks of Terraform's providers.", no_args_is_help=True)


@app.command("lock")
def lock(ctx: typer.Context, env: Env = None, terraform: TerraformPath = None, as_json: Json = False) -> None:
    """Write the lock files of the modules' providers.

    .terraform.lock.hcl beside each module: the version, and checksums for every platform. Runs
    use these files and never write them. After a change of a version in versions.tf, run this and commit
    what it writes. Checksums come from the registry, or from DPCTL_PROVIDER_MIRROR.

    Example:
        dpctl providers lock --env dev
    """
    from dpctl.deploy import providers

    terminal = app_of(ctx).terminal
    environment = app_of(ctx).environment(env)
    with terminal.status("Asking for the providers' checksums"):
        locks = providers.lock(environment, terraform=terraform, environ=os.environ)
    rows = [
        {
            "file": found.file.relative_to(environment.root.resolve()).as_posix(),
            "providers": dict(found.providers),
            "changed": found.changed,
        }
        for found in locks
    ]
    if as_json:
        terminal.json({"schema_version": SCHEMA_VERSION, "env": environment.name, "locks": rows})
        return
    for row in rows:
        terminal.data(f"{row['file']}: {'written' if row['changed'] else 'unchanged'}")
