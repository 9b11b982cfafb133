"""Resolve the names in DPCTL_HOSTS (``name=address``); Python imports this file when it starts."""

import os
import socket

_known = dict(pair.split("=", 1) for pair in os.environ.get("DPCTL_HOSTS", "").split())
_resolve = socket.getaddrinfo


def _getaddrinfo(host, *args, **kwargs):  # type: ignore[no-untyped-def]
    name = host.decode() if isinstance(host, bytes) else host
    return _resolve(_known.get(name, host), *args, **kwargs)


if _known:
    socket.getaddrinfo = _getaddrinfo
