"""Over 200 mistakes that people make in env.yaml: one root cause each, on its line, and a ``Try`` that works.

A row is what stood there, what a person wrote, and what the hint must name; with the hint's words in place
of the
mistake the file is valid again, which is tested as well (``good`` where that is not what stood there before).
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from dpctl import validation
from tests.broken_inputs import CASES, ENV, INPUTS, LOAD
from tests.livetree_builder import tree


class Mistake(NamedTuple):
    """One edit of env.yaml. ``at`` is a text on the line of the problem, if that is not the edit's first."""

    old: str
    new: str
    tried: str
    good: str = ""
    at: str = ""


KEYS = [
    Mistake("account_id:", "acount_id:", "account_id"),
    Mistake("account_id:", "accountId:", "account_id"),
    Mistake("region:", "Region:", "region"),
    Mistake("region:", "regoin:", "region"),
    Mistake("project:", "projekt:", "project"),
    Mistake("naming:", "nameing:", "naming"),
    Mistake("network:\n", "netwrok:\n", "network"),
    Mistake("  private_subnets:", "  private_subnet:", "private_subnets"),
    Mistake("  private_subnets:", "  private-subnets:", "private_subnets"),
    Mistake("  security_groups:", "  securitygroups:", "security_groups"),
    Mistake("storage:\n", "storge:\n", "storage"),
    Mistake("  source_bucket:", "  source_bukcet:", "source_bucket"),
    Mistake("  trail_bucket:", "  trial_bucket:", "trail_bucket"),
    Mistake("  export_bucket:", "  exports_bucket:", "export_bucket"),
    Mistake("  trail: data", "  trial: data", "trail"),
    Mistake("  kms_key_arn:", "  kms_arn:", "kms_key_arn"),
    Mistake("databases:\n", "database:\n", "databases"),
    Mistake("  dynamodb: {", "  dynamo_db: {", "dynamodb"),
    Mistake("hash_key:", "hashkey:", "hash_key"),
    Mistake("    namespace:", "    name_space:", "namespace"),
    Mistake("    base_capacity:", "    base_capcity:", "base_capacity"),
    Mistake("    admin_user:", "    adminuser:", "admin_user"),
    Mistake("  workflow:", "  work_flow:", "workflow"),
    Mistake("  connection:\n", "  conection:\n", "connection"),
    Mistake("  jobs:\n", "  job:\n", "jobs"),
    Mistake("    GlueTestjob: {type:", "    GlueTestjob: {typ:", "type"),
    Mistake("capture:\n", "captures:\n", "capture"),
    Mistake("  events: [", "  event: [", "events"),
    Mistake("window_seconds:", "window_second:", "window_seconds"),
    Mistake("tables:\n", "table:\n", "tables"),
    Mistake("    version: _version", "    versoin: _version", "version"),
    Mistake("unload: {prefix:", "unload: {prefx:", "prefix"),
    Mistake("timezone:", "time_zone:", "timezone"),
    Mistake("cron:", "crone:", "cron"),
    Mistake("method: lambda", "methd: lambda", "method"),
    Mistake(
        "naming: existing",
        "naming: existing\ntrail: data-events",
        "audit.trail",
        "naming: existing",
        "trail: data",
    ),
]
TYPES = [
    Mistake('"054158074701"', "54158074701", "in quotes"),
    Mistake('"054158074701"', '"54158074701"', "054158074701"),
    Mistake('"054158074701"', '"0541-5807-4701"', "054158074701"),
    Mistake('"054158074701"', '"054158074701 "', "054158074701"),
    Mistake("region: ap-south-1", "region: ap-sooth-1", "ap-south-1"),
    Mistake("region: ap-south-1", "region: ap-south1", "ap-south-1"),
    Mistake("region: ap-south-1", "region: mumbai", "ap-south-1"),
    Mistake("region: ap-south-1", "region: AP-SOUTH-1", "ap-south-1"),
    Mistake("project: data-pipeline", "project: Data Pipeline", "data-pipeline"),
    Mistake("project: data-pipeline", "project: 7", "in quotes"),
    Mistake("naming: existing", "naming: exsting", "existing"),
    Mistake("naming: existing", "naming: prefix", "prefixed", "naming: existing"),
    Mistake("vpc-0c12017fa98cbab0d", "VPC-0c12017fa98cbab0d", "vpc-0c12017fa98cbab0d"),
    Mistake("vpc-0c12017fa98cbab0d", "0c12017fa98cbab0d", "vpc-0c12017fa98cbab0d"),
    Mistake("cidr: 10.11.0.0/16", "cidr: 10.11.0.1/16", "10.11.0.0/16"),
    Mistake("cidr: 10.11.128.0/20", "cidr: 10.11.128.5/20", "10.11.128.0/20"),
    Mistake("cidr: 10.11.128.0/20", "cidr: 10.11.128.0", "10.11.128.0/20", "cidr: 10.11.128.0/20"),
    Mistake("az: ap-south-1b", "az: ap-south-1", "ap-south-1a", "az: ap-south-1b"),
    Mistake("az: ap-south-1b", "az: ap-sooth-1b", "ap-south-1b"),
    Mistake("az: ap-south-1b", "az: eu-west-1b", "ap-south-1a", "az: ap-south-1b"),
    Mistake("egress: endpoints", "egress: endpoint", "endpoints"),
    Mistake("egress: endpoints", "egress: nats", "nat", "egress: endpoints"),
    Mistake("source_bucket: manifest", "source_bucket: Manifest", "manifest-bucket"),
    Mistake("source_bucket: manifest-bucket", "source_bucket: manifest_bucket", "manifest-bucket"),
    Mistake("trail: data-events", "trail: data events", "data-events"),
    Mistake("kms_key_arn: arn:aws", "kms_key_arn: aws", "arn:aws"),
    Mistake("ap-south-1:054158074701:key", "ap-south-1:111122223333:key", "ap-south-1:054158074701:key"),
    Mistake("kms:ap-south-1:", "kms:us-east-1:", "kms:ap-south-1:"),
    Mistake("redshift: test/redshift", "redshift: test redshift", "test-redshift", "redshift: test/redshift"),
    Mistake("stream_view_type: NEW_IMAGE", "stream_view_type: NEW_IMAGES", "NEW_IMAGE"),
    Mistake("identifier: database-1", "identifier: database--1", "database-1"),
    Mistake("port: 3306", 'port: "3306"', "without quotes"),
    Mistake("port: 3306", "port: 330600", "65535", "port: 3306"),
    Mistake("base_capacity: 128", "base_capacity: 100", "104", "base_capacity: 104"),
    Mistake("base_capacity: 128", "base_capacity: 520", "544", "base_capacity: 544"),
    Mistake("base_capacity: 128", "base_capacity: 2048", "1024", "base_capacity: 1024"),
    Mistake("base_capacity: 128", "base_capacity: 128 RPU", "without quotes", "base_capacity: 128"),
    Mistake(
        "base_capacity: 128",
        "base_capacity: 128\n    max_capacity: 64",
        "128",
        "base_capacity: 128\n    max_capacity: 128",
        "max_capacity",
    ),
    Mistake(
        "base_capacity: 128",
        "base_capacity: 128\n    port: 3306",
        "5439",
        "base_capacity: 128\n    port: 5439",
        "port: 3306 #",
    ),
    Mistake("    database: dev", "    database: Dev", "dev"),
    Mistake(
        'type: pythonshell, glue_version: "3.0"', "type: pythonshell, glue_version: 3.0", '"3.0", in quotes'
    ),
    Mistake("type: pythonshell", "type: python-shell", "pythonshell"),
    Mistake("max_capacity: 0.0625", "max_capacity: 0.5", "0.0625"),
    Mistake("max_capacity: 0.0625", "worker_type: G.1X", "max_capacity: 0.0625"),
    Mistake(
        'glue_version: "5.0", worker_type: G.1X',
        'glue_version: "5.0", worker_type: G1X',
        "G.1X",
    ),
    Mistake("enabled: false", "enabled: falsch", "true or false", "enabled: false"),
    Mistake("source: mysql", "source: MySQL", "mysql"),
    Mistake(
        "events: [PutItem, UpdateItem, DeleteItem, BatchWriteItem, TransactWriteItems]",
        "events: PutItem",
        "[PutItem]",
    ),
    Mistake("events: [PutItem,", "events: [putitem,", "PutItem"),
    Mistake("size: 20000", "size: 0", "1", "size: 1000"),
    Mistake("window_seconds: 300", "window_seconds: 3600", "900", "window_seconds: 900"),
    Mistake("mode: auto_copy", "mode: autocopy", "auto_copy"),
]
TABLES = [
    Mistake("key: [partkey]", "key: [PartKey]", "partkey"),
    Mistake("key: [partkey]", "key: [part_key]", "partkey"),
    Mistake("key: [partkey]", "key: partkey", "[partkey]"),
    Mistake("version: _version", "version: version", "_version"),
    Mistake("sort_key: [order_date]", "sort_key: [orderdate]", "order_date"),
    Mistake("sort_key: [order_date]", "sort_key: [order_date, order_date]", "[order_date]"),
    Mistake("{name: status, type: varchar(32)}", "{name: Status, type: varchar(32)}", "status"),
    Mistake(
        "{name: status, type: varchar(32)}",
        "{name: status, type: string}",
        "varchar(65535)",
        "{name: status, type: varchar(65535)}",
    ),
    Mistake("{name: status, type: varchar(32)}", "{name: status, type: varchr(32)}", "varchar(32)"),
    Mistake(
        "{name: status, type: varchar(32)}",
        "{name: status, type: varchar(70000)}",
        "varchar(65535)",
        "{name: status, type: varchar(65535)}",
    ),
    Mistake(
        "{name: status, type: varchar(32)}",
        "{name: status, type: char(5000)}",
        "char(4096)",
        "{name: status, type: char(4096)}",
    ),
    Mistake(
        "{name: status, type: varchar(32)}",
        "{name: status, type: integer(5)}",
        "integer",
        "{name: status, type: integer}",
    ),
    Mistake(
        "{name: status, type: varchar(32)}",
        "{name: status, type: varchar(32), encode: zsdt}",
        "zstd",
        "{name: status, type: varchar(32), encode: zstd}",
    ),
    Mistake('"decimal(12,2)"', '"decimal(40,2)"', "decimal(38,2)", '"decimal(38,2)"'),
    Mistake('"decimal(12,2)"', '"decimal(2,12)"', "decimal(2,2)", '"decimal(2,2)"'),
    Mistake('"decimal(12,2)"', "decimal(12,2)", "in quotes", '"decimal(12,2)"'),
    Mistake("{name: ordered_at, type: timestamp}", "{name: ordered_at, type: datetime}", "timestamp"),
    Mistake(
        "{name: _version, type: bigint}",
        "{name: _version, type: varchar(9)}",
        "bigint",
        "",
        "version: _version",
    ),
    Mistake(
        "{name: note, type: varchar(4096)}",
        "{name: status, type: varchar(4096)}",
        "another name",
    ),
    Mistake("load: {source: dynamodb}", "load: {source: dynamo}", "dynamodb"),
    Mistake(
        "load: {source: dynamodb}",
        "load: {source: s3}",
        "prefix: orders/",
        "load: {source: s3, prefix: dumped/}",
    ),
    Mistake(
        "load: {source: s3, prefix: orders/, format: parquet}",
        "load: {source: dynamodb}",
        "source: s3",
        "",
        "",
    ),
    Mistake("load: {source: s3, prefix: orders/", "load: {source: s3, prefix: /orders", "orders/"),
    Mistake(
        "load: {source: s3, prefix: orders/",
        "load: {source: s3, prefix: my orders",
        "my-orders/",
        "load: {source: s3, prefix: my-orders/",
    ),
    Mistake("prefix: orders/, format: parquet}", "prefix: orders/, format: Parquet}", "parquet"),
    Mistake(
        "prefix: orders/, format: parquet}",
        'prefix: orders/, format: parquet, delimiter: ","}',
        "no delimiter",
    ),
    Mistake("max_file_size_mb: 256", "max_file_size_mb: 1", "5", "max_file_size_mb: 5"),
    Mistake("max_file_size_mb: 256", "max_file_size_mb: 10000", "6348", "max_file_size_mb: 6348"),
    Mistake("format: parquet, max_file", "format: parquet, compression: gzip, max_file", "remove it"),
    Mistake("tables: [orders]", "tables: [order]", "orders"),
    Mistake("tables: [orders]", "tables: [order_files]", "unload", ""),
    Mistake("tables: [orders]", "tables: [orders, orders]", "without orders"),
    Mistake("timezone: Asia/Kolkata", "timezone: Asia/Calcuta", "Asia/Kolkata"),
    Mistake("timezone: Asia/Kolkata", "timezone: IST", "Asia/Kolkata", ""),
    Mistake("method: lambda", "method: lamda", "lambda"),
    Mistake('cron: "cron(0 1 * * ? *)"', 'cron: "0 1 * * *"', "cron(0 1 * * ? *)"),
    Mistake('cron: "cron(0 1 * * ? *)"', 'cron: "cron(0 1 * * *)"', "cron(0 1 * * ? *)"),
    Mistake('cron: "cron(0 1 * * ? *)"', 'cron: "cron(0 1 * * * *)"', "cron(0 1 * * ? *)"),
    Mistake(
        'cron: "cron(0 1 * * ? *)"', 'cron: "0 1 * * 1"', "cron(0 1 ? * 2 *)", 'cron: "cron(0 1 ? * 2 *)"'
    ),
    Mistake('cron: "cron(0 1 * * ? *)"', 'cron: "cron(0 25 * * ? *)"', "0 to 23"),
    Mistake('cron: "cron(0 1 * * ? *)"', 'cron: "rate(1 hours)"', "rate(1 hour)", 'cron: "rate(1 hour)"'),
    Mistake('cron: "cron(0 1 * * ? *)"', 'cron: "daily"', "cron(0 1 * * ? *)"),
]
SAME = [
    Mistake(
        "export_bucket: data-pipeline-exports-054158074701",
        "export_bucket: manifest-bucket-054158074701",
        "a bucket of its own",
    ),
    Mistake(
        "trail_bucket: aws-cloudtrail-logs-054158074701-f4621182",
        "trail_bucket: manifest-bucket-054158074701",
        "a bucket of its own",
    ),
    Mistake("database: test/dbaccess", "database: test/redshift", "test/dbaccess"),
    Mistake("cidr: 10.11.144.0/20", "cidr: 10.11.128.0/21", "10.11.", "cidr: 10.11.0.0/21"),
    Mistake("cidr: 10.11.144.0/20", "cidr: 10.12.144.0/20", "10.11.", "cidr: 10.11.144.0/20"),
    Mistake("az: ap-south-1b", "az: ap-south-1a", "another availability zone", "", "private_subnets:"),
    Mistake(
        "subnet: subnet-0c293c5fb7629213a", "subnet: subnet-01830492b092ae6cf", "subnet-0c293c5fb7629213a"
    ),
    Mistake(
        "    security_group: sg-0537128325078f598",
        "    security_group: sg-0537128325078f500",
        "sg-0537128325078f598",
    ),
    Mistake("scheduler: RedshiftSchedulerRole", "scheduler: GlueFullAccessRole", "of its own"),
]
SYNTAX = [
    Mistake("  vpc: {", "\tvpc: {", "spaces instead of the tab", "", "\tvpc"),
    Mistake("region: ap-south-1", "region:\u00a0ap-south-1", "region: ap-south-1"),
    Mistake('"054158074701"', "\u201c054158074701\u201d", '"054158074701"'),
    Mistake(
        "region: ap-south-1",
        "<<<<<<< HEAD\nregion: ap-south-1\n=======\nregion: eu-west-1\n>>>>>>> x",
        "keep one side",
    ),
    Mistake("region: ap-south-1", "region ap-south-1", "a colon", "", ""),
    Mistake("region: ap-south-1", "region:ap-south-1", "a colon", "", ""),
    Mistake("naming: existing", "naming: existing\nregion: ap-south-1", "keep one of them", "", ""),
    Mistake("cidr: 10.11.0.0/16}", "cidr: 10.11.0.0/16", "the } or ]", "", "private_subnets:"),
    Mistake("region: ap-south-1", "region: *home", "the value itself", "", ""),
    Mistake("region: ap-south-1", "region: @home", "in quotes", "region: ap-south-1"),
    Mistake("secrets:\n", "secrets:\n  <<: {}\n", "write the keys out", "", "<<:"),
    Mistake("size: 20000", "size: 020000", "in quotes", ""),
    Mistake("database: orders,", "database: 2024-01-01 10:00:00,", "in quotes", ""),
    Mistake("database: orders,", "database: 1e3,", "in quotes", ""),
]
BUCKET = "source_bucket: manifest-bucket-054158074701"
DAILY = 'cron: "cron(0 1 * * ? *)"'
MEANT = [  # what the hint is about is what was meant
    Mistake("source_bucket: manifest", "source_bucket: s3://manifest", "manifest-bucket-054158074701"),
    Mistake(
        BUCKET,
        "source_bucket: arn:aws:s3:::manifest-bucket-054158074701/in",
        "manifest-bucket-054158074701",
    ),
    Mistake(BUCKET, "source_bucket: 192.168.1.1", "data-pipeline-exports-"),
    Mistake(BUCKET, "source_bucket: xn--manifest", "data-pipeline-exports-"),
    Mistake(BUCKET, "source_bucket: in--x-s3", "data-pipeline-exports-"),
    Mistake("source_bucket: manifest-", "source_bucket: " + "m" * 64 + "-", "m" * 63),
    Mistake(BUCKET, "source_bucket:", "manifest-bucket-054158074701"),
    Mistake("glue: GlueFull", "glue: arn:aws:iam::054158074701:role/GlueFull", "GlueFullAccessRole"),
    Mistake("glue: GlueFullAccessRole", "glue: arn:aws:iam::054158074701:role/team/Glue", "Glue"),
    Mistake("region: ap-south-1", "region: [ap-south-1]", "region: ap-south-1"),
    Mistake("region: ap-south-1", "region: {name: ap-south-1}", "ap-south-1"),
    Mistake("region: ap-south-1", "region: ap-south-2", "ap-south-1"),
    Mistake("region: ap-south-1", "region: us-east-1", "ap-south-1"),
    Mistake("project: data-pipeline", "project: on", "in quotes"),
    Mistake("project: data-pipeline", "project: -data-pipeline", "data-pipeline"),
    Mistake("naming: existing", "naming: {{ naming }}", "the value itself"),
    Mistake("naming: existing", "naming: ${NAMING}", "existing"),
    Mistake("naming: existing", "naming = existing", "a colon"),
    Mistake("cidr: 10.11.0.0/16", "cidr: 8.8.0.0/16", "10.11.0.0/16"),
    Mistake("cidr: 10.11.0.0/16", "cidr: 10.12.0.0/16", "10.11.0.0/16"),
    Mistake("subnet-07a5f68e689cfa8d0, az", "subnet-0c293c5fb7629213a, az", "one entry less"),
    Mistake(
        "subnet-0c293c5fb7629213a, az",
        "subnet-07a5f68e689cfa8d0, az",
        "one entry less",
        "",
        "ap-south-1b",
    ),
    Mistake("name: orders-daily", "name: orders daily", "orders-daily"),
    Mistake("name: orders-daily", "name: " + "o" * 70, "o" * 64, "name: " + "o" * 64),
    Mistake("identifier: database-1", "identifier: Database 1", "database-1"),
    Mistake("identifier: database-1", "identifier: 1-database-1", "database-1"),
    Mistake("namespace: test-redshift", "namespace: Test Redshift", "test-redshift"),
    Mistake("table: Orders,", "table: my orders,", "my-orders", "table: my-orders,"),
    Mistake("rule: dynamodb-insert", "rule: dynamodb/insert", "dynamodb-insert"),
    Mistake(
        "state_machine: LogEvent",
        "state_machine: arn:aws:states:ap-south-1:054158074701:stateMachine:LogEvent",
        "LogEvent",
    ),
    Mistake(
        'cron: "cron(0 1 * * ? *)"',
        'cron: "cron(0 1 31 2 ? *)"',
        "cron(0 1 L 2 ? *)",
        'cron: "cron(0 1 L 2 ? *)"',
    ),
    Mistake(DAILY, 'cron: "cron(0 1 31 APR,JUN ? *)"', "cron(0 1 L APR,JUN ? *)"),
    Mistake(
        'cron: "cron(0 1 * * ? *)"',
        'cron: "*/5 * * * *"',
        "cron(*/5 * * * ? *)",
        'cron: "cron(*/5 * * * ? *)"',
    ),
    Mistake(DAILY, 'cron: "rate(1 minutes)"', "rate(1 minute)", 'cron: "rate(1 minute)"'),
    Mistake(DAILY, 'cron: "@daily"', "cron(0 1 * * ? *)"),
]
ACCOUNT = '"054158074701"'
SUBNETS = """  private_subnets:
    - {id: subnet-0c293c5fb7629213a, az: ap-south-1a, cidr: 10.11.128.0/20}
    - {id: subnet-07a5f68e689cfa8d0, az: ap-south-1b, cidr: 10.11.144.0/20}"""
