"""Sets of addresses and ports as boxes, so that "is all of this let through?" is arithmetic.

IPv4 and IPv6 lie on one line of numbers, IPv6 behind IPv4: a rule of one family never covers the other.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache

Range = tuple[int, int]
# first address, last address, first port, last port
Box = tuple[int, int, int, int]

LAST_ADDRESS = 2**32 - 1
IPV6 = LAST_ADDRESS + 1  # where IPv6 begins on the line
# The client ports of Amazon Linux (net.ipv4.ip_local_port_range), which answers come back to.
CLIENT_PORTS: Range = (32768, 60999)
# A NAT gateway translates to these (Amazon VPC user guide, "NAT gateways and network ACLs").
NAT_PORTS: Range = (1024, 65535)
_NOT_PUBLIC = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
    "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3",
)  # fmt: skip


class NoNetwork(ValueError):
    """A text that is neither a network nor an address; AWS gives none such, so somebody wrote it."""


@lru_cache(maxsize=8192)
def block(cidr: str) -> Range:
    """The first and last address of a CIDR block or a single address. Raises NoNetwork for neither."""
    try:
        network = ipaddress.ip_network(cidr, strict=False)
    except ValueError as error:
        raise NoNetwork(str(error)) from error
    offset = 0 if network.version == 4 else IPV6
    return offset + int(network.network_address), offset + int(network.broadcast_address)


def boxes(ranges: Iterable[Range], ports: Range) -> list[Box]:
    """Addresses times ports."""
    return [(first, last, *ports) for first, last in ranges]


def size(area: Iterable[Box]) -> int:
    """How many pairs of address and port there are in disjoint boxes."""
    return sum((a1 - a0 + 1) * (p1 - p0 + 1) for a0, a1, p0, p1 in area)


def split(area: Iterable[Box], by: Box) -> tuple[list[Box], list[Box]]:
    """What of ``area`` is inside a box, and what is outside."""
    inside: list[Box] = []
    outside: list[Box] = []
    for a0, a1, p0, p1 in area:
        low, high = max(a0, by[0]), min(a1, by[1])
        first, last = max(p0, by[2]), min(p1, by[3])
        if low > high or first > last:
            outside.append((a0, a1, p0, p1))
            continue
        inside.append((low, high, first, last))
        if a0 < low:
            outside.append((a0, low - 1, p0, p1))
        if high < a1:
            outside.append((high + 1, a1, p0, p1))
        if p0 < first:
            outside.append((low, high, p0, first - 1))
        if last < p1:
            outside.append((low, high, last + 1, p1))
    return inside, outside


def covered(wanted: Iterable[Range], by: Iterable[Range]) -> float:
    """The share of ``wanted`` addresses that are in the union of ``by``."""
    area = boxes(wanted, (0, 0))
    whole = size(area)
    for first, last in by:
        area = split(area, (first, last, 0, 0))[1]
    return 1 - size(area) / whole if whole else 0.0


def _internet() -> tuple[Range, ...]:
    area: list[Box] = [(0, LAST_ADDRESS, 0, 0)]
    for cidr in _NOT_PUBLIC:
        area = split(area, (*block(cidr), 0, 0))[1]
    return tuple((first, last) for first, last, _, _ in area)


# Where a public service may be: every address that is routed on the internet. AWS's services answer at IPv4
# addresses unless they are asked by the name of a dual-stack endpoint, which neither Glue nor old SDKs do.
INTERNET = _internet()
PRIVATE = tuple(block(cidr) for cidr in ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"))
