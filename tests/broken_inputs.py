"""The table of what a person can get wrong: one edit to a valid tree each, and the problem it must give."""

from __future__ import annotations

from dataclasses import dataclass

ENV = "live/dev/env.yaml"
STATIC = "live/dev/static/terragrunt.hcl"
LOAD = "live/dev/load/terragrunt.hcl"
ROOT = "terragrunt.hcl"
VARIABLES = "modules/load/variables.tf"


@dataclass(frozen=True)
class Broken:
    """One edit to a valid tree, and the problem it must give.

    The line is the one that has the text ``at`` after the edit; ``file`` is where the problem is, if not in
    the edited file. ``old`` None writes ``new`` as the whole file; ``new`` None removes the file.
    """

    name: str
    edited: str
    old: str | None
    new: str | None
    code: str
    at: str = ""
    file: str = ""


YAML = [
    Broken("tabs", ENV, "  vpc: {", "\tvpc: {", "yaml-syntax", "\tvpc:"),
    Broken(
        "unclosed-brace", ENV, "cidr: 10.11.0.0/16}", "cidr: 10.11.0.0/16", "yaml-syntax", "private_subnets:"
    ),
    Broken("unclosed-quote", ENV, '"054158074701"', '"054158074701', "yaml-syntax", "account_id:"),
    Broken("undefined-alias", ENV, "region: ap-south-1", "region: *home", "yaml-syntax", "*home"),
    Broken("merge-key", ENV, "secrets:\n", "secrets:\n  <<: {}\n", "yaml-syntax", "<<:"),
    Broken("empty-file", ENV, None, "", "empty-file"),
    Broken("a-list-not-a-mapping", ENV, None, "- a\n", "wrong-type", "- a"),
    Broken("duplicate-key", ENV, "naming: existing", "region: ap-south-1\nnaming: existing", "duplicate-key"),
    Broken("unknown-key", ENV, "  trail: data", "  trial: data", "unknown-key", "trial:"),
    Broken("unknown-section", ENV, "capture:", "captures:", "unknown-key", "captures:"),
    Broken("missing-key", ENV, "  trail: data-events\n", "", "missing-key", "audit:"),
    Broken(
        "missing-section",
        ENV,
        "secrets:\n  redshift: test/redshift\n  database: test/dbaccess\n",
        "",
        "missing-key",
    ),
    Broken("number-for-account", ENV, '"054158074701"', "54158074701", "wrong-type", "account_id:"),
    Broken("short-account", ENV, '"054158074701"', '"0541580747"', "invalid-value", "account_id:"),
    Broken(
        "text-for-number", ENV, "base_capacity: 128", "base_capacity: lots", "wrong-type", "base_capacity:"
    ),
    Broken(
        "text-for-list",
        ENV,
        "events: [PutItem, UpdateItem, DeleteItem, BatchWriteItem, TransactWriteItems]",
        "events: PutItem",
        "wrong-type",
        "events:",
    ),
    Broken("unknown-event", ENV, "events: [PutItem,", "events: [PutItm,", "invalid-value", "events:"),
    Broken("bad-region", ENV, "region: ap-south-1", "region: mumbai", "invalid-value", "region:"),
    Broken("bad-naming", ENV, "naming: existing", "naming: mixed", "invalid-value", "naming:"),
    Broken("bad-vpc-id", ENV, "vpc-0c12017fa98cbab0d", "vpc-xyz", "invalid-value", "vpc-xyz"),
    Broken("bad-cidr", ENV, "10.11.128.0/20", "10.11.300.0/20", "invalid-value", "10.11.300"),
    Broken("cidr-with-host-bits", ENV, "10.11.128.0/20", "10.11.128.1/20", "invalid-value", "10.11.128.1"),
    Broken("subnet-outside-vpc", ENV, "10.11.128.0/20", "10.12.128.0/20", "subnet-outside-vpc", "10.12."),
    Broken("overlapping-subnets", ENV, "10.11.144.0/20", "10.11.128.0/21", "overlapping-subnets", "/21"),
    Broken("same-zone", ENV, "ap-south-1b", "ap-south-1a", "same-zone", "private_subnets:"),
    Broken("zone-elsewhere", ENV, "ap-south-1b", "eu-west-1b", "wrong-region", "eu-west-1b"),
    Broken(
        "one-subnet",
        ENV,
        "    - {id: subnet-07a5f68e689cfa8d0, az: ap-south-1b, cidr: 10.11.144.0/20}\n",
        "",
        "invalid-value",
        "private_subnets:",
    ),
    Broken(
        "arn-in-another-account",
        ENV,
        "ap-south-1:054158074701:key",
        "ap-south-1:111111111111:key",
        "wrong-account",
        "kms_key_arn:",
    ),
    Broken("arn-in-another-region", ENV, "kms:ap-south-1", "kms:us-east-1", "wrong-region", "kms_key_arn:"),
    Broken("not-an-arn", ENV, "arn:aws:kms", "aws:kms", "invalid-value", "kms_key_arn:"),
    Broken("arn-of-something-else", ENV, "arn:aws:kms", "arn:aws:sqs", "wrong-service", "kms_key_arn:"),
    Broken(
        "bucket-in-capitals", ENV, "manifest-bucket", "Manifest-bucket", "invalid-value", "source_bucket:"
    ),
    Broken(
        "same-bucket-twice",
        ENV,
        "aws-cloudtrail-logs-054158074701-f4621182",
        "manifest-bucket-054158074701",
        "repeated-name",
        "trail_bucket:",
    ),
    Broken("long-role-name", ENV, "GlueFullAccessRole", "G" * 65, "invalid-value", "GGG"),
    Broken(
        "connection-in-another-subnet",
        ENV,
        "subnet: subnet-0c293c5fb7629213a",
        "subnet: subnet-01830492b092ae6cf",
        "connection-outside-private-subnets",
        "01830492b092ae6cf",
    ),
    Broken(
        "shell-job-with-workers", ENV, "max_capacity: 0.0625", "worker_type: G.1X", "job-size", "GlueTestjob:"
    ),
    Broken(
        "capacity-between-steps",
        ENV,
        "base_capacity: 128",
        "base_capacity: 100",
        "invalid-capacity",
        "base_cap",
    ),
    Broken("cron-with-five-fields", ENV, "cron(0 1 * * ? *)", "cron(0 1 * * ?)", "invalid-value", "cron(0 1"),
    Broken("cron-hour-25", ENV, "cron(0 1 * * ? *)", "cron(0 25 * * ? *)", "invalid-value", "cron(0 25"),
    Broken(
        "cron-two-days", ENV, "cron(0 1 * * ? *)", "cron(0 1 * * * *)", "invalid-value", "cron(0 1 * * * *)"
    ),
    Broken("unknown-time-zone", ENV, "Asia/Kolkata", "Asia/Bombey", "invalid-value", "Bombey"),
    Broken("unknown-table", ENV, "tables: [orders]", "tables: [ordres]", "unknown-table", "ordres"),
    Broken("unknown-column", ENV, "key: [partkey]", "key: [part_key]", "unknown-column", "part_key"),
    Broken("unknown-column-type", ENV, "type: bigint", "type: bignum", "invalid-value", "bignum"),
    Broken("identifier-in-capitals", ENV, "{name: status, ", "{name: Status, ", "invalid-value", "Status"),
    Broken(
        "prefix-with-slash-first",
        ENV,
        "unload: {prefix: orders/",
        "unload: {prefix: /orders/",
        "invalid-value",
        "/orders/",
    ),
    Broken("missing-env-file", ENV, "", None, "missing-file"),
]