OTHERS = "others: [sg-076cbf784b0d4caad, sg-0798f776cd5d12bd3]"
COLUMN = "- {name: customer, type: varchar(256)}"
ODD = [  # what nobody has in mind who writes a parser: look-alikes, units, shorthands, halves
    Mistake("account_id:", "account_\u0456d:", "account_id"),
    Mistake("region: ap-south-1", "region: ap-south-\uff11", "ap-south-1"),
    Mistake("region: ap-south-1", "region: ap\u2013south\u20131", "ap-south-1"),
    Mistake(ACCOUNT, '"\uff10' + '54158074701"', ACCOUNT),
    Mistake(ACCOUNT, "'054158074701", "quotation mark"),
    Mistake(ACCOUNT, '"054158074701', "quotation mark"),
    Mistake("project: data-pipeline", "project: 'data-pipeline\"", "quotation mark"),
    Mistake(ACCOUNT, '"054158074701" "x"', 'one value: "054158074701"'),
    Mistake(ACCOUNT, "0o54158074701", ACCOUNT),
    Mistake(ACCOUNT, "5.4158074701e10", ACCOUNT),
    Mistake(ACCOUNT, '[ "054158074701" ]', ACCOUNT),
    Mistake(ACCOUNT, "~", ACCOUNT),
    Mistake("project: data-pipeline", "- project: data-pipeline", "project: data-pipeline, without"),
    Mistake("project: data-pipeline", " project: data-pipeline", "indentation of the line above"),
    Mistake("project: data-pipeline", "project: data-pipeline\n---", "one document", "", "---"),
    Mistake("project: data-pipeline", "project: !Ref Project", "without !Ref"),
    Mistake("project: data-pipeline", '"project": "data-pipeline",', "no comma"),
    Mistake("    - {id: subnet-0c", "    -{id: subnet-0c", "a hyphen and a space"),
    Mistake("    - {id: subnet-0c", "    \u2013 {id: subnet-0c", "a hyphen and a space"),
    Mistake("    admin_user: admin", "     admin_user: admin", "indentation of the line above"),
    Mistake("storage:\n", "storage: {}\n", "nothing behind its storage:", "", ""),
    Mistake("secrets:\n", "secrets: test/redshift\n", "nothing behind its secrets:", "", ""),
    Mistake(
        "{id: vpc-0c12017fa98cbab0d, name", "{id:vpc-0c12017fa98cbab0d, name", "id: vpc-0c12017fa98cbab0d"
    ),
    Mistake(
        "vpc: {id: vpc-0c12017fa98cbab0d, name: dbhost-vpc, cidr: 10.11.0.0/16}",
        "vpc: [{id: vpc-0c12017fa98cbab0d, name: dbhost-vpc, cidr: 10.11.0.0/16}]",
        "without the brackets",
    ),
    Mistake(
        SUBNETS, "  private_subnets: subnet-0c293c5fb7629213a", "[{az: ap-south-1a, cidr: 10.11.128.0/20}"
    ),
    Mistake(OTHERS, OTHERS.replace("[", "").replace("]", ""), OTHERS.partition(" ")[2]),
    Mistake(OTHERS, "others: sg-076cbf784b0d4caad sg-0798f776cd5d12bd3", OTHERS.partition(" ")[2]),
    Mistake("stream_view_type: NEW_IMAGE", "stream_view_type: new-image", "NEW_IMAGE"),
    Mistake("port: 3306", "port: 3306.0", "port: 3306"),
    Mistake("port: 3306", "port: 3_306", "3306"),
    Mistake(
        "identifier: database-1,", "identifier: database-1.abc.ap-south-1.rds.amazonaws.com,", "database-1"
    ),
    Mistake("base_capacity: 128", "base_capacity: 128RPU", "base_capacity: 128"),
    Mistake("max_capacity: 0.0625", "max_capacity: 1/16", "max_capacity: 0.0625"),
    Mistake("max_capacity: 0.0625", "max_capacity: 0,0625", "max_capacity: 0.0625"),
    Mistake("timeout_minutes: 120", "timeout_minutes: 2h", "timeout_minutes: 120"),
    Mistake("size: 20000", "size: 20k", "size: 20000"),
    Mistake("size: 20000", "size: 20,000", "size: 20000"),
    Mistake("window_seconds: 300", "window_seconds: 5m", "window_seconds: 300"),
    Mistake("window_seconds: 300", "window_minutes: 5", "window_seconds"),
    Mistake("max_file_size_mb: 256", "max_file_size_mb: 256MB", "max_file_size_mb: 256"),
    Mistake("max_file_size_mb: 256", "max_file_size: 256", "max_file_size_mb"),
    Mistake("    key: [partkey]", "    key: []", "key: [partkey]"),
    Mistake("    key: [partkey]", "    primary_key: [partkey]", "key"),
    Mistake("    distribution_key: partkey", "    distkey: partkey", "distribution_key"),
    Mistake(COLUMN, "- {name: customer, type: varchar 256}", "varchar(256)"),
    Mistake(COLUMN, "- {name: customer, type: varchar[256]}", "varchar(256)"),
    Mistake(
        COLUMN,
        "- {name: customer, type: varchar(max)}",
        "varchar(65535)",
        "- {name: customer, type: varchar(65535)}",
    ),
    Mistake(COLUMN, "- {name: customer, type: varchar(256) not null}", "varchar(256)"),
    Mistake("{name: _version, type: bigint}", "{name: _version, type: int64}", "bigint"),
    Mistake(COLUMN, "- customer: varchar(256)", COLUMN[2:]),
    Mistake(COLUMN, "- customer varchar(256)", COLUMN[2:]),
    Mistake(COLUMN, "- [customer, varchar(256)]", COLUMN[2:]),
    Mistake(COLUMN, "- {column: customer, type: varchar(256)}", "name"),
    Mistake("load: {source: dynamodb}", "load: dynamodb", "{source: dynamodb}"),
    Mistake("load: {source: dynamodb}", "load: [dynamodb]", "{source: dynamodb}"),
    Mistake("load: {source: dynamodb}", "load: {from: dynamodb}", "source"),
    Mistake("tables: [orders], cron", "tables: [], cron", "tables: [orders]"),
    Mistake(DAILY, DAILY.replace("cron:", "schedule:"), "cron"),
    Mistake("timezone: Asia/Kolkata", "timezone: +05:30", "Asia/Kolkata"),
    Mistake("timezone: Asia/Kolkata", "timezone:", "a value after the colon"),
]
SOURCE = 'source = "../../../modules//load"'
BUCKET_TAKEN = "dependency.static.outputs.bucket"
INCOMPLETE = 'generate "x" {\n  path = "x.tf"\n}\n' + INPUTS
HCL = [  # the same for a unit's terragrunt.hcl
    Mistake('include "root"', "include 'root'", "straight double quotes"),
    Mistake("expose = true", "expose = yes", "in quotes"),
    Mistake(SOURCE, SOURCE.replace("load", "laod"), "load"),
    Mistake(SOURCE, SOURCE.replace("../../../", "../../"), "../../../modules//load"),
    Mistake("terraform {", "terraform = {", "terraform { ... }"),
    Mistake('dependency "static" {', 'dependencies "static" {', 'dependency "static" {'),
    Mistake('dependency "static" {', 'dependency "static" "x" {', 'dependency "name" {'),
    Mistake('dependency "static" {', 'depends_on "static" {', "dependency"),
    Mistake('config_path = "../static"', 'config_path = "../../static"', "../static"),
    Mistake('config_path = "../static"', 'config_path = "/live/dev/static"', "../static"),
    Mistake("mock_outputs = {", "mock_outputs {", "mock_outputs = { ... }"),
    Mistake("mock_outputs = {", "mock_output = {", "mock_outputs"),
    Mistake(INPUTS, "input = {\n", "inputs"),
    Mistake(BUCKET_TAKEN, "dependency.static.output.bucket", "dependency.static.outputs"),
    Mistake(BUCKET_TAKEN, "dependency.static.outputs.buckets", BUCKET_TAKEN),
    Mistake(BUCKET_TAKEN, "module.static.bucket", "dependency.x.outputs.y"),
    Mistake("static_bucket = dep", "static-bucket = dep", "static_bucket"),
    Mistake("static_bucket = dep", "static_buket = dep", "static_bucket"),
    Mistake("locals.env.region", "locals.env.regoin", "include.root.locals.env.region"),
    Mistake(INPUTS, INCOMPLETE, "if_exists = ..., contents = ..."),
    Mistake(INPUTS, "generate {\n}\n" + INPUTS, 'generate "name" {'),
    Mistake(INPUTS, "<<<<<<< HEAD\n" + INPUTS, "keep one side"),
]
MISTAKES = [*KEYS, *TYPES, *TABLES, *SAME, *SYNTAX, *MEANT, *ODD]


