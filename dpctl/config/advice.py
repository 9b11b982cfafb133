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
    if kind == "list_type":
        return _list(given, key)
    if kind == "none_required":
        return "null, or leave the key out"
    if kind.startswith(("int_", "float_")) and (number := _number(given, key, whole=kind.startswith("int"))):
        return f"a {'whole ' if kind.startswith('int') else ''}number, without quotes: {key}: {number}"
    for name, shape in _SHAPES.items():
        if kind.startswith((f"{name}_type", f"{name}_parsing", f"{name}_attributes", f"{name}_from")):
            return shape
    return _bound(kind, context, key, given)


def mapping(given: Any, required: list[str], otherwise: str) -> str:
    """What a mapping looks like that has the required keys, with what was given as its value where it is one.

    ``otherwise`` is the hint where nothing more can be told.
    """
    if isinstance(given, list) and len(given) == 1 and isinstance(given[0], dict):
        return "the mapping itself, without the brackets or the hyphen of a list"
    words = given.split(maxsplit=1) if isinstance(given, str) else given if isinstance(given, list) else []
    if len(words) == len(required) and all(isinstance(word, str) for word in words):
        return f"{{{', '.join(f'{key}: {word}' for key, word in zip(required, words, strict=True))}}}"
    shown = ", ".join(f"{key}: {EXAMPLES.get(key, '...')}" for key in required)
    return f"a mapping: {{{shown}}}" if shown else otherwise


def _choice(given: str, known: list[str]) -> str:
    plain = {word.lower().replace("-", "_"): word for word in known}
    near = plain.get(given.lower().replace("-", "_")) or closest(given, known, 0.5)
    near = near or closest(given.lower(), known, 0.5)
    return f"did you mean {near!r}?" if near else f"one of: {', '.join(known)}"


def _list(given: Any, key: str) -> str:
    """A list in place of one value, of several in one text, or of a mapping."""
    example = EXAMPLES.get(key, "")
    if example.startswith("[{"):
        return f"a list: {example}"
    if isinstance(given, str | int):
        words = re.split(r"[,;\s]+", str(given).strip())
        return f"a list: [{', '.join(words)}]"
    return "a list: a hyphen and a space before each entry"


# how many of the unit that a key's name ends with a unit that people write is
_UNITS: Mapping[str, Mapping[str, float]] = {
    "minutes": {"s": 1 / 60, "m": 1, "min": 1, "h": 60, "d": 1440},
    "seconds": {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600},
    "mb": {"mb": 1, "mib": 1, "m": 1, "gb": 1000, "gib": 1024, "g": 1024},
}


def _number(given: Any, key: str, *, whole: bool) -> str:
    """The number that a text means, with its unit or without; empty where that can't be told."""
    if isinstance(given, float) and given.is_integer():
        return str(int(given))
    if isinstance(given, bool) or not isinstance(given, str):
        return ""
    if ratio := re.fullmatch(r"(\d+) ?/ ?(\d+)", given.strip()):
        value = int(ratio[1]) / int(ratio[2]) if int(ratio[2]) else 0.0
    elif match := re.fullmatch(r"([+-]?\d[\d_,]*(?:\.\d+)?) ?([A-Za-z]*)", given.strip()):
        unit = match[2].lower()
        units: Mapping[str, float] = _UNITS.get(key.rpartition("_")[2], {"k": 1000, "rpu": 1, "dpu": 1})
        if unit and unit not in units:
            return ""
        value = float(re.sub("[_,]", "", match[1])) * units.get(unit, 1)
    else:
        return ""
    if value.is_integer():
        return str(int(value))
    return "" if whole else f"{value:g}"


def _text(given: Any, key: str) -> str:
    if isinstance(given, bool):
        return f"{key}: the word in quotes, as YAML takes on, yes and true for one and the same"
    if isinstance(given, list) and len(given) == 1 and isinstance(given[0], str):
        return f"{key}: {quoted(given[0])}"
    if given is None or isinstance(given, list | dict):
        return EXAMPLES.get(key, "a text")
    return f'{key}: "{str(given)[:40]}", in quotes'


def quoted(text: str) -> str:
    """A text as it stands in the file: in quotes where YAML would take it for something else."""
    return (
        text
        if re.fullmatch(r"(?i)(?!(true|false|yes|no|on|off|null)$)[a-z][\w ./()-]*", text)
        else f'"{text}"'
    )


def _fitted(given: str, pattern: str) -> str:
    """What a name is without the signs that a pattern does not allow; empty where that is no name either."""
    if given.endswith(".amazonaws.com"):  # an endpoint begins with the name of what answers there
        given = given.partition(".")[0]
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
        return f"{key}: {EXAMPLES[key]}" if key in EXAMPLES else f"at least {context['min_length']}"
    if "max_length" in context:
        return f"at most {context['max_length']}"
    if kind == "string_pattern_mismatch":
        return _fitted(given, context["pattern"]) or EXAMPLES.get(key, f"what fits {context['pattern']}")
    return EXAMPLES.get(key, "the form that docs/env-yaml.md shows")
