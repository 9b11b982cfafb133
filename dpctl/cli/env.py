"""``dpctl env``: environments of the live tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dpctl.cli.factory import App, app_of
from dpctl.errors import UsageError

if TYPE_CHECKING:
    from dpctl.config import Environment

app = typer.Typer(help="Make environments of the live tree.", no_args_is_help=True)

Source = Annotated[str, typer.Option("--from", help="The environment to begin with.", metavar="ENV")]


@app.command("new")
def new(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="The new environment.", metavar="NAME")],
    source: Source,
) -> None:
    """Copy an environment, with a prefix before every name and without ids.

    The copy shares nothing with the first: it creates its own network, buckets and databases. Passwords are
    made and kept by AWS. Nothing of AWS is called.

    Example:
        dpctl env new staging --from dev
    """
    import os

    from dpctl import validation
    from dpctl.livetree import copying

    root, terminal = app_of(ctx).root, app_of(ctx).terminal
    folder = copying.make(_source(app_of(ctx), source), name)
    app_of(ctx).env_name(name)  # what is said from here on is about the new one
    terminal.success(
        f"Wrote {folder.relative_to(root.resolve()) if folder.is_relative_to(root.resolve()) else folder}"
    )
    terminal.problems(validation.check(root, [name], os.environ))
    terminal.info(f"Try: dpctl --sandbox plan --env {name}")


def _source(app: App, name: str) -> Environment:
    """The environment to copy. Raises UsageError in the words of this command's own option."""
    try:
        return app.environment(name)
    except UsageError as error:
        error.hint = error.hint.replace("--env", "--from")
        raise
