"""What dpctl writes and reads beside Terraform: work directories, CLI configuration, state, its bucket."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from dpctl.aws import Aws
from dpctl.deploy import causes, cliconfig, offline, terraform, workdir
from dpctl.deploy.state import States
from dpctl.errors import DpctlError, ToolMissing, UsageError
from dpctl.livetree import RemoteState, discover, evaluate
from tests.deploy_tree import ACCOUNT

S3_ROOT = """
remote_state {
  backend  = "s3"
  generate = { path = "backend.tf", if_exists = "overwrite" }
  config = {
    bucket = "states"
    key    = "${path_relative_to_include()}/terraform.tfstate"
    region = "ap-south-1"
  }
}
"""
SANDBOX = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"}


def prepared(tree, layer="static", environ=None, **options):
    unit = {unit.layer: unit for unit in discover(tree.root, "dev")}[layer]
    evaluation = evaluate(unit, command="plan", outputs=lambda _directory: None, environ=environ or {})
    return workdir.prepare(tree.root / ".dpctl", evaluation, environ or {}, sandboxed=False, **options)


def test_inputs_keep_their_types_and_a_variable_of_the_shell_wins(tree):
    work = prepared(tree)
    assert json.loads((work.path / workdir.INPUTS).read_text()) == {"text": "static"}
    work = prepared(tree, environ={"TF_VAR_text": "from the shell"})
    assert json.loads((work.path / workdir.INPUTS).read_text()) == {}


def test_a_generated_file_never_overwrites_the_module(tree):
    """if_exists = overwrite replaces the module's backend.tf in the work directory only."""
    tree.module("static", "# the module's own\n", "backend.tf")
    work = prepared(tree)
    assert (tree.root / "modules/static/backend.tf").read_text() == "# the module's own\n"
    assert 'backend "local"' in (work.path / "backend.tf").read_text()
    again = prepared(tree)
    assert 'backend "local"' in (again.path / "backend.tf").read_text()


def test_a_generated_file_in_a_folder_of_the_module_is_refused(tree):
    (tree.root / "modules/static/sub").mkdir()
    extra = '\ngenerate "x" {\n  path = "sub/x.tf"\n  if_exists = "overwrite"\n  contents = "#"\n}\n'
    tree.unit("static", extra=extra)
    with pytest.raises(UsageError):
        prepared(tree)
    assert list((tree.root / "modules/static/sub").iterdir()) == []


def test_a_file_that_went_away_goes_from_the_work_directory_too(tree):
    tree.module("static", "# extra\n", "extra.tf")
    work = prepared(tree)
    assert (work.path / "extra.tf").is_symlink()
    (work.path / workdir.IMPORTS).write_text("# an import of an earlier run\n")
    (tree.root / "modules/static/extra.tf").unlink()
    prepared(tree)
    assert not (work.path / "extra.tf").is_symlink()
    assert not (work.path / workdir.IMPORTS).exists()


def test_imports_beside_the_unit_count_unless_they_are_looked_for(tree):
    (tree.root / "live/dev/static/imports.tf").write_text("# imports\n")
    assert (prepared(tree).path / "imports.tf").read_text() == "# imports\n"
    assert not (prepared(tree, imports=False).path / "imports.tf").exists()


def test_the_sandbox_has_a_work_directory_of_its_own(tree):
    unit = discover(tree.root, "dev")[0]
    made = {workdir.folder(tree.root, unit, sandboxed=sandboxed) for sandboxed in (True, False)}
    assert len(made) == 2


@pytest.mark.parametrize(
    ("file", "text", "again"),
    [
        ("main.tf", 'variable "text" {}\n# a comment\n', False),
        ("main.tf", 'variable "text" {}\nmodule "x" {\n  source = "./x"\n}\n', True),
        ("more.tf", 'resource "other_thing" "x" {}\n', True),
        ("versions.tf", 'terraform {\n  required_version = ">= 1.6"\n}\n', True),
    ],
)
def test_init_depends_on_modules_providers_and_versions_only(tree, file, text, again):
    tree.module("static", 'variable "text" {}\n')
    work = prepared(tree)
    (work.path / ".terraform").mkdir()
    workdir.mark_init(work, workdir.needs_init(work, "tool"))
    assert workdir.needs_init(work, "tool") is None
    assert workdir.needs_init(work, "another tool") is not None
    tree.module("static", text, file)
    assert (workdir.needs_init(prepared(tree), "tool") is not None) == again