@pytest.fixture
def made(tmp_path, repo):
    """Two layers, and the env.yaml of this repository."""
    outputs = ["vpc_id", "bucket"]
    built = tree(
        tmp_path / "repo",
        static={"gives": outputs},
        load={"needs": ["static"], "takes": {"static": outputs}},
    )
    built.write(ENV, (repo / ENV).read_text(encoding="utf-8"))
    built.edit(
        LOAD,
        INPUTS,
        INPUTS
        + "  account_id = include.root.locals.env.account_id\n  region = include.root.locals.env.region\n",
    )
    built.write("modules/load/more.tf", 'variable "region" {\n  type = string\n}\n')
    return built


def errors(made):
    """The errors of a validation."""
    found = validation.check(made.root, ["dev"], {})
    return [problem for problem in found if problem.severity == "error"]


def test_the_table_has_at_least_200_rows():
    assert len({(row.old, row.new) for row in MISTAKES}) >= 200


@pytest.mark.parametrize(
    "row", MISTAKES, ids=[f"{n:03} {row.new.strip()[:40]}" for n, row in enumerate(MISTAKES)]
)
def test_one_root_cause_on_its_line_with_a_hint_that_works(made, row):
    text = (made.root / ENV).read_text(encoding="utf-8")
    assert row.old in text, row.old
    start = text.index(row.old)
    broken = text.replace(row.old, row.new, 1)
    made.write(ENV, broken)
    found = errors(made)
    assert len(found) == 1, [(problem.file, problem.line, problem.message) for problem in found]
    (problem,) = found
    assert problem.file == ENV
    assert row.tried in problem.hint, problem
    assert problem.hint
    made.write(ENV, text.replace(row.old, row.good or row.old, 1))
    assert errors(made) == []
    if row.at:
        assert row.at.removesuffix(" #") in broken.split("\n")[problem.line - 1]
    else:
        first = broken.count("\n", 0, start) + 1
        assert first <= problem.line <= first + row.new.count("\n"), problem


