"""The loader and the rules: every problem of a file in one run, each with its line."""

import textwrap

import pytest
import yaml

from dpctl.config import check_environment, environment_names, load_environment
from dpctl.config.document import read
from dpctl.errors import ConfigError, UsageError


@pytest.fixture
def env(tmp_path, repo):
    """A copy of dev's env.yaml; calling it with edits checks the edited file."""
    source = (repo / "live/dev/env.yaml").read_text(encoding="utf-8")
    folder = tmp_path / "live/dev"
    folder.mkdir(parents=True)

    def edited(*edits):
        text = source
        for old, new in edits:
            assert old in text, old
            text = text.replace(old, new, 1)
        (folder / "env.yaml").write_text(text, encoding="utf-8")
        return check_environment(tmp_path, "dev")

    return edited


def test_the_files_of_the_repository_are_valid(repo):
    assert environment_names(repo) == ["dev", "prod"]
    assert [problem.code for problem in check_environment(repo, "dev")] == ["dear-capacity"]
    assert [problem.code for problem in check_environment(repo, "prod")] == ["placeholder-account"]


def test_names_follow_the_naming_setting(repo):
    assert load_environment(repo, "dev").resource("LogEvent") == "LogEvent"
    assert load_environment(repo, "prod").resource("LogEvent") == "data-pipeline-prod-LogEvent"


def test_an_unknown_environment_is_a_usage_error_with_a_guess(repo):
    with pytest.raises(UsageError) as caught:
        load_environment(repo, "prd")
    assert caught.value.hint == "--env prod"


SECOND_CIDR = "network.private_subnets[1].cidr"
RULES = [
    ("cidr: 10.11.128.0/20", "cidr: 10.12.128.0/20", "subnet-outside-vpc", "network.private_subnets[0].cidr"),
    ("cidr: 10.11.144.0/20", "cidr: 10.11.128.0/21", "overlapping-subnets", SECOND_CIDR),
    ("az: ap-south-1b", "az: ap-south-1a", "same-zone", "network.private_subnets"),
    ("az: ap-south-1b", "az: eu-west-1b", "wrong-region", "network.private_subnets[1].az"),
    ("subnet-07a5f68e689cfa8d0", "subnet-0c293c5fb7629213a", "repeated-id", "network.private_subnets[1].id"),
    ("[sg-076cbf784b0d4caad", "[sg-0537128325078f598", "repeated-id", "network.security_groups.others"),
    ("vpc: {id: vpc-0c12017fa98cbab0d, ", "vpc: {", "id-without-vpc", "network.private_subnets[0].id"),
    ("egress: endpoints", "egress: nat", "nat-without-public-subnet", "network.egress"),
    ("kms:ap-south-1:054158074701", "kms:ap-south-1:111111111111", "wrong-account", "audit.kms_key_arn"),
    ("kms:ap-south-1", "kms:eu-west-1", "wrong-region", "audit.kms_key_arn"),
    ("arn:aws:kms", "arn:aws:sns", "wrong-service", "audit.kms_key_arn"),
    ("naming: existing", "naming: prefixed", "name-too-long", "iam.redshift_commands"),
    ("scheduler: RedshiftSchedulerRole", "scheduler: GlueFullAccessRole", "repeated-name", "iam.scheduler"),
    (
        "trail_bucket: aws-cloudtrail-logs-054158074701-f4621182",
        "trail_bucket: manifest-bucket-054158074701",
        "repeated-name",
        "storage.trail_bucket",
    ),
    ("source_bucket: manifest-", "source_bucket: manifest.", "dotted-bucket", "storage.source_bucket"),
    (
        "subnet: subnet-0c293c5fb7629213a",
        "subnet: subnet-01830492b092ae6cf",
        "connection-outside-private-subnets",
        "glue.connection.subnet",
    ),
    (
        "security_group: sg-0537128325078f598",
        "security_group: sg-00000000",
        "unknown-security-group",
        "glue.connection.security_group",
    ),
    ("max_capacity: 0.0625", "worker_type: G.1X", "job-size", "glue.jobs.GlueTestjob"),
    ("number_of_workers: 10}", "max_capacity: 1.0}", "job-size", "glue.jobs.DynamotoRedshift"),
    ("base_capacity: 128", "base_capacity: 100", "invalid-capacity", "databases.redshift.base_capacity"),
    ("base_capacity: 128", "base_capacity: 88", "dear-capacity", "databases.redshift.base_capacity"),
    ("database: dev", "limit_usd_month: 0", "invalid-value", "databases.redshift.limit_usd_month"),
    ("key: [partkey]", "key: [part_key]", "unknown-column", "tables.orders.key"),
    ("sort_key: [order_date]", "sort_key: [day]", "unknown-column", "tables.orders.sort_key"),
    ("{name: customer,", "{name: partkey,", "repeated-name", "tables.orders.columns[1].name"),
    ("load: {source: dynamodb}", "load: {source: s3}", "missing-key", "tables.orders.load"),
    ("    version: _version\n", "", "load-without-key", "tables.orders.load"),
    ("parquet, max_file", "json, header: true, max_file", "conflicting-options", "tables.orders.unload"),
    ("tables: [orders]", "tables: [ordres]", "unknown-table", "schedules[0].tables[0]"),
    ("tables: [orders]", "tables: [order_files]", "table-without-unload", "schedules[0].tables[0]"),
]
FILES = "{source: s3, prefix: orders/, format: parquet}"
RULES += [
    (FILES, f"{{source: {load}}}", code, f"tables.order_files.{key}")
    for load, code, key in (
        ("mysql, mode: append", "missing-key", "load"),
        ("mysql, mode: append, watermark: customer", "invalid-value", "load.watermark"),
        ("mysql, mode: append, watermark: nothing", "unknown-column", "load.watermark"),
        ("mysql, mode: upsert, watermark: ordered_at", "load-without-key", "load"),
        ("mysql, mode: upsert, watermark: amount", "invalid-value", "load.watermark"),
        ("mysql, prefix: orders/", "invalid-value", "load.prefix"),
        ("s3, prefix: orders/, watermark: customer", "conflicting-options", "load.watermark"),
        ("s3, prefix: orders/, on_error: reject", "conflicting-options", "load.on_error"),
    )
]


