"""How Glue's things are found: by name; connections and the catalogue's also by the catalogue's account."""

from __future__ import annotations

from collections.abc import Callable

from dpctl.deploy.adopt.inventory import Inventory, Values


def named(operation: str, parameter: str) -> Callable[[Values, Inventory], str | None]:
    """A resolver for what Glue knows by its name alone."""

    def resolve(values: Values, aws: Inventory) -> str | None:
        name = str(values["name"])
        return name if aws.get("glue", operation, **{parameter: name}) else None

    return resolve


def connection(values: Values, aws: Inventory) -> str | None:
    """``<account>:<connection>``; its password is not asked for."""
    name = str(values["name"])
    found = aws.get("glue", "get_connection", Name=name, HidePassword=True)
    return f"{values.get('catalog_id', aws.account_id)}:{name}" if found else None


def database(values: Values, aws: Inventory) -> str | None:
    """``<account>:<database>``."""
    name = str(values["name"])
    found = aws.get("glue", "get_database", Name=name)
    return f"{values.get('catalog_id', aws.account_id)}:{name}" if found else None
