"""Who gets into a running sandbox: the holder of its key, and nobody else."""

import http.client
import json
import socket
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.sandbox

BUCKET = "manifest-bucket-054158074701"


@pytest.fixture
def ask(account):
    """One plain HTTP request; gives the status, the headers and the body."""

    def send(method, path, body=None, **headers):
        place = urlsplit(account.endpoint)
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, names)
        answer = connection.getresponse()
        found = answer.status, dict(answer.getheaders()), answer.read()
        connection.close()
        return found

    return send


@pytest.fixture
def boto(account):
    """boto3 with keys of one's choice."""

    def client(service, access_key, secret_key, token=None):
        session = boto3.Session(access_key, secret_key, token, region_name=account.region)
        return session.client(service, endpoint_url=account.endpoint)

    return client


FORGED = (
    "AWS4-HMAC-SHA256 Credential=test/20260101/ap-south-1/{}/aws4_request, SignedHeaders=host, Signature=0"
)


@pytest.mark.parametrize("service", ["s3", "glue", "iam", "ec2", "lambda", "dynamodb", "redshift-data"])
def test_keys_of_nobodys_are_refused(boto, account, service):
    calls = {
        "s3": lambda c: c.list_buckets(),
        "glue": lambda c: c.get_jobs(),
        "iam": lambda c: c.list_roles(),
        "ec2": lambda c: c.describe_vpcs(),
        "lambda": lambda c: c.list_functions(),
        "dynamodb": lambda c: c.list_tables(),
        "redshift-data": lambda c: c.list_statements(),
    }
    for keys in (("test", "test"), (account.credentials.access_key, "guessed")):
        with pytest.raises(ClientError) as error:
            calls[service](boto(service, *keys))
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
        assert error.value.response["Error"]["Code"]


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/", {}),
        ("GET", f"/{BUCKET}", {}),
        ("PUT", f"/{BUCKET}/script.py", {}),
        ("POST", "/", {"X-Amz-Target": "AWSGlue.CreateJob"}),
        ("POST", "/", {"Authorization": FORGED.format("glue"), "X-Amz-Target": "AWSGlue.CreateJob"}),
        ("POST", "/moto-api/reset", {}),
        ("GET", "/moto-api/data.json", {}),
        ("GET", "/latest/meta-data/iam/security-credentials/default-role", {}),
        ("GET", "/_sandbox/info", {}),
        ("GET", "/_sandbox/database", {}),
        ("POST", "/_sandbox/faults", {"Content-Type": "text/plain"}),
        ("POST", "/_sandbox/faults", {"Authorization": "Bearer guessed"}),
        ("OPTIONS", "/", {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}),
    ],
)
def test_an_unsigned_request_is_refused(ask, method, path, headers):
    status, answered, body = ask(method, path, b"[]" if method == "POST" else None, **headers)
    assert status == 403
    assert not [name for name in answered if name.lower().startswith("access-control-")]
    assert answered["X-Dpctl-Sandbox"] == "054158074701"
    assert b"ecret" not in body


def test_pages_of_moto_stay_closed_to_the_holder_of_the_key(account, ask):
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    for path in ("/moto-api/reset", "/latest/meta-data/iam/security-credentials/default-role"):
        request = AWSRequest("POST", account.endpoint + path, data=b"")
        keys = account.credentials
        SigV4Auth(Credentials(keys.access_key, keys.secret_key), "sts", account.region).add_auth(request)
        assert ask("POST", path, None, **dict(request.headers.items()))[0] == 403


def test_the_token_opens_the_pages_and_json_only_is_taken(ask, running):
    token = {"Authorization": f"Bearer {running.front.token}"}
    assert ask("GET", "/_sandbox/info", **token)[0] == 200
    assert ask("POST", "/_sandbox/faults", b"[]", Content_Type="text/plain", **token)[0] == 400
    assert ask("POST", "/_sandbox/faults", b"[]", Content_Type="application/json", **token)[0] == 200
    assert ask("GET", "/_sandbox/info", Origin="https://evil.example", **token)[0] == 403
    assert ask("GET", "/_sandbox/info", Host="evil.example", **token)[0] == 403


def test_health_tells_nothing_that_opens_anything(ask, running):
    status, _, body = ask("GET", "/_sandbox/health?challenge=" + "0" * 64)
    assert status == 200
    assert json.loads(body)["sandbox"] is True
    assert running.front.token.encode() not in body


