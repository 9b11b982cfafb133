"""What AWS says about the pipeline, followed from what is deployed: each answer says what to ask next.

env.yaml names where to begin (the table, the trail, the rule, the groups of schedules). From there the
rule's own target, that target's own role, the workflow its definition names, the trigger's job and the job's
own arguments are followed, whatever they are called.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from dpctl.aws import partition
from dpctl.doctor import backlog, definition
from dpctl.doctor.asking import Clients, attempt, document, found
from dpctl.doctor.links import Chain, Names
from dpctl.doctor.snapshot import Unknown

if TYPE_CHECKING:
    from dpctl.config import Environment

LAST_RUNS = 5
THREADS = 8
Ask = Callable[[], Any]
Question = tuple[str, Ask]


def names_of(environment: Environment) -> Names:
    """The names of an environment's pipeline."""
    config, resource = environment.config, environment.resource
    where = f"{config.region}:{config.account_id}"
    arn = f"arn:{partition(config.region)}"
    workflow = resource(config.glue.workflow)
    prefix = resource("")
    copied = any(table.load and table.load.source == "s3" for table in config.tables.values())
    watched = copied and config.s3_to_redshift.mode == "auto_copy"
    groups = [f"{prefix}redshift-s3"] if config.schedules else []
    groups += [f"{prefix}s3-redshift"] if copied and config.s3_to_redshift.mode == "scheduled" else []
    return Names(
        env=environment.name,
        trail=resource(config.audit.trail),
        table_arn=f"{arn}:dynamodb:{where}:table/{resource(config.databases.dynamodb.table)}",
        rule=resource(config.capture.rule),
        state_machine_arn=f"{arn}:states:{where}:stateMachine:{resource(config.capture.state_machine)}",
        workflow=workflow,
        workflow_arn=f"{arn}:glue:{where}:workflow/{workflow}",
        job=resource("GlueTestjob"),
        events_role=resource(config.iam.events_to_step_functions),
        states_role=resource(config.iam.step_functions),
        notify_role=resource(config.iam.events_to_glue),
        writes=tuple(config.capture.events),
        account=config.account_id,
        region=config.region,
        bucket=resource(config.storage.glue_assets_bucket),
        secret=resource(config.secrets.redshift),
        source=resource(config.storage.source_bucket) if watched else "",
        integration=f"{prefix}s3-redshift" if watched else "",
        groups=tuple(groups),
        schedules=tuple(resource(one.name) for one in config.schedules),
        trailed=config.capture.source != "stream",
        capture=resource(config.capture.function) if config.capture.source != "cloudtrail" else "",
        workgroup=resource(config.databases.redshift.workgroup),
        database=config.databases.redshift.database,
        tables=tuple(f"{table.schema_}.{name}" for name, table in config.tables.items()),
    )


