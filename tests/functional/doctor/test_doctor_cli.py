# ruff: noqa: E501 - the output is compared as it is
"""The commands, whole: text and JSON on stdout, everything else on stderr, and the exit codes."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET

import jsonschema
import pytest
from typer.testing import CliRunner

from dpctl.cli import app
from dpctl.doctor import snapshot as s
from dpctl.doctor import toolchain
from dpctl.doctor.catalogue import CONNECTION, by_code
from tests.unit.doctor import accounts as a

REPLICA = f"""\
Glue connection "Redshift connection" (054158074701, ap-south-1): FAILED
  Glue says: {a.STS_TIMEOUT}

Verdict  GC08  A public route: Glue's network interfaces have no public address.
               subnet-01830492b092ae6cf: rtb-public: 10.11.0.0/16 -> local; 0.0.0.0/0 -> igw-1
               rtb-public: 0.0.0.0/0 -> igw-1, a public route: Glue's network interfaces have no public address, so no answer comes back
Because  GC05  subnet-01830492b092ae6cf is none of the private subnets subnet-0c293c5fb7629213a, subnet-07a5f68e689cfa8d0
Follows  GC01, GC10, GC11, GC12, GC13 (consequences: they go away with it)

The chain
  ✓ ok       GC00  The credentials belong to the right account and region
  ✗ failed   GC01  The connection exists and its last test succeeded (follows from GC08, GC10, GC12, GC13, GC05)
  ✓ ok       GC02  What Glue itself says about the failure
  ✓ ok       GC03  The connection's properties name the warehouse
  ✓ ok       GC04  The connection's subnet exists and matches its zone
  ✗ failed   GC05  The connection is in one of the configured private subnets
                    subnet-01830492b092ae6cf is none of the private subnets subnet-0c293c5fb7629213a, subnet-07a5f68e689cfa8d0
                    the warehouse is in subnet-0c293c5fb7629213a, subnet-07a5f68e689cfa8d0
  ✓ ok       GC06  The subnet has free addresses
  ✓ ok       GC07  The VPC resolves the names of AWS's services
  ✗ failed   GC08  The subnet's route table leads somewhere
                    subnet-01830492b092ae6cf: rtb-public: 10.11.0.0/16 -> local; 0.0.0.0/0 -> igw-1
                    rtb-public: 0.0.0.0/0 -> igw-1, a public route: Glue's network interfaces have no public address, so no answer comes back
  - skipped  GC09  The NAT gateway works
  ✗ failed   GC10  S3 can be reached (follows from GC08)
  ✗ failed   GC11  Every service the connection needs can be reached (follows from GC08, GC10, GC12, GC13)
  ✗ failed   GC12  STS can be reached (follows from GC08)
  ✗ failed   GC13  Secrets Manager, KMS, Glue and Logs can be reached (follows from GC08)
  - skipped  GC14  The endpoints' security groups let the connection in
  - skipped  GC15  The endpoints' policies let the role through
  ✓ ok       GC16  The connection's security groups exist in its VPC
  ✓ ok       GC17  A security group opens all TCP ports to itself
  ✓ ok       GC18  The security groups let the connection out
  ✓ ok       GC19  The network ACLs let packets through, both ways
  ✓ ok       GC20  The warehouse is available, in the same network
  ✓ ok       GC21  The warehouse's security groups let the connection in
  ✓ ok       GC22  The warehouse's subnets have zones and addresses to spare
  ✓ ok       GC23  TLS is enforced on both sides or on neither
  ✓ ok       GC24  The secret exists and is what Glue expects
  ✓ ok       GC25  Glue may take on the role, and the role may do its work
  - skipped  GC26  The KMS keys are enabled and the role may use them
  ✓ ok       GC27  The jobs fit the network they run in
  ✓ ok       GC28  Network interfaces left behind by Glue
  ✓ ok       GC29  What Glue's logs say
  - skipped  GC40  Glue's own test of the connection
  - skipped  GC41  AWS's runbook for Glue connections
  - skipped  GC42  A statement runs in the warehouse
  - skipped  GC43  A probe in the subnet gets through

The way to sts.ap-south-1.amazonaws.com:443 (the test takes on the role)
  ✓ subnet                   a network interface with a private address of 10.11.0.0/20 in ap-south-1a
  ✓ dns                      sts.ap-south-1.amazonaws.com resolves to a public address
  ✓ security group           sg-0537128325078f598 lets 443 out to public addresses
  ✓ network acl              acl-1 before subnet-01830492b092ae6cf passes both ways
  ✗ route                    rtb-public: 0.0.0.0/0 -> igw-1, a public route: Glue's network interfaces have no public address, so no answer comes back  <- it ends here (GC08)
  ✗ endpoint                 vpc-0c12017fa98cbab0d has no endpoint for sts
Ending at rtb-public as well: secretsmanager, s3, glue, logs

Open: redshift (dpctl -v shows every hop)

Fix GC08 (terraform): Move the connection to a subnet whose route leads to a NAT gateway, or add interface endpoints.
  $ dpctl apply --env dev --layer static --layer ddb-redshift
