"""Write the generated pages of docs/: the command line reference."""

from __future__ import annotations

import os
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs/cli.md"


def reference() -> str:
    """The command line reference as Markdown, from the commands themselves."""
    os.environ["COLUMNS"] = "100"
    import typer
    from typer.core import TyperGroup

    from dpctl.cli import app

    root = typer.main.get_command(app)
    lines = ["# Commands", "", "Written by `make docs` from the commands' own help.", ""]

    def write(command, path: list[str]) -> None:
        ctx = command.make_context(" ".join(path), [], resilient_parsing=True)
        lines.extend([f"{'#' * min(len(path) + 1, 4)} {' '.join(path)}", "", "```", command.get_help(ctx).rstrip(), "```", ""])
        if isinstance(command, TyperGroup):
            for name in command.list_commands(ctx):
                write(command.get_command(ctx, name), [*path, name])

    write(root, ["dpctl"])
    return "\n".join(line.rstrip() for line in lines)


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
