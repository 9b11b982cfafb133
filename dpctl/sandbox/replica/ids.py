"""Ids that AWS would choose, chosen here: the replica has the ids of the account it stands for."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# What makes an id in moto, and where it is called: module and name.
MAKERS = {
    "vpc": ("moto.ec2.models.vpcs", "random_vpc_id"),
    "route_table": ("moto.ec2.models.route_tables", "random_route_table_id"),
    "subnet": ("moto.ec2.models.subnets", "random_subnet_id"),
    "security_group": ("moto.ec2.models.security_groups", "random_security_group_id"),
    "kms_key": ("moto.kms.models", "generate_key_id"),
}


@contextmanager
def fixed(kind: str, identity: str | None) -> Iterator[None]:
    """Give the next resource of a kind this id; None lets moto choose. For one thread at a time."""
    if identity is None:
        yield
        return
    module = importlib.import_module(MAKERS[kind][0])
    name = MAKERS[kind][1]
    maker: Any = getattr(module, name)
    left = [identity]
    # a VPC brings a default security group with it: only the first call is the one that is meant
    setattr(module, name, lambda *args, **kwargs: left.pop() if left else maker(*args, **kwargs))
    try:
        yield
    finally:
        setattr(module, name, maker)
