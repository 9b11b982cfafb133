"""Basic event selectors of a trail, and what is lost when advanced ones take their place."""

from __future__ import annotations

import pytest

from dpctl.deploy import losses
from dpctl.deploy.selectors import Basic, as_advanced

MANAGEMENT = {"field": "eventCategory", "equals": ["Management"]}
DATA = {"field": "eventCategory", "equals": ["Data"]}
OURS = {
    "name": "Writes to the Orders table",
    "field_selector": [{"field": "eventCategory", "equals": ["Data"], "starts_with": None, "ends_with": []}],
}


def of(kind):
    return {"field": "resources.type", "equals": [kind]}


# as GetEventSelectors says it, and the fields of the same in advanced selectors
CASES = [
    ({}, [[MANAGEMENT]]),
    ({"ReadWriteType": "WriteOnly"}, [[MANAGEMENT, {"field": "readOnly", "equals": ["false"]}]]),
    (
        {"ReadWriteType": "ReadOnly", "ExcludeManagementEventSources": ["kms.amazonaws.com"]},
        [
            [
                MANAGEMENT,
                {"field": "eventSource", "not_equals": ["kms.amazonaws.com"]},
                {"field": "readOnly", "equals": ["true"]},
            ]
        ],
    ),
    (
        {
            "IncludeManagementEvents": False,
            "DataResources": [
                {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::logs/a"]},
                {"Type": "AWS::Lambda::Function", "Values": ["arn:aws:lambda"]},
            ],
        },
        [
            [
                DATA,
                of("AWS::S3::Object"),
                {"field": "resources.ARN", "starts_with": ["arn:aws:s3:::logs/a"]},
            ],
            [DATA, of("AWS::Lambda::Function")],
        ],
    ),
    (
        {
            "IncludeManagementEvents": False,
            "DataResources": [
                {"Type": "AWS::DynamoDB::Table", "Values": ["arn:aws:dynamodb:x:1:table/T"]},
                {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::", "arn:aws:s3:::b/"]},
            ],
        },
        [
            [
                DATA,
                of("AWS::DynamoDB::Table"),
                {"field": "resources.ARN", "equals": ["arn:aws:dynamodb:x:1:table/T"]},
            ],
            [DATA, of("AWS::S3::Object")],
        ],
    ),
]


@pytest.mark.parametrize(("basic", "fields"), CASES)
def test_a_basic_selector_selects_the_same_as_advanced_ones(basic, fields):
    assert [one["fields"] for one in as_advanced([Basic.of_api(basic)])] == fields


def plan(before, *selectors):
    change = {
        "actions": ["update"],
        "before": {"advanced_event_selector": [], "event_selector": [], **before},
        "after": {"advanced_event_selector": list(selectors), "event_selector": []},
    }
    resource = {"address": "aws_cloudtrail.this", "type": "aws_cloudtrail", "mode": "managed"}
    return {"resource_changes": [{**resource, "change": change}]}


def of_terraform(selector):
    return {
        "name": selector["name"],
        "field_selector": [{**one, "ends_with": None} for one in selector["fields"]],
    }


def test_management_events_are_lost_where_nobody_ever_told_the_trail_anything():
    [loss] = losses.find(plan({}, OURS))
    assert loss.attribute.startswith("advanced_event_selector")
    assert "Management" in loss.old


def test_basic_selectors_that_stand_as_advanced_ones_are_no_loss():
    basic = {
        "read_write_type": "WriteOnly",
        "include_management_events": True,
        "exclude_management_event_sources": [],
        "data_resource": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3:::b/"]}],
    }
    kept = [of_terraform(one) for one in as_advanced([Basic.of_plan(basic)])]
    before = {"event_selector": [basic]}
    assert losses.find(plan(before, OURS, *kept)) == ()
    assert [loss.attribute for loss in losses.find(plan(before, OURS, kept[0]))] == [
        "advanced_event_selector"
    ]
    assert len(losses.find(plan(before, OURS))) == 2


def test_a_trail_whose_selectors_are_left_alone_loses_nothing():
    assert losses.find(plan({})) == ()
