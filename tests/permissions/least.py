"""Is each permission of a role needed? What its calls needed is judged again, without one of them at a time.

A permission is one action of a statement on one of its resources. It is needed where at least one recorded
call is allowed with it and refused without it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from dpctl.sandbox.access import keys
from dpctl.sandbox.access.conditions import Context
from dpctl.sandbox.access.judge import Caller
from dpctl.sandbox.access.needs import Need
from dpctl.sandbox.access.policies import Request, decide, listed
from tests.modules.policies import resources

Documents = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Permission:
    """One action on one resource, of one statement of a role's policy."""

    role: str
    policy: str
    statement: int
    action: str
    resource: str
    position: int  # of the resource in its statement
    condition: str

    @property
    def key(self) -> tuple[str, int, str, int]:
        """What it is in every account: without the names of one."""
        address = self.policy.partition(" ")[2].replace(self.role.rpartition("/")[2], "")
        return address, self.statement, self.action, self.position

    def __str__(self) -> str:
        return f"{self.role.rpartition('/')[2]}: {self.action} on {self.resource} ({self.policy})"


def of_states(states: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """The policies that our modules give, by the ARN of the role and their own name."""
    found = [one for state in states for one in resources(state)]
    arns = {one.values["name"]: one.values["arn"] for one in found if one.type == "aws_iam_role"}
    managed = {one.values["arn"]: one.values["policy"] for one in found if one.type == "aws_iam_policy"}
    given: dict[str, dict[str, Mapping[str, Any]]] = {arn: {} for arn in arns.values()}
    for one in found:
        values, text = one.values, None
        if one.type == "aws_iam_role_policy":
            text = values["policy"]
        elif one.type == "aws_iam_role_policy_attachment":
            text = managed.get(values["policy_arn"])
        arn = arns.get(values.get("role", ""))
        if text and arn:
            given[arn][f"{values.get('name', '')} {one.address}"] = json.loads(text)
    return given


def permissions(role: str, documents: Documents) -> Iterator[Permission]:
    """Every single permission of a role."""
    for name, document in documents.items():
        for number, statement in enumerate(listed(document["Statement"])):
            if statement["Effect"] == "Allow":
                for action in listed(statement["Action"]):
                    for position, resource in enumerate(listed(statement["Resource"])):
                        condition = json.dumps(statement.get("Condition"))
                        yield Permission(role, name, number, action, resource, position, condition)


def without(documents: Documents, one: Permission) -> Documents:
    """The policies of its role without a permission: its statement is parted, so no other goes with it."""
    statement = listed(documents[one.policy]["Statement"])[one.statement]
    actions = [action for action in listed(statement["Action"]) if action != one.action]
    others = [resource for resource in listed(statement["Resource"]) if resource != one.resource]
    parts = [statement | {"Action": actions}] if actions else []
    parts += [statement | {"Action": [one.action], "Resource": others}] if others else []
    rest = [
        each
        for number, each in enumerate(listed(documents[one.policy]["Statement"]))
        if number != one.statement
    ]
    return {**documents, one.policy: {**documents[one.policy], "Statement": [*rest, *parts]}}


def unneeded(
    role: str, documents: Documents, needs: Iterable[Mapping[str, Any]], region: str
) -> list[Permission]:
    """The permissions of a role that no recorded call of it needed."""
    requests = [request_of(need, region) for need in needs if need["role"] == role]
    allowed = [one for one in requests if decide(documents, one).allowed]
    found = []
    for permission in permissions(role, documents):
        fitting = [one for one in allowed if fnmatchcase(one.action.lower(), permission.action.lower())]
        less = without(documents, permission)
        if all(decide(less, one).allowed for one in fitting):
            found.append(permission)
    return found


def request_of(need: Mapping[str, Any], region: str) -> Request:
    """A recorded need as the judge is asked."""
    account = need["role"].split(":")[4]
    brought = {name: tuple(values) for name, values in need["conditions"].items()}
    owner = brought.get("redshift-data:statement-owner-iam-userid", ("AROATEST:session",))
    caller = Caller(
        need["role"],
        account,
        names=(need["role"],),
        keys={
            "aws:principalarn": (need["role"],),
            "aws:userid": owner,
            "aws:principaltype": ("AssumedRole",),
        },
    )
    asked = Need(need["action"], need["resource"], brought)
    context = Context(
        keys.of_caller(caller, asked, region, datetime.now(UTC)), keys.KNOWN | keys.of_service(need["action"])
    )
    return Request(need["action"], need["resource"], context)


@dataclass(frozen=True)
class Beyond:
    """What no recorded run has needed, in patterns as of fnmatch: why it stands, and where AWS says so."""

    policy: str
    action: str
    resource: str
    why: str

    def means(self, one: Permission) -> bool:
        """Whether a permission is one of these."""
        patterns = (self.policy, self.action, self.resource)
        return all(map(fnmatchcase, (one.policy, one.action, one.resource), patterns))


BEYOND = (
    Beyond("*.step_functions", "logs:*", "*", "The sandbox keeps the log without a delivery (Step Functions "
           "developer guide, Logging to CloudWatch Logs)."),
    Beyond("*.step_functions", "xray:*", "*", "It keeps no traces (the same guide, X-Ray)."),
    Beyond("*.unload_lambda", "xray:*", "*", "It keeps no traces (Lambda developer guide, X-Ray)."),
    Beyond("*", "sqs:SendMessage", "*", "For what could not be delivered, and nothing was lost (EventBridge "
           "Scheduler user guide, and Lambda developer guide, dead-letter queues)."),
    Beyond("*.stream[[]0]", "dynamodb:ListStreams", "*", "Lambda wants it of the role (Lambda developer "
           "guide, Process DynamoDB records; AWSLambdaDynamoDBExecutionRole)."),
    Beyond("*.stream[[]0]", "s3:PutObject", "*/dead-letter/[*]", "For an event that cannot be read."),
    Beyond('*.events[[]"glue"]', "glue:NotifyEvent", "*", "For a rule that starts the workflow itself, as "
           "accounts made by hand have it (Glue developer guide, Starting a workflow with an event)."),
    Beyond('*.glue[[]"glue"]', "glue:GetConnection", "*:connection/*edshift*", "For Glue's own test of a "
           "connection, and for the owner's jobs that use it (Glue developer guide, Testing a connection)."),
    Beyond('*.glue[[]"logs"]', "cloudwatch:PutMetricData", "*", "Glue's metrics of a job, which the sandbox "
           "does not make (Glue developer guide, Job observability metrics)."),
    Beyond('*.glue[[]"network"]', "ec2:CreateNetworkInterface", "*:subnet/*", "For the zone that a "
           "connection is moved to; one is used at a time."),
    Beyond('*.glue[[]"redshift"]', "redshift-data:CancelStatement", "*", "For a statement that takes too "
           "long."),
    Beyond('*.glue[[]"secrets"]', "secretsmanager:GetSecretValue", "*:secret:glue!*", "The secrets that "
           "Glue's console makes of a connection's password, which accounts made by hand have."),
    Beyond('*.glue[[]"storage"]', "s3:GetBucketLocation", "*", "For Glue's and Spark's own libraries "
           "(AWSGlueServiceRole)."),
    Beyond('*.glue[[]"storage"]', "s3:*Object", "*/temporary/[*]", "What Glue's own libraries put aside: "
           "--TempDir (Glue developer guide, Using job parameters)."),
    Beyond("*.glue", "glue:StartWorkflowRun", "*", "For what came while the job loaded."),
    Beyond('*.redshift_commands[[]"catalog"]', "glue:Get*", "*", "For external schemas, which the sandbox "
           "has not (Redshift database developer guide, IAM policies for Amazon Redshift Spectrum)."),
    Beyond("*.redshift_commands", "dynamodb:DescribeTable", "*", "COPY from DynamoDB wants SCAN and DESCRIBE "
           "(Redshift database developer guide, Permissions to access other AWS resources)."),
    Beyond("*.redshift_commands[[]*", "s3:ListBucket", "*", "COPY wants LIST of the bucket, where a manifest "
           "names the files too (the same page)."),
    Beyond("*.redshift_*", "s3:GetBucketLocation", "*", "Redshift asks where a bucket is "
           "(AmazonRedshiftAllCommandsFullAccess)."),
    Beyond("*.redshift_s3[[]*", "s3:*", "*-exports-*/[*]", "UNLOAD reads what it has written, with CLEANPATH "
           "deletes what is there, and ends uploads that fail (the same policy)."),
)  # fmt: skip


def of_run(run: Mapping[str, Any]) -> dict[str, Any]:
    """What a run says of the roles that our modules grant to: policies, and calls, one of each kind."""
    roles = of_states(run["states"])
    needs = {}
    for need in run["needs"]:
        if need["role"] in roles:
            kept = {name: need[name] for name in ("role", "call", "action", "resource", "conditions")}
            folder = re.sub(r"[^/]*$|:log-stream:.*$", "", need["resource"]) or need["resource"]
            needs.setdefault((need["role"], need["action"], folder), kept)
    return {"roles": roles, "needs": list(needs.values())}


def beyond(one: Permission) -> bool:
    """Whether a permission stands in that list."""
    return any(entry.means(one) for entry in BEYOND)