def test_what_changed_is_named(tree):
    unit = {unit.layer: unit for unit in discover(tree.root, "dev")}["static"]
    source = tree.root / "modules/static"

    def look(outside=None, **inputs):
        return causes.find(unit, source, inputs, outside=outside or {}, terraform="tool", account="")

    first = look(text="a")
    assert causes.changed(first, look(text="a")) == ()
    assert causes.changed(first, look(text="b")) == ("input text",)
    assert causes.changed(first, look(text="a", more=1)) == ("input more",)
    assert causes.changed(first, look({"x": "1"}, text="a")) == ("TF_VAR_x",)
    assert "a" not in first.values()
    (tree.root / "runtime").mkdir()
    (tree.root / "runtime/job.py").write_text("x")
    (tree.root / "live/dev/static/more.tf").write_text("")
    tree.module("shared", "# nothing\n")
    tree.module("static", 'module "s" {\n  source = "../shared"\n}\n', "more.tf")
    second = look(text="a")
    assert causes.changed(first, second) == (
        "files of the unit",
        "module modules/shared",
        "module modules/static",
        "runtime/",
    )
    tree.module("shared", "# something\n")
    assert causes.changed(second, look(text="a")) == ("module modules/shared",)
    assert causes.digest(second) != causes.digest(first)


# what Terraform is told


def mirror(folder):
    (folder / "registry.terraform.io/hashicorp/aws/5.100.0/linux_amd64").mkdir(parents=True)
    return folder


def test_a_provider_mirror_is_used_for_what_it_has(tmp_path):
    made = cliconfig.environment(
        Aws("r", SANDBOX), tmp_path, {"DPCTL_PROVIDER_MIRROR": str(mirror(tmp_path / "m"))}
    )
    text = Path(made["TF_CLI_CONFIG_FILE"]).read_text()
    assert 'include = ["registry.terraform.io/hashicorp/aws"]' in text
    assert 'exclude = ["registry.terraform.io/hashicorp/aws"]' in text


def test_a_mirror_named_once_holds_until_the_variable_is_set_to_nothing(tmp_path):
    named = cliconfig.environment(Aws("r"), tmp_path, {"DPCTL_PROVIDER_MIRROR": str(mirror(tmp_path / "m"))})
    later = cliconfig.environment(Aws("r"), tmp_path, {})
    assert later["TF_CLI_CONFIG_FILE"] == named["TF_CLI_CONFIG_FILE"]
    users = tmp_path / "user.rc"
    users.write_text("")
    own = cliconfig.environment(Aws("r"), tmp_path, {"TF_CLI_CONFIG_FILE": str(users)})
    assert own["TF_CLI_CONFIG_FILE"] == str(users)
    assert "TF_CLI_CONFIG_FILE" not in cliconfig.environment(
        Aws("r"), tmp_path, {"DPCTL_PROVIDER_MIRROR": ""}
    )


@pytest.mark.parametrize(
    ("program", "folders", "proxied", "wanted"),
    [
        ("terraform", None, False, ["terraform providers mirror DIR", "DPCTL_PROVIDER_MIRROR=DIR"]),
        ("tofu", None, False, ["tofu providers mirror DIR", "registry.opentofu.org can't be reached"]),
        ("tofu", "registry.terraform.io", False, ["has no folder registry.opentofu.org"]),
        ("terraform", "registry.terraform.io", False, ["the providers come from DPCTL_PROVIDER_MIRROR="]),
        ("terraform", None, True, ["less the.log"]),
    ],
)
def test_a_machine_without_internet_is_told_how_to_bring_providers(
    tmp_path, monkeypatch, program, folders, proxied, wanted
):
    def refuse(*_args, **_options):
        raise OSError("no way out")

    monkeypatch.setattr("socket.create_connection", refuse)
    environ = {"HTTPS_PROXY": "http://proxy"} if proxied else {}
    if folders:
        (tmp_path / folders).mkdir()
        environ["DPCTL_PROVIDER_MIRROR"] = str(tmp_path)
    hint = offline.hint(program, environ, "the.log")
    assert all(text in hint for text in wanted), hint


def test_a_shim_is_called_by_its_own_name(tmp_path):
    """mise, snap and other multi-call programs look at the name they are called by."""
    shim = executable(tmp_path, "one-for-all")
    (tmp_path / "terraform").symlink_to(shim)
    tool = terraform.find(None, {"PATH": str(tmp_path)})
    assert tool.argv == (str(tmp_path / "terraform"),)
    assert tool.name == "terraform"


