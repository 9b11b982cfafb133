"""``dpctl sandbox env`` and ``exec``: other programs in the sandbox."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.sandbox


BOTO3 = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
SQL = """
import os, redshift_connector
c = redshift_connector.connect(host=os.environ["PGHOST"], port=int(os.environ["PGPORT"]), ssl=False,
    database=os.environ["PGDATABASE"], user=os.environ["PGUSER"], password=os.environ["PGPASSWORD"])
cursor = c.cursor(); cursor.execute("select current_user"); print(cursor.fetchone()[0])
"""


def test_env_names_everything_that_is_needed(variables):
    names = {"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"}
    names |= {"AWS_DEFAULT_REGION", "PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD"}
    assert names <= set(variables)
    assert all(isinstance(value, str) for value in variables.values())


def test_the_lines_of_env_are_for_a_shell(place, variables):
    lines = place.dpctl("sandbox", "env", "--env", "dev").stdout
    told = f'{lines}\n{sys.executable} -c "import os, json; print(json.dumps(dict(os.environ)))"'
    done = subprocess.run(["/bin/sh", "-c", told], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert {name: found[name] for name in variables} == variables


@pytest.mark.parametrize(("code", "said"), [(BOTO3, ":user/dpctl-sandbox"), (SQL, "admin")])
def test_exec_leads_programs_into_the_sandbox(place, code, said):
    words = ("sandbox", "exec", "--env", "dev", "--", sys.executable, "-c", code)
    done = place.dpctl(*words, AWS_PROFILE="production", AWS_ENDPOINT_URL_STS="http://127.0.0.1:1")
    assert done.stdout.strip().endswith(said), done.stderr


def test_the_aws_cli_is_told_where_to_ask(place, tmp_path):
    """Its first version asks AWS itself for some services, whatever the variables say."""
    program = tmp_path / "aws"
    program.write_text('#!/bin/sh\necho "$AWS_ENDPOINT_URL" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    words = ("sandbox", "exec", "--env", "dev", "--", "aws", "sqs", "list-queues")
    done = place.dpctl(*words, PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    endpoint, *given = done.stdout.split()
    assert given == ["--endpoint-url", endpoint, "sqs", "list-queues"]


def test_the_exit_code_is_the_programs(place):
    assert place.dpctl("sandbox", "exec", "--env", "dev", "--", "sh", "-c", "exit 42").code == 42
    missing = place.dpctl("sandbox", "exec", "--env", "dev", "--", "no-such-program")
    assert missing.code == 5
    assert "no-such-program" in missing.stderr


def test_the_programs_files_are_as_open_as_the_user_wants_them(place):
    told = place.dpctl("sandbox", "exec", "--env", "dev", "--", "sh", "-c", "umask").stdout
    assert int(told, 8) == int(
        subprocess.run(["sh", "-c", "umask"], capture_output=True, text=True).stdout, 8
    )


def test_status_prints_no_secret(place, variables):
    shown = place.dpctl("sandbox", "status", "--env", "dev", "--json").stdout
    shown += place.dpctl("sandbox", "status", "--env", "dev").stdout
    for name in ("AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "DPCTL_SANDBOX_TOKEN"):
        assert variables[name] not in shown


def test_without_a_sandbox_there_is_nothing_to_hand_over(place):
    found = place.dpctl("sandbox", "env", "--env", "prod")
    assert found.code == 1
    assert "sandbox start --env prod" in found.stderr
