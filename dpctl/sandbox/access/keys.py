"""The condition keys of a request.

Source: IAM user guide, "AWS global condition context keys", and each service's page in the Service
Authorization Reference. A key that is neither brought by a request here nor listed as known is named, and
denies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from dpctl.sandbox.access.judge import Caller
from dpctl.sandbox.access.needs import Asked, Need

Keys = dict[str, tuple[str, ...]]

# Keys of which it is known that a request has them as given, or does not have them at all. The address that a
# request comes from (aws:SourceIp, aws:VpcSourceIp) and organizations are not known here; the tags of a
# resource and the way through a VPC are looked up when a policy asks (services/circumstances.py).
KNOWN = frozenset(
    {
        "aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:currenttime", "aws:epochtime",
        "aws:federatedprovider", "aws:multifactorauthage", "aws:multifactorauthpresent",
        "aws:principalaccount",
        "aws:principalarn", "aws:principalisawsservice", "aws:principalservicename", "aws:principaltag/",
        "aws:principaltype", "aws:referer", "aws:requestedregion", "aws:requesttag/", "aws:resourceaccount",
        "aws:securetransport", "aws:sourceaccount", "aws:sourcearn", "aws:sourceidentity", "aws:tagkeys",
        "aws:userid", "aws:username", "aws:viaawsservice", "sts:externalid", "sts:rolesessionname",
    }
)  # fmt: skip
_OF_SERVICE = {
    "cloudwatch": {"cloudwatch:namespace"},
    "ec2": {"ec2:createaction"},
    "iam": {"iam:passedtoservice", "iam:policyarn", "iam:permissionsboundary", "iam:awsservicename"},
    "kms": {"kms:viaservice", "kms:calleraccount"},
    "lambda": {"lambda:functionarn"},
    "redshift-data": {"redshift-data:statement-owner-iam-userid"},
    "s3": {
        "s3:authtype", "s3:delimiter", "s3:max-keys", "s3:prefix", "s3:resourceaccount",
        "s3:signatureversion",
        "s3:versionid", "s3:x-amz-acl", "s3:x-amz-server-side-encryption",
        "s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:x-amz-storage-class",
    },
    "secretsmanager": {"secretsmanager:secretid", "secretsmanager:versionstage", "secretsmanager:versionid"},
}  # fmt: skip

# (prefix of the action, parameter) => key
_BROUGHT = {
    ("cloudwatch", "namespace"): "cloudwatch:namespace",
    ("cloudwatch", "Namespace"): "cloudwatch:namespace",
    ("iam", "PolicyArn"): "iam:policyarn",
    ("iam", "PermissionsBoundary"): "iam:permissionsboundary",
    ("iam", "AWSServiceName"): "iam:awsservicename",
    ("lambda", "FunctionArn"): "lambda:functionarn",
    ("s3", "Prefix"): "s3:prefix",
    ("s3", "Delimiter"): "s3:delimiter",
    ("s3", "MaxKeys"): "s3:max-keys",
    ("s3", "VersionId"): "s3:versionid",
    ("s3", "ACL"): "s3:x-amz-acl",
    ("s3", "ServerSideEncryption"): "s3:x-amz-server-side-encryption",
    ("s3", "SSEKMSKeyId"): "s3:x-amz-server-side-encryption-aws-kms-key-id",
    ("s3", "StorageClass"): "s3:x-amz-storage-class",
    ("secretsmanager", "VersionStage"): "secretsmanager:versionstage",
    ("secretsmanager", "VersionId"): "secretsmanager:versionid",
    ("sts", "ExternalId"): "sts:externalid",
    ("sts", "RoleSessionName"): "sts:rolesessionname",
}


def of_service(action: str) -> frozenset[str]:
    """The keys of an action's service that are known here."""
    return frozenset(_OF_SERVICE.get(action.partition(":")[0], ()))


def of_caller(caller: Caller, need: Need, region: str, now: datetime) -> Mapping[str, tuple[str, ...]]:
    """The keys of a request: those of every call (made at ``now``, UTC), of who makes it, and its own."""
    always = {
        "aws:currenttime": (now.strftime("%Y-%m-%dT%H:%M:%SZ"),),
        "aws:epochtime": (str(int(now.timestamp())),),
        "aws:principalaccount": (caller.account,),
        "aws:principalisawsservice": ("false",),
        "aws:requestedregion": (region,),
        "aws:resourceaccount": (caller.account,),
        "aws:securetransport": ("true",),  # the sandbox listens on this machine alone
        "aws:viaawsservice": ("false",),
    }
    return {**always, **caller.keys, **need.keys}


def of_call(asked: Asked, prefix: str) -> Keys:
    """The keys that a call's parameters bring."""
    found: Keys = {}
    for name, value in asked.params.items():
        key = _BROUGHT.get((prefix, name))
        if key and value is not None and not isinstance(value, (list, Mapping)):
            found[key] = (str(value),)
    if prefix == "s3":
        found |= {"s3:authtype": ("REST-HEADER",), "s3:signatureversion": ("AWS4-HMAC-SHA256",)}
    tags = dict(_tags(asked.params))
    if tags:
        found["aws:tagkeys"] = tuple(tags)
        found |= {
            f"aws:requesttag/{name.lower()}": (value,) for name, value in tags.items() if value is not None
        }
    return found


# What services call the tags of a call.
_TAGS = ("tags", "tagstoadd", "tagslist", "taglist", "resourcetags")


def _tags(params: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """The tags a call sets, and the names of those it takes away (whose values are None)."""
    for name, value in params.items():
        if name.lower() in _TAGS:
            yield from _pairs(value)
        elif name.lower() in ("tagkeys", "tagstoremove", "resourcetagkeys"):
            yield from ((str(one), None) for one in value)
        elif name == "TagSpecifications":
            for one in value:
                yield from _pairs(one.get("Tags", []))


def _pairs(value: Any) -> Iterator[tuple[str, str | None]]:
    if isinstance(value, Mapping):
        yield from ((str(name), str(text)) for name, text in value.items())
    elif isinstance(value, list):
        for one in value:
            key = one.get("Key", one.get("key")) if isinstance(one, Mapping) else None
            if key is not None:
                yield str(key), str(one.get("Value", one.get("value", "")))
