"""AWS Budgets: the tags of budgets, which moto keeps none of.

Source: AWS Cost Management API reference, "CreateBudget" (ResourceTags), "TagResource", "UntagResource" and
"ListTagsForResource".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Answer, Call, ServiceError

Tags = dict[str, str]


@dataclass
class Tagged:
    """The tags of each budget, by its name."""

    tags: dict[str, Tags] = field(default_factory=dict)


def _of(account: Account, arn: str) -> Tags:
    """A budget's own tags, to be changed. Raises ServiceError where there is no such budget."""
    name = arn.partition(":budget/")[2]
    if name not in account.backend("budgets").budgets[account.account_id]:
        raise ServiceError("NotFoundException", f"Unable to find the resource {arn}.")
    return account.store(Tagged).tags.setdefault(name, {})


def _pairs(tags: list[dict[str, str]]) -> Tags:
    return {one["Key"]: one["Value"] for one in tags}


def tag(account: Account, call: Call) -> dict[str, Any]:
    """TagResource."""
    _of(account, call.parameters["ResourceARN"]).update(_pairs(call.parameters["ResourceTags"]))
    return {}


def untag(account: Account, call: Call) -> dict[str, Any]:
    """UntagResource."""
    found = _of(account, call.parameters["ResourceARN"])
    for name in call.parameters["ResourceTagKeys"]:
        found.pop(name, None)
    return {}


def list_tags(account: Account, call: Call) -> dict[str, Any]:
    """ListTagsForResource."""
    found = _of(account, call.parameters["ResourceARN"])
    return {"ResourceTags": [{"Key": name, "Value": value} for name, value in found.items()]}


def created(account: Account, call: Call, answer: Answer) -> None:
    """After CreateBudget: it has the tags that it was made with."""
    if answer.status < 300:
        name = call.parameters["Budget"]["BudgetName"]
        account.store(Tagged).tags[name] = _pairs(call.parameters.get("ResourceTags") or [])


HANDLERS = {
    ("budgets", "TagResource"): tag,
    ("budgets", "UntagResource"): untag,
    ("budgets", "ListTagsForResource"): list_tags,
}
AFTER = {("budgets", "CreateBudget"): created}
