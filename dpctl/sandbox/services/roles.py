"""Roles, taken on: by the services of AWS for what they run, and whose key a call is signed with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dpctl.sandbox.access import keys
from dpctl.sandbox.access.conditions import Context
from dpctl.sandbox.access.judge import Caller, Judgement, judge
from dpctl.sandbox.access.needs import Need
from dpctl.sandbox.access.policies import Request, merge
from dpctl.sandbox.access.record import Record
from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import ServiceError
from dpctl.sandbox.services import circumstances, propagation
from dpctl.sandbox.services.resources import Known, document
from dpctl.sandbox.signature import Credentials

HOURS = 12 * 3600


@dataclass
class Sessions:
    """Sessions that AWS's services hold, by role, service, name and what for; and the clients of them."""

    taken: dict[tuple[str, ...], Any] = field(default_factory=dict)
    clients: dict[tuple[str, str], Any] = field(default_factory=dict)


def take(
    account: Account, role_arn: str, service: str, *, source_arn: str = "", name: str = ""
) -> Credentials:
    """Take a role on for a service of AWS (``glue.amazonaws.com``), on behalf of a resource of the account.

    Raises ServiceError where the role is not there or does not trust the service.
    """
    check_trust(account, role_arn, service, source_arn)
    with account.lock:
        store = account.store(Sessions)
        called = re.sub(r"[^\w+=,.@-]", "-", name or service.partition(".")[0])[:64]
        key = (role_arn, service, called, source_arn)
        if key not in store.taken:
            store.taken[key] = _assume(account, role_arn, called)
        session = store.taken[key]
    return Credentials(session.access_key_id, session.secret_access_key, session.session_token)


def take_by(account: Account, credentials: Credentials, role_arn: str) -> Credentials:
    """Take a role on as another one's session: a chain. Raises ServiceError."""
    caller = caller_of(account, credentials.access_key)
    if caller is not None:
        check(account, caller, Need("sts:AssumeRole", role_arn))
    with account.lock:
        store = account.store(Sessions)
        key = (role_arn, credentials.access_key, "chain")
        if key not in store.taken:
            store.taken[key] = _assume(account, role_arn, "chain")
        session = store.taken[key]
    return Credentials(session.access_key_id, session.secret_access_key, session.session_token)


def _assume(account: Account, role_arn: str, name: str) -> Any:
    session = account.backend("sts").assume_role(
        region_name=account.region,
        role_session_name=name,
        role_arn=role_arn,
        policy=None,
        duration=HOURS,
        external_id=None,
    )
    session.expiration = datetime.max  # AWS renews what its services hold
    return session


def userid(account: Account, arn: str) -> str | None:
    """The unique id (``aws:userid``) of a user or a role's session, by its ARN."""
    with account.lock:
        for session in account.backend("sts").assumed_roles:
            if session.arn == arn:
                return str(session.user_id)
        return next((str(user.id) for user in account.backend("iam").users.values() if user.arn == arn), None)


def check_trust(account: Account, role_arn: str, service: str, source_arn: str = "") -> None:
    """Raise ServiceError unless a service may take a role on."""
    caller = _service(account, service, source_arn)
    if Known(account).policy(role_arn) is None:
        raise ServiceError("AccessDeniedException", f"The role {role_arn or '(none)'} does not exist.", 403)
    found = decide(account, caller, Need("sts:AssumeRole", role_arn))
    if not found.allowed:
        message = (
            f"{service} is not authorized to perform: sts:AssumeRole on resource: {role_arn} {found.why}"
        )
        raise ServiceError("AccessDeniedException", message, 403)


def client(
    account: Account, aws_service: str, role_arn: str, service: str, *, source_arn: str = "", name: str = ""
) -> Any:
    """A boto3 client that calls as a role's session. Raises ServiceError as `take`."""
    credentials = take(account, role_arn, service, source_arn=source_arn, name=name)
    with account.lock:
        known = account.store(Sessions).clients
        key = (aws_service, credentials.access_key)
        if key not in known:
            known[key] = account.client_of(credentials, aws_service)
        return known[key]


def require(
    account: Account, role_arn: str, service: str, need: Need, *, source_arn: str = "", name: str = ""
) -> None:
    """Raise ServiceError unless a service may take a role on, and the role may do this."""
    credentials = take(account, role_arn, service, source_arn=source_arn, name=name)
    caller = caller_of(account, credentials.access_key)
    assert caller is not None
    check(account, caller, need)


def require_service(account: Account, service: str, need: Need, source_arn: str = "") -> None:
    """Raise ServiceError unless a resource's policy lets a service of AWS do this in its own name."""
    check(account, _service(account, service, source_arn), need)


def check(account: Account, caller: Caller, need: Need) -> None:
    """Raise ServiceError, in AWS's words, unless a caller may do this."""
    found = decide(account, caller, need)
    if not found.allowed:
        raise denied(caller, need, found)
    if caller.names:
        account.store(Record).add(caller.names[-1], "", [need])


