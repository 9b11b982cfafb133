"""Who may speak to the sandbox: nobody but the holder of one of its own keys, and no web page.

A browser on this machine reaches every port of it. It always tells where a page comes from (Origin,
Sec-Fetch-Site; Fetch standard), and which name it looked up (Host); a name that leads here without being this
machine's is DNS rebinding. Every call has to be signed with a key of the sandbox, every page under
/_sandbox/ wants its token.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Any

from dpctl.sandbox import signature
from dpctl.sandbox.calls import ServiceError, read_body
from dpctl.sandbox.signature import BadSignature, Credentials, Signature

Environ = dict[str, Any]
_NAMES = re.compile(r"(127\.0\.0\.1|localhost)(:\d+)?")
_OWN_SITES = ("none", "same-origin")

# The error codes of AWS by reason: of services that answer XML, and of those that answer JSON. Sources: IAM
# API reference, "Common error types"; S3 API reference, "List of error codes"; EC2 has names of its own.
_CODES = {
    "missing": ("MissingAuthenticationToken", "MissingAuthenticationTokenException", "AccessDenied"),
    "malformed": ("IncompleteSignature", "IncompleteSignatureException", "AuthorizationHeaderMalformed"),
    "unknown-key": ("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId"),
    "unsigned": ("SignatureDoesNotMatch", "InvalidSignatureException", "AccessDenied"),
    "mismatch": ("SignatureDoesNotMatch", "InvalidSignatureException", "SignatureDoesNotMatch"),
    "skewed": ("SignatureDoesNotMatch", "InvalidSignatureException", "RequestTimeTooSkewed"),
    "expired-token": ("ExpiredToken", "ExpiredTokenException", "ExpiredToken"),
    "expired": ("ExpiredToken", "ExpiredTokenException", "AccessDenied"),
    "body": ("SignatureDoesNotMatch", "InvalidSignatureException", "XAmzContentSHA256Mismatch"),
}
XML = frozenset({"iam", "sts", "ec2", "sns", "redshift", "rds", "cloudwatch"})


class Forbidden(Exception):
    """A request that no client of the sandbox sends; the text says what is wrong with it."""


def new_credentials() -> Credentials:
    """A key pair that nobody else has; the access key says what it belongs to."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return Credentials(
        "AKIASANDBOX" + "".join(secrets.choice(letters) for _ in range(9)), secrets.token_urlsafe(30)
    )


def check_origin(environ: Environ) -> None:
    """Raise Forbidden for a request that a web page caused, or that was sent to another name."""
    host = environ.get("HTTP_HOST", "")
    if not _NAMES.fullmatch(host):
        raise Forbidden("The header Host names another machine.")
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None and origin != f"{environ.get('wsgi.url_scheme', 'http')}://{host}":
        raise Forbidden("A page of another origin may not call the sandbox.")
    if environ.get("HTTP_SEC_FETCH_SITE", "none") not in _OWN_SITES:
        raise Forbidden("A page of another site may not call the sandbox.")
    length = environ.get("CONTENT_LENGTH")
    if length and not (length.isascii() and length.isdigit() and len(length) < 15):
        raise ValueError("The header Content-Length is no number.")


def check_token(environ: Environ, token: str) -> None:
    """Raise Forbidden unless a request for a page under /_sandbox/ brings the token."""
    given = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode("latin-1", "replace"), token.encode()):
        raise Forbidden("The pages of the sandbox want its token: Authorization: Bearer $DPCTL_SANDBOX_TOKEN")


def proof(token: str, challenge: str) -> str:
    """What only the holder of a token can answer to a challenge; it does not give the token away."""
    return hmac.new(token.encode(), challenge.encode(), hashlib.sha256).hexdigest()


def check_signature(
    environ: Environ,
    found: Signature,
    credentials: Credentials | None,
    moved_since: signature.MovedSince = signature.unmoved,
) -> None:
    """Raise BadSignature unless a request is signed with these credentials, the body included.

    ``moved_since`` is as `signature.verify` has it.
    """
    if credentials is None:
        message = "The AWS access key id you provided does not exist in our records."
        raise BadSignature("unknown-key", message)
    signature.verify(
        environ,
        found,
        credentials,
        lambda: _hash(environ.get("dpctl.body", b"")),
        moved_since=moved_since,
    )
    if found.service != "s3":
        return
    body, stated = read_body(environ), signature.stated_hash(environ)
    if stated and _hash(body) != stated:
        message = "The provided 'x-amz-content-sha256' header does not match what was computed."
        raise BadSignature("body", message)


def refusal(error: BadSignature, service: str) -> ServiceError:
    """How a service says that a signature is no good; 403 for every reason."""
    xml, json, s3 = _CODES[error.reason]
    code = s3 if service == "s3" else xml if service in XML else json
    return ServiceError("AuthFailure" if service == "ec2" else code, str(error), 403)


def _hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest() if body else signature.EMPTY
