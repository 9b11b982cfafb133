"""The RDS instance that a connection to MySQL leads to, as the doctor's warehouse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dpctl.doctor import model as m

# "Requiring SSL/TLS for all connections to a MySQL DB instance" (RDS user guide)
TLS_PARAMETER = "require_secure_transport"


def warehouse(
    raw: Mapping[str, Any], parameters: Callable[[str], Iterable[Mapping[str, Any]]]
) -> m.Warehouse:
    """``rds.describe_db_instances``; ``parameters`` gives what was set in a parameter group, by its name."""
    place, network = raw.get("Endpoint") or {}, raw.get("DBSubnetGroup") or {}
    groups = [one["DBParameterGroupName"] for one in raw.get("DBParameterGroups") or ()]
    values = {
        one.get("ParameterName"): str(one.get("ParameterValue"))
        for name in groups
        for one in parameters(name)
    }
    zone = raw.get("AvailabilityZone", "")
    subnets = network.get("Subnets") or ()
    here = [one for one in subnets if (one.get("SubnetAvailabilityZone") or {}).get("Name") == zone]
    here = [] if raw.get("MultiAZ") else here  # it may move
    return m.Warehouse(
        kind="instance",
        name=raw.get("DBInstanceIdentifier", ""),
        status=str(raw.get("DBInstanceStatus", "")).upper(),
        host=place.get("Address", "") or "",
        port=int(place.get("Port") or 3306),
        vpc=network.get("VpcId", "") or "",
        subnets=tuple(one["SubnetIdentifier"] for one in here or subnets),
        groups=tuple(one["VpcSecurityGroupId"] for one in raw.get("VpcSecurityGroups") or ()),
        database=raw.get("DBName", "") or "",
        public=bool(raw.get("PubliclyAccessible")),
        require_ssl=values.get(TLS_PARAMETER, "0").lower() in ("1", "on"),
        engine=raw.get("Engine", "") or "mysql",
    )
