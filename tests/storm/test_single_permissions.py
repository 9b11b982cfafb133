"""One permission of a role at a time is taken away on an applied account: what then fails says which.

All layers of dev, with both ways in which writes come. What the owner has attached to the roles goes first:
it would stand in. A permission goes by the role's policy, without Terraform; something that uses it is done;
and the error of a job's run, a function's log, an execution, a statement, a mapping, a dead letter or the
call itself names the action. What a role may not write to its log is lost in AWS too; the sandbox's own log
names that. Then the permission is given back, and what had failed is made up for before the next goes.

What recorded runs have not needed is left out (`least.BEYOND`), and what this account gives no occasion for.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from tests import data_api
from tests.conftest import require_providers
from tests.integration.conftest import copy_tree, stop_all
from tests.permissions.least import Permission, beyond, of_states, permissions, without
from tests.permissions.record import states_of
from tests.permissions.scenes import Account, files

pytestmark = [pytest.mark.storm, pytest.mark.sandbox, pytest.mark.terraform]
PATIENCE_SECONDS = 240
# What this account gives no occasion for; that it is needed, recorded runs show (test_role_permissions).
ELSEWHERE = (
    ("*", "*/gluejob/[*]"),  # the job that reads MySQL
    ("secretsmanager:GetSecretValue", "*:secret:test/dbaccess-*"),  # the same
    ("redshift-data:GetStatementResult", "*"),  # rows that Redshift refuses in a batch that was sent
)
AT_LEAST = 25  # permissions that are taken away: fewer would mean that none was found


class Applied:
    """An account that flows, and what was said in it so far."""

    def __init__(self, account: Account) -> None:
        self.account, self.client, self.heard = account, account.aws.client, set[str]()
        self.log = Path(account.running.log)
        self.iam, self.written = self.client("iam"), 0

    # --- what uses permissions ----------------------------------------------------------------------

    def write(self) -> Iterable[str]:
        """An item, which comes to Redshift by the rule and by the stream."""
        self.written += 1
        item = {"PartKey": {"S": f"one-{self.written}"}, "customer": {"S": "a"}, "amount": {"N": "1.5"}}
        table = self.account.name(self.account.config.databases.dynamodb.table)
        self.client("dynamodb").put_item(TableName=table, Item=item)
        return ()

    def load(self) -> Iterable[str]:
        """A file in the source bucket, loaded by command and by an auto-copy job."""
        files(self.account)
        yield from self.dpctl("copy", "--table", "order_files")
        yield from self.dpctl("autocopy", "create", "--backfill")

    def reconcile(self) -> Iterable[str]:
        """Row and item are compared and made the same."""
        yield from self.dpctl("reconcile", "--table", "orders", "--fix")

    def scan(self) -> Iterable[str]:
        """The whole table is loaded by Redshift itself."""
        role = (
            f"arn:aws:iam::{self.account.config.account_id}:role/{self.account.config.iam.redshift_commands}"
        )
        data = self.client("redshift-data")
        sql = f"COPY public.orders FROM 'dynamodb://Orders' IAM_ROLE '{role}' READRATIO 50"
        data.execute_statement(Sql=sql, **data_api.PLACE)
        return ()

    def dump(self) -> Iterable[str]:
        """Every schedule of the account, now: dumps and the sweeper."""
        scheduler = self.client("scheduler")
        for one in scheduler.list_schedules()["Schedules"]:
            fired = {"schedule": one["Name"], "group": one["GroupName"]}
            yield json.dumps(self.account.post("fire", fired))

    def connect(self) -> Iterable[str]:
        """A job with the connection that jobs of ours have runs, and does nothing."""
        glue, bucket = self.client("glue"), self.account.name(self.account.config.storage.glue_assets_bucket)
        self.client("s3").put_object(Bucket=bucket, Key="scripts/nothing.py", Body=b"print(1)")
        found = self.account.name(self.account.config.glue.mysql_connection)
        if "nothing" not in glue.list_jobs()["JobNames"]:
            glue.create_job(
                Name="nothing",
                Role=self.account.name(self.account.config.iam.glue),
                Command={
                    "Name": "pythonshell",
                    "PythonVersion": "3.9",
                    "ScriptLocation": f"s3://{bucket}/scripts/nothing.py",
                },
                Connections={"Connections": [found]},
            )
        glue.start_job_run(JobName="nothing")
        return ()

    def dpctl(self, *words: str) -> Iterable[str]:
        done = self.account.workspace.dpctl("--sandbox", *words, "--env", self.account.env)
        return (done.stdout, done.stderr)

    def uses(self, one: Permission) -> Iterable[str]:
        """Do what needs a permission; what was said at once."""
        role = one.role.rpartition("/")[2]
        if one.action.startswith("ec2:") or one.action == "glue:GetConnection":
            return self.connect()
        if one.action == "dynamodb:Scan":
            return self.scan()
        if (role, one.action) == (self.account.config.iam.redshift_commands, "s3:ListBucket"):
            return self.reconcile()
        if role == self.account.config.iam.redshift_commands and "/capture/" not in one.resource:
            return self.load()
        if role in (
            self.account.config.iam.scheduler,
            self.account.config.iam.unload_lambda,
            self.account.config.iam.sweeper,
            *self.account.config.iam.redshift_s3,
        ):
            return self.dump()
        return self.write()

    # --- what was said ------------------------------------------------------------------------------

    def news(self) -> list[str]:
        """What was not heard before: errors of runs, executions, statements, mappings; logs, letters."""
        own = [line for line in self.log.read_text(encoding="utf-8").splitlines() if "log group" in line]
        said = [
            *own,
            *self._runs(),
            *self._logs(),
            *self._executions(),
            *self._statements(),
            *self._letters(),
        ]
        found = [text for text in said if text not in self.heard]
        self.heard.update(found)
        mappings = self.client("lambda").list_event_source_mappings()["EventSourceMappings"]
        return [*found, *(one["LastProcessingResult"] for one in mappings)]

    def _runs(self) -> Iterator[str]:
        glue = self.client("glue")
        for job in glue.get_jobs()["Jobs"]:
            for run in glue.get_job_runs(JobName=job["Name"])["JobRuns"]:
                yield f"{run['Id']} {run.get('ErrorMessage', '')}"

    def _logs(self) -> Iterator[str]:
        logs = self.client("logs")
        for group in logs.describe_log_groups()["logGroups"]:
            for event in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]:
                yield f"{event['eventId']} {event['message']}"

    def _executions(self) -> Iterator[str]:
        machines = self.client("stepfunctions")
        for machine in machines.list_state_machines()["stateMachines"]:
            listed = machines.list_executions(stateMachineArn=machine["stateMachineArn"], maxResults=20)
            for one in listed["executions"]:
                arn = one["executionArn"]
                for event in machines.get_execution_history(executionArn=arn)["events"]:
                    yield f"{arn} {json.dumps(event, default=str)}"

    def _statements(self) -> Iterator[str]:
        data = self.client("redshift-data")
        for one in data.list_statements(Status="FAILED", MaxResults=100)["Statements"]:
            yield f"{one['Id']} {data.describe_statement(Id=one['Id']).get('Error', '')}"

    def _letters(self) -> Iterator[str]:
        sqs = self.client("sqs")
        for queue in sqs.list_queues().get("QueueUrls", []):
            asked = {"MessageAttributeNames": ["All"], "MaxNumberOfMessages": 10}
            for one in sqs.receive_message(QueueUrl=queue, **asked).get("Messages", []):
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"])
                yield f"{one['MessageId']} {one.get('MessageAttributes', '')}"

    # --- one permission -----------------------------------------------------------------------------

    def alone(self, roles: Mapping[str, Mapping[str, Any]]) -> None:
        """Take from roles whatever is not the modules'."""
        for arn, documents in roles.items():
            role, ours = arn.rpartition("/")[2], {name.partition(" ")[0] for name in documents}
            for policy in self.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
                self.iam.detach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])
            for name in set(self.iam.list_role_policies(RoleName=role)["PolicyNames"]) - ours:
                self.iam.delete_role_policy(RoleName=role, PolicyName=name)

    def put(self, one: Permission, document: Mapping[str, Any]) -> None:
        """Give a role a policy; without statements, take it away."""
        named = {"RoleName": one.role.rpartition("/")[2], "PolicyName": one.policy.partition(" ")[0]}
        if document["Statement"]:
            self.iam.put_role_policy(**named, PolicyDocument=json.dumps(document))
        else:
            self.iam.delete_role_policy(**named)

    def missed(self, one: Permission, documents: Mapping[str, Any]) -> list[str] | None:
        """None where something has named the permission that is gone; else what was said of refusals."""
        self.put(one, without(documents, one)[one.policy])
        try:
            said = [*self.uses(one)]
            deadline, word = time.monotonic() + PATIENCE_SECONDS, f"perform: {one.action}".lower()
            while True:
                settled = self.account.post("settle", {"seconds": 2, "flush": True})["settled"]
                said += self.news()
                if any(word in text.lower() for text in said):
                    return None
                if settled or time.monotonic() > deadline:
                    return [text[:300] for text in said if "authorized" in text or "denied" in text.lower()]
        finally:
            self.put(one, documents[one.policy])


