"""Signature Version 4, seen from the server: is a request signed with a key that is known here?

Source: AWS general reference, "Signature Version 4 signing process", and the S3 API reference,
"Authenticating requests" (what differs for S3, query parameters and chunked uploads).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote, unquote_to_bytes

ALGORITHM = "AWS4-HMAC-SHA256"
EMPTY = hashlib.sha256(b"").hexdigest()
UNSIGNED = "UNSIGNED-PAYLOAD"
MAX_SKEW = timedelta(minutes=15)
MAX_EXPIRES = timedelta(days=7)
_PART = re.compile(r"(Credential|SignedHeaders|Signature)=([^,\s]+)")
_SPACES = re.compile(r" {2,}")
_HEX = re.compile(r"[0-9a-f]{64}")

Environ = Mapping[str, Any]


class BadSignature(Exception):
    """A request that is not signed as it should be; ``reason`` is a word for why."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Credentials:
    """An access key, its secret, and the token that comes with those of a role (empty for others)."""

    access_key: str
    secret_key: str
    session_token: str = ""


@dataclass(frozen=True)
class Signature:
    """What a request says about its signature."""

    access_key: str
    date: str
    region: str
    service: str
    headers: tuple[str, ...]
    signature: str
    time: datetime
    token: str
    presigned: bool
    expires: timedelta

    @property
    def scope(self) -> str:
        """The credential scope."""
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def read(environ: Environ) -> Signature:
    """Take the signature out of a WSGI request. Raises BadSignature (missing, malformed)."""
    header = environ.get("HTTP_AUTHORIZATION", "")
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    if header.startswith(ALGORITHM):
        found = _PART.findall(header)
        parts = dict(found)
        if len(found) != len(parts):  # which of two is meant? moto would take the other one
            raise BadSignature("malformed", "A part of the header Authorization stands there twice.")
        time = environ.get("HTTP_X_AMZ_DATE", "")
        token, expires = environ.get("HTTP_X_AMZ_SECURITY_TOKEN", ""), 0
    elif query.get("X-Amz-Algorithm") == ALGORITHM and header:
        raise BadSignature("malformed", "Both the query and the header Authorization say who asks.")
    elif query.get("X-Amz-Algorithm") == ALGORITHM:
        parts = {
            name: query.get(f"X-Amz-{name}", "") for name in ("Credential", "SignedHeaders", "Signature")
        }
        time, token = query.get("X-Amz-Date", ""), query.get("X-Amz-Security-Token", "")
        expires = _number(query.get("X-Amz-Expires", "900"))
    else:
        raise BadSignature("missing", "The request is not signed.")
    scope = parts.get("Credential", "").split("/")
    if len(scope) != 5 or scope[4] != "aws4_request" or not parts.get("Signature"):
        raise BadSignature("malformed", "The credential scope or the signature is malformed.")
    headers = tuple(parts.get("SignedHeaders", "").split(";"))
    if "host" not in headers:
        raise BadSignature("malformed", "The header host is not signed.")
    presigned = not header.startswith(ALGORITHM)
    return Signature(
        access_key=scope[0],
        date=scope[1],
        region=scope[2],
        service=scope[3],
        headers=headers,
        signature=parts["Signature"],
        time=_time(time),
        token=token,
        presigned=presigned,
        expires=timedelta(seconds=expires),
    )


MovedSince = Callable[[float], float]
"""How far a clock was moved after a moment of this machine; both in seconds."""


def unmoved(_: float) -> float:
    """Of a clock that nobody moves."""
    return 0.0


def verify(
    environ: Environ,
    signature: Signature,
    credentials: Credentials,
    payload_hash: Callable[[], str],
    now: datetime | None = None,
    moved_since: MovedSince = unmoved,
) -> None:
    """Raise BadSignature unless the request was signed with these credentials, and lately.

    ``payload_hash`` gives the hexadecimal SHA-256 of the body; it is asked for only where the request has no
    header X-Amz-Content-SHA256 that states it. A request is as old as it is on this machine; a presigned URL
    is made to be kept, and ends by the account's clock: ``moved_since`` says how far that was moved after a
    moment.
    """
    now = now or datetime.now(UTC)
    if signature.presigned:
        _unexpired(signature, now, moved_since)
    elif abs(now - signature.time) > MAX_SKEW:
        message = "The difference between the request time and the current time is too large."
        raise BadSignature("skewed", message)
    if not hmac.compare_digest(credentials.session_token.encode(), signature.token.encode()):
        raise BadSignature("unknown-key", "The security token included in the request is invalid.")
    if loose := _loose(environ, signature):
        message = f"There were headers present in the request which were not signed: {', '.join(loose)}."
        raise BadSignature("unsigned", message)
    canonical = _canonical(environ, signature, _payload(environ, signature, payload_hash))
    time = signature.time.strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"{ALGORITHM}\n{time}\n{signature.scope}\n{digest}"
    key = _key(credentials.secret_key, signature.date, signature.region, signature.service)
    wanted = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted.encode(), signature.signature.encode()):
        message = "The request signature we calculated does not match the signature you provided."
        raise BadSignature("mismatch", message)


