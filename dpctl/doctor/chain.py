"""What AWS says about the pipeline, followed from what is deployed: each answer says what to ask next.

env.yaml names where to begin (the table, the trail, the rule, the groups of schedules). From there the
rule's own target, that target's own role, the workflow its definition names, the trigger's job and the job's
own arguments are followed, whatever they are called.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from dpctl.aws import partition
from dpctl.doctor import aims, backlog, definition, dumps, duties, questions
from dpctl.doctor.asking import Asker, Clients, attempt, found
from dpctl.doctor.links import BAD_RUNS, Chain, Names

if TYPE_CHECKING:
    from dpctl.config import Environment

LAST_RUNS = 5
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
        secret="" if config.databases.redshift.managed_password else resource(config.secrets.redshift),
        source=resource(config.storage.source_bucket) if watched else "",
        integration=f"{prefix}s3-redshift" if watched else "",
        groups=tuple(groups),
        schedules=tuple(resource(one.name) for one in config.schedules),
        sweeper=f"{resource(config.capture.state_machine)}Sweeper",
        unload_role=resource(config.iam.redshift_s3[0]) if config.schedules else "",
        exports=tuple(
            f"{resource(config.storage.export_bucket)}/{table.unload.prefix}"
            for name, table in config.tables.items()
            if table.unload and any(name in one.tables for one in config.schedules)
        ),
        dumped={one.name: tuple(one.tables) for one in config.schedules},
        hash_key=config.databases.dynamodb.hash_key,
        trailed=config.capture.source != "stream",
        capture=resource(config.capture.function) if config.capture.source != "cloudtrail" else "",
        workgroup=resource(config.databases.redshift.workgroup),
        database=config.databases.redshift.database,
        tables=tuple(f"{table.schema_}.{name}" for name, table in config.tables.items()),
        mysql_job=resource("gluejob") if environment.loaded_from("mysql") else "",
        roles=_roles(environment),
        followed=tuple(environment.loaded_from("dynamodb")),
        script=f"s3://{resource(config.storage.glue_assets_bucket)}/scripts/{resource('GlueTestjob')}.py",
    )


def _roles(environment: Environment) -> dict[str, str]:
    """What env.yaml calls each role that a layer makes, by its name in AWS."""
    iam, resource = environment.config.iam, environment.resource
    kinds = (kind for kind in aims.ROLES if kind not in {"redshift_s3", "copy_scheduler"})
    named = {resource(getattr(iam, kind)): kind for kind in kinds}
    return (
        {resource(name): "redshift_s3" for name in iam.redshift_s3}
        | {f"{resource(iam.scheduler)}-copy": "copy_scheduler"}
        | named
    )


@dataclass
class Follower:
    """One look at the pipeline, round by round: each answer says what to ask next."""

    asker: Asker
    names: Names

    def ask(self, questions: dict[str, Question]) -> None:
        """Ask side by side, and keep the answers. Raises AccessError without credentials."""
        tasks = {name: partial(attempt, *question) for name, question in questions.items()}
        self.asker.facts.update(self.asker.side_by_side(tasks))

    def of(self, service: str, operation: str, permission: str, **params: Any) -> Question:
        """A question that is one call."""
        return permission, partial(self.asker.find, service, operation, **params)

    def every(self, service: str, operation: str, permission: str, key: str, **params: Any) -> Question:
        """A question that is one list, with all its pages."""
        return permission, partial(self.asker.every, service, operation, key, **params)

    def known(self, name: str) -> Any:
        """What is known so far."""
        return self.asker.known(name)

    def run(self) -> Chain:
        """Where it begins, what that leads to, what does the work, what that needs, and with which roles."""
        for round_ in (self.beginnings, self.middle, self.ends, self.rest, self.roles):
            self.ask(round_())
        return Chain(self.names, self.asker.facts, self.asker.calls)

    # -- the rounds ---------------------------------------------------------------------------------------

    def beginnings(self) -> dict[str, Question]:
        """What env.yaml names."""
        names, of = self.names, self.of
        asked: dict[str, Question] = {
            "table": of("dynamodb", "describe_table", "dynamodb:DescribeTable", TableName=names.table),
            "listed_roles": ("iam:ListRoles", partial(questions.roles, self.asker)),
            "triggers": ("glue:GetTriggers", partial(questions.triggers, self.asker)),
            "pending": ("s3:ListBucket", self.listing(backlog.PENDING)),
            "dead_letters": ("s3:ListBucket", self.listing(backlog.DEAD)),
        }
        if names.sweeper:
            asked["sweeper"] = of("scheduler", "get_schedule", "scheduler:GetSchedule", Name=names.sweeper)
        if names.trailed:
            trail, rule = names.trail, names.rule
            asked |= {
                "status": of("cloudtrail", "get_trail_status", "cloudtrail:GetTrailStatus", Name=trail),
                "selectors": of(
                    "cloudtrail", "get_event_selectors", "cloudtrail:GetEventSelectors", TrailName=trail
                ),
                "rule": of("events", "describe_rule", "events:DescribeRule", Name=rule),
                "targets": self.every(
                    "events", "list_targets_by_rule", "events:ListTargetsByRule", "Targets", Rule=rule
                ),
            }
        if names.groups:
            asked["schedules"] = ("scheduler:GetSchedule", partial(questions.schedules, self.asker, names))
        return asked | (self.auto_copy() if names.source else {})

    def auto_copy(self) -> dict[str, Question]:
        """The integration, and the bucket it watches."""
        bucket = self.names.source
        watching = partial(questions.integrations, self.asker, self.names)
        return {
            "integrations": ("redshift:DescribeIntegrations", watching),
            "bucket_policy": self.of("s3", "get_bucket_policy", "s3:GetBucketPolicy", Bucket=bucket),
            "notifications": self.of(
                "s3", "get_bucket_notification_configuration", "s3:GetBucketNotification", Bucket=bucket
            ),
        }

    def middle(self) -> dict[str, Question]:
        """What the rule, the stream and the schedules lead to."""
        asker, names = self.asker, self.names
        asked: dict[str, Question] = {}
        if self.known("rule"):
            asked["matches"] = ("events:TestEventPattern", partial(questions.matches, asker, names))
        if names.trailed:
            asked["machine"] = self.machine(questions.machine_arn(asker, names))
        swept = ((self.known("sweeper") or {}).get("Target") or {}).get("Arn", "")
        if ":stateMachine:" in swept:
            asked["sweeper_machine"] = self.machine(swept)
        if names.capture:
            asked["mappings"] = self.every(
                "lambda", "list_event_source_mappings", "lambda:ListEventSourceMappings",
                "EventSourceMappings", FunctionName=names.capture,
            )  # fmt: skip
            asked["capture"] = ("lambda:GetFunction", partial(questions.function, asker, names.capture))
        targets = [(one.get("Target") or {}).get("Arn", "") for one in self.known("schedules") or ()]
        dumping = next((arn for arn in targets if ":function:" in arn), "")
        if dumping:
            asked["function"] = ("lambda:GetFunction", partial(questions.function, asker, dumping))
        return asked

    def ends(self) -> dict[str, Question]:
        """What does the work: the workflow and its job, and what is left of what did not arrive."""
        workflow = definition.workflow_of(self.known("machine"), self.names.workflow)
        job = questions.job_name(self.asker, self.names, workflow)
        asked: dict[str, Question] = {
            "workflow": self.of("glue", "get_workflow", "glue:GetWorkflow", Name=workflow),
            "job": self.of("glue", "get_job", "glue:GetJob", JobName=job),
            "runs": self.of("glue", "get_job_runs", "glue:GetJobRuns", JobName=job, MaxResults=LAST_RUNS),
            "queues": ("sqs:GetQueueAttributes", partial(questions.queues, self.asker, self.names)),
        }
        if self.names.mysql_job:
            loads = self.names.mysql_job
            asked["mysql_job"] = self.of("glue", "get_job", "glue:GetJob", JobName=loads)
            asked["mysql_runs"] = self.of(
                "glue", "get_job_runs", "glue:GetJobRuns", JobName=loads, MaxResults=LAST_RUNS
            )
        if self.known("schedules"):
            asked["dumps"] = ("logs:FilterLogEvents", partial(dumps.runs, self.asker))
            refused = partial(dumps.throttles, self.asker, self.names)
            asked["throttles"] = ("cloudwatch:GetMetricData", refused)
        return asked

    def rest(self) -> dict[str, Question]:
        """What the job itself needs: its script, its login, and what its log said last."""
        job = (self.known("job") or {}).get("Job") or {}
        script = (job.get("Command") or {}).get("ScriptLocation", "")
        login = (job.get("DefaultArguments") or {}).get("--secret_arn") or self.names.secret
        asked: dict[str, Question] = {}
        if login:
            asked["secret"] = self.of(
                "secretsmanager", "describe_secret", "secretsmanager:DescribeSecret", SecretId=login
            )
        if script.startswith("s3://"):
            asked["script"] = ("s3:GetObject", partial(questions.script, self.asker, script))
        named = (self.names.bucket, script.removeprefix("s3://").partition("/")[0])
        buckets = tuple(filter(None, named))
        asked["policies"] = ("s3:GetBucketPolicy", partial(questions.policies, self.asker, buckets))
        runs = (self.known("runs") or {}).get("JobRuns") or []
        if runs and runs[0].get("JobRunState") in BAD_RUNS:
            asked["log"] = ("logs:GetLogEvents", partial(questions.last_error, self.asker, job, runs[0]))
        loads = (self.known("mysql_runs") or {}).get("JobRuns") or []
        if loads and loads[0].get("JobRunState") in BAD_RUNS:
            loader = (self.known("mysql_job") or {}).get("Job") or {}
            last = partial(questions.last_error, self.asker, loader, loads[0])
            asked["mysql_log"] = ("logs:GetLogEvents", last)
        return asked

    def roles(self) -> dict[str, Question]:
        """Whether each service may do its part with the role it has, and the keys it needs for that."""
        asked: dict[str, Question] = {"keys": ("kms:DescribeKey", partial(questions.keys, self.asker))}
        for one in duties.duties(self.asker, self.names):
            asked[one.fact] = (
                "iam:SimulatePrincipalPolicy",
                partial(duties.ask, self.asker, self.names, one),
            )
        return asked

    # -- ways to ask --------------------------------------------------------------------------------------

    def machine(self, arn: str) -> Question:
        """A state machine, with its definition."""
        return "states:DescribeStateMachine", partial(questions.machine, self.asker, arn)

    def listing(self, folder: str) -> Ask:
        """What is in a folder of the bucket of keys."""
        self.asker.count()
        ask = backlog.lister(self.asker.clients, self.names.bucket, folder)
        return lambda: found(ask)


def collect_chain(clients: Clients, names: Names) -> Chain:
    """Ask AWS about every link. Raises AccessError without credentials."""
    return Follower(Asker(clients), names).run()
