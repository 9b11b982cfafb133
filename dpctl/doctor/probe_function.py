"""The probe itself, as it runs in Lambda: resolve each name, connect, and make the TLS handshake.

It imports only the standard library, sends no data, and trusts no certificate: whether the way is open is all
it is asked.
"""

from __future__ import annotations

import socket
import ssl
import struct
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

PATIENCE = 8  # seconds for each step
# PostgreSQL's SSLRequest, which Redshift answers with S or N before the handshake
SSL_REQUEST = struct.pack("!ii", 8, 80877103)


def handler(event: Mapping[str, Any], context: object) -> list[dict[str, Any]]:
    """``{"to": [{"host", "port", "postgres"}]}`` -> one answer for each, in the same order."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(_try, event["to"]))


def _try(to: Mapping[str, Any]) -> dict[str, Any]:
    began, step, version = time.monotonic(), "resolve", ""
    addresses: list[str] = []
    try:
        found = socket.getaddrinfo(to["host"], to["port"], type=socket.SOCK_STREAM)
        addresses = sorted({str(one[4][0]) for one in found})
        step = "connect"
        with socket.create_connection((to["host"], to["port"]), PATIENCE) as plain:
            step = "handshake"
            version = _handshake(plain, to)
        error = ""
    except (OSError, ValueError) as failed:
        error = f"{type(failed).__name__}: {failed}"
    return {
        "host": to["host"],
        "port": to["port"],
        "addresses": addresses,
        "step": step,
        "error": error,
        "tls": version,
        "milliseconds": round((time.monotonic() - began) * 1000),
    }


def _handshake(plain: socket.socket, to: Mapping[str, Any]) -> str:
    if to.get("postgres"):
        plain.sendall(SSL_REQUEST)
        if plain.recv(1) != b"S":
            return "none: the warehouse answered without TLS"
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    secure = context.wrap_socket(plain, server_hostname=to["host"])
    try:
        return secure.version() or ""
    finally:
        secure.close()