@pytest.mark.parametrize(("old", "new", "code", "key"), RULES)
def test_each_rule_names_the_key(env, old, new, code, key):
    problems = env((old, new))
    assert (code, key) in [(problem.code, problem.key) for problem in problems]
    assert all(problem.line > 0 and problem.file == "live/dev/env.yaml" for problem in problems)


@pytest.mark.parametrize("capacity", [8, 64, 80])
def test_ten_times_the_least_price_is_not_warned_of(env, capacity):
    assert env(("base_capacity: 128", f"base_capacity: {capacity}")) == []


def test_a_job_in_the_vpc_needs_a_way_out(env):
    assert "job-without-egress" not in {p.code for p in env(("egress: endpoints", "egress: none"))}
    found = env(
        ("egress: endpoints", "egress: none"), ("gluejob: {enabled: false,", "gluejob: {enabled: true,")
    )
    assert "job-without-egress" in {problem.code for problem in found}


def test_problems_of_shape_and_of_meaning_come_in_one_run(env):
    problems = env(
        ("base_capacity: 128", "base_capacity: many"),
        ("cidr: 10.11.128.0/20", "cidr: 10.12.128.0/20"),
        ("workflow:", "workflw:"),
    )
    found = {problem.code: problem for problem in problems}
    assert set(found) == {"subnet-outside-vpc", "wrong-type", "unknown-key"}
    assert found["unknown-key"].hint == "did you mean 'workflow'?"
    assert found["unknown-key"].key == "glue.workflw"


def test_lines_are_those_of_the_file(env, repo):
    before, _, _ = (repo / "live/dev/env.yaml").read_text(encoding="utf-8").partition("base_capacity: 128")
    problem = next(p for p in env(("base_capacity: 128", "base_capacity: 130")) if p.severity == "error")
    assert problem.key == "databases.redshift.base_capacity"
    assert problem.line == before.count("\n") + 1


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: 1\nb: [\n", "yaml-syntax", 3),
        ("a: 1\na: 2\n", "duplicate-key", 2),
        ("", "empty-file", 1),
        ("a: &x 1\nb: {<<: *x}\n", "yaml-syntax", 2),
        ("a: &x [*x]\n", "yaml-syntax", 1),
        ("a: 2026-13-45\n", "ambiguous-value", 1),
        ("account: 054158074701\n", "ambiguous-value", 1),
        ("a:\n  b: 12:30\n", "ambiguous-value", 2),
        ("a: [1_000]\n", "ambiguous-value", 1),
        ("a: n\n", "ambiguous-value", 1),
        ("a: !!python/object:os.system x\n", "yaml-syntax", 1),
    ],
)
def test_what_is_not_plain_yaml_is_refused_with_its_line(tmp_path, text, code, line):
    path = tmp_path / "env.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read(path, "env.yaml")
    assert [(problem.code, problem.line) for problem in caught.value.problems] == [(code, line)]


def test_a_bomb_is_counted_and_not_unfolded(tmp_path):
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    path = tmp_path / "env.yaml"
    path.write_text("\n".join(levels), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read(path, "env.yaml")
    assert caught.value.problems[0].code == "too-large"


def test_the_document_is_what_yaml_says(tmp_path):
    text = textwrap.dedent(
        """\
        a: {b: [1, 2.5, true, null, "x: y"]}
        c: |
          two
          lines
        """
    )
    path = tmp_path / "env.yaml"
    path.write_text(text, encoding="utf-8")
    document = read(path, "env.yaml")
    assert document.data == yaml.safe_load(text)
    assert document.line(("a", "b", 3)) == 1
    assert document.line(("c", "nothing")) == 2
