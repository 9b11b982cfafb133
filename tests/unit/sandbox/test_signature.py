"""Signature Version 4: what botocore signs is accepted, and nothing that was changed afterwards."""

import io
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from hypothesis import given
from hypothesis import strategies as st

from dpctl.sandbox import gate, signature
from dpctl.sandbox.signature import BadSignature, Credentials

KEYS = Credentials("AKIASANDBOXAAAAAAAAA", "a" * 40)
SESSION = Credentials("ASIASANDBOXAAAAAAAAA", "b" * 40, "token")
ENDPOINT = "http://127.0.0.1:4000"


def environ(request: AWSRequest) -> dict:
    """A signed request, as it arrives."""
    url = urlsplit(request.url)
    raw = url.path + (f"?{url.query}" if url.query else "")
    found = {
        "REQUEST_METHOD": request.method,
        "RAW_URI": raw,
        "QUERY_STRING": url.query,
        "PATH_INFO": url.path,
    }
    body = request.data or b""
    found |= {"HTTP_HOST": url.netloc, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    for name, value in request.headers.items():
        text = value.decode() if isinstance(value, bytes) else str(value)
        key = name.upper().replace("-", "_")
        text = text.encode().decode("latin-1")
        found["CONTENT_TYPE" if key == "CONTENT_TYPE" else f"HTTP_{key}"] = text
    return found


def signed(auth, service, method="POST", path="/", data=b"", keys=KEYS, **headers):
    request = AWSRequest(method, ENDPOINT + path, headers=headers, data=data)
    boto = BotoCredentials(keys.access_key, keys.secret_key, keys.session_token or None)
    auth(boto, service, "ap-south-1").add_auth(request)
    return environ(request)


def check(found, keys=KEYS, now=None):
    body = found["wsgi.input"].getvalue()
    if signature.read(found).service != "s3":
        found["dpctl.body"] = body
    if now:
        signature.verify(found, signature.read(found), keys, lambda: gate._hash(body), now)
    else:
        gate.check_signature(found, signature.read(found), keys)


@pytest.mark.parametrize(
    "request_",
    [
        lambda: signed(SigV4Auth, "dynamodb", data=b'{"a": 1}', **{"X-Amz-Target": "DynamoDB.ListTables"}),
        lambda: signed(SigV4Auth, "lambda", "GET", "/2015-03-31/functions/arn%3Aaws%3Alambda/tags?b=2&a=1"),
        lambda: signed(S3SigV4Auth, "s3", "PUT", "/bucket/a%20b/%C3%A9", b"body"),
        lambda: signed(S3SigV4Auth, "s3", "GET", "/bucket?list-type=2&prefix=a%2Fb&empty="),
        lambda: signed(S3SigV4Auth, "s3", "PUT", "/b/k", b"x", **{"x-amz-meta-note": "  two   spaces é "}),
        lambda: signed(S3SigV4QueryAuth, "s3", "GET", "/bucket/key%2B1", b""),
        lambda: signed(SigV4QueryAuth, "sts", "GET", "/?Action=GetCallerIdentity", b""),
    ],
)
def test_what_botocore_signs_is_accepted(request_):
    check(request_())


def test_a_role_session_needs_its_token():
    found = signed(SigV4Auth, "sts", data=b"x", keys=SESSION)
    check(found, SESSION)
    with pytest.raises(BadSignature):
        check(found, Credentials(SESSION.access_key, SESSION.secret_key))


@pytest.mark.parametrize("payload", ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
                                     "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"])  # fmt: skip
def test_payloads_of_s3_that_are_a_word(payload):
    class Streaming(S3SigV4Auth):
        def payload(self, request):
            return payload

        def _should_sha256_sign_payload(self, request):
            return True

    check(signed(Streaming, "s3", "PUT", "/bucket/key", b"4;chunk-signature=0\r\nbody\r\n"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"REQUEST_METHOD": "DELETE"}, "mismatch"),
        ({"RAW_URI": "/other"}, "mismatch"),
        ({"HTTP_X_AMZ_DATE": "20200101T000000Z"}, "skewed"),
        ({"HTTP_X_AMZ_DATE": "yesterday"}, "malformed"),
        ({"HTTP_HOST": "127.0.0.1:1"}, "mismatch"),
        ({"dpctl.body": b"other"}, "mismatch"),
        ({"HTTP_AUTHORIZATION": ""}, "missing"),
        ({"HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=a/b"}, "malformed"),
        ({"HTTP_AUTHORIZATION": "Bearer x"}, "missing"),
    ],
)
def test_what_was_changed_is_refused(change, reason):
    found = signed(SigV4Auth, "dynamodb", data=b"body") | {"dpctl.body": b"body"} | change
    with pytest.raises(BadSignature) as error:
        gate.check_signature(found, signature.read(found), KEYS)
    assert error.value.reason == reason


