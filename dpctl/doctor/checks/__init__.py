"""The checks of the doctor, each a pure function over a snapshot, in the order of their codes."""

from __future__ import annotations

from dpctl.doctor.checks import (
    active,
    connection,
    endpoints,
    identity,
    jobs,
    network,
    redshift,
    security_groups,
)
from dpctl.doctor.checks.check import Check

ALL: tuple[Check, ...] = tuple(
    sorted(
        (
            *connection.CHECKS,
            *network.CHECKS,
            *endpoints.CHECKS,
            *security_groups.CHECKS,
            *redshift.CHECKS,
            *identity.CHECKS,
            *jobs.CHECKS,
            *active.CHECKS,
        ),
        key=lambda one: one.code,
    )
)

__all__ = ["ALL", "Check"]
