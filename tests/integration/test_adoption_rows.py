"""What an owner may have, row by row, and what the first apply does to it: all of it in one account.

The account of number 0 has every option at once, and what else owners add (shapes_by_hand). It is adopted
once, all layers; each row looks at its part.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from dpctl.aws import Aws
from tests.integration.accounts_by_hand import taken
from tests.integration.conftest import stop_all
from tests.integration.one_provider import one_provider
from tests.integration.shapes_by_hand import SHAPES
from tests.integration.test_adoption import begin, picture, running

pytestmark = [pytest.mark.sandbox, pytest.mark.terraform, pytest.mark.storm, pytest.mark.seeds]
ASSETS = "aws-glue-assets-054158074701-ap-south-1"
COMMANDS = "AmazonRedshift-CommandsAccessRole-20260201T170319"


class Adopted:
    """One account before and after, and what the commands said."""

    def __init__(self, made):
        self.client = Aws("ap-south-1", running(made)).client
        for _, make, _ in SHAPES:
            make(self.client)
        self.shapes = self.read_shapes()
        self.before = picture(made, "before")
        self.scripts = self.objects("scripts/")
        self.preview = made.dpctl("--sandbox", "plan", "--env", "dev", "--json")
        self.plans_before = plans(made)
        self.refused = made.dpctl(
            "--sandbox", "apply", "--env", "dev", "--layer", "static", "--yes", "--json"
        )
        self.plans_refused = plans(made)
        self.untouched = picture(made, "untouched")
        self.found = made.dpctl("--sandbox", "adopt", "--env", "dev", "--json")
        self.plans_adopted = plans(made)
        self.applied = made.dpctl("--sandbox", "apply", "--env", "dev", "--yes", "--json")
        self.plans_applied = plans(made)
        self.after = picture(made, "after")

    def read_shapes(self):
        return {what: read(self.client) for what, _, read in SHAPES}

    def objects(self, prefix):
        s3 = self.client("s3")
        listed = s3.list_objects_v2(Bucket=ASSETS, Prefix=prefix).get("Contents", [])
        return {
            one["Key"]: s3.get_object(Bucket=ASSETS, Key=one["Key"])["Body"].read()
            for one in listed
            if "imports/" not in one["Key"]
        }


def plans(made):
    """How often each layer has been planned so far, by its log."""
    logs = made.root.glob(".dpctl/logs/dev/*.log")
    return Counter({log.stem: log.read_text(errors="replace").count(" plan -json ") for log in logs})


@pytest.fixture(scope="module")
def adopted(repo, tmp_path_factory, terraform):
    folder = tmp_path_factory.mktemp("rows")
    made = begin(repo, folder / "tree", 0)
    try:
        with one_provider(folder, running(made)) as environ:
            yield Adopted(replace(made, environ=environ))
    finally:
        stop_all(made)


def test_all_layers_are_previewed_before_anything_is_applied(adopted):
    assert adopted.preview.code == 0, adopted.preview.stderr[-4000:]
    assert {one["result"] for one in adopted.preview.json["layers"]} == {"succeeded"}


def test_without_being_told_to_keep_it_nothing_is_taken_and_each_loss_is_shown_in_full(adopted):
    assert adopted.refused.code == 1
    assert taken(adopted.before, adopted.untouched) == []
    assert adopted.untouched == adopted.before
    [static] = adopted.refused.json["layers"]
    assert static["losses"]
    for loss in static["losses"]:
        assert loss["address"] in static["reason"]
        assert loss["old"] in static["reason"]


def test_the_first_apply_goes_through_without_a_loss(adopted):
    assert adopted.applied.code == 0, adopted.applied.stderr[-4000:]
    assert all(layer["losses"] == [] for layer in adopted.applied.json["layers"])
    assert taken(adopted.before, adopted.after) == []


def test_adoption_adds_at_most_one_plan_to_each_layer(adopted):
    """Without import blocks, which dpctl adopt writes, and with them."""
    assert adopted.plans_refused - adopted.plans_before == {"static-sandbox": 2}
    more = adopted.plans_applied - adopted.plans_adopted
    assert len(more) == 4
    assert max(more.values()) <= 2


@pytest.mark.parametrize("what", [what for what, _, _ in SHAPES])
def test_what_no_console_asks_for_is_as_it_was(adopted, what):
    assert adopted.shapes[what]
    assert adopted.read_shapes()[what] == adopted.shapes[what]


def there(value, path):
    for part in path.split("."):
        value = value[part]
    return value


# What the owner has: where it is in the picture; it must be there before, and the same after. The sandbox has
# neither a table's replicas nor MySQL's Performance Insights: of them test_settle looks at the modules.
KEPT = [
    ("a role under /service-role/", f"roles.{COMMANDS}.Path"),
    ("its managed policies", f"roles.{COMMANDS}.Attached"),
    ("a role's description", "roles.GlueFullAccessRole.Description"),
    ("a role's tags", "roles.GlueFullAccessRole.Tags"),
    ("a role's permissions boundary", "roles.GlueFullAccessRole.Boundary"),
    ("a role's session length", "roles.GlueFullAccessRole.MaxSessionDuration"),
    ("an inline policy called storage", "roles.GlueFullAccessRole.Inline.storage"),
    ("an inline policy called secrets", "roles.GlueFullAccessRole.Inline.secrets"),
    ("an inline policy called logs", "roles.GlueFullAccessRole.Inline.logs"),
    ("the table's index", "table.GlobalSecondaryIndexes"),
    ("the table's tags", "table.Tags"),
    ("the table's TTL", "table.TimeToLive"),
    ("the table's billing", "table.BillingMode"),
    ("the table's capacity", "table.ProvisionedThroughput"),
    ("the table's class", "table.TableClass"),
    ("MySQL: storage autoscaling", "mysql.MaxAllocatedStorage"),
    ("MySQL: monitoring", "mysql.MonitoringInterval"),
    ("MySQL: log exports", "mysql.EnabledCloudwatchLogsExports"),
    ("MySQL: IAM login", "mysql.IAMDatabaseAuthenticationEnabled"),
    ("the namespace's fourth role", "namespace.iamRoles"),
    ("the namespace's log exports", "namespace.logExports"),
    ("a password that AWS keeps", "namespace.managedPassword"),
    ("the workgroup's public access", "workgroup.publiclyAccessible"),
    ("a bucket's encryption", f"buckets.{ASSETS}.Encryption"),
    ("a bucket's lifecycle", f"buckets.{ASSETS}.Lifecycle"),
    ("a bucket's tags", f"buckets.{ASSETS}.Tags"),
    ("a secret's key", "secrets.test/dbaccess.KmsKeyId"),
    ("a secret's description", "secrets.test/dbaccess.Description"),
    ("a secret's tags", "secrets.test/dbaccess.Tags"),
    ("the Glue connection of type REDSHIFT", "connections.Redshift connection.ConnectionType"),
    ("its secret glue!…", "connections.Redshift connection.AuthenticationConfiguration"),
    ("a job's timeout", "jobs.GlueTestjob.Timeout"),
    ("the workflow's starting trigger", "triggers"),
    ("the workflow's properties", "workflow.DefaultRunProperties"),
    ("the state machine's tags", "state_machine.Tags"),
    ("the rule's description", "rule.Description"),
    ("the rule's tags", "rule.Tags"),
    ("the trail's tags", "trail.Tags"),
]


@pytest.mark.parametrize(("_what", "path"), KEPT, ids=[one[0] for one in KEPT])
def test_the_owners_settings_are_as_they_were(adopted, _what, path):
    before = there(adopted.before, path)
    assert before
    assert there(adopted.after, path) == before


def test_a_jobs_other_arguments_stand_beside_ours(adopted):
    before, after = (
        one["jobs"]["GlueTestjob"]["DefaultArguments"] for one in (adopted.before, adopted.after)
    )
    assert before.items() <= after.items()
    assert "--workgroup" in after


def test_a_jobs_libraries_stand_before_ours(adopted):
    before, after = (
        one["jobs"]["DynamotoRedshift"]["DefaultArguments"]["--extra-py-files"]
        for one in (adopted.before, adopted.after)
    )
    assert after.startswith(f"{before},")


def test_roles_are_named_by_the_arn_that_they_have(adopted):
    arn = f"arn:aws:iam::054158074701:role/service-role/{COMMANDS}"
    assert arn in adopted.after["namespace"]["iamRoles"]
    arguments = str(adopted.after["jobs"]["GlueTestjob"]["DefaultArguments"])
    assert f":role/{COMMANDS}" not in arguments


def test_a_copy_is_kept_of_each_script_and_of_the_definition(adopted):
    kept = adopted.objects("adopted/")
    for key in ("scripts/GlueTestjob.py", "scripts/DynamotoRedshift.py"):
        name = key.rpartition("/")[2]
        copies = [body for one, body in kept.items() if one.startswith(f"adopted/{name}.")]
        assert adopted.scripts[key] in copies
    assert any(one.startswith("adopted/LogEvent.asl.json.") for one in kept)


def test_what_the_trail_selects_is_selected_still_beside_the_writes_to_the_table(adopted):
    """Basic selectors, which can't stand beside ours, as advanced ones."""
    assert adopted.before["trail"]["Selectors"]
    names = [one["Name"] for one in adopted.after["trail"]["AdvancedSelectors"]]
    assert sorted(names) == [
        "Data events of AWS::S3::Object",
        "Management events",
        "Writes to the Orders table",
    ]


def test_there_is_one_starting_trigger(adopted):
    starting = [one for one in adopted.after["triggers"].values() if one["Type"] == "EVENT"]
    assert len(starting) == 1