def test_an_empty_state_object_is_not_taken_for_nothing(bucket, tmp_path):
    bucket.put_object(Bucket="states", Key="k/terraform.tfstate", Body=b"")
    with pytest.raises(DpctlError) as raised:
        States(Aws("ap-south-1")).read(REMOTE, tmp_path)
    assert "s3://states/k/terraform.tfstate is empty" in raised.value.what
    assert "list-object-versions" in raised.value.hint
    (tmp_path / "terraform.tfstate").touch()  # Terraform makes it, to have something to lock
    assert States(Aws("ap-south-1")).read(None, tmp_path) is None


def test_an_empty_mirror_is_said(tmp_path):
    with pytest.raises(UsageError):
        cliconfig.environment(Aws("r"), tmp_path, {"DPCTL_PROVIDER_MIRROR": str(tmp_path)})


@pytest.mark.parametrize("there", [True, False])
def test_the_users_configuration_is_honoured_when_it_is_there(tmp_path, there):
    file = tmp_path / "user.rc"
    if there:
        file.write_text("")
    made = cliconfig.environment(Aws("r"), tmp_path, {"TF_CLI_CONFIG_FILE": str(file)})
    assert ("TF_CLI_CONFIG_FILE" in made) == there
    assert made["TF_PLUGIN_CACHE_DIR"] == str(tmp_path / "plugins")


def test_nothing_of_the_user_leads_a_sandboxed_call_away(tmp_path):
    theirs = {
        "AWS_PROFILE": "prod",
        "AWS_ENDPOINT_URL_S3": "https://s3.example",
        "AWS_SESSION_TOKEN": "t",
        "HOME": "/h",
    }
    made = cliconfig.environment(Aws("r", SANDBOX), tmp_path, theirs)
    kept = {name: value for name, value in made.items() if name.startswith("AWS_")}
    assert "prod" not in kept.values()
    assert not {"AWS_ENDPOINT_URL_S3", "AWS_SESSION_TOKEN"} & set(kept)
    assert kept["AWS_ENDPOINT_URL"] == SANDBOX["AWS_ENDPOINT_URL"]
    assert made["HOME"] == "/h"
    outside = cliconfig.environment(Aws("r"), tmp_path, theirs)
    assert outside["AWS_PROFILE"] == "prod"


def executable(folder, name):
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_terraform_is_found_in_the_documented_order(tmp_path):
    named = executable(tmp_path, "mine")
    path = {"PATH": str(tmp_path)}
    embedded = terraform.find(None, {"PATH": "/nowhere"})
    assert embedded.name == "embedded"
    tofu = executable(tmp_path, "tofu")
    assert terraform.find(None, path).argv == (tofu,)
    found = executable(tmp_path, "terraform")
    assert terraform.find(None, path).argv == (found,)
    assert terraform.find(None, {**path, "DPCTL_TERRAFORM": named}).argv == (named,)
    assert terraform.find("tofu", {**path, "DPCTL_TERRAFORM": named}).argv == (tofu,)
    assert terraform.find("embedded", path).name == "embedded"
    with pytest.raises(ToolMissing):
        terraform.find("/nowhere/terraform", path)


# state in S3


@pytest.fixture
def bucket(aws):
    client = Aws("ap-south-1").client("s3")
    client.create_bucket(Bucket="states", CreateBucketConfiguration={"LocationConstraint": "ap-south-1"})
    return client


REMOTE = RemoteState("s3", {"bucket": "states", "key": "k/terraform.tfstate", "region": "ap-south-1"})


def test_states_and_locks_are_read_from_s3(bucket, tmp_path):
    states = States(Aws("ap-south-1"))
    assert states.read(REMOTE, tmp_path) is None
    document = {"version": 4, "serial": 1, "lineage": "l", "outputs": {"a": {"value": 1}}, "resources": []}
    bucket.put_object(Bucket="states", Key="k/terraform.tfstate", Body=json.dumps(document))
    assert states.read(REMOTE, tmp_path).outputs == {"a": 1}
    lock = {
        "ID": "1",
        "Who": "ann@host",
        "Operation": "OperationTypePlan",
        "Created": "2026-01-01T00:00:00.5Z",
    }
    bucket.put_object(Bucket="states", Key="k/terraform.tfstate.tflock", Body=json.dumps(lock))
    held = states.lock(REMOTE, tmp_path)
    assert (held.who, held.operation, held.created.year) == ("ann@host", "Plan", 2026)
    states.release(REMOTE, tmp_path)
    assert states.lock(REMOTE, tmp_path) is None


