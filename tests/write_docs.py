"""Write what is generated of docs/: commands, env.yaml, decisions, checks, differences of the sandbox."""

from __future__ import annotations

import inspect
import json
import os
import types
import typing
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.clients.page import page as clients_page
from tests.permissions.page import page as permissions_page

DOCS = Path(__file__).resolve().parent.parent / "docs"


def commands_page() -> str:
    """The command line reference as Markdown, from the commands themselves."""
    os.environ["COLUMNS"] = "100"
    import typer
    from typer.core import TyperGroup

    from dpctl.cli import app

    lines = ["# Commands", "", "Written by `make docs` from the commands' own help.", ""]

    def write(command, path: list[str]) -> None:
        ctx = command.make_context(" ".join(path), [], resilient_parsing=True)
        heading = f"{'#' * min(len(path) + 1, 4)} {' '.join(path)}"
        lines.extend([heading, "", "```", command.get_help(ctx).rstrip(), "```", ""])
        if isinstance(command, TyperGroup):
            for name in command.list_commands(ctx):
                write(command.get_command(ctx, name), [*path, name])

    write(typer.main.get_command(app), ["dpctl"])
    return "\n".join(line.rstrip() for line in lines)


def settings_page() -> str:
    """The keys of env.yaml as Markdown, from the models."""
    from dpctl.config.models import EnvConfig

    lines = ["# env.yaml", "", "Written by `make docs` from the models that check the file.", ""]
    lines += [
        "`dpctl validate` reports every problem of the file in one run, with its line. The first line of each"
    ]
    lines += [
        "env.yaml names the [JSON Schema](schemas/env.schema.json), by which editors with a YAML language"
    ]
    lines += ["server complete keys, explain them and underline mistakes.", ""]
    seen: list[type] = []

    def write(model, path: str) -> None:
        if model in seen:
            return
        seen.append(model)
        lines.extend([f"## {path}", "", inspect.cleandoc(model.__doc__ or ""), ""])
        lines.extend(["| key | value | default |", "| --- | --- | --- |"])
        inner = []
        for name, field in model.model_fields.items():
            key = field.alias or name
            default = "required" if field.is_required() else _shown_default(field)
            lines.append(f"| `{key}` | {_shown_type(field)} | {default} |")
            inner += [
                (found, f"{path}.{key}".removeprefix("(top level).")) for found in _models(field.annotation)
            ]
        lines.append("")
        for found, where in inner:
            write(found, where)

    write(EnvConfig, "(top level)")
    return "\n".join(lines)


def _models(kind) -> list[type]:
    """The models inside an annotation."""
    from dpctl.config.model import Model

    if isinstance(kind, type) and not typing.get_origin(kind) and issubclass(kind, Model):
        return [kind]
    return [found for part in typing.get_args(kind) for found in _models(part)]


def _shown_default(field) -> str:
    from dpctl.config.model import Model

    value = field.get_default(call_default_factory=True)
    if isinstance(value, Model):
        return "see below"
    return "none" if value is None else f"`{value}`"


def _shown_type(field) -> str:
    text = _name(field.annotation)
    for rule in field.metadata:
        for attribute, word in (("ge", "at least"), ("le", "at most"), ("min_length", "length at least")):
            if getattr(rule, attribute, None) is not None:
                text += f", {word} {getattr(rule, attribute)}"
    return text


def _name(kind) -> str:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return _name(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return " or ".join("null" if part is type(None) else _name(part) for part in arguments)
    if origin is typing.Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    if origin is list:
        return f"list of {_name(arguments[0])}"
    if origin is dict:
        return f"map of name to {_name(arguments[1])}"
    return {"str": "text", "int": "whole number", "float": "number", "bool": "true or false"}.get(
        kind.__name__, f"[{kind.__name__}]"
    )


def env_schema() -> str:
    """The JSON Schema of env.yaml, by which editors complete and check the file."""
    from dpctl.config.models import EnvConfig

    def readable(part):
        """Docstrings' ``code`` as Markdown has it, which is what editors show; titles say nothing new."""
        if isinstance(part, dict):
            return {k: readable(v) for k, v in part.items() if k != "title" or isinstance(v, dict)}
        if isinstance(part, list):
            return [readable(one) for one in part]
        return part.replace("``", "`") if isinstance(part, str) else part

    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "live/<env>/env.yaml",
        "$comment": "Written by `make docs` from the models; `dpctl validate` checks more than a schema can.",
    }
    return json.dumps(schema | readable(EnvConfig.model_json_schema()), indent=2, ensure_ascii=False) + "\n"


def decisions_page() -> str:
    """The index of the decisions: each page by its own heading."""
    lines = ["# Decisions", "", "Written by `make docs`. Gaps in the numbers are left on purpose.", ""]
    for page in sorted((DOCS / "decisions").glob("[0-9]*.md")):
        heading = page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        number, _, title = heading.partition(". ")
        lines.append(f"- {number} [{title}]({page.name})")
    return "\n".join([*lines, ""])


def doctor_page() -> str:
    """The doctor's guide, with its two tables from the declarations of the checks."""
    from dpctl.doctor.catalogue import CONNECTION, PIPELINE, table

    text = (DOCS / "doctor.md").read_text(encoding="utf-8")
    for name, declared in (("connection", CONNECTION), ("pipeline", PIPELINE)):
        begin, end = f"<!-- checks of the {name}, written by make docs -->\n", "\n<!-- end -->"
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}{table(declared)}{end}{rest.partition(end)[2]}"
    return text


def check_page(code: str) -> str:
    """The page of a check: its heading from the declaration, and what a person wrote below."""
    from dpctl.doctor.catalogue import BY_CODE

    text = (DOCS / "checks" / f"{code}.md").read_text(encoding="utf-8")
    return f"# {code}: {BY_CODE[code].title}\n{text.partition(chr(10))[2]}"


def _checks() -> dict[Path, Callable[[], str]]:
    from dpctl.doctor.catalogue import BY_CODE

    return {DOCS.parent / one.page: partial(check_page, code) for code, one in BY_CODE.items()}


def differences_page() -> str:
    """Where the sandbox differs from AWS."""
    from dpctl.sandbox import gaps

    return gaps.page()


PAGES: dict[Path, Callable[[], str]] = {
    **_checks(),
    DOCS / "doctor.md": doctor_page,
    DOCS / "cli.md": commands_page,
    DOCS / "env-yaml.md": settings_page,
    DOCS / "schemas" / "env.schema.json": env_schema,
    DOCS / "decisions" / "README.md": decisions_page,
    DOCS / "permissions.md": permissions_page,
    DOCS / "sandbox-redshift.md": clients_page,
    DOCS / "sandbox-differences.md": differences_page,
}

if __name__ == "__main__":
    for page, write in PAGES.items():
        page.write_text(write(), encoding="utf-8")
