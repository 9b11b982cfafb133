"""glue.update_connection replaces the whole connection: this carries every property over, or refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dpctl.errors import DpctlError

# Fields of Connection that ConnectionInput takes as they are (botocore's model of Glue).
CARRIED = (
    "Description",
    "ConnectionType",
    "MatchCriteria",
    "ConnectionProperties",
    "SparkProperties",
    "AthenaProperties",
    "PythonProperties",
    "PhysicalConnectionRequirements",
)


class CannotCarry(DpctlError):
    """An update of the connection would lose something that AWS does not give out."""


def connection_input(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The input that writes a connection back as it is. Raises CannotCarry where AWS hides a part of it."""
    if "Connection" in raw and "ConnectionType" not in raw:
        raw = {**raw["Connection"], **raw}
    properties = raw.get("ConnectionProperties") or {}
    auth = raw.get("AuthenticationConfiguration") or {}
    if "USERNAME" in properties and not properties.get("SECRET_ID") and not auth.get("SecretArn"):
        raise _refusal("its password is stored in the connection, and AWS does not give it out")
    if auth.get("OAuth2Properties"):
        raise _refusal("its OAuth2 client's secret is stored in the connection, and AWS does not give it out")
    result: dict[str, Any] = {"Name": raw["Name"]}
    result |= {key: raw[key] for key in CARRIED if raw.get(key) not in (None, {}, [], "")}
    result.setdefault("ConnectionProperties", {})
    if auth:
        kept = {"AuthenticationType": auth.get("AuthenticationType"), "SecretArn": auth.get("SecretArn")}
        kept["KmsKeyArn"] = auth.get("KmsKeyArn")
        result["AuthenticationConfiguration"] = {key: value for key, value in kept.items() if value}
    result["ValidateCredentials"] = False
    return result


def changed(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A ConnectionInput with another ``subnet`` and ``zone``, or other ``properties``."""
    after = {**before}
    place = dict(before.get("PhysicalConnectionRequirements") or {})
    if "subnet" in changes:
        place |= {"SubnetId": changes["subnet"], "AvailabilityZone": changes["zone"]}
        after["PhysicalConnectionRequirements"] = place
    if "properties" in changes:
        after["ConnectionProperties"] = {**before["ConnectionProperties"], **changes["properties"]}
    return after


def _refusal(why: str) -> CannotCarry:
    return CannotCarry(
        "The connection can't be changed by the API without losing its password.",
        why=f"update_connection replaces the whole connection, and {why}.",
        hint="move the login to Secrets Manager (SECRET_ID), or change the connection in the console",
    )