Let the doctor do it: dpctl doctor glue-connection --env dev --fix
"""


def run(*words):
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def files(tmp_path):
    s.save(a.replica_account(), tmp_path / "replica.json")
    s.save(a.endpoints_account(), tmp_path / "healthy.json")
    return tmp_path


@pytest.mark.parametrize(
    "place",
    [
        ("subnets", 0, "cidr"),
        ("vpcs", 0, "cidrs", 0),
        ("route_tables", 0, "routes", 0, "destination"),
        ("network_acls", 0, "entries", 0, "cidr"),
        ("security_groups", "cidr"),
    ],
    ids=lambda place: place[0],
)
@pytest.mark.parametrize("text", ["10.11.0.0/16-x", "10.11.0.0/33", "somewhere"])
def test_a_file_that_was_edited_into_no_snapshot_is_said_to_be_none(files, tmp_path, place, text):
    document = json.loads((files / "replica.json").read_text(encoding="utf-8"))
    section, *way, last = place
    value = document["sections"][section]["value"]
    if section == "security_groups":
        value = next(rule for group in value for rule in group["egress"] if rule["cidr"])
    for step in way:
        value = value[step]
    value[last] = text
    (tmp_path / "edited.json").write_text(json.dumps(document), encoding="utf-8")
    done = from_file(tmp_path / "edited.json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Error: This is not a snapshot of the doctor." in done.stderr
    assert f"NoNetwork: '{text}'" in done.stderr


def from_file(path, *words):
    return run("doctor", "glue-connection", "--from-snapshot", str(path), *words)


def test_the_plan_s_account_as_text(files):
    done = from_file(files / "replica.json")

    assert done.stdout == REPLICA
    assert done.stderr == "7 failed, 8 skipped, 19 passed; 20 API calls\n"
    assert done.exit_code == 1


def test_a_healthy_account_exits_0_and_says_so(files):
    done = from_file(files / "healthy.json")

    assert done.exit_code == 0
    assert "Verdict  nothing is broken." in done.stdout
    assert "Fix" not in done.stdout


def test_the_exit_code_is_the_same_in_every_format(files):
    for words in (["--json"], ["--format", "json"], ["--format", "svg"], ["--format", "html"]):
        assert from_file(files / "replica.json", *words).exit_code == 1
        assert from_file(files / "healthy.json", *words).exit_code == 0


def test_json_is_one_document_and_nothing_else(files):
    done = from_file(files / "replica.json", "--json")

    document = json.loads(done.stdout)
    assert document["verdict"]["code"] == "GC08"
    assert done.stderr == ""


def test_the_picture_is_valid_and_marks_the_broken_hop(files):
    svg = from_file(files / "replica.json", "--format", "svg").stdout
    page = from_file(files / "replica.json", "--format", "html").stdout

    root = ET.fromstring(svg)
    texts = ["".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count("✗ GC08 route") == 5
    assert "✓ redshift" in texts
    assert any("GC08" in one and "GC05" in one for one in texts)
    assert page.startswith("<!doctype html>")
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "").replace("https://sts.", "")


def test_list_names_every_check():
    done = run("doctor", "glue-connection", "--list")

    assert done.exit_code == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == [one.code for one in by_code(CONNECTION)]


@pytest.mark.parametrize(
    "words",
    [
        ["--only", "GC99"],
        ["--fix"],
        ["--active"],
        ["--region", "eu-west-1"],
    ],
)
def test_what_makes_no_sense_is_a_usage_error(files, words):
    words = [*words] if "--region" in words else ["--from-snapshot", str(files / "healthy.json"), *words]

    done = run("doctor", "glue-connection", *words)

    assert done.exit_code == 2
    assert "Try:" in done.stderr
    assert done.stdout == ""


def test_a_file_that_is_no_snapshot_is_a_usage_error(tmp_path):
    (tmp_path / "x.json").write_text("{}")

    assert from_file(tmp_path / "x.json").exit_code == 2
    assert from_file(tmp_path / "missing.json").exit_code == 2


def test_no_credentials_is_exit_code_4():
    done = run("doctor", "glue-connection", "--env", "dev")

    assert done.exit_code == 4
    assert "--sandbox" in done.stderr


def test_the_toolchain_in_text_and_json(repo):
    text, document = run("doctor", "toolchain"), run("doctor", "toolchain", "--json")
    schema = json.loads(
        (repo / "docs" / "schemas" / "doctor-toolchain.schema.json").read_text(encoding="utf-8")
    )
    jsonschema.Draft202012Validator(schema).validate(json.loads(document.stdout))

    names = [tool["name"] for tool in json.loads(document.stdout)["tools"]]
    assert names[:3] == ["python", "packages", "terraform"]
    assert text.exit_code == document.exit_code
    assert all(name in text.stdout for name in names)


def test_the_toolchain_says_what_is_missing(tmp_path):
    nothing = toolchain.look(
        tmp_path, {"PATH": "", "DPCTL_PROVIDER_MIRROR": str(tmp_path), "DPCTL_TERRAFORM": "nope"}
    )

    found = {tool.name: tool for tool in nothing}
    assert found["terraform"].result == "fail"
    assert found["terraform"].fix
    assert found["providers"].result == "fail"
    assert found["live tree"].result == "warn"


def test_help_of_the_doctor_is_quick_and_imports_nothing_heavy():
    script = (
        "import sys; from dpctl.cli import app\n"
        "try: app(['doctor', 'glue-connection', '--help'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('boto3', 'moto', 'sqlglot', 'rich', 'pyarrow') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr.strip().splitlines()[-1] == "[]"
