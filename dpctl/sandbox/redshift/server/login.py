"""From the first byte to a session: TLS, the startup parameters, the password.

Nothing a client sends here is trusted: messages are short, text is UTF-8, and whoever takes too long is cut
off (by `Wire`).
"""

from __future__ import annotations

import secrets
import shlex
import ssl
import struct
from collections.abc import Callable

from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.postgres import protocol
from dpctl.sandbox.redshift.server.client import Client
from dpctl.sandbox.redshift.session import Namespace, Session
from dpctl.sandbox.redshift.sql.parameters import startup_settings

SERVER_VERSION = "8.0.2"
"""What Redshift says it is; drivers go by it (redshift-connector reads row counts differently since 8.2)."""

_CLEARTEXT, _MD5 = 3, 5


def greet(client: Client, tls: ssl.SSLContext, cancel: Callable[[bytes], None]) -> dict[str, str] | None:
    """The startup parameters, after TLS if the client wants it.

    None when the connection only carried a cancel request, which is then handed to ``cancel``. Raises
    SqlError (08P01, 0A000), Malformed and OSError.
    """
    while True:
        body = client.reader.untyped()
        code = struct.unpack_from(">I", body)[0]
        if code == protocol.GSS:
            client.send(b"N")
        elif code == protocol.SSL:
            client.encrypt(tls)
        elif code == protocol.CANCEL:
            cancel(body[4:12])
            return None
        elif code >> 16 == 3:
            return _pairs(body[4:])
        else:
            raise SqlError(f"unsupported frontend protocol {code >> 16}.{code & 0xFFFF}", state="0A000")


def _pairs(body: bytes) -> dict[str, str]:
    try:
        words = [part.decode() for part in body.split(b"\0")]
    except UnicodeDecodeError as error:
        raise SqlError("invalid byte sequence for encoding UTF8 in startup packet", state="08P01") from error
    if len(words) < 2 or words[-2:] != ["", ""] or len(words) % 2:
        raise SqlError("invalid startup packet layout: expected terminator as last byte", state="08P01")
    return dict(zip(words[:-2:2], words[1:-2:2], strict=True))


def log_in(client: Client, parameters: dict[str, str], namespace: Namespace) -> Session:
    """Check the password and open the session. Raises SqlError (28000, 3D000, 42704, 22023)."""
    user = parameters.get("user", "")
    database = parameters.get("database") or user
    if not user:
        raise SqlError("no user name specified in startup packet", state="28000")
    if not client.encrypted and namespace.surroundings.tls_required():
        raise SqlError(
            f'no pg_hba.conf entry for host "127.0.0.1", user "{user}", database "{database}", SSL off',
            state="28000",
            hint="The workgroup's require_ssl is true: connect with sslmode=require.",
        )
    name = _authenticate(client, namespace, user)
    if database.lower() not in namespace.postgres.databases():
        raise SqlError(f'database "{database}" does not exist', state="3D000")
    settings = startup_settings(parameters | _options(parameters.get("options", "")))
    session = Session(namespace, name, database, parameters.get("application_name", ""), settings)
    ready = protocol.message(b"R", struct.pack(">I", 0))
    for key, value in (session.backend.parameters | {"server_version": SERVER_VERSION}).items():
        ready += protocol.message(b"S", protocol.cstring(key) + protocol.cstring(value))
    client.send(ready + protocol.message(b"K", session.backend.key) + protocol.message(b"Z", b"I"))
    client.reader.limit = protocol.MAX_MESSAGE
    return session


def _authenticate(client: Client, namespace: Namespace, user: str) -> str:
    """The role that the password opened.

    The digest of md5 contains the name as it is stored. A client that spells it otherwise makes another
    digest, so it is asked for the password itself.
    """
    known = namespace.postgres.credentials(user)
    salt = secrets.token_bytes(4)
    plain = known is not None and known.name != user
    request = struct.pack(">I", _CLEARTEXT) if plain else struct.pack(">I", _MD5) + salt
    client.send(protocol.message(b"R", request))
    kind, body = client.reader.message()
    if kind != b"p":
        raise SqlError("expected password response", state="08P01")
    given = body.rstrip(b"\0").decode("utf-8", "replace")
    if known is None or not (known.opens(given) if plain else known.made(given, salt)):
        raise SqlError(f'password authentication failed for user "{user}"', state="28000")
    return known.name


def _options(text: str) -> dict[str, str]:
    """``-c name=value`` and ``--name=value``, as libpq's ``options`` has them. Raises SqlError."""
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split, lexer.quotes, lexer.commenters = True, "", ""
    try:
        words = list(lexer)
    except ValueError as error:
        raise SqlError(
            f'invalid command-line argument for server process: "{text}"', state="42601"
        ) from error
    found: dict[str, str] = {}
    waiting = iter(words)
    for word in waiting:
        if word.startswith("-c"):
            pair = word[2:] or next(waiting, "")
        elif word.startswith("--"):
            pair = word[2:]
        else:
            raise SqlError(f"invalid command-line argument for server process: {word}", state="42601")
        key, equals, value = pair.partition("=")
        if not equals:
            raise SqlError(f"-c {pair} requires a value", state="42601")
        found[key.strip().lower().replace("-", "_")] = value
    return found
