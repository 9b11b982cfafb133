"""Which endpoints of the user's settings go together, and which would keep state and resources apart."""

import http.server
import threading

import pytest

from dpctl import awsendpoints
from dpctl.aws import SANDBOX_HEADER, Aws
from dpctl.errors import AccessError

LOCAL = "http://127.0.0.1:4000"


def found(environ, profile=None, services=None):
    return awsendpoints.configured(environ, profile or {}, services or {})


@pytest.mark.parametrize(
    ("environ", "profile", "services", "refused"),
    [
        ({}, {}, {}, False),
        ({"AWS_ENDPOINT_URL": LOCAL}, {}, {}, False),  # one place for all: whether it is AWS, it says itself
        ({"AWS_ENDPOINT_URL_S3": LOCAL}, {}, {}, True),
        ({"AWS_ENDPOINT_URL_DYNAMODB": LOCAL}, {}, {}, True),
        ({"AWS_S3_ENDPOINT": LOCAL}, {}, {}, True),
        ({"TF_AWS_STS_ENDPOINT": LOCAL}, {}, {}, True),
        ({"AWS_ENDPOINT_URL": LOCAL, "AWS_ENDPOINT_URL_S3": LOCAL}, {}, {}, False),
        ({"AWS_ENDPOINT_URL": LOCAL, "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:5000"}, {}, {}, True),
        ({}, {"endpoint_url": LOCAL}, {}, False),
        ({}, {}, {"s3": {"endpoint_url": LOCAL}}, True),
        ({"AWS_ENDPOINT_URL_S3": LOCAL, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, {}, {}, False),
        ({"AWS_ENDPOINT_URL_S3": "https://bucket.vpce-1.s3.ap-south-1.vpce.amazonaws.com"}, {}, {}, False),
        ({"AWS_ENDPOINT_URL_S3": "https://s3.amazonaws.com.evil.example"}, {}, {}, True),
        ({"AWS_ENDPOINT_URL_STS": "https://sts.cn-north-1.amazonaws.com.cn"}, {}, {}, False),
        ({"AWS_EC2_METADATA_SERVICE_ENDPOINT": LOCAL}, {}, {}, False),
        ({"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"}, {}, {}, False),
        ({"AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "regional"}, {}, {}, False),
        ({"AWS_ENDPOINT_URL_S3": ""}, {}, {}, False),
    ],
)
def test_endpoints_that_lead_to_different_places_are_refused(environ, profile, services, refused):
    endpoints = found(environ, profile, services)
    if not refused:
        return awsendpoints.check(endpoints)
    with pytest.raises(AccessError) as error:
        awsendpoints.check(endpoints)
    assert endpoints[0].place in error.value.why


def test_a_url_is_told_without_its_secrets():
    assert (
        awsendpoints.told("https://user:secret@proxy.example:8443/p?token=x")
        == "https://proxy.example:8443/p"
    )


def test_a_client_is_not_made_of_endpoints_that_differ(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", LOCAL)
    with pytest.raises(AccessError, match="different places"):
        Aws("ap-south-1").client("sts")


@pytest.mark.parametrize("service", ["sts", "s3", "dynamodb", "ec2"])
def test_a_real_run_refuses_a_sandbox_and_names_the_endpoint_first(monkeypatch, service):
    class Sandbox(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(403)
            self.send_header(SANDBOX_HEADER, "054158074701")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Sandbox)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "theirs")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "theirs")
    said = []
    try:
        client = Aws("ap-south-1", {}, said.append).client(service)
        assert said == [f"AWS_ENDPOINT_URL is set: calls go to {url}"]
        ask = {
            "sts": lambda: client.get_caller_identity(),
            "s3": lambda: client.list_buckets(),
            "dynamodb": lambda: client.list_tables(),
            "ec2": lambda: client.describe_vpcs(),
        }
        with pytest.raises(AccessError, match="sandbox, not AWS"):
            ask[service]()
    finally:
        server.shutdown()
        server.server_close()
