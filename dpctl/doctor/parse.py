"""From boto3's dictionaries to the doctor's model; those of a network are read in `dpctl.doctor.parsevpc`.

Passwords are dropped here, before anything is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from dpctl import redaction
from dpctl.doctor import model as m

Json = Mapping[str, Any]
_SECRET_PROPERTY = re.compile(r"password|passphrase|secret_key|private_key|token", re.IGNORECASE)
HIDDEN = "(hidden)"


def redact(text: str) -> str:
    """Blank the passwords that people put into URLs."""
    return redaction.text(text, HIDDEN)


def iso(moment: Any) -> str:
    """A time as ISO 8601, empty when there is none."""
    return moment.isoformat() if hasattr(moment, "isoformat") else str(moment or "")


def connection(raw: Json) -> m.Connection:
    """``glue.get_connection``; moto's replica nests the input in ``Connection``."""
    if "Connection" in raw and "ConnectionType" not in raw:
        raw = {**raw["Connection"], **raw}
    properties = {
        key: redact(str(value))
        for key, value in (raw.get("ConnectionProperties") or {}).items()
        if not _SECRET_PROPERTY.search(key)
    }
    place = raw.get("PhysicalConnectionRequirements") or {}
    auth = raw.get("AuthenticationConfiguration") or {}
    secret = auth.get("SecretArn") or properties.get("SECRET_ID", "")
    named = any(
        key in (raw.get("ConnectionProperties") or {})
        for key in ("PASSWORD", "ENCRYPTED_PASSWORD", "USERNAME")
    )
    return m.Connection(
        name=raw.get("Name", ""),
        type=raw.get("ConnectionType", ""),
        properties=properties,
        status=raw.get("Status", ""),
        reason=redact(raw.get("StatusReason", "") or ""),
        validated_at=iso(raw.get("LastConnectionValidationTime")),
        subnet=place.get("SubnetId", "") or "",
        groups=tuple(place.get("SecurityGroupIdList") or ()),
        zone=place.get("AvailabilityZone", "") or "",
        auth_type=auth.get("AuthenticationType", ""),
        secret=secret,
        role=properties.get("ROLE_ARN", ""),
        schema_version=int(raw.get("ConnectionSchemaVersion") or (2 if auth else 1)),
        plaintext_password=named and not secret,
    )


def job(raw: Json) -> m.Job:
    """``glue.get_jobs``."""
    command = raw.get("Command") or {}
    arguments = {key: str(value) for key, value in (raw.get("DefaultArguments") or {}).items()}
    capacity = raw.get("MaxCapacity") or raw.get("AllocatedCapacity") or 1
    kept = (
        "--additional-python-modules",
        "--extra-py-files",
        "--aws-sts-regional-endpoints",
        "--customer-driver-env-vars",
    )
    return m.Job(
        name=raw.get("Name", ""),
        type=command.get("Name", ""),
        role=raw.get("Role", ""),
        connections=tuple((raw.get("Connections") or {}).get("Connections") or ()),
        glue_version=raw.get("GlueVersion", "") or "",
        python_version=str(command.get("PythonVersion", "") or ""),
        script=command.get("ScriptLocation", "") or "",
        workers=max(1, int(raw.get("NumberOfWorkers") or capacity)),
        additional_modules=arguments.get("--additional-python-modules", ""),
        arguments={key: redact(arguments[key]) for key in kept if key in arguments},
    )


def encryption(raw: Json) -> m.CatalogEncryption:
    """``glue.get_data_catalog_encryption_settings``."""
    settings = (raw.get("DataCatalogEncryptionSettings") or {}).get("ConnectionPasswordEncryption") or {}
    return m.CatalogEncryption(
        bool(settings.get("ReturnConnectionPasswordEncrypted")), settings.get("AwsKmsKeyId", "") or ""
    )


