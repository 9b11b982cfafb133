"""A real run, with the user's environment leading to a sandbox: refused, before anything is asked of it."""

import pytest

pytestmark = pytest.mark.sandbox


@pytest.mark.parametrize(
    "words",
    [
        ("state", "bootstrap", "--env", "dev", "--yes"),
        ("plan", "--env", "dev", "--layer", "static"),
        ("apply", "--env", "dev", "--layer", "static", "--yes"),
        ("adopt", "--env", "dev"),
        ("doctor", "glue-connection", "--env", "dev"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_a_real_run_refuses_the_sandbox_that_answers(place, variables, words):
    found = place.dpctl(*words, **variables)
    assert found.code not in (0, 10), found.stdout
    assert "AWS_ENDPOINT_URL is set" in found.stderr, found.stderr
    assert "a sandbox, not AWS" in found.stderr
    assert "Try: " in found.stderr
    assert variables["AWS_SECRET_ACCESS_KEY"] not in found.stdout + found.stderr


def test_nothing_was_written_by_what_was_refused(place, variables):
    found = place.dpctl("state", "bootstrap", "--env", "dev", "--yes", **variables)
    assert found.code != 0
    import boto3

    s3 = boto3.client(
        "s3",
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        region_name=variables["AWS_REGION"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    )
    assert not [bucket["Name"] for bucket in s3.list_buckets()["Buckets"] if "tfstate" in bucket["Name"]]
    units = place.root / ".dpctl" / "units" / "dev"
    assert not units.exists() or not [unit for unit in units.iterdir() if not unit.name.endswith("-sandbox")]


def test_the_endpoint_of_one_service_alone_is_refused(place, variables):
    """AWS_ENDPOINT_URL_S3 alone would put the state in the sandbox, and the resources in AWS."""
    own = {name: value for name, value in variables.items() if name != "AWS_ENDPOINT_URL"}
    found = place.dpctl(
        "plan", "--env", "dev", "--layer", "static", AWS_ENDPOINT_URL_S3=variables["AWS_ENDPOINT_URL"], **own
    )
    assert found.code not in (0, 10)
    assert "different places" in found.stderr or "a sandbox, not AWS" in found.stderr
