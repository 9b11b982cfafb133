"""What of the pipeline exists (plan, 2 and 3): rule, state machine, workflow, jobs, connections."""

from __future__ import annotations

import json
from typing import Any

from dpctl.sandbox.replica.network import CONNECTION_SUBNET
from dpctl.sandbox.replica.seed import Seed
from dpctl.sandbox.replica.storage import GLUE_SECRET, mysql_host


def fill(seed: Seed) -> None:
    """Make the parts of the pipeline that exist."""
    seed.client("glue").create_workflow(Name=seed.config.glue.workflow)
    _jobs(seed)
    _connections(seed)
    _chain(seed)


def _chain(seed: Seed) -> None:
    capture, events = seed.config.capture, seed.client("events")
    machine = seed.client("stepfunctions").create_state_machine(
        name=capture.state_machine,
        definition=json.dumps(_definition(seed)),
        roleArn=seed.role_arn(seed.config.iam.step_functions),
        type="STANDARD",
    )
    pattern = {
        "source": ["aws.dynamodb"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {"eventSource": ["dynamodb.amazonaws.com"], "eventName": ["PutItem"]},
    }
    events.put_rule(Name=capture.rule, EventPattern=json.dumps(pattern), State="ENABLED")
    role = seed.role_arn(seed.config.iam.events_to_step_functions)
    target = {"Id": "Id1", "Arn": machine["stateMachineArn"], "RoleArn": role}
    events.put_targets(Rule=capture.rule, Targets=[target])


def _definition(seed: Seed) -> dict[str, Any]:
    start = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:glue:startWorkflowRun",
        "Parameters": {"Name": seed.config.glue.workflow},
        "End": True,
    }
    return {
        "Comment": "Start the Glue workflow",
        "StartAt": "StartWorkflowRun",
        "States": {"StartWorkflowRun": start},
    }


OURS = "Reconcile"  # the job that dpctl brings: no account has it before its first apply


def _jobs(seed: Seed) -> None:
    config, glue = seed.config, seed.client("glue")
    for name, job in config.glue.jobs.items():
        if name == OURS:
            continue
        script = f"s3://{config.storage.glue_assets_bucket}/scripts/{name}.py"
        shell = job.type == "pythonshell"
        command = {"Name": job.type, "ScriptLocation": script, "PythonVersion": "3.9" if shell else "3"}
        arguments = {"--job-language": "python"}
        if shell:
            arguments |= {"--additional-python-modules": "boto3>=1.34.0"}
        size: dict[str, Any] = {"MaxCapacity": job.max_capacity}
        if not shell:
            size = {"WorkerType": job.worker_type, "NumberOfWorkers": job.number_of_workers}
        glue.create_job(
            Name=name,
            Role=seed.role_arn(config.iam.glue),
            Command=command,
            GlueVersion=job.glue_version,
            DefaultArguments=arguments,
            **size,
            **(
                {"Connections": {"Connections": [config.glue.mysql_connection]}}
                if job.source == "mysql"
                else {}
            ),
        )


def _connections(seed: Seed) -> None:
    from dpctl.sandbox.services import glue_connections

    config, account = seed.config, seed.account
    redshift, glue = config.databases.redshift, seed.client("glue")
    host = seed.account.redshift_host(redshift.workgroup)
    secret = GLUE_SECRET.format(account=account.account_id)
    arn = seed.client("secretsmanager").describe_secret(SecretId=secret)["ARN"]
    properties = {
        "HOST": host,
        "PORT": str(redshift.port),
        "DATABASE": redshift.database,
        "ENFORCE_SSL": "true",
    }
    properties["ROLE_ARN"] = seed.role_arn(config.iam.glue)
    glue.create_connection(
        ConnectionInput={
            "Name": config.glue.connection.name,
            "ConnectionType": "REDSHIFT",
            "ConnectionProperties": properties,
            "AuthenticationConfiguration": {"AuthenticationType": "BASIC", "SecretArn": arn},
            "PhysicalConnectionRequirements": _place(seed, CONNECTION_SUBNET),
            "ValidateCredentials": False,
        }
    )
    glue_connections.test(account, config.glue.connection.name)
    _mysql(seed)


def _mysql(seed: Seed) -> None:
    mysql, glue = seed.config.databases.mysql, seed.client("glue")
    if mysql is None:
        return
    url = f"jdbc:mysql://{mysql_host(seed)}:{mysql.port}/{mysql.database}"
    glue.create_connection(
        ConnectionInput={
            "Name": seed.config.glue.mysql_connection,
            "ConnectionType": "JDBC",
            "ConnectionProperties": {
                "JDBC_CONNECTION_URL": url,
                "SECRET_ID": seed.config.secrets.database,
                "JDBC_ENFORCE_SSL": "false",
            },
            "PhysicalConnectionRequirements": _place(seed, seed.subnets[0]),
            "ValidateCredentials": False,
        }
    )


def _place(seed: Seed, subnet: str) -> dict[str, Any]:
    zone = seed.config.network.private_subnets[0].az
    return {"SubnetId": subnet, "AvailabilityZone": zone, "SecurityGroupIdList": [seed.group]}
