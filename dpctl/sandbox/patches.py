"""What moto gets wrong, put right at run time: each would show as a difference in a second plan."""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dpctl.sandbox import machine_time
from dpctl.sandbox.access import policies
from dpctl.sandbox.clock import Clock

# The part of an RDS endpoint that AWS gives to an account and region (plan, 1.5).
RDS_SUFFIX = "cx0o02ucshgw"


# The operation of the request that moto answers, where its protocol names it: the one that was checked. moto
# looks for it anew, in other places first, so a request could be judged as one operation and done as another.
CHECKED: ContextVar[str] = ContextVar("CHECKED", default="")


@dataclass
class Arrived:
    """What becomes an object: its MD5, and the file it is in where it is too large for memory.

    moto would see to both while everybody else waits. The file is for the first that takes it.
    """

    body: bytes
    md5: str
    file: Any = None

    @classmethod
    def of(cls, body: bytes) -> Arrived:
        """Take the digest, and write the file."""
        from moto.settings import get_s3_default_key_buffer_size

        file = None
        if len(body) > get_s3_default_key_buffer_size():
            file = tempfile.SpooledTemporaryFile()  # noqa: SIM115  moto's object closes it
            file.rollover()  # at once: what is written before goes into memory first
            file.write(body)
        return cls(body, hashlib.md5(body, usedforsecurity=False).hexdigest(), file)


# The body of the request that moto answers, where an object is made of it.
ARRIVED: ContextVar[Arrived | None] = ContextVar("ARRIVED", default=None)


def apply() -> None:
    """Put everything right; doing it twice does no harm."""
    _checked_operations()
    _digests()
    _large_objects()
    _rds_address()
    _rule_descriptions()
    _bucket_policies()
    _times()
    _trail_selectors()
    machine_time.apply()
    _role_descriptions()
    _endpoints()


def _checked_operations() -> None:
    from moto.core.responses import BaseResponse

    if hasattr(BaseResponse, "plain_action"):
        return
    plain = BaseResponse.plain_action = BaseResponse._get_action
    BaseResponse._get_action = lambda response: CHECKED.get() or plain(response)


def _digests() -> None:
    """An object whose MD5 is known gets it as its ETag; moto takes it of all others."""
    from moto.s3.models import S3Backend

    if hasattr(S3Backend, "plain_put_object"):
        return
    plain = S3Backend.plain_put_object = S3Backend.put_object

    def put_object(backend: Any, bucket_name: str, key_name: str, value: Any, **given: Any) -> Any:
        arrived = ARRIVED.get()
        if arrived and not given.get("etag") and value == arrived.body:
            given["etag"] = arrived.md5
        return plain(backend, bucket_name, key_name, value, **given)

    S3Backend.put_object = put_object


def _large_objects() -> None:
    """An object whose file has been written keeps that; moto writes all others, by way of memory."""
    from moto.s3.models import FakeKey

    if hasattr(FakeKey, "plain_value"):
        return
    plain = FakeKey.plain_value = FakeKey.value

    def put(key: Any, value: Any) -> None:
        arrived = ARRIVED.get()
        if arrived is None or arrived.file is None or value != arrived.body:
            plain.fset(key, value)
            return
        key._value_buffer.close()
        key._value_buffer, arrived.file = arrived.file, None
        key.contentsize = len(value)

    FakeKey.value = plain.setter(put)


# GetEventSelectors of a trail that nobody told anything: all management events
EVERY_TRAIL = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}