@pytest.mark.parametrize("row", HCL, ids=[f"{n:02} {row.new.strip()[:40]}" for n, row in enumerate(HCL)])
def test_one_root_cause_in_a_unit_too(made, row):
    text = (made.root / LOAD).read_text(encoding="utf-8")
    first = text[: text.index(row.old)].count("\n") + 1
    made.write(LOAD, text.replace(row.old, row.new, 1))
    (problem,) = errors(made)
    assert (problem.file, row.tried in problem.hint) == (LOAD, True), problem
    assert first <= problem.line <= first + row.new.rstrip().count("\n")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_refusal_says_what_to_try(made, case):
    path = made.root / case.edited
    if case.new is None:
        path.unlink()
    elif case.old is None:
        path.write_bytes(case.new.encode("utf-8", "surrogateescape"))
    else:
        made.edit(case.edited, case.old, case.new)
    assert [problem for problem in errors(made) if not problem.hint] == []


def test_one_typo_in_env_yaml_is_said_once_however_many_layers_use_it(made):
    for layer in ("a", "b", "c"):
        made.write(f"live/dev/{layer}/terragrunt.hcl", (made.root / LOAD).read_text(encoding="utf-8"))
    made.edit(ENV, "account_id:", "acount_id:")
    before, _, _ = (made.root / ENV).read_text(encoding="utf-8").partition("acount_id:")
    line = before.count("\n") + 1
    assert [(problem.code, problem.line) for problem in errors(made)] == [("unknown-key", line)]
    made.edit(LOAD, INPUTS, INPUTS + "  wrong = local.nothing\n")
    assert [problem.file for problem in errors(made)] == [ENV, LOAD]


