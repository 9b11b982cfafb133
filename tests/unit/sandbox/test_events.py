import json

import pytest

from dpctl.sandbox.services.events import fill, shape
from dpctl.sandbox.services.glue_runs import argv
from dpctl.sandbox.services.trail import _advanced, _basic, _tables

EVENT = {"id": "1", "time": "t", "detail": {"key": {"PartKey": 'a"b'}, "list": [{"x": 7}]}}


def test_a_target_without_settings_gets_the_event():
    assert json.loads(shape({}, EVENT)) == EVENT


def test_a_target_may_get_a_part_or_a_fixed_text():
    assert json.loads(shape({"InputPath": "$.detail.list[0].x"}, EVENT)) == 7
    assert shape({"Input": "fixed"}, EVENT) == "fixed"


def test_a_template_keeps_its_json_whole():
    transformer = {
        "InputPathsMap": {"key": "$.detail.key", "text": "$.detail.key.PartKey", "none": "$.not.there"},
        "InputTemplate": '{"key": <key>, "said": "it was <text>", "none": <none>}',
    }
    filled = json.loads(shape({"InputTransformer": transformer}, EVENT))
    assert filled == {"key": {"PartKey": 'a"b'}, "said": 'it was a"b', "none": None}


def test_an_unknown_placeholder_stays():
    assert fill("<x> <y>", {"x": 1}) == "1 <y>"


@pytest.mark.parametrize(
    ("operation", "params", "tables"),
    [
        ("PutItem", {"TableName": "Orders"}, {"Orders"}),
        ("PutItem", {"TableName": "arn:aws:dynamodb:r:1:table/Orders"}, {"Orders"}),
        ("BatchWriteItem", {"RequestItems": {"A": [], "B": []}}, {"A", "B"}),
        ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "A"}}]}, {"A"}),
        ("ExecuteStatement", {"Statement": 'INSERT INTO "Orders" VALUE {}'}, {"Orders"}),
        ("BatchExecuteStatement", {"Statements": [{"Statement": "UPDATE A SET x=1"}]}, {"A"}),
        ("ExecuteTransaction", {"TransactStatements": [{"Statement": "DELETE FROM A WHERE x=1"}]}, {"A"}),
    ],
)
def test_the_tables_of_a_write(operation, params, tables):
    assert _tables(operation, params) == tables


def field(name, **operators):
    return {"Field": name, **operators}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([field("eventCategory", Equals=["Data"])], True),
        ([field("eventCategory", Equals=["Management"])], False),
        ([field("resources.ARN", Equals=["arn:t/Orders"])], True),
        ([field("resources.ARN", StartsWith=["arn:t/"]), field("readOnly", Equals=["false"])], True),
        ([field("resources.ARN", NotEquals=["arn:t/Orders"])], False),
        ([field("eventName", NotStartsWith=["Get"])], True),
        ([field("eventName", Equals=["UpdateItem"])], False),
        ([field("userIdentity.arn", Equals=["x"])], False),
    ],
)
def test_an_advanced_selector(fields, expected):
    assert _advanced({"FieldSelectors": fields}, "PutItem", ["arn:t/Orders"]) is expected


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({"DataResources": [{"Type": "AWS::DynamoDB::Table", "Values": ["arn:t/Orders"]}]}, True),
        ({"DataResources": [{"Type": "AWS::DynamoDB::Table", "Values": ["arn:t"]}]}, True),
        ({"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:t"]}]}, False),
        (
            {
                "ReadWriteType": "ReadOnly",
                "DataResources": [{"Type": "AWS::DynamoDB::Table", "Values": ["arn:t"]}],
            },
            False,
        ),
        ({"DataResources": []}, False),
    ],
)
def test_a_basic_selector(selector, expected):
    assert _basic(selector, ["arn:t/Orders"]) is expected


def test_a_script_sees_its_arguments_and_not_what_glue_keeps():
    line = argv("job", "jr_1", {"--x": "1", "--extra-py-files": "s3://b/k", "--job-language": "python"})
    assert line == ["--JOB_NAME", "job", "--JOB_RUN_ID", "jr_1", "--x", "1"]