@pytest.mark.parametrize(
    ("auth", "service", "header", "reason"),
    [
        (S3SigV4QueryAuth, "s3", "X_AMZ_COPY_SOURCE", "unsigned"),
        (S3SigV4QueryAuth, "s3", "X_AMZ_ACL", "unsigned"),
        (S3SigV4QueryAuth, "s3", "X_AMZ_SECURITY_TOKEN", "unsigned"),
        (S3SigV4Auth, "s3", "X_AMZ_TAGGING", "unsigned"),
        (SigV4QueryAuth, "dynamodb", "X_AMZ_TARGET", "unsigned"),
        (SigV4Auth, "lambda", "X_AMZ_INVOCATION_TYPE", "unsigned"),
        (S3SigV4QueryAuth, "s3", "X_AMZN_TRACE_ID", None),  # a proxy's
        (S3SigV4QueryAuth, "s3", "RANGE", None),
    ],
)
def test_what_tells_aws_something_is_signed(auth, service, header, reason):
    """Who was given a URL for one upload reads no other object with x-amz-copy-source."""
    found = signed(auth, service, "PUT", "/bucket/key") | {f"HTTP_{header}": "x"}
    if reason is None:
        check(found)
        return
    with pytest.raises(BadSignature, match=header.lower().replace("_", "-")) as error:
        check(found)
    assert error.value.reason == reason


@pytest.mark.parametrize("text", ["-5", "1e3", "+600", "٣", "", "600,600", "99999999"])
def test_seconds_are_digits(text):
    from urllib.parse import quote

    found = signed(S3SigV4QueryAuth, "s3", "GET", "/bucket/key")
    query = found["QUERY_STRING"].replace("X-Amz-Expires=3600", f"X-Amz-Expires={quote(text)}")
    with pytest.raises(BadSignature) as error:
        signature.read(found | {"QUERY_STRING": query})
    assert error.value.reason == "malformed"


def test_another_secret_is_refused():
    with pytest.raises(BadSignature, match="does not match"):
        check(signed(SigV4Auth, "sts", data=b"x"), Credentials(KEYS.access_key, "c" * 40))


def test_a_body_of_s3_that_was_changed_is_refused():
    found = signed(S3SigV4Auth, "s3", "PUT", "/bucket/key", b"body")
    found["wsgi.input"] = io.BytesIO(b"evil")
    with pytest.raises(BadSignature) as error:
        gate.check_signature(found, signature.read(found), KEYS)
    assert error.value.reason == "body"


def test_a_presigned_request_ends():
    found = signed(S3SigV4QueryAuth, "s3", "GET", "/bucket/key")
    check(found, now=datetime.now(UTC) + timedelta(minutes=50))
    with pytest.raises(BadSignature) as error:
        check(found, now=datetime.now(UTC) + timedelta(minutes=61))
    assert error.value.reason == "expired"


@given(st.text(min_size=1, max_size=30), st.text(max_size=20))
def test_any_key_and_any_value(key, value):
    from urllib.parse import quote

    path = "/bucket/" + quote(key, safe="/~", errors="replace")
    query = "prefix=" + quote(value, safe="-_.~", errors="replace")
    check(signed(S3SigV4Auth, "s3", "GET", f"{path}?{query}"))


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"HTTP_HOST": "localhost:4000"}, True),
        ({"HTTP_HOST": "127.0.0.1"}, True),
        ({"HTTP_ORIGIN": ENDPOINT, "HTTP_SEC_FETCH_SITE": "same-origin"}, True),
        ({"HTTP_SEC_FETCH_SITE": "none"}, True),
        ({"HTTP_SEC_FETCH_SITE": "cross-site"}, False),
        ({"HTTP_SEC_FETCH_SITE": "same-site"}, False),
        ({"HTTP_ORIGIN": "https://evil.example"}, False),
        ({"HTTP_ORIGIN": "null"}, False),
        ({"HTTP_ORIGIN": "http://127.0.0.1:4001"}, False),
        ({"HTTP_HOST": "evil.example:4000"}, False),
        ({"HTTP_HOST": "127.0.0.1.evil.example"}, False),
        ({"HTTP_HOST": "0.0.0.0:4000"}, False),
        ({"HTTP_HOST": ""}, False),
    ],
)
def test_no_page_and_no_other_name_gets_in(headers, allowed):
    found = {"HTTP_HOST": "127.0.0.1:4000", "wsgi.url_scheme": "http"} | headers
    if allowed:
        gate.check_origin(found)
    else:
        with pytest.raises(gate.Forbidden):
            gate.check_origin(found)