def _trail_selectors() -> None:
    """A trail has selectors of one kind, a new one those of every trail, and says which it was given."""
    from moto.cloudtrail.models import Trail

    if hasattr(Trail, "plain_description"):
        return
    plain = Trail.plain_description = Trail.description

    def description(trail: Any, include_region: bool = False) -> dict[str, Any]:
        custom = bool(trail.event_selectors or trail.advanced_event_selectors)
        answer: dict[str, Any] = plain(trail, include_region)
        insights = bool(trail.insight_selectors)
        return {**answer, "HasCustomEventSelectors": custom, "HasInsightSelectors": insights}

    def put(trail: Any, basic: list[dict[str, Any]], advanced: list[dict[str, Any]]) -> None:
        trail.event_selectors, trail.advanced_event_selectors = basic or [], advanced or []

    def get(trail: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        given = trail.event_selectors or trail.advanced_event_selectors
        return trail.event_selectors if given else [dict(EVERY_TRAIL)], trail.advanced_event_selectors

    Trail.description, Trail.put_event_selectors, Trail.get_event_selectors = description, put, get


def rds_address(identifier: str, region: str) -> str:
    """The name of an RDS instance in AWS's DNS."""
    return f"{identifier}.{RDS_SUFFIX}.{region}.rds.amazonaws.com"


def _rds_address() -> None:
    from moto.rds.models import DBInstance

    def address(instance: Any) -> str:
        return rds_address(instance.db_instance_identifier, instance.region)

    DBInstance.address = property(address)


def _rule_descriptions() -> None:
    """moto keeps the description of a rule for addresses only, not for groups and prefix lists."""
    from moto.ec2.models.security_groups import SecurityGroupRule

    if hasattr(SecurityGroupRule, "prefix_description"):
        return
    make = SecurityGroupRule.__init__

    def init(rule: Any, *args: Any, **kwargs: Any) -> None:
        make(rule, *args, **kwargs)
        prefix_list = args[7] if len(args) > 7 else kwargs.get("prefix_list_id")
        rule.prefix_description = (prefix_list or {}).get("Description")

    def description(rule: Any) -> Any:
        found = rule.ip_range.get("Description") or rule.source_group.get("Description")
        return found or rule.prefix_description

    SecurityGroupRule.prefix_description = None
    SecurityGroupRule.__init__ = init
    SecurityGroupRule.description = property(description)


def _bucket_policies() -> None:
    """moto reads a bucket's policy without its conditions: one that refuses plain HTTP would refuse all.

    The sandbox listens on this machine only; its requests count as made over TLS.
    """
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import FakeBucket

    results = {
        "allowed": PermissionResult.PERMITTED,
        "explicitDeny": PermissionResult.DENIED,
        "implicitDeny": PermissionResult.NEUTRAL,
    }

    def permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
        if bucket.policy is None:
            return PermissionResult.NEUTRAL
        document = json.loads(bucket.policy)
        context = {"aws:SecureTransport": ["true"]}
        return results[policies.evaluate({"bucket": document}, action, resource, context).decision]

    FakeBucket.get_permission = permission


def state_machine_clients(make: Callable[[str, str, str], Any]) -> None:
    """The calls of state machines are signed: moto's own clients have a key of nobody's.

    ``make`` gives a client by service, region and the ARN of the role. Every module of moto's that has the
    function by name gets ours.
    """

    def client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        return make(service, region, getattr(state_credentials, "role_arn", "") or "")

    _call_with(client_for)


def release(clock: Clock) -> None:
    """The account with this clock is closed: moto in this process is nobody's again, with its own time."""
    if machine_time.WAITING.clock is clock:
        machine_time.WAITING.use(Clock(), calm=True)
        _call_with(None)


def _call_with(client_for: Callable[..., Any] | None) -> None:
    """State machines call with these clients; None: with moto's own."""
    from moto.stepfunctions.parser.asl.utils import boto_client

    if not hasattr(boto_client, "plain_client_for"):
        boto_client.plain_client_for = boto_client.boto_client_for
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.stepfunctions.") and hasattr(module, "boto_client_for"):
            module.boto_client_for = client_for or boto_client.plain_client_for  # type: ignore[attr-defined]


def _role_descriptions() -> None:
    """UpdateRole leaves a description that is not given as it is; moto takes it away."""
    from moto.iam.models import IAMBackend

    if hasattr(IAMBackend, "plain_update_role"):
        return
    plain = IAMBackend.plain_update_role = IAMBackend.update_role

    def update(backend: Any, role_name: str, role_description: str | None, max_session_duration: str) -> Any:
        kept = backend.get_role(role_name).description if role_description is None else role_description
        return plain(backend, role_name, kept, max_session_duration)

    IAMBackend.update_role = update


def _endpoints() -> None:
    """A deleted endpoint is soon not listed any more, moto lists it for ever; one of no type is a gateway."""
    from moto.ec2.models import EC2Backend

    if hasattr(EC2Backend, "plain_delete_vpc_endpoints"):
        return
    create = EC2Backend.plain_create_vpc_endpoint = EC2Backend.create_vpc_endpoint
    plain = EC2Backend.plain_delete_vpc_endpoints = EC2Backend.delete_vpc_endpoints

    def make(backend: Any, vpc_id: str, service_name: str, endpoint_type: str | None, **options: Any) -> Any:
        return create(backend, vpc_id, service_name, endpoint_type or "Gateway", **options)

    def delete(backend: Any, vpce_ids: list[str] | None = None) -> None:
        plain(backend, vpce_ids)
        for identity in vpce_ids or []:
            backend.vpc_end_points.pop(identity, None)

    EC2Backend.create_vpc_endpoint = make
    EC2Backend.delete_vpc_endpoints = delete


def _times() -> None:
    """What moto does happens at the time of the sandbox's clock."""
    from moto.core import utils

    if hasattr(utils, "plain_utcnow"):
        return
    plain = utils.plain_utcnow = utils.utcnow

    def utcnow() -> datetime:
        found: datetime = plain()
        return found + timedelta(seconds=machine_time.WAITING.clock.ahead)

    utils.utcnow = utcnow
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.") and getattr(module, "utcnow", None) is plain:
            module.utcnow = utcnow  # type: ignore[attr-defined]


# Names that Step Functions gives to services in the errors of SDK integrations, by the names in their ARNs.
STEP_FUNCTIONS_NAMES = {
    "eventbridge": "EventBridge",
    "glue": "Glue",
    "lambda": "Lambda",
    "redshiftdata": "RedshiftData",
    "redshiftserverless": "RedshiftServerless",
    "s3": "S3",
    "secretsmanager": "SecretsManager",
    "sns": "Sns",
    "sqs": "Sqs",
}


def step_functions_errors() -> None:
    """moto knows two of these names only: a Catch of ``Glue.ConcurrentRunsExceededException`` would miss."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
        state_task_service_aws_sdk as sdk,
    )

    sdk._SERVICE_ERROR_NAMES.update(STEP_FUNCTIONS_NAMES)