def test_no_bucket_is_no_state(aws, tmp_path):
    assert States(Aws("ap-south-1")).read(REMOTE, tmp_path) is None


def test_the_state_bucket_is_missed_made_and_put_right(dpctl, tree, fake):
    (tree.root / "terragrunt.hcl").write_text(S3_ROOT)
    missed = dpctl("apply", "--yes")
    assert missed.code == 1
    assert "Try: dpctl state bootstrap --env dev" in missed.stderr
    assert dpctl("state", "bootstrap", "--dry-run").code == 0
    s3 = Aws("ap-south-1").client("s3")
    assert s3.list_buckets()["Buckets"] == []
    assert dpctl("state", "bootstrap", "--yes", "--json").json["created"] is True
    assert s3.get_bucket_versioning(Bucket="states")["Status"] == "Enabled"
    assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket="states")["Policy"]
    block = s3.get_public_access_block(Bucket="states")["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    s3.put_bucket_versioning(Bucket="states", VersioningConfiguration={"Status": "Suspended"})
    assert dpctl("state", "bootstrap", "--yes", "--json").json["created"] is False
    assert s3.get_bucket_versioning(Bucket="states")["Status"] == "Enabled"


def test_unlocking_what_nobody_holds_says_so(dpctl, fake):
    dpctl("apply", "--yes", "--layer", "static")
    run = dpctl("state", "unlock", "--layer", "static", "--json")
    assert run.json == {"schema_version": 1, "env": "dev", "layer": "static", "released": None}


# documents


def test_other_documents_keep_their_schemas(dpctl, fake, repo):
    dpctl("apply", "--yes")
    for name, words in {
        "output": ("output", "--layer", "static"),
        "adopt": ("adopt", "--dry-run"),
        "drift": ("drift",),
    }.items():
        schema = json.loads((repo / f"docs/schemas/{name}.schema.json").read_text(encoding="utf-8"))
        jsonschema.validate(dpctl(*words, "--json").json, schema)


def test_adopt_writes_beside_the_unit_only_what_exists(dpctl, fake, tree, monkeypatch):
    """A role that exists, in a plan that would create it."""
    Aws("ap-south-1").client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
    fake.script(static={"plan": {"changes": [["aws_iam_role.r", "create"], ["aws_iam_role.s", "create"]]}})
    planned = [
        {
            "address": f"aws_iam_role.{n}",
            "type": "aws_iam_role",
            "mode": "managed",
            "change": {"actions": ["create"], "after": {"name": n}},
        }
        for n in "rs"
    ]
    fake.show({"resource_changes": planned})
    assert "aws_iam_role.r = r  (role)" in dpctl("adopt", "--layer", "static", "--dry-run").stdout
    file = tree.root / "live/dev/static/imports.tf"
    assert not file.exists()
    run = dpctl("adopt", "--layer", "static", "--json")
    assert run.json["layers"][0]["adopted"] == [
        {"address": "aws_iam_role.r", "type": "aws_iam_role", "id": "r"}
    ]
    assert file.read_text().count("import {") == 1
    file.write_text("# somebody's own\n")
    assert dpctl("adopt", "--layer", "static").code == 2
    assert file.read_text() == "# somebody's own\n"


def test_apply_adopts_in_the_work_directory_only(dpctl, fake, tree):
    Aws("ap-south-1").client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
    fake.script(static={"plan": {"changes": [["aws_iam_role.r", "create"]]}})
    change = {"actions": ["create"], "after": {"name": "r"}}
    fake.show(
        {
            "resource_changes": [
                {"address": "aws_iam_role.r", "type": "aws_iam_role", "mode": "managed", "change": change}
            ]
        }
    )
    run = dpctl("apply", "--layer", "static", "--yes", "--json")
    assert "adopting aws_iam_role.r = r" in run.stderr
    planned = [call for call in fake.calls if call["command"] == "plan"]
    assert [call["imports"] for call in planned] == [0, 1]
    assert list((tree.root / "live").rglob("*.tf")) == []
    assert ACCOUNT in (tree.root / "live/dev/env.yaml").read_text()
