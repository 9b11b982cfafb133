"""What an owner may have set of what is adopted by name: set by the module, left alone, or said here why not.

Of the provider's schema: an optional attribute that is not computed, and that a module leaves out, is
*removed* from what is imported. So each must stand in the module, among what it ignores, or below.
"""

from __future__ import annotations

import json
import re

import pytest

from tests.modules.conftest import MODULES, TOP

# Terraform's own way to do something, never read from AWS; passwords, which AWS does not tell
MEANS = {
    "aws_cloudwatch_event_rule": {"force_destroy", "is_enabled"},  # the second is the old name of state
    "aws_cloudwatch_log_group": {"skip_destroy"},
    "aws_db_instance": {
        "allow_major_version_upgrade", "apply_immediately", "blue_green_update", "password", "password_wo",
        "password_wo_version", "restore_to_point_in_time", "s3_import", "upgrade_storage_config",
        "custom_iam_instance_profile",  # of RDS Custom alone
    },
    "aws_dynamodb_table": {
        "import_table", "restore_date_time", "restore_source_name", "restore_source_table_arn",
        "restore_to_latest_time",
    },
    "aws_glue_trigger": {"start_on_creation"},
    "aws_redshiftserverless_namespace": {
        "admin_user_password", "admin_user_password_wo", "admin_user_password_wo_version",
    },
    "aws_s3_bucket": {"force_destroy"},
    "aws_secretsmanager_secret": {"force_overwrite_replica_secret"},
}  # fmt: skip
# what tells one kind of thing from another: an obstacle, found before anything is applied, or a loss
KINDS = {
    "aws_cloudtrail": {"event_selector"},  # kept as advanced ones: dpctl/deploy/selectors.py
    "aws_cloudwatch_event_rule": {"event_bus_name", "schedule_expression"},
    "aws_dynamodb_table": {"range_key"},
    "aws_glue_trigger": {"predicate", "schedule"},
}
# blocks that the provider reads and keeps when they are left out, though its schema can't say so
KEPT = {
    "aws_iam_role": {"inline_policy"},
    "aws_s3_bucket": {
        "cors_rule", "grant", "lifecycle_rule", "logging", "object_lock_configuration", "versioning",
        "website", "replication_configuration", "server_side_encryption_configuration",
    },
}  # fmt: skip
EVERYWHERE = {"tags", "timeouts"}

ADOPTED = [
    ("static-infrastructure/audit", "aws_cloudtrail.this"),
    ("static-infrastructure/databases", "aws_db_instance.mysql"),
    ("static-infrastructure/databases", "aws_dynamodb_table.orders"),
    ("static-infrastructure/databases", "aws_redshiftserverless_namespace.this"),
    ("static-infrastructure/databases", "aws_redshiftserverless_workgroup.this"),
    ("static-infrastructure/iam", "aws_iam_role.this"),
    ("static-infrastructure/secrets", "aws_secretsmanager_secret.this"),
    ("static-infrastructure/storage", "aws_s3_bucket.this"),
    ("dynamodb-to-redshift/eventbridge", "aws_cloudwatch_event_rule.writes"),
    ("dynamodb-to-redshift/glue", "aws_cloudwatch_log_group.etl"),
    ("dynamodb-to-redshift/glue", "aws_glue_job.this"),
    ("dynamodb-to-redshift/glue", "aws_glue_trigger.start"),
    ("dynamodb-to-redshift/glue", "aws_glue_workflow.orders"),
    ("dynamodb-to-redshift/iam", "aws_iam_role.events"),
    ("dynamodb-to-redshift/iam", "aws_iam_role.step_functions"),
    ("dynamodb-to-redshift/stepfunctions", "aws_sfn_state_machine.log_event"),
    ("dynamodb-to-redshift/iam", "aws_iam_role.stream"),
    ("dynamodb-to-redshift/iam", "aws_iam_role.sweeper"),
    ("s3-to-redshift/iam", "aws_iam_role.scheduler"),
    ("redshift-to-s3/iam", "aws_iam_role.scheduler"),
    ("redshift-to-s3/iam", "aws_iam_role.unload_lambda"),
    ("redshift-to-s3/lambda", "aws_cloudwatch_log_group.function"),
    ("s3-to-redshift/glue", "aws_cloudwatch_log_group.job"),
    ("s3-to-redshift/glue", "aws_glue_job.gluejob"),
]


@pytest.fixture(scope="module")
def schemas(initialised, with_providers):
    """The provider's schemas by resource type."""
    [static] = [module for module in TOP if module.name == "static-infrastructure"]
    done = with_providers.run("providers", "schema", "-json", cwd=initialised(static))
    assert done.returncode == 0, done.stderr
    [provider] = [
        found
        for name, found in json.loads(done.stdout)["provider_schemas"].items()
        if name.endswith("/hashicorp/aws")
    ]
    return provider["resource_schemas"]


def body(module, address):
    """The text of a resource; ``terraform fmt`` has laid it out."""
    kind, name = address.split(".")
    text = "\n".join(file.read_text(encoding="utf-8") for file in sorted((MODULES / module).glob("*.tf")))
    found = re.search(rf'^resource "{kind}" "{name}" \{{\n(.*?)^\}}', text, re.MULTILINE | re.DOTALL)
    assert found, f"{address} is not in {module} any more"
    return found[1]


def settled(text):
    """What a resource sets, and what it ignores."""
    ignored = re.search(r"ignore_changes = \[(.*?)\]", text, re.DOTALL)
    set_there = re.findall(r'^  (?:dynamic ")?(\w+)"?\s*[={]', text, re.MULTILINE)
    return set(set_there) | set(re.findall(r"\w+", ignored[1]) if ignored else ())


@pytest.mark.terraform
@pytest.mark.parametrize(("module", "address"), ADOPTED, ids=[f"{m}:{a}" for m, a in ADOPTED])
def test_nothing_that_an_owner_may_have_set_is_left_out(schemas, module, address):
    kind = address.partition(".")[0]
    block = schemas[kind]["block"]
    open_to_owners = {
        name
        for name, attribute in block.get("attributes", {}).items()
        if attribute.get("optional") and not attribute.get("computed")
    } | set(block.get("block_types", {}))
    excused = EVERYWHERE | MEANS.get(kind, set()) | KINDS.get(kind, set()) | KEPT.get(kind, set())
    assert open_to_owners - settled(body(module, address)) - excused == set()
