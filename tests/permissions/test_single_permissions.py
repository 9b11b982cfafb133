"""One permission of a role at a time is taken away on an applied account: what then fails says which.

All layers of dev, with both ways in which writes come. What the owner has attached to the roles goes first:
it would stand in. A permission goes by the role's policy, without Terraform; something that uses it is done;
and the error of a job's run, a function's log, an execution, a statement, a mapping, a dead letter or the
call itself names the action. What a role may not write to its log is lost in AWS too; the sandbox's own log
names that. Then the permission is given back, and what had failed is made up for before the next goes.

What recorded runs have not needed is left out (`least.BEYOND`). It takes from ten minutes after the apply to
forty with it, on two cores that are busy with something else.
"""

from __future__ import annotations

import json
import sys
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
from tests.permissions.scenes import Account, customers, files, switched_on, with_spark

pytestmark = [pytest.mark.permissions, pytest.mark.sandbox, pytest.mark.terraform]
PATIENCE_SECONDS = 240
LOOK_SECONDS = 2
ROUNDS = 3  # of settling, with the clock moved in between
RETRY_SECONDS = 10  # of the account's clock: who polls has looked again by then
# Without Spark or MySQL on this machine nothing occasions them; that they are needed, recorded runs show.
OF_MYSQL = (("*", "*/gluejob/*"), ("secretsmanager:GetSecretValue", "*:secret:test/dbaccess-*"))
AT_LEAST = 45  # permissions that are taken away: fewer would mean that they were not found


class Applied:
    """An account that flows, and what was said in it so far."""

    def __init__(self, account: Account) -> None:
        self.account, self.client, self.heard = account, account.aws.client, set[str]()
        self.log = Path(account.running.log)
        self.iam, self.written = self.client("iam"), 0

    # --- what uses permissions ----------------------------------------------------------------------

    def write(self, customer: str = "a") -> Iterable[str]:
        """An item, which comes to Redshift by the rule and by the stream."""
        self.written += 1
        item = {"PartKey": {"S": f"one-{self.written}"}, "customer": {"S": customer}, "amount": {"N": "1.5"}}
        table = self.account.name(self.account.config.databases.dynamodb.table)
        self.client("dynamodb").put_item(TableName=table, Item=item)
        return ()

    def load(self) -> Iterable[str]:
        """A file in the source bucket, loaded by command, and by what comes before an auto-copy job."""
        files(self.account)
        self.written += 1
        bucket = self.account.name(self.account.config.storage.source_bucket)
        prefix = self.account.config.tables["order_files"].load.prefix
        first = {"Bucket": bucket, "Key": f"{prefix}first.parquet"}
        self.client("s3").copy_object(Bucket=bucket, Key=f"{prefix}{self.written}.parquet", CopySource=first)
        yield from self.dpctl("copy", "--table", "order_files")
        yield from self.dpctl("autocopy", "drop", "order_files", "--yes")  # one that stays loads nothing
        yield from self.dpctl("autocopy", "create", "--backfill")

    def refuse(self) -> Iterable[str]:
        """A row that the job lets through and Redshift refuses, whose column somebody has made narrower."""
        narrow = "ALTER TABLE public.orders ALTER COLUMN customer TYPE varchar(4)"
        yield from self.dpctl("sql", narrow, "--write")
        yield from self.write("longer than four")

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
        iam, role = self.account.config.iam, one.role.rpartition("/")[2]
        if one.action.startswith("ec2:") or one.action == "glue:GetConnection":
            return self.connect()
        if of_mysql(one):
            return self.dpctl("load", "--table", "customers")
        if one.action == "dynamodb:Scan":
            return self.scan()
        if one.action == "redshift-data:GetStatementResult":
            return self.refuse()  # the job asks which row it was
        if role == iam.redshift_commands and "/capture/" not in one.resource:
            return self.reconcile() if one.action == "s3:ListBucket" else self.load()
        if role == iam.step_functions and one.action == "s3:ListBucket":
            return self.dump()  # the sweeper looks for what was left
        if role in (iam.scheduler, iam.unload_lambda, iam.sweeper, *iam.redshift_s3):
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
            *self._mappings(),
        ]
        found = [text for text in said if text not in self.heard]
        self.heard.update(found)
        return found

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

    def _mappings(self) -> Iterator[str]:
        for one in self.client("lambda").list_event_source_mappings()["EventSourceMappings"]:
            yield f"{one['UUID']} {one['LastProcessingResult']}"

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

    def make_up(self) -> None:
        """Whoever was refused tries again, but for executions: their pauses are not the clock's."""
        machines = self.client("stepfunctions")
        for machine in machines.list_state_machines()["stateMachines"]:
            running = {"stateMachineArn": machine["stateMachineArn"], "statusFilter": "RUNNING"}
            for one in machines.list_executions(**running)["executions"]:
                machines.stop_execution(executionArn=one["executionArn"])
        self.account.post("clock", {"advance_seconds": RETRY_SECONDS})
        assert self.account.post("settle", {"seconds": PATIENCE_SECONDS, "flush": True})["settled"]

    def _rounds(self) -> Iterator[bool]:
        """Whether everything has happened, until it has for the last time; who asks looks in between."""
        left = ROUNDS
        for _ in range(PATIENCE_SECONDS // LOOK_SECONDS):
            settled = self.account.post("settle", {"seconds": LOOK_SECONDS, "flush": True})["settled"]
            yield settled
            left -= settled
            if not left:
                return

    def missed(self, one: Permission, documents: Mapping[str, Any]) -> list[str] | None:
        """None where something has named the permission that is gone; else what was said of refusals."""
        self.put(one, without(documents, one)[one.policy])
        try:
            said, word = [*self.uses(one)], f"perform: {one.action}".lower()
            for settled in self._rounds():
                said += self.news()
                if any(word in text.lower() for text in said):
                    return None
                if settled:
                    self.account.post("clock", {"advance_seconds": RETRY_SECONDS})
            return [text[:600] for text in said if "authorized" in text or "denied" in text.lower()]
        finally:
            self.put(one, documents[one.policy])
            self.make_up()


def of_mysql(one: Permission) -> bool:
    """Whether only the job that reads MySQL needs a permission."""
    return any(
        fnmatchcase(one.action, action) and fnmatchcase(one.resource, where) for action, where in OF_MYSQL
    )


def taken(roles: Mapping[str, Mapping[str, Any]]) -> list[tuple[Permission, Mapping[str, Any]]]:
    """The permissions that are taken away, each with the policies of its role."""
    return [
        (one, documents)
        for role, documents in roles.items()
        for one in permissions(role, documents)
        if not beyond(one) and (with_spark() or not of_mysql(one))
    ]


def test_what_fails_without_a_permission_says_which(repo: Path, tmp_path: Path) -> None:
    require_providers()
    workspace = copy_tree(repo, tmp_path)
    switched_on(workspace, "dev")
    workspace.edit("dev", ("  source: cloudtrail #", "  source: both #"))
    try:
        started = workspace.dpctl("sandbox", "start", "--env", "dev")
        assert started.code == 0, started.stderr
        for words in (("state", "bootstrap"), ("apply",), ("tables", "apply")):
            done = workspace.dpctl("--sandbox", *words, "--env", "dev", "--yes", timeout=3600)
            assert done.code == 0, (words, done.stderr, done.stdout)
        account = Account(workspace, "dev")
        customers(account)
        unmissed, count = play(account)
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
        sys.stderr.write(f"{'named' if said is None else 'NOT NAMED'} {one}\n")
        sys.stderr.flush()
    return unmissed, len(chosen)