def elsewhere(one: Permission) -> bool:
    """Whether a permission stands in that list."""
    return any(
        fnmatchcase(one.action, action) and fnmatchcase(one.resource, resource)
        for action, resource in ELSEWHERE
    )


def taken(roles: Mapping[str, Mapping[str, Any]]) -> list[tuple[Permission, Mapping[str, Any]]]:
    """The permissions that are taken away, each with the policies of its role."""
    return [
        (one, documents)
        for role, documents in roles.items()
        for one in permissions(role, documents)
        if not beyond(one) and not elsewhere(one)
    ]


def test_what_fails_without_a_permission_says_which(repo, tmp_path):
    require_providers()
    workspace = copy_tree(repo, tmp_path)
    workspace.edit("dev", ("  source: cloudtrail #", "  source: both #"))
    try:
        started = workspace.dpctl("sandbox", "start", "--env", "dev")
        assert started.code == 0, started.stderr
        for words in (("state", "bootstrap"), ("apply",), ("tables", "apply")):
            done = workspace.dpctl("--sandbox", *words, "--env", "dev", "--yes", timeout=3600)
            assert done.code == 0, (words, done.stderr, done.stdout)
        unmissed, count = play(Account(workspace, "dev"))
        assert unmissed == {}
        assert count >= AT_LEAST
    finally:
        stop_all(workspace)


def play(account: Account) -> tuple[dict[str, list[str]], int]:
    """Every permission in turn: those that nothing named, and how many they were in all."""
    applied, roles = Applied(account), of_states(states_of(account))
    applied.alone(roles)
    unmissed, chosen = {}, taken(roles)
    for one, documents in chosen:
        applied.news()
        said = applied.missed(one, documents)
        if said is not None:
            unmissed[str(one)] = said
    return unmissed, len(chosen)