def test_the_caller_is_unmistakable(client, account):
    answer = client("sts").get_caller_identity()
    assert answer["Arn"] == f"arn:aws:iam::{account.account_id}:user/dpctl-sandbox"
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-dpctl-sandbox"] == account.account_id


def test_every_sandbox_has_its_own_key(account):
    from dpctl.sandbox.account import Account

    other = Account(account.environment, account.data_dir)
    assert other.credentials != account.credentials
    assert account.credentials.access_key.startswith("AKIASANDBOX")


def test_a_presigned_url_opens_one_object(client, ask):
    s3 = client("s3")
    s3.put_object(Bucket=BUCKET, Key="a b+é", Body=b"x")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "a b+é"})
    place = urlsplit(url)
    assert ask("GET", f"{place.path}?{place.query}")[2] == b"x"
    assert ask("GET", f"/{BUCKET}/other?{place.query}")[0] == 403
    s3.delete_object(Bucket=BUCKET, Key="a b+é")


def test_a_presigned_upload_copies_nothing(client, ask):
    s3 = client("s3")
    s3.put_object(Bucket=BUCKET, Key="private", Body=b"x")
    place = urlsplit(s3.generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": "given"}))
    url = f"{place.path}?{place.query}"
    status, _, body = ask("PUT", url, b"", x_amz_copy_source=f"/{BUCKET}/private")
    assert (status, b"<Code>AccessDenied</Code>" in body) == (403, True)
    assert b"x-amz-copy-source" in body
    assert ask("PUT", url, b"x")[0] == 200
    for key in ("private", "given"):
        s3.delete_object(Bucket=BUCKET, Key=key)


@pytest.mark.parametrize("headers", [{"Origin": "http://a.example"}, {"Sec_Fetch_Site": "cross-site"}])
def test_a_presigned_url_is_of_no_use_to_a_page(client, ask, headers):
    s3 = client("s3")
    for method, operation in (("GET", "get_object"), ("PUT", "put_object"), ("HEAD", "head_object")):
        place = urlsplit(s3.generate_presigned_url(operation, {"Bucket": BUCKET, "Key": "page"}))
        status, found, _ = ask(method, f"{place.path}?{place.query}", b"", **headers)
        assert status == 403
        assert not any(name.lower().startswith("access-control-") for name in found)


def test_users_and_role_sessions_of_the_account_sign_too(client, boto, account):
    iam = client("iam")
    iam.create_user(UserName="reader")
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    me = boto("sts", key["AccessKeyId"], key["SecretAccessKey"])
    assert me.get_caller_identity()["Arn"].endswith(":user/reader")
    iam.update_access_key(UserName="reader", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    with pytest.raises(ClientError):
        me.get_caller_identity()
    iam.delete_access_key(UserName="reader", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="reader")
    role = iam.list_roles()["Roles"][0]["Arn"]
    found = client("sts").assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]
    keys = found["AccessKeyId"], found["SecretAccessKey"]
    assert ":assumed-role/" in boto("sts", *keys, found["SessionToken"]).get_caller_identity()["Arn"]
    with pytest.raises(ClientError):
        boto("sts", *keys).get_caller_identity()


def test_s3_tells_where_a_bucket_is_without_a_key(ask):
    status, headers, _ = ask("HEAD", f"/{BUCKET}")
    assert status == 403
    assert headers["x-amz-bucket-region"] == "ap-south-1"


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "0x10", "9" * 30])
def test_a_bad_content_length_is_a_bad_request(account, length):
    place = urlsplit(account.endpoint)
    with socket.create_connection((place.hostname, place.port), timeout=30) as link:
        head = f"POST / HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: {length}\r\n\r\n"
        link.sendall(head.encode())
        assert link.recv(4096).split()[1] == b"400"


def test_two_thousand_requests_at_once_are_answered_each(account, client, ask):
    """Half of them are signed; none waits for ever, and none of the others gets in."""
    from concurrent.futures import ThreadPoolExecutor

    sts = client("sts")

    def request(number):
        if number % 2:
            return sts.get_caller_identity()["ResponseMetadata"]["HTTPStatusCode"]
        return ask("GET", "/")[0]

    with ThreadPoolExecutor(200) as pool:
        found = list(pool.map(request, range(2000)))
    assert found == [403, 200] * 1000