def test_one_typo_in_a_unit_is_said_once(made):
    made.edit(LOAD, INPUTS, INPUTS + "".join(f"  a{n} = local.enw.region\n" for n in range(6)))
    found = [problem for problem in errors(made) if problem.code == "unknown-name"]
    assert len(found) == 1
    made.edit(LOAD, 'dependency "static"', 'dependency "statik"')
    found = [problem for problem in errors(made) if problem.code == "unknown-dependency"]
    assert len(found) == 1


def test_nothing_to_check_is_not_ok(tmp_path):
    (problem,) = validation.check(tmp_path, [], {})
    assert (problem.code, problem.severity) == ("nothing-to-check", "error")


def test_what_looks_like_a_layer_and_is_none_is_said(made):
    (made.root / "live/dev/linked").symlink_to(made.root / "live/dev/static")
    made.write("live/dev/json/terragrunt.hcl.json", "{}")
    made.write("live/dev/terragrunt.stack.hcl", "")
    found = [(problem.code, problem.file) for problem in errors(made)]
    assert found == [
        ("unread-file", "live/dev/json/terragrunt.hcl.json"),
        ("linked-layer", "live/dev/linked"),
        ("unread-file", "live/dev/terragrunt.stack.hcl"),
    ]
    assert all(problem.hint for problem in errors(made))