@dataclass
class Follower:
    """One look at the pipeline: it counts its calls, and fills in the answers round by round."""

    clients: Clients
    names: Names
    facts: dict[str, Any] = field(default_factory=dict)
    calls: int = 0
    _lock: Any = field(default_factory=threading.Lock)

    # -- asking -------------------------------------------------------------------------------------------

    def call(self, service: str, operation: str, **params: Any) -> Any:
        """One call, or None where there is no such thing."""
        self.count()
        return found(lambda: getattr(self.clients.client(service), operation)(**params))

    def count(self) -> None:
        """Count a call."""
        with self._lock:
            self.calls += 1

    def together(self, questions: dict[str, Question]) -> None:
        """Ask side by side. Raises AccessError without credentials."""
        with ThreadPoolExecutor(THREADS) as pool:
            asked = {
                name: pool.submit(attempt, permission, ask) for name, (permission, ask) in questions.items()
            }
            self.facts |= {name: future.result() for name, future in asked.items()}

    def known(self, name: str) -> Any:
        """What is known so far."""
        value = self.facts.get(name)
        return None if isinstance(value, Unknown) else value

    def of(self, service: str, operation: str, permission: str, **params: Any) -> Question:
        """A question that is one call."""
        return permission, lambda: self.call(service, operation, **params)

    # -- the rounds ---------------------------------------------------------------------------------------

    def run(self) -> Chain:
        """Round by round: where it begins, what that leads to, what does the work, and what that needs."""
        self.together(self.beginnings())
        self.together(self.middle())
        self.together(self.ends())
        self.together(self.rest())
        self.together({"keys": ("kms:DescribeKey", self.keys)})
        return Chain(self.names, self.facts, self.calls)

    def beginnings(self) -> dict[str, Question]:
        """What env.yaml names."""
        names = self.names
        bucket = names.source
        asked = {
            "table": self.of("dynamodb", "describe_table", "dynamodb:DescribeTable", TableName=names.table),
            "triggers": ("glue:GetTriggers", self.triggers),
            "pending": ("s3:ListBucket", self.listing(backlog.PENDING)),
            "buried": ("s3:ListBucket", self.listing(backlog.BURIED)),
        }
        if names.trailed:
            asked |= {
                "status": self.of(
                    "cloudtrail", "get_trail_status", "cloudtrail:GetTrailStatus", Name=names.trail
                ),
                "selectors": self.of(
                    "cloudtrail", "get_event_selectors", "cloudtrail:GetEventSelectors", TrailName=names.trail
                ),
                "rule": self.of("events", "describe_rule", "events:DescribeRule", Name=names.rule),
                "targets": self.of(
                    "events", "list_targets_by_rule", "events:ListTargetsByRule", Rule=names.rule
                ),
            }
        if names.groups:
            asked["schedules"] = ("scheduler:GetSchedule", self.schedules)
        if bucket:
            asked["integrations"] = ("redshift:DescribeIntegrations", self.integrations)
            asked["bucket_policy"] = self.of("s3", "get_bucket_policy", "s3:GetBucketPolicy", Bucket=bucket)
            asked["notifications"] = self.of(
                "s3", "get_bucket_notification_configuration", "s3:GetBucketNotification", Bucket=bucket
            )
        return asked

    def middle(self) -> dict[str, Question]:
        """What the rule and the schedules lead to."""
        asked: dict[str, Question] = {}
        if self.known("rule"):
            asked["matches"] = ("events:TestEventPattern", self.matches)
        if self.names.trailed:
            asked["machine"] = self.of(
                "stepfunctions", "describe_state_machine", "states:DescribeStateMachine",
                stateMachineArn=self.machine_arn(),
            )  # fmt: skip
        if self.names.capture:
            asked["mappings"] = self.of(
                "lambda", "list_event_source_mappings", "lambda:ListEventSourceMappings",
                FunctionName=self.names.capture,
            )  # fmt: skip
            asked["capture"] = (
                "lambda:GetFunctionConfiguration", partial(self.function, self.names.capture)
            )  # fmt: skip
        roles = dict.fromkeys(one.get("RoleArn", "") for one in self.target_list() if one.get("RoleArn"))
        for number, role in enumerate(roles):
            arns = [one["Arn"] for one in self.target_list() if one.get("RoleArn") == role]
            wanted = [(_start(arn), arn) for arn in arns if _start(arn)]
            asked[f"role:{number}:events.amazonaws.com"] = self.role(role, wanted)
        for one in self.known("schedules") or ():
            target = one.get("Target") or {}
            if ":function:" in target.get("Arn", "") and "function" not in asked:
                asked["function"] = ("lambda:GetFunctionConfiguration", partial(self.function, target["Arn"]))
            role, arn = target.get("RoleArn", ""), target.get("Arn", "")
            if role and f"role:{role}:scheduler.amazonaws.com" not in asked:
                wanted = [("lambda:InvokeFunction", arn)] if ":function:" in arn else []
                asked[f"role:{role}:scheduler.amazonaws.com"] = self.role(role, wanted)
        return asked

    def ends(self) -> dict[str, Question]:
        """What does the work: the workflow the machine starts, its job, the roles of both, the function's
        role.
        """
        names, work = self.names, self.work()
        machine = self.known("machine") or {}
        workflow = next((one for one in work.workflows if one), names.workflow) if work else names.workflow
        job = self.job_name(workflow)
        asked = {
            "workflow": self.of("glue", "get_workflow", "glue:GetWorkflow", Name=workflow),
            "job": self.of("glue", "get_job", "glue:GetJob", JobName=job),
            "runs": self.of("glue", "get_job_runs", "glue:GetJobRuns", JobName=job, MaxResults=LAST_RUNS),
        }
        if machine.get("roleArn"):
            wanted = [("glue:StartWorkflowRun", names.arn("glue", f"workflow/{workflow}"))]
            places = [one for one in (work.objects if work else ()) if one and not one.startswith("/")]
            wanted += [("s3:PutObject", f"{_s3(names)}{place}x.json") for place in places]
            asked["role:machine:states.amazonaws.com"] = self.role(machine["roleArn"], wanted)
        asked["queues"] = ("sqs:GetQueueAttributes", self.queues)
        capture = self.known("capture") or {}
        if capture.get("Role"):
            pending = f"{_s3(names)}{names.bucket}/{backlog.PENDING}x.json"
            wanted = [
                ("s3:PutObject", pending),
                ("glue:StartWorkflowRun", names.arn("glue", f"workflow/{workflow}")),
            ]
            asked["role:capture:lambda.amazonaws.com"] = self.role(capture["Role"], wanted)
        function = self.known("function") or {}
        if function.get("Role"):
            login = ((function.get("Environment") or {}).get("Variables") or {}).get("SECRET_ARN", "")
            wanted = [("secretsmanager:GetSecretValue", login)] if login else []
            asked["role:function:lambda.amazonaws.com"] = self.role(function["Role"], wanted)
        return asked

    def rest(self) -> dict[str, Question]:
        """What the job itself needs: its script, its role, its log, and the keys everything is encrypted
        with.
        """
        job = (self.known("job") or {}).get("Job") or {}
        script = (job.get("Command") or {}).get("ScriptLocation", "")
        login = (job.get("DefaultArguments") or {}).get("--secret_arn") or self.names.secret
        asked = {
            "secret": self.of(
                "secretsmanager", "describe_secret", "secretsmanager:DescribeSecret", SecretId=login
            )
        }
        if script.startswith("s3://"):
            bucket, _, key = script.removeprefix("s3://").partition("/")
            asked["script"] = ("s3:GetObject", lambda: self.script(bucket, key))
        if job.get("Role"):
            asked["role:job:glue.amazonaws.com"] = self.role(job["Role"], self.work_of_job(job, script))
        runs = (self.known("runs") or {}).get("JobRuns") or []
        if runs and runs[0].get("JobRunState") in {"FAILED", "ERROR", "TIMEOUT"}:
            asked["log"] = ("logs:GetLogEvents", lambda: self.last_error(job, runs[0]))
        return asked

    # -- single questions ---------------------------------------------------------------------------------

    def triggers(self) -> list[Any]:
        """All triggers, since one is found only by what it belongs to."""
        self.count()
        pages = self.clients.client("glue").get_paginator("get_triggers").paginate()
        return [one for page in pages for one in page["Triggers"]]

    def listing(self, folder: str) -> Ask:
        """What is in a folder of the bucket of keys."""
        self.count()
        ask = backlog.lister(self.clients, self.names.bucket, folder)
        return lambda: found(ask)

    def matches(self) -> dict[str, bool]:
        """Whether the rule's own pattern takes a write in, as EventBridge itself says: each write, and a
        failed one.
        """
        pattern = self.known("rule").get("EventPattern") or "{}"
        writes = {name: write_event(self.names, name) for name in self.names.writes}
        return {
            name: bool(
                self.call("events", "test_event_pattern", EventPattern=pattern, Event=json.dumps(event))[
                    "Result"
                ]
            )
            for name, event in writes.items()
        }

    def target_list(self) -> list[Any]:
        """The rule's targets."""
        return list((self.known("targets") or {}).get("Targets") or ())

    def machine_arn(self) -> str:
        """The state machine that the rule starts; env.yaml's where it starts none."""
        mine = [one["Arn"] for one in self.target_list() if ":stateMachine:" in one.get("Arn", "")]
        return (
            self.names.state_machine_arn
            if self.names.state_machine_arn in mine
            else next(iter(mine), self.names.state_machine_arn)
        )

    def work(self) -> definition.Work | None:
        """What the machine's definition does."""
        machine = self.known("machine")
        return definition.read(machine.get("definition", "")) if machine else None

    def job_name(self, workflow: str) -> str:
        """The job that the workflow's trigger starts; env.yaml's where there is none."""
        for one in self.known("triggers") or ():
            if one.get("WorkflowName") == workflow and one.get("Type") != "CONDITIONAL":
                jobs = [action.get("JobName") for action in one.get("Actions") or ()]
                if jobs and self.names.job not in jobs:
                    return str(jobs[0])
        return self.names.job

    def role(self, arn: str, wanted: Iterable[tuple[str, str]]) -> Question:
        """Who may take on a role, and whether it may do what the thing that has it does."""
        name, asked = arn.rsplit("/", 1)[-1], list(wanted)

        def ask() -> Any:
            raw = self.call("iam", "get_role", RoleName=name)
            if raw is None:
                return {"name": name, "missing": True}
            trust = document(raw["Role"].get("AssumeRolePolicyDocument"))
            return {"name": name, "trust": trust, "decisions": self.decisions(raw["Role"]["Arn"], asked)}

        return "iam:SimulatePrincipalPolicy", ask

    def decisions(self, role: str, asked: list[tuple[str, str]]) -> list[tuple[str, str, str]]:
        """(action, resource, decision); a refusal that hangs on a key nobody told is ``unknown``."""
        result = []
        for action in dict.fromkeys(action for action, _ in asked):
            resources = [resource for one, resource in asked if one == action]
            entry = {"ContextKeyName": "aws:RequestedRegion", "ContextKeyType": "string"}
            answer = self.call(
                "iam", "simulate_principal_policy", PolicySourceArn=role, ActionNames=[action],
                ResourceArns=resources, ContextEntries=[{**entry, "ContextKeyValues": [self.names.region]}],
            )  # fmt: skip
            for number, one in enumerate(answer.get("EvaluationResults") or ()):
                resource = one.get("EvalResourceName") or resources[min(number, len(resources) - 1)]
                unsure = one["EvalDecision"] != "allowed" and one.get("MissingContextValues")
                result.append((action, resource, "unknown" if unsure else one["EvalDecision"]))
        return result

    def work_of_job(self, job: Any, script: str) -> list[tuple[str, str]]:
        """What the job's role must be allowed, by the job's own arguments."""
        arguments, names = job.get("DefaultArguments") or {}, self.names
        place = script.removeprefix("s3://")
        wanted = [("s3:GetObject", f"{_s3(names)}{place}")] if script else []
        if arguments.get("--table_name"):
            wanted.append(
                ("dynamodb:BatchGetItem", names.arn("dynamodb", f"table/{arguments['--table_name']}"))
            )
        if arguments.get("--secret_arn"):
            wanted.append(("secretsmanager:GetSecretValue", arguments["--secret_arn"]))
        if arguments.get("--bucket"):
            place = f"{arguments['--bucket']}/{arguments.get('--prefix', '')}"
            wanted.append(("s3:PutObject", f"{_s3(names)}{place}staging/x"))
        return wanted

    def script(self, bucket: str, key: str) -> bool:
        """Whether the script is there."""
        return self.call("s3", "head_object", Bucket=bucket, Key=key) is not None

    def last_error(self, job: Any, run: Any) -> str:
        """The last lines of the error log of a run."""
        folder = "python-jobs" if (job.get("Command") or {}).get("Name") == "pythonshell" else "jobs"
        group = run.get("LogGroupName") or f"/aws-glue/{folder}"
        answer = self.call(
            "logs", "get_log_events", logGroupName=f"{group}/error", logStreamName=run.get("Id", ""), limit=20
        )
        lines = [one.get("message", "").strip() for one in (answer or {}).get("events") or ()]
        return next((line for line in reversed(lines) if line), "")

    def keys(self) -> dict[str, str]:
        """The state of every key that something on the way is encrypted with."""
        table = (self.known("table") or {}).get("Table") or {}
        named = {
            "the table": (table.get("SSEDescription") or {}).get("KMSMasterKeyArn", ""),
            "the secret": (self.known("secret") or {}).get("KmsKeyId", ""),
        }
        states = {}
        for what, key in named.items():
            if key and "alias/aws/" not in key:
                answer = self.call("kms", "describe_key", KeyId=key)
                data = (answer or {}).get("KeyMetadata") or {}
                states[f"{what}: {key}"] = data.get("KeyState", "missing")
        return states

    def queues(self) -> dict[str, int]:
        """How many messages wait in each dead-letter queue that is named on the way; -1 where there is no
        queue.
        """
        arns = [(one.get("DeadLetterConfig") or {}).get("Arn", "") for one in self.target_list()]
        for one in self.known("schedules") or ():
            arns.append(((one.get("Target") or {}).get("DeadLetterConfig") or {}).get("Arn", ""))
        for one in (self.known("mappings") or {}).get("EventSourceMappings") or ():
            arns.append(((one.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination", ""))
        counts = {}
        for arn in dict.fromkeys(arn for arn in arns if arn):
            url = self.call("sqs", "get_queue_url", QueueName=arn.rsplit(":", 1)[-1])
            if url is None:
                counts[arn] = -1
                continue
            answer = self.call(
                "sqs",
                "get_queue_attributes",
                QueueUrl=url["QueueUrl"],
                AttributeNames=["ApproximateNumberOfMessages"],
            )
            counts[arn] = int(
                (answer or {"Attributes": {}})["Attributes"].get("ApproximateNumberOfMessages", 0)
            )
        return counts

    def schedules(self) -> list[Any]:
        """The schedules of the pipeline's groups."""
        result = []
        for group in self.names.groups:
            listed = self.call("scheduler", "list_schedules", GroupName=group)
            for one in (listed or {}).get("Schedules") or ():
                result.append(self.call("scheduler", "get_schedule", GroupName=group, Name=one["Name"]))
        return [one for one in result if one]

    def function(self, arn: str) -> Any:
        """The function of the dumps, with the concurrency that is kept for it."""
        answer = self.call("lambda", "get_function_configuration", FunctionName=arn)
        if answer is None:
            return {"missing": True, "FunctionName": arn.rsplit(":", 1)[-1]}
        kept = self.call("lambda", "get_function_concurrency", FunctionName=arn)
        return {**answer, "Concurrency": kept or {}}

    def integrations(self) -> list[Any]:
        """The integrations whose source is the bucket that auto-copy watches."""
        answer = self.call("redshift", "describe_integrations") or {}
        source = f"{_s3(self.names)}{self.names.source}"
        return [one for one in answer.get("Integrations") or () if one.get("SourceArn") == source]


def collect_chain(clients: Clients, names: Names) -> Chain:
    """Ask AWS about every link. Raises AccessError without credentials."""
    return Follower(clients, names).run()


def write_event(names: Names, operation: str) -> dict[str, Any]:
    """The event that a write to the table makes (EventBridge user guide, "AWS service events via
    CloudTrail").
    """
    return {
        "version": "0",
        "id": "00000000-0000-0000-0000-000000000000",
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.dynamodb",
        "account": names.account,
        "time": "2026-01-01T00:00:00Z",
        "region": names.region,
        "resources": [],
        "detail": {
            "eventVersion": "1.09",
            "eventSource": "dynamodb.amazonaws.com",
            "eventName": operation,
            "awsRegion": names.region,
            "eventType": "AwsApiCall",
            "eventCategory": "Data",
            "managementEvent": False,
            "readOnly": False,
            "recipientAccountId": names.account,
            "requestParameters": {"tableName": names.table, "key": {"PartKey": {"S": "k"}}},
            "responseElements": None,
            "resources": [
                {"accountId": names.account, "type": "AWS::DynamoDB::Table", "ARN": names.table_arn}
            ],
        },
    }


def _start(arn: str) -> str:
    """What starting a target asks for."""
    if ":stateMachine:" in arn:
        return "states:StartExecution"
    return "glue:NotifyEvent" if ":workflow/" in arn else ""


def _s3(names: Names) -> str:
    return f"arn:{names.table_arn.split(':')[1]}:s3:::"