def decide(account: Account, caller: Caller, need: Need) -> Judgement:
    """Judge a need by everything that has a say in it."""
    resource = Known(account).policy(need.resource)
    brought = keys.of_caller(caller, need, account.region, account.clock.now())
    later = circumstances.of(account, caller, need)
    context = Context(brought, keys.KNOWN | keys.of_service(need.action), later)
    request = Request(need.action, need.resource, context)
    return judge(caller, request, resource, asked_always=_asked_always(need, resource))


def _asked_always(need: Need, resource: Mapping[str, Any] | None) -> bool:
    """Whether what is asked for has to let the caller in itself, whatever the caller's policies say.

    A role has, and so has a key (KMS developer guide, "Key policies in AWS KMS"); what asks for no key that
    is there yet (ListKeys, CreateKey with its tags, an alias) is up to the caller's policies.
    """
    if need.action.startswith("kms:"):
        return resource is not None
    return need.action.startswith("sts:AssumeRole")


def denied(caller: Caller, need: Need, found: Judgement) -> ServiceError:
    """The refusal, worded as AWS does (IAM user guide, "Troubleshoot access denied error messages")."""
    on = "" if need.resource == "*" and ":" not in need.resource else f" on resource: {need.resource}"
    message = f"User: {caller.arn} is not authorized to perform: {need.action}{on} {found.why}"
    return ServiceError("AccessDenied", message, 403)


def _service(account: Account, service: str, source_arn: str) -> Caller:
    brought = {"aws:sourceaccount": (account.account_id,), "aws:principalisawsservice": ("true",)}
    brought |= {"aws:sourcearn": (source_arn,)} if source_arn else {}
    brought |= {"aws:principalservicename": (service,)}
    return Caller(service, account.account_id, service=service, keys=brought)


def caller_of(account: Account, access_key: str) -> Caller | None:
    """Whose key it is, with everything that limits him; None for the sandbox's own keys, which may do all."""
    if access_key in (account.credentials.access_key, account.own.access_key):
        return None
    with account.lock:
        session = account.backend("sts").get_assumed_role_from_access_key(access_key)
        if session is not None:
            return _session(account, session)
        for user in account.backend("iam").users.values():
            if any(key.access_key_id == access_key for key in user.access_keys):
                return _user(account, user)
    nobody = f"arn:aws:iam::{account.account_id}:user/nobody"
    return Caller(nobody, account.account_id, names=(nobody,))


def _session(account: Account, session: Any) -> Caller:
    role = propagation.roles(account).get(session.role_arn)
    limits = None if not session.policy else {"session": document(session.policy)}
    return Caller(
        session.arn,
        account.account_id,
        names=(session.arn, session.role_arn),
        identity=policies_of(role) if role else {},
        boundary=_boundary(account, role) if role else None,
        session=limits,
        keys={
            "aws:principalarn": (session.role_arn,),
            "aws:principaltype": ("AssumedRole",),
            "aws:userid": (session.user_id,),
            **_tags(role.tags if role else ()),
        },
        access_key=session.access_key_id,
    )


def _user(account: Account, user: Any) -> Caller:
    return Caller(
        user.arn,
        account.account_id,
        names=(user.arn,),
        identity=policies_of(user),
        boundary=_boundary(account, user),
        keys={
            "aws:principalarn": (user.arn,),
            "aws:principaltype": ("User",),
            "aws:userid": (user.id,),
            "aws:username": (user.name,),
            **_tags(user.tags),
        },
    )


def _tags(tags: Any) -> dict[str, tuple[str, ...]]:
    listed = tags.values() if isinstance(tags, Mapping) else tags or ()
    pairs = [one for one in listed if isinstance(one, Mapping) and "Key" in one]
    return {f"aws:principaltag/{one['Key'].lower()}": (str(one["Value"]),) for one in pairs}


def policies_of(principal: Any) -> dict[str, Mapping[str, Any]]:
    """The policies of moto's role or user: attached (AWS's own too) and inline."""
    attached = [(policy.name, in_force(policy)) for policy in principal.managed_policies.values()]
    inline = [(name, document(text)) for name, text in principal.policies.items()]
    return merge([*attached, *inline])


def _boundary(account: Account, principal: Any) -> dict[str, Mapping[str, Any]] | None:
    arn = getattr(principal, "permissions_boundary_arn", None)
    if not arn:
        return None
    policy = account.backend("iam").managed_policies.get(arn)
    return {policy.name: in_force(policy)} if policy else {}


def in_force(policy: Any) -> Mapping[str, Any]:
    """The version of a managed policy that is in force."""
    versions = {version.version_id: version.document for version in policy.versions}
    return document(versions[policy.default_version_id])
