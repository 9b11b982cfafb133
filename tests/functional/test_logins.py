"""Logins as people have them, with the real botocore and real commands, against a login service of our own.

The service answers what STS and IAM Identity Center answer: who is calling, a role's credentials, the
credentials behind an SSO token. A credential_process is a process; an SSO cache is a file.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from botocore.credentials import SSOProvider

from dpctl.aws import Aws
from dpctl.deploy import cliconfig

REGION = "ap-south-1"
OURS, OTHER = "054158074701", "210987654321"
ROLE = "arn:aws:iam::{account}:role/operator"
IDENTITY = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{arn}</Arn><UserId>u</UserId>"
    "<Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
)
ASSUMED = (
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA{account}</AccessKeyId>"
    "<SecretAccessKey>of-the-role</SecretAccessKey><SessionToken>role-token</SessionToken>"
    "<Expiration>{until}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
)
REFUSED = "<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"


def until(hours):
    return (datetime.now(UTC) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Login(BaseHTTPRequestHandler):
    """Who has the key ``AKIA<account>`` is of that account; a role may be taken on unless it is closed."""

    def do_GET(self):
        if self.headers.get("x-amz-sso_bearer_token") != "good":
            return self._send(
                401, json.dumps({"message": "Session token not found or invalid"}), "UnauthorizedException"
            )
        keys = {"accessKeyId": f"AKIA{OURS}", "secretAccessKey": "of-sso", "sessionToken": "sso-token"}
        expires = int((datetime.now(UTC) + timedelta(hours=1)).timestamp() * 1000)
        return self._send(200, json.dumps({"roleCredentials": keys | {"expiration": expires}}))

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        key = self.headers["Authorization"].partition("Credential=")[2].partition("/")[0]
        account = key[4:]
        if form["Action"] == ["GetCallerIdentity"]:
            kind = "assumed-role/operator/dpctl" if key.startswith("ASIA") else "user/someone"
            if account == "EXPIRED":
                return self._send(403, REFUSED.format(code="ExpiredToken"))
            arn = f"arn:aws:sts::{account}:{kind}"
            return self._send(200, IDENTITY.format(arn=arn, account=account))
        [role] = form["RoleArn"]
        if role.endswith("/closed"):
            return self._send(403, REFUSED.format(code="AccessDenied"))
        return self._send(200, ASSUMED.format(account=role.split(":")[4], until=until(1)))

    def _send(self, status, text, kind=""):
        body = text.encode()
        self.send_response(status)
        if kind:
            self.send_header("x-amzn-ErrorType", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing on the tests' output."""