def stated_hash(environ: Environ) -> str | None:
    """The body's SHA-256 as the header X-Amz-Content-SHA256 states it; None where it states none."""
    value = environ.get("HTTP_X_AMZ_CONTENT_SHA256", "")
    return value if _HEX.fullmatch(value) else None


def _payload(environ: Environ, signature: Signature, payload_hash: Callable[[], str]) -> str:
    """What stands for the body in the canonical request: its hash, or a word as UNSIGNED-PAYLOAD.

    Only S3 takes a word; elsewhere the hash of what arrived counts, whatever the header says.
    """
    if signature.service == "s3":
        if signature.presigned:
            return str(environ.get("HTTP_X_AMZ_CONTENT_SHA256", UNSIGNED))
        if "HTTP_X_AMZ_CONTENT_SHA256" in environ:
            return str(environ["HTTP_X_AMZ_CONTENT_SHA256"])
    return payload_hash()


def _loose(environ: Environ, signature: Signature) -> list[str]:
    """Headers that tell AWS what to do, and that anybody could have put beside the signature.

    With a URL that was signed for one upload, x-amz-copy-source would read another object. Outside S3 some
    services have the token of a session added after the signature.
    """
    names = [
        key.removeprefix("HTTP_").lower().replace("_", "-")
        for key in environ
        if key.startswith("HTTP_X_AMZ_")
    ]
    added = set() if signature.service == "s3" else {"x-amz-security-token"}
    return sorted(set(names) - set(signature.headers) - added)


def _canonical(environ: Environ, signature: Signature, payload: str) -> str:
    raw, _, query = str(environ.get("RAW_URI") or environ.get("REQUEST_URI")).partition("?")
    path = (
        quote(unquote_to_bytes(raw), safe="/-_.~") if signature.service == "s3" else quote(raw, safe="/-_.~")
    )
    headers = "".join(f"{name}:{_header(environ, name)}\n" for name in signature.headers)
    names = ";".join(signature.headers)
    return "\n".join([environ["REQUEST_METHOD"], path or "/", _query(query), headers, names, payload])


def _query(text: str) -> str:
    pairs = []
    for part in filter(None, text.split("&")):
        name, _, value = part.partition("=")
        if name != "X-Amz-Signature":
            pairs.append((_again(name), _again(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _again(text: str) -> str:
    return quote(unquote_to_bytes(text.replace("+", " ")), safe="-_.~")


def _header(environ: Environ, name: str) -> str:
    key = name.upper().replace("-", "_")
    value = environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}")
    if value is None:
        raise BadSignature("malformed", f"The signed header {name} is not there.")
    text = (
        str(value).encode("latin-1", "replace").decode("utf-8", "replace")
    )  # PEP 3333 carries bytes as latin-1
    return _SPACES.sub(" ", text.strip())


@lru_cache(maxsize=512)
def _key(secret: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for word in (date, region, service, "aws4_request"):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    return key


def _unexpired(signature: Signature, now: datetime, moved_since: MovedSince) -> None:
    if signature.expires > MAX_EXPIRES or signature.time - now > MAX_SKEW:
        raise BadSignature("malformed", "X-Amz-Expires or X-Amz-Date is out of range.")
    made = signature.time + timedelta(seconds=1)  # it says no more than the second
    if now + timedelta(seconds=moved_since(made.timestamp())) > signature.time + signature.expires:
        raise BadSignature("expired", "Request has expired.")


def _time(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise BadSignature("malformed", f"X-Amz-Date is no time: {text[:40]!r}.") from None


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,7}", text):
        raise BadSignature("malformed", "X-Amz-Expires must be a number of seconds.")
    return int(text)