def workgroup(raw: Json) -> m.Warehouse:
    """``redshift-serverless.get_workgroup``."""
    place = raw.get("endpoint") or {}
    endpoints = place.get("vpcEndpoints") or ()
    interfaces = [face for item in endpoints for face in item.get("networkInterfaces") or ()]
    parameters = {
        item.get("parameterKey"): item.get("parameterValue") for item in raw.get("configParameters") or ()
    }
    return m.Warehouse(
        kind="workgroup",
        name=raw.get("workgroupName", ""),
        status=raw.get("status", ""),
        host=place.get("address", "") or "",
        port=int(place.get("port") or raw.get("port") or 5439),
        vpc=next((item["vpcId"] for item in endpoints if item.get("vpcId")), ""),
        subnets=tuple(raw.get("subnetIds") or ()),
        groups=tuple(raw.get("securityGroupIds") or ()),
        namespace=raw.get("namespaceName", "") or "",
        addresses=tuple(face["privateIpAddress"] for face in interfaces if face.get("privateIpAddress")),
        public=bool(raw.get("publiclyAccessible")),
        require_ssl=str(parameters.get("require_ssl")).lower() == "true",
        enhanced_vpc_routing=bool(raw.get("enhancedVpcRouting")),
        base_capacity=int(raw.get("baseCapacity") or 0),
        names=tuple(name for name in (raw.get("customDomainName"),) if name),
    )


def cluster(raw: Json) -> m.Warehouse:
    """``redshift.describe_clusters``; its parameter group (require_ssl) is not asked for."""
    place = raw.get("Endpoint") or {}
    status = raw.get("ClusterAvailabilityStatus") or raw.get("ClusterStatus") or ""
    return m.Warehouse(
        kind="cluster",
        name=raw.get("ClusterIdentifier", ""),
        status=str(status).upper(),
        host=place.get("Address", "") or "",
        port=int(place.get("Port") or 5439),
        vpc=raw.get("VpcId", "") or "",
        subnets=(),
        groups=tuple(group["VpcSecurityGroupId"] for group in raw.get("VpcSecurityGroups") or ()),
        database=raw.get("DBName", "") or "",
        addresses=tuple(
            node["PrivateIPAddress"] for node in raw.get("ClusterNodes") or () if node.get("PrivateIPAddress")
        ),
        public=bool(raw.get("PubliclyAccessible")),
        enhanced_vpc_routing=bool(raw.get("EnhancedVpcRouting")),
        names=tuple(name for name in (raw.get("CustomDomainName"),) if name),
    )


def secret(raw: Json) -> m.Secret:
    """``secretsmanager.describe_secret``."""
    versions = raw.get("VersionIdsToStages") or {}
    return m.Secret(
        arn=raw.get("ARN", ""),
        name=raw.get("Name", ""),
        deleted_at=iso(raw.get("DeletedDate")),
        current=any("AWSCURRENT" in stages for stages in versions.values()),
        changed_at=iso(raw.get("LastChangedDate")),
        kms_key=raw.get("KmsKeyId", "") or "",
        owner=raw.get("OwningService", "") or "",
        rotation=bool(raw.get("RotationEnabled")),
    )


def decisions(raw: Json, asked: tuple[str, ...], is_of: Callable[[str, str], bool]) -> list[m.Decision]:
    """``iam.simulate_principal_policy``: one for each action and resource that a request of it names."""
    found: list[m.Decision] = []
    for item in raw.get("EvaluationResults") or ():
        action, default = item["EvalActionName"], asked[0] if asked else "*"
        parts = item.get("ResourceSpecificResults") or [
            {**item, "EvalResourceDecision": item["EvalDecision"]}
        ]
        for part in parts:
            resource, decision = part.get("EvalResourceName") or default, part["EvalResourceDecision"]
            missing = tuple(part.get("MissingContextValues") or item.get("MissingContextValues") or ())
            if is_of(action, resource):
                found.append(m.Decision(action, resource, decision == "allowed", decision, missing))
    return found


def secret_keys(text: str) -> m.SecretKeys:
    """The names of a secret's keys, its host and port; the rest of the value is forgotten here."""
    import json

    try:
        value = json.loads(text)
    except ValueError:
        return m.SecretKeys((), is_json=False)
    if not isinstance(value, dict):
        return m.SecretKeys((), is_json=False)
    return m.SecretKeys(
        tuple(sorted(str(key) for key in value)),
        str(value.get("host", "") or value.get("HOST", "")),
        str(value.get("port", "") or value.get("PORT", "")),
    )