@pytest.fixture(scope="module")
def service():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Login)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def home(service, tmp_path, monkeypatch):
    """A person's home with profiles: one of each kind."""
    printer = tmp_path / "keys.py"
    printer.write_text(
        "import json, sys\n"
        "json.dump({'Version': 1, 'AccessKeyId': sys.argv[1], 'SecretAccessKey': 's'}, sys.stdout)\n"
    )
    sso = f"sso_start_url = https://login.example\nsso_region = {REGION}\n"
    sso += f"sso_account_id = {OURS}\nsso_role_name = ops\n"
    keys = "aws_access_key_id = AKIA{}\naws_secret_access_key = s\n"
    role = f"role_arn = {ROLE.format(account=OURS)}\nsource_profile = other\n"
    profiles = {
        "process": f"credential_process = {sys.executable} {printer} AKIA{OURS}\n",
        "broken-process": f"credential_process = {sys.executable} -c raise(SystemExit(3))\n",
        "keys": keys.format(OURS),
        "expired": keys.format("EXPIRED"),
        "other": keys.format(OTHER),
        "chained": role,
        "mfa": f"{role}mfa_serial = arn:aws:iam::1:mfa/me\n",
        "sso": sso,
    }  # fmt: skip
    config = tmp_path / "config"
    config.write_text("".join(f"[profile {name}]\n{text}" for name, text in profiles.items()))
    for name, value in {
        "HOME": str(tmp_path),
        "AWS_CONFIG_FILE": str(config),
        "AWS_ENDPOINT_URL": service,
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    # botocore looks for the home once, when it is imported
    monkeypatch.setattr(SSOProvider, "_SSO_TOKEN_CACHE_DIR", str(tmp_path / ".aws" / "sso" / "cache"))
    return tmp_path


def sign_in(home, token, hours):
    """What ``aws sso login`` leaves in the cache."""
    cache = home / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha1(b"https://login.example").hexdigest()
    found = {
        "startUrl": "https://login.example",
        "region": REGION,
        "accessToken": token,
        "expiresAt": until(hours),
    }
    (cache / f"{name}.json").write_text(json.dumps(found))


# profile, role of env.yaml, the account that is met, whether keys are handed to Terraform
WORKING = [
    ("process", "", OURS, True),
    ("keys", "", OURS, True),
    ("chained", "", OURS, True),
    ("process", ROLE.format(account=OTHER), OTHER, True),
    ("other", ROLE.format(account=OURS), OURS, True),
    ("chained", ROLE.format(account=OTHER), OTHER, True),
]


@pytest.mark.parametrize(("profile", "role", "account", "handed"), WORKING)
def test_each_login_reaches_its_account_and_terraform_gets_its_keys(home, profile, role, account, handed):
    aws = Aws(REGION, profile=profile, role_arn=role)
    assert aws.account_id() == account
    given = cliconfig.environment(aws, home, os.environ)
    assert given["AWS_ACCESS_KEY_ID"].endswith(account) == handed
    assert "AWS_PROFILE" not in given
    assert bool(given["AWS_SESSION_TOKEN"]) == (bool(role) or profile == "chained")


def test_an_sso_session_is_used_and_handed_on(home):
    sign_in(home, "good", 8)
    aws = Aws(REGION, profile="sso")
    assert aws.account_id() == OURS
    assert aws.exported()["AWS_SESSION_TOKEN"] == "sso-token"


def test_a_role_on_top_of_an_sso_session(home):
    sign_in(home, "good", 8)
    aws = Aws(REGION, profile="sso", role_arn=ROLE.format(account=OTHER))
    assert aws.account_id() == OTHER
    assert aws.exported()["AWS_SESSION_TOKEN"] == "role-token"


def command(home, repo, *words, **environ):
    return subprocess.run(
        [sys.executable, "-m", "dpctl", "--root", str(repo), *words],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        env={**os.environ, **environ}, timeout=300,
    )  # fmt: skip


# what is wrong, the profile, the command that fixes it
FAILING = [
    ("no token", "sso", "aws sso login --profile sso"),
    ("a process that fails", "broken-process", "aws sts get-caller-identity --profile broken-process"),
    ("keys that have expired", "expired", "aws sso login, or fresh credentials"),
    ("a code that nobody can type", "mfa", "aws sts get-session-token --profile mfa"),
    ("another account", "other", OTHER),
    ("no such profile", "nobody", "dpctl --sandbox"),
]


@pytest.mark.parametrize(("_why", "profile", "told"), FAILING, ids=[one[0] for one in FAILING])
@pytest.mark.parametrize("words", [("plan",), ("doctor", "glue-connection")], ids=["plan", "doctor"])
def test_each_failure_is_exit_4_with_the_command_that_fixes_it(
    home, repo, tmp_path, words, _why, profile, told
):
    if words[0] == "doctor" and profile == "other":
        pytest.skip("the doctor may look at any account")
    done = command(home, repo, *words, "--env", "dev", AWS_PROFILE=profile)
    assert done.returncode == 4, done.stdout + done.stderr
    assert told in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_token_that_sso_no_longer_takes_is_said(home, repo):
    sign_in(home, "old", 8)
    done = command(home, repo, "plan", "--env", "dev", AWS_PROFILE="sso")
    assert done.returncode == 4, done.stderr
    assert "aws sso login --profile sso" in done.stderr


def test_a_role_that_may_not_be_taken_on_is_exit_4(home):
    from dpctl.errors import AccessError

    with pytest.raises(AccessError):
        Aws(REGION, profile="keys", role_arn="arn:aws:iam::1:role/closed").account_id()
