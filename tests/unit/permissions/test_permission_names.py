"""Recorded ARNs become templates, and templates ARNs of another environment."""

from __future__ import annotations

import dataclasses

import pytest

from dpctl.config import load_environment
from dpctl.permissions import Names

DEV = [
    ("*", "*"),
    ("arn:aws:s3:::manifest-bucket-054158074701", "s3:::${storage.source_bucket}"),
    ("arn:aws:s3:::manifest-bucket-054158074701/orders/a b.parquet", "s3:::${storage.source_bucket}/*"),
    (
        "arn:aws:s3:::aws-glue-assets-054158074701-ap-south-1/capture/pending/k",
        "s3:::${storage.glue_assets_bucket}/capture/*",
    ),
    (
        "arn:aws:s3:::data-pipeline-tfstate-054158074701-ap-south-1/live/dev/static/terraform.tfstate.tflock",
        "s3:::${state_bucket}/live/${env}/*/terraform.tfstate.tflock",
    ),
    (
        "arn:aws:secretsmanager:ap-south-1:054158074701:secret:test/redshift-a1B2c3",
        "secretsmanager:${region}:${account}:secret:${secrets.redshift}-??????",
    ),
    (
        "arn:aws:dynamodb:ap-south-1:054158074701:table/Orders",
        "dynamodb:${region}:${account}:table/${databases.dynamodb.table}",
    ),
    ("arn:aws:dynamodb:ap-south-1:054158074701:table/Orders2", "dynamodb:${region}:${account}:table/Orders2"),
    ("arn:aws:ec2:ap-south-1:054158074701:vpc/vpc-0c12017fa98cbab0d", "ec2:${region}:${account}:vpc/*"),
    (
        "arn:aws:redshift-serverless:ap-south-1:054158074701:workgroup/11111111-2222-3333-4444-555555555555",
        "redshift-serverless:${region}:${account}:workgroup/*",
    ),
    ("arn:aws:iam::054158074701:role/GlueFullAccessRole", "iam::${account}:role/${iam.glue}"),
    ("arn:aws:glue:ap-south-1:054158074701:job/gluejob", "glue:${region}:${account}:job/${glue.jobs}"),
]


@pytest.mark.parametrize(("arn", "template"), DEV)
def test_an_arn_of_dev_as_a_template(repo, arn, template):
    names = Names.of(load_environment(repo, "dev"))
    found = names.generalise(arn)
    assert found == (template if template == "*" else "arn:${partition}:" + template)


@pytest.mark.parametrize(("arn", "template"), DEV)
def test_a_template_means_in_its_own_environment_what_was_recorded(repo, arn, template):
    from fnmatch import fnmatchcase

    names = Names.of(load_environment(repo, "dev"))
    assert any(fnmatchcase(arn, one) for one in names.expand(names.generalise(arn)))


def test_a_template_means_another_environments_own(repo):
    dev, prod = (Names.of(load_environment(repo, env)) for env in ("dev", "prod"))
    template = dev.generalise("arn:aws:dynamodb:ap-south-1:054158074701:table/Orders")
    assert prod.expand(template) == [
        "arn:aws:dynamodb:ap-south-1:111122223333:table/data-pipeline-prod-Orders"
    ]


def test_a_list_of_names_is_each_of_them_and_what_is_not_there_is_none(repo):
    dev = load_environment(repo, "dev")
    jobs = Names.of(dev).expand("arn:aws:glue:::job/${glue.jobs}")
    assert jobs == [f"arn:aws:glue:::job/{name}" for name in dev.config.glue.jobs]
    databases = dev.config.databases.model_copy(update={"mysql": None})
    without = dataclasses.replace(dev, config=dev.config.model_copy(update={"databases": databases}))
    assert Names.of(without).expand("arn:aws:rds:::db:${databases.mysql.identifier}") == []
