"""The inside of a Lambda process: read the event, call the handler, write the answer.

Imports only the standard library, because it runs in the function's own environment.
"""

from __future__ import annotations

import importlib
import json
import os
import socket
import ssl
import sys
import time
import traceback
import uuid
from pathlib import Path
from typing import Any


class Context:
    """The second argument of a handler (Lambda developer guide, "Using the Lambda context object")."""

    def __init__(self) -> None:
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.invoked_function_arn = os.environ["DPCTL_FUNCTION_ARN"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = "sandbox"
        self.aws_request_id = str(uuid.uuid4())
        self._end = time.monotonic() + 900

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the longest time a function may have."""
        return int((self._end - time.monotonic()) * 1000)


class Wire:
    """A connection in the sandbox's network: it is open, and says yes to whoever asks for TLS."""

    def sendall(self, data: bytes) -> None:
        """Bytes that nobody reads."""

    def recv(self, size: int) -> bytes:
        """The answer to PostgreSQL's SSLRequest."""
        return b"S"

    def version(self) -> str:
        """The protocol that a handshake ended in."""
        return "TLSv1.3"

    def close(self) -> None:
        """Hang up."""

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def attach(seen: dict[str, str]) -> None:
    """Put this process into the sandbox's network; what is on this machine stays reachable.

    ``seen`` says of ``host:port`` why it can't be reached, or nothing.
    """
    resolve, connect, wrap = socket.getaddrinfo, socket.create_connection, ssl.SSLContext.wrap_socket
    known = {name.rpartition(":")[0] for name in seen}

    def local(host: Any) -> bool:
        return host in {"127.0.0.1", "localhost", "::1"}

    def getaddrinfo(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if local(host):
            return resolve(host, port, *rest, **more)
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        address = f"10.255.0.{sorted(known).index(host) + 1}"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def create_connection(address: Any, *rest: Any, **more: Any) -> Any:
        if local(address[0]):
            return connect(address, *rest, **more)
        getaddrinfo(*address)
        if seen.get(f"{address[0]}:{address[1]}", "nothing listens there"):
            raise TimeoutError("timed out")
        return Wire()

    def wrap_socket(self: ssl.SSLContext, sock: Any, *rest: Any, **more: Any) -> Any:
        return sock if isinstance(sock, Wire) else wrap(self, sock, *rest, **more)

    socket.getaddrinfo, socket.create_connection = getaddrinfo, create_connection
    ssl.SSLContext.wrap_socket = wrap_socket  # type: ignore[method-assign]


def main(descriptor: int) -> int:
    """Run the handler of this environment; 1 when it raised."""
    if os.environ.get("DPCTL_NETWORK"):
        attach(json.loads(os.environ["DPCTL_NETWORK"]))
    event: Any = json.loads(sys.stdin.read() or "null")
    failed = 0
    try:
        module, _, name = os.environ["_HANDLER"].rpartition(".")
        handler = getattr(importlib.import_module(module.replace("/", ".")), name)
        answer = json.dumps(handler(event, Context()))
    except Exception as error:
        traceback.print_exc()
        failed = 1
        lines = traceback.format_exc().splitlines()
        answer = json.dumps(
            {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": lines}
        )
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(answer)
    return failed


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    sys.exit(main(int(sys.argv[1])))
