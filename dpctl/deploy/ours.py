"""What of a plan is ours: to change (decision 0016), and to delete (decision 0017)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dpctl.deploy.imported import Origins
from dpctl.deploy.named import Named

# what works and holds no rows, objects, messages, logs, keys or secrets, by the beginning of its type
WORKING = (
    "aws_cloudwatch_dashboard",
    "aws_cloudwatch_event_",
    "aws_cloudwatch_metric_alarm",
    "aws_glue_connection",
    "aws_glue_job",
    "aws_glue_trigger",
    "aws_glue_workflow",
    "aws_iam_",
    "aws_lambda_",
    "aws_redshift_resource_policy",
    "aws_route",
    "aws_scheduler_",
    "aws_sfn_",
    "aws_sns_",
    "aws_sqs_queue_policy",
    "aws_vpc_",
)
ROLE, INLINE, ATTACHED = "aws_iam_role", "aws_iam_role_policy", "aws_iam_role_policy_attachment"


def changeable(resource: Mapping[str, Any], origins: Origins) -> bool:
    """Whether a resource of a plan was made by us and holds nothing."""
    made = resource["address"] in origins.created and not resource["change"].get("importing")
    return made and str(resource.get("type")).startswith(WORKING)


# a delete because the configuration does not name the resource (internals/json-format, "action_reason"); a
# destroy and a replacement have other reasons
UNWANTED = "delete_because_"


def let_go(
    document: Mapping[str, Any], origins: Origins, layer: str, named: Iterable[Named]
) -> frozenset[str]:
    """What was there before Terraform and no longer stands in the configuration, by address: it stays in AWS.

    What the command line names is left out: that was asked to go.
    """
    named = tuple(named)
    return frozenset(
        str(one["address"])
        for one in document.get("resource_changes") or []
        if one["address"] in origins.adopted
        and list(one["change"].get("actions") or []) == ["delete"]
        and str(one.get("action_reason")).startswith(UNWANTED)
        and "deposed" not in one
        and not any(names.covers(layer, one["address"]) for names in named)
    )


def roles_that_may_go(document: Mapping[str, Any], origins: Origins) -> frozenset[str]:
    """The roles of our own, by address, to which nobody has attached anything.

    AWS deletes a role together with whatever hangs on it (the provider detaches it first), so a policy that
    is not of this plan is somebody else's.
    """
    resources = list(document.get("resource_changes") or [])
    inline = {_on_role(one, "name") for one in resources if one.get("type") == INLINE}
    attached = {_on_role(one, "policy_arn") for one in resources if one.get("type") == ATTACHED}
    found = set()
    for one in resources:
        before = one["change"].get("before") or {}
        if one.get("type") == ROLE and changeable(one, origins) and before:
            name = before.get("name")
            theirs = {(name, arn) for arn in before.get("managed_policy_arns") or []} - attached
            theirs |= {(name, each.get("name")) for each in before.get("inline_policy") or []} - inline
            if not theirs:
                found.add(str(one["address"]))
    return frozenset(found)


def _on_role(resource: Mapping[str, Any], name: str) -> tuple[Any, Any]:
    before = resource["change"].get("before") or {}
    return before.get("role"), before.get(name)
