"""docs/permissions.md: what each command needs, from the recorded data, and the roles of CI."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dpctl.config import load_environment
from dpctl.permissions import FILE, commands, policies, size

HERE = Path(__file__).resolve().parent
REPO = HERE.parents[1]
ISSUER = "token.actions.githubusercontent.com"
TITLES = {
    "existing": "An account that stands (`naming: existing`)",
    "prefixed": "An account where everything is made (`naming: prefixed`)",
}


def page() -> str:
    """The page as Markdown."""
    recorded = json.loads(FILE.read_text(encoding="utf-8"))
    config = load_environment(REPO, "dev").config
    told = {
        "plan": json.dumps(trust(config.account_id, "pull_request"), indent=2),
        "apply": json.dumps(trust(config.account_id, "ref:refs/heads/main"), indent=2),
        "account": config.account_id,
        "region": config.region,
    }
    ci = (HERE / "page_ci.md").read_text(encoding="utf-8")
    for name, value in told.items():
        ci = ci.replace(f"@{name}@", value)
    intro = (HERE / "page_intro.md").read_text(encoding="utf-8")
    parts = [intro, ci, "\n".join(_overview())]
    parts += ["\n".join(_commands(TITLES[naming], found)) for naming, found in recorded.items()]
    return "".join(parts).rstrip() + "\n"


def trust(account: str, subject: str) -> dict[str, Any]:
    """The trust policy of a role that jobs of a repository take on.

    Source: GitHub, "Configuring OpenID Connect in Amazon Web Services"; IAM user guide, "Create a role for
    OpenID Connect federation".
    """
    condition = {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": f"repo:ORG/REPO:{subject}"}
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{account}:oidc-provider/{ISSUER}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": condition},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _overview() -> Iterator[str]:
    dev, prod = (load_environment(REPO, env) for env in ("dev", "prod"))
    yield "## How much it is\n"
    yield "| `--for` | actions in dev | policies (characters) | actions in prod | policies (characters) |"
    yield "| --- | --- | --- | --- | --- |"
    for name in commands():
        cells = []
        for environment in (dev, prod):
            found = policies(environment, [name])
            actions = {one for policy in found for part in policy["Statement"] for one in part["Action"]}
            cells += [str(len(actions)), f"{len(found)} ({', '.join(f'{size(one):,}' for one in found)})"]
        yield f"| {name} | {' | '.join(cells)} |"
    yield "\n"


def _commands(title: str, recorded: Mapping[str, Mapping[str, list[str]]]) -> Iterator[str]:
    yield f"## {title}\n"
    for name, actions in recorded.items():
        yield f"### {name}\n"
        yield "| actions | on |"
        yield "| --- | --- |"
        grouped: dict[tuple[str, ...], list[str]] = {}
        for action, resources in actions.items():
            grouped.setdefault(tuple(resources), []).append(action)
        for resources, found in sorted(grouped.items(), key=lambda pair: pair[1]):
            where = "<br>".join(f"`{_short(one)}`" for one in resources)
            yield f"| {', '.join(found)} | {where} |"
        yield ""
    yield ""


def _short(template: str) -> str:
    """A resource without what stands before every one."""
    return template.replace("arn:${partition}:", "").replace("${region}:${account}", "").replace("|", "\\|")