INPUTS = "inputs = {\n"
DEPENDENCY = 'dependency "static" {\n'
HCL = [
    Broken("unclosed-block", LOAD, "terraform {", "terraform {{", "hcl-syntax", "terraform {{"),
    Broken("stray-brace", STATIC, INPUTS, "} # stray\n" + INPUTS, "hcl-syntax", "# stray"),
    Broken("unclosed-string", LOAD, '"../static"', '"../static', "hcl-syntax", '"../static'),
    Broken("bad-escape", LOAD, '"../static"', '"..\\qstatic"', "hcl-syntax", "\\q"),
    Broken("attribute-twice", LOAD, INPUTS, "inputs = {}\n" + INPUTS, "duplicate-attribute"),
    Broken(
        "local-twice",
        STATIC,
        INPUTS,
        "locals {\n  a = 1\n  a = 2\n}\n" + INPUTS,
        "duplicate-attribute",
        "a = 2",
    ),
    Broken(
        "dependency-twice",
        LOAD,
        INPUTS,
        DEPENDENCY + '  config_path = "../static"\n}\n' + INPUTS,
        "duplicate-block",
    ),
    Broken("include-without-label", LOAD, 'include "root" {', "include {", "wrong-labels", "include {"),
    Broken("locals-with-label", LOAD, INPUTS, 'locals "x" {\n}\n' + INPUTS, "wrong-labels", "locals"),
    Broken(
        "include-without-path",
        LOAD,
        '  path   = find_in_parent_folders("terragrunt.hcl")\n',
        "",
        "missing-attribute",
        "include",
    ),
    Broken(
        "dependency-without-path",
        LOAD,
        '  config_path = "../static"\n',
        "",
        "missing-attribute",
        "dependency",
    ),
    Broken(
        "misspelt-block",
        LOAD,
        'dependency "static"',
        'dependancy "static"',
        "unsupported-block",
        "dependancy",
    ),
    Broken("misspelt-attribute", LOAD, "config_path", "configpath", "unsupported-attribute", "configpath"),
    Broken(
        "hooks",
        STATIC,
        "  source",
        '  before_hook "x" {\n    commands = []\n  }\n  source',
        "unsupported-attribute",
        "before_hook",
    ),
    Broken(
        "extra-arguments",
        STATIC,
        "  source",
        '  extra_arguments "x" {\n  }\n  source',
        "unsupported-attribute",
        "extra_arguments",
    ),
    Broken("feature-block", STATIC, INPUTS, 'feature "x" {\n}\n' + INPUTS, "unsupported-block", "feature"),
    Broken("stack-block", STATIC, INPUTS, 'unit "x" {\n}\n' + INPUTS, "unsupported-block", "unit"),
    Broken("iam-role", STATIC, INPUTS, 'iam_role = "arn"\n' + INPUTS, "unsupported-attribute", "iam_role"),
    Broken("inputs-as-a-block", STATIC, INPUTS, INPUTS.replace("= ", ""), "unsupported-block", "inputs {"),
    Broken(
        "unsupported-function",
        STATIC,
        INPUTS,
        INPUTS + '  a = run_cmd("id")\n',
        "unsupported-function",
        "run_cmd",
    ),
    Broken("timestamp", STATIC, INPUTS, INPUTS + "  a = timestamp()\n", "unsupported-function", "timestamp"),
    Broken("misspelt-function", STATIC, INPUTS, INPUTS + '  a = uper("x")\n', "unsupported-function", "uper"),
    Broken(
        "unknown-local",
        LOAD,
        INPUTS,
        INPUTS + "  account_id = local.nothing\n",
        "unknown-name",
        "local.nothing",
    ),
    Broken(
        "unknown-key-of-env", ROOT, "local.env.account_id", "local.env.acount_id", "unknown-name", "acount_id"
    ),
    Broken(
        "terraform-variable",
        LOAD,
        INPUTS,
        INPUTS + "  account_id = var.account\n",
        "unsupported-reference",
        "var.",
    ),
    Broken("unquoted-word", LOAD, INPUTS, INPUTS + "  account_id = hello\n", "unknown-name", "hello"),
    Broken(
        "wrong-type-in-function", LOAD, INPUTS, INPUTS + "  account_id = upper([])\n", "wrong-type", "upper"
    ),
    Broken(
        "too-many-arguments",
        LOAD,
        INPUTS,
        INPUTS + '  account_id = upper("a", "b")\n',
        "wrong-arguments",
        "upper",
    ),
    Broken("index-out-of-range", LOAD, INPUTS, INPUTS + "  account_id = [1][1]\n", "unknown-name", "[1][1]"),
    Broken("list-in-a-string", LOAD, INPUTS, INPUTS + '  account_id = "a${[1]}"\n', "wrong-type", "a${"),
    Broken(
        "unset-variable",
        LOAD,
        INPUTS,
        INPUTS + '  account_id = get_env("NO_SUCH_THING")\n',
        "missing-variable",
        "get_env",
    ),
    Broken(
        "missing-file", LOAD, INPUTS, INPUTS + '  account_id = file("no.txt")\n', "file-not-found", "no.txt"
    ),
    Broken(
        "not-yaml", LOAD, INPUTS, INPUTS + '  account_id = yamldecode("a: [")\n', "invalid-text", "yamldecode"
    ),
    Broken(
        "locals-in-a-circle",
        STATIC,
        INPUTS,
        "locals {\n  a = local.b\n  b = local.a\n}\n" + INPUTS,
        "local-cycle",
        "a = local.b",
    ),
    Broken(
        "dependency-in-locals",
        LOAD,
        INPUTS,
        "locals {\n  x = dependency.static.outputs.vpc_id\n}\n" + INPUTS,
        "dependency-too-early",
        "x = dependency",
    ),
    Broken(
        "local-in-include-path",
        LOAD,
        'find_in_parent_folders("terragrunt.hcl")',
        "local.up",
        "include-too-early",
        "local.up",
    ),
    Broken(
        "included-file-is-missing",
        LOAD,
        'find_in_parent_folders("terragrunt.hcl")',
        '"../no.hcl"',
        "file-not-found",
        "no.hcl",
    ),
    Broken("nothing-found-above", LOAD, '"terragrunt.hcl")', '"root.hcl")', "file-not-found", "root.hcl"),
    Broken(
        "include-two-levels-deep",
        ROOT,
        "locals {",
        'include "up" {\n  path = "other.hcl"\n}\nlocals {',
        "include-too-deep",
        "include",
    ),
    Broken("unknown-strategy", LOAD, "expose = true", 'merge_strategy = "deeper"', "invalid-value", "deeper"),
    Broken(
        "include-not-exposed", LOAD, "  expose = true\n", "  expose = false\n", "not-exposed", "include.root"
    ),
    Broken("missing-unit", LOAD, '"../static"', '"../sttic"', "missing-unit", "sttic"),
    Broken(
        "unknown-dependency",
        LOAD,
        "= dependency.static.outputs.bucket",
        "= dependency.sttic.outputs.bucket",
        "unknown-dependency",
        "dependency.sttic",
    ),
    Broken(
        "cycle",
        STATIC,
        INPUTS,
        'dependency "load" {\n  config_path = "../load"\n}\n' + INPUTS,
        "cycle",
        'dependency "static"',
        LOAD,
    ),
    Broken("waits-for-itself", LOAD, '"../static"', '"../load"', "cycle", "dependency"),
    Broken("no-source", STATIC, '  source = "../../../modules//static"\n', "", "missing-source"),
    Broken("missing-module", STATIC, "modules//static", "modules//sttic", "missing-module", "source"),
    Broken(
        "remote-module",
        STATIC,
        "../../../modules//static",
        "git::ssh://host/x.git",
        "remote-source",
        "source",
    ),
    Broken("undeclared-input", LOAD, INPUTS, INPUTS + "  buckets = 1\n", "undeclared-input", "buckets"),
    Broken(
        "undeclared-common-input", ROOT, "  account_id =", "  acount_id =", "undeclared-input", "acount_id"
    ),
    Broken("missing-input", VARIABLES, None, 'variable "needed" {}\n', "missing-input", INPUTS.strip(), LOAD),
    Broken(
        "missing-output",
        "modules/static/outputs.tf",
        'output "bucket"',
        'output "buckett"',
        "missing-output",
        "= dependency.static.outputs.bucket",
        LOAD,
    ),
    Broken("mock-does-not-cover", LOAD, '    bucket = "mock-bucket"\n', "", "missing-mock", "dependency"),
    Broken("module-with-an-error", VARIABLES, None, 'variable "x" {\n', "hcl-syntax", "variable", VARIABLES),
    Broken(
        "mocks-are-no-map",
        LOAD,
        "mock_outputs = {",
        "mock_outputs = [{}]\n  skip_outputs = {",
        "wrong-type",
        "mock_outputs = [{}]",
    ),
    Broken(
        "enabled-is-no-bool",
        LOAD,
        "  config_path",
        '  enabled = "maybe"\n  config_path',
        "wrong-type",
        "enabled =",
    ),
    Broken(
        "unknown-mock-strategy",
        LOAD,
        "  config_path",
        '  mock_outputs_merge_strategy_with_state = "deep"\n  config_path',
        "invalid-value",
        "mock_outputs_merge",
    ),
    Broken(
        "unknown-if-exists",
        STATIC,
        INPUTS,
        'generate "x" {\n  path = "x"\n  if_exists = "replace"\n  contents = ""\n}\n' + INPUTS,
        "invalid-value",
        "if_exists",
    ),
    Broken(
        "state-without-config",
        STATIC,
        INPUTS,
        'remote_state {\n  backend = "s3"\n}\n' + INPUTS,
        "missing-attribute",
        "remote_state",
    ),
    Broken(
        "generate-without-path",
        STATIC,
        INPUTS,
        'remote_state {\n  backend = "s3"\n  config = {}\n  generate = {}\n}\n' + INPUTS,
        "wrong-type",
        "generate =",
    ),
    Broken(
        "paths-are-no-list",
        LOAD,
        INPUTS,
        'dependencies {\n  paths = "../static"\n}\n' + INPUTS,
        "wrong-type",
        "paths",
    ),
    Broken(
        "prevent-destroy-is-text",
        LOAD,
        INPUTS,
        'prevent_destroy = "no"\n' + INPUTS,
        "wrong-type",
        "prevent_destroy",
    ),
    Broken("heredoc-never-closed", STATIC, INPUTS, INPUTS + "  a = <<-EOT\n", "hcl-syntax", "<<-EOT"),
    Broken(
        "template-in-heredoc",
        STATIC,
        INPUTS,
        INPUTS + "  a = <<-EOT\n  ${x y}\n  EOT\n",
        "hcl-syntax",
        "${x y}",
    ),
    Broken(
        "directive-never-closed", STATIC, INPUTS, INPUTS + '  a = "%{ if true }x"\n', "hcl-syntax", "%{ if"
    ),
    Broken("not-utf-8", STATIC, None, "a = \udcff", "not-utf-8"),
]

CASES = (*YAML, *HCL)
