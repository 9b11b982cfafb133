"""What to write instead of a value of env.yaml that is refused: a hint for everything pydantic can say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dpctl.config.types import closest

# an example of each key that is required, as it would stand in the file
EXAMPLES: Mapping[str, str] = {
    "account_id": '"054158074701"',
    "audit": "{trail: data-events}",
    "az": "ap-south-1a",
    "cidr": "10.11.0.0/16",
    "columns": "[{name: partkey, type: varchar(64)}]",
    "connection": "{name: Redshift connection}",
    "cron": "cron(0 1 * * ? *)",
    "database": "test/dbaccess",
    "databases": "{dynamodb: {...}, mysql: null, redshift: {...}}",
    "dynamodb": "{table: Orders, hash_key: PartKey}",
    "export_bucket": "data-pipeline-exports-054158074701",
    "glue": "{workflow: ..., connection: {...}, jobs: {...}}",
    "glue_assets_bucket": "aws-glue-assets-054158074701-ap-south-1",
    "glue_version": '"5.0"',
    "hash_key": "PartKey",
    "identifier": "database-1",
    "jobs": '{gluejob: {type: glueetl, glue_version: "5.0"}}',
    "mysql": "null",
    "name": "orders",
    "namespace": "test-redshift",
    "network": "{vpc: {...}, private_subnets: [...]}",
    "prefix": "orders/",
    "private_subnets": "[{az: ap-south-1a, cidr: 10.11.128.0/20}, {az: ap-south-1b, cidr: 10.11.144.0/20}]",
    "project": "data-pipeline",
    "redshift": "test/redshift",
    "region": "ap-south-1",
    "secrets": "{redshift: test/redshift, database: test/dbaccess}",
    "source": "s3",
    "source_bucket": "manifest-bucket-054158074701",
    "storage": "{source_bucket: ..., glue_assets_bucket: ..., trail_bucket: ..., export_bucket: ...}",
    "table": "Orders",
    "tables": "[orders]",
    "trail": "data-events",
    "trail_bucket": "aws-cloudtrail-logs-054158074701",
    "type": "varchar(64)",
    "vpc": "{name: dbhost-vpc, cidr: 10.11.0.0/16}",
    "workflow": "Glue-EventBridge-Workflow",
    "workgroup": "default-workgroup",
}
_SHAPES = {
    "bool": "true or false, without quotes",
    "dict": "a mapping: {key: value}",
    "float": "a number, without quotes",
    "int": "a whole number, without quotes",
    "list": "a list",
    "model": "a mapping: {key: value}",
}


def on(item: Mapping[str, Any], key: str) -> str:
    """A hint for one error of pydantic about the value of a key."""
    kind, context, given = item["type"], item.get("ctx", {}), item["input"]
    if error := context.get("error"):
        return str(getattr(error, "hint", ""))
    if kind == "missing":
        return f"{key}: {EXAMPLES.get(key, '...')}"
    if (
        kind == "literal_error"
        and not isinstance(given, str)
        and f"'{given}'" in str(context.get("expected"))
    ):
        return f'{key}: "{given}", in quotes'
    if kind == "literal_error":
        return _choice(str(given), re.findall(r"'([^']*)'", str(context.get("expected"))))
    if kind == "string_type":
        return _text(given, key)
    if kind == "list_type" and isinstance(given, str | int):
        return f"a list: [{given}]"
    if kind == "none_required":
        return "null, or leave the key out"
    for name, shape in _SHAPES.items():
        if kind.startswith((f"{name}_type", f"{name}_parsing", f"{name}_attributes", f"{name}_from")):
            return shape
    return _bound(kind, context, key, given)


def _choice(given: str, known: list[str]) -> str:
    near = closest(given, known, 0.5) or closest(given.lower(), known, 0.5)
    return f"did you mean {near!r}?" if near else f"one of: {', '.join(known)}"


def _text(given: Any, key: str) -> str:
    if isinstance(given, bool):
        return f"{key}: the word in quotes, as YAML takes on, yes and true for one and the same"
    if isinstance(given, list) and len(given) == 1 and isinstance(given[0], str):
        return f"{key}: {given[0]}"
    if given is None or isinstance(given, list | dict):
        return EXAMPLES.get(key, "a text")
    return f'{key}: "{str(given)[:40]}", in quotes'


def _fitted(given: str, pattern: str) -> str:
    """What a name is without the signs that a pattern does not allow; empty where that is no name either."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", given.rpartition(":")[2]).strip("-")
    for text in (plain, plain.lower(), plain.lower().lstrip("0123456789-")):
        for most in (len(text), 64, 63):
            if re.fullmatch(pattern, text[:most].rstrip("-")):
                return text[:most].rstrip("-")
    return ""


def _bound(kind: str, context: Mapping[str, Any], key: str, given: Any) -> str:
    for word in ("le", "ge", "lt", "gt"):
        if word in context:
            return f"{key}: {context[word]}, or {'less' if word[0] == 'l' else 'more'}"
    if "min_length" in context:
        return f"at least {context['min_length']}"
    if "max_length" in context:
        return f"at most {context['max_length']}"
    if kind == "string_pattern_mismatch":
        return _fitted(given, context["pattern"]) or EXAMPLES.get(key, f"what fits {context['pattern']}")
    return EXAMPLES.get(key, "the form that docs/env-yaml.md shows")
