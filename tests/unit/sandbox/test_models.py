"""Requests against the services' models: what is refused, with which code and words, in every protocol."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpctl.sandbox import models
from dpctl.sandbox.calls import ServiceError
from dpctl.sandbox.models import differences, expressions, parameters, shapes
from tests import wire_requests as requests

ROLE = "arn:aws:iam::054158074701:role/r"


def refused(call) -> ServiceError:
    with pytest.raises(ServiceError) as error:
        models.check(call)
    return error.value


CASES = [
    # service, operation, parameters, code, a part of the message
    (
        "dynamodb", "CreateTable",
        {"TableName": "ab", "KeySchema": [{"AttributeName": "k", "KeyType": "BAD"}]},
        "ValidationException",
        "1 validation error detected: Value 'BAD' at 'keySchema.1.member.keyType' failed to satisfy "
        "constraint: Member must satisfy enum value set: [HASH, RANGE]",
    ),
    ("dynamodb", "GetItem", {"Key": {"k": {"S": "1"}}}, "ValidationException", "Value null at 'tableName'"),
    ("iam", "CreateRole", {"RoleName": "a b", "AssumeRolePolicyDocument": "{}"}, "ValidationError",
     r"Value 'a b' at 'roleName' failed to satisfy constraint: "
     r"Member must satisfy regular expression pattern: [\w+=,.@-]+"),
    ("iam", "CreateRole", {"RoleName": "r" * 65, "AssumeRolePolicyDocument": "{}"}, "ValidationError",
     "Member must have length less than or equal to 64"),
    ("iam", "CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": "{}", "MaxSessionDuration": 5},
     "ValidationError", "Member must have value greater than or equal to 3600"),
    ("iam", "CreateRole", {"RoleName": "r"}, "ValidationError", "Value null at 'assumeRolePolicyDocument'"),
    ("sts", "AssumeRole", {"RoleArn": ROLE, "RoleSessionName": "x"}, "ValidationError", "'roleSessionName'"),
    ("rds", "CreateDBInstance", {"DBInstanceIdentifier": "v"}, "MissingParameter", "DBInstanceClass"),
    ("redshift", "CreateIntegration", {}, "MissingParameter", "parameter SourceArn"),
    ("ec2", "CreateSubnet", {"CidrBlock": "10.0.0.0/24"}, "MissingParameter", "parameter VpcId"),
    ("ec2", "AuthorizeSecurityGroupIngress", {"GroupId": "g", "IpPermissions": [{"FromPort": "x"}]},
     "InvalidParameterValue", "Value (x) for parameter IpPermissions.1.FromPort is invalid"),
    ("ec2", "CreateSecurityGroup", {"GroupName": "g", "Description": "été"}, "InvalidParameterValue",
     "Description"),
    ("ec2", "AuthorizeSecurityGroupEgress",
     {"GroupId": "g", "IpPermissions": [{"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "<all>"}]}]},
     "InvalidParameterValue", "Value (<all>) for parameter IpPermissions.1.IpRanges.1.Description"),
    ("s3", "PutBucketVersioning", {"Bucket": "abc", "VersioningConfiguration": {"Status": "On"}},
     "MalformedXML", "did not validate against our published schema"),
    ("s3", "PutBucketLifecycleConfiguration",
     {"Bucket": "abc", "LifecycleConfiguration": {"Rules": [{"ID": "no status"}]}}, "MalformedXML", "schema"),
    ("s3", "PutObject", {"Bucket": "abc", "Key": "k", "StorageClass": "HOT"}, "InvalidArgument", "Member"),
    ("s3", "ListObjectsV2", {"Bucket": "abc", "MaxKeys": "many"}, "InvalidArgument", "MaxKeys"),
    ("s3", "CreateBucket", {"Bucket": "UPPER"}, "InvalidBucketName", "The specified bucket is not valid."),
    ("s3", "CreateBucket", {"Bucket": "192.168.5.4"}, "InvalidBucketName", "not valid"),
    ("s3", "PutObject", {"Bucket": "abc", "Key": "é" * 513}, "KeyTooLongError", "too long"),
    ("lambda", "CreateFunction",
     {"FunctionName": "f", "Role": ROLE, "Code": {}, "Runtime": "python3.12", "Handler": "h",
      "Environment": {"Variables": {"A": "hidden"}}},
     "ValidationException", "Map keys must satisfy constraint"),
    ("lambda", "CreateFunction", {"FunctionName": "f", "Role": ROLE, "Code": {}, "Timeout": 901},
     "ValidationException", "Value '901' at 'timeout'"),
    ("scheduler", "CreateSchedule",
     {"Name": "n", "FlexibleTimeWindow": {"Mode": "NONE"}, "ScheduleExpression": "rate(1 day)",
      "Target": {"Arn": "a", "RoleArn": ROLE}},
     "ValidationException", "'flexibleTimeWindow.mode'"),
    ("glue", "CreateJob", {"Name": "j", "Role": "r", "Command": {"PythonVersion": "3.12"}},
     "ValidationException", "'command.pythonVersion'"),
    ("glue", "CreateConnection",
     {"ConnectionInput": {"Name": "c", "ConnectionType": "REDSHIFTY", "ConnectionProperties": {}}},
     "ValidationException", "'connectionInput.connectionType'"),
    ("logs", "CreateLogGroup", {"logGroupName": "a b"}, "InvalidParameterException", "'logGroupName'"),
    ("events", "PutRule", {"Name": "a b"}, "ValidationException", "'name'"),
    ("secretsmanager", "CreateSecret", {"Name": "a b", "SecretString": "x"}, "ValidationException", "'name'"),
    ("sqs", "CreateQueue", {}, "MissingParameter", "parameter QueueName"),
    ("sqs", "CreateQueue", {"QueueName": "a b"}, "InvalidParameterValue", "(a b) for parameter QueueName"),
    ("sns", "CreateTopic", {"Name": "a b"}, "InvalidParameter", "'name'"),
    ("cloudtrail", "CreateTrail", {"Name": "a__b", "S3BucketName": "b"}, "InvalidTrailNameException", "name"),
    ("cloudwatch", "PutMetricAlarm", {"AlarmName": "a", "EvaluationPeriods": 0}, "ValidationException",
     "'evaluationPeriods'"),
    ("redshift-data", "ExecuteStatement", {"Sql": "select 1", "Parameters": []}, "ValidationException",
     "Member must have length greater than or equal to 1"),
    ("redshift-serverless", "CreateWorkgroup", {"workgroupName": "UPPER", "namespaceName": "dev"},
     "ValidationException", "'workgroupName'"),
    ("redshift-serverless", "CreateScheduledAction",
     {"scheduledActionName": "dump", "namespaceName": "dev", "roleArn": ROLE, "targetAction": {},
      "schedule": {"cron": "(0 0 * * ? *)"}},
     "ValidationException", "exactly one of: [createSnapshot]"),
    ("stepfunctions", "StartExecution", {"stateMachineArn": ""}, "ValidationException", "'stateMachineArn'"),
    ("kms", "Encrypt", {"KeyId": "k", "Plaintext": b""}, "ValidationException", "'plaintext'"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("service", "operation", "params", "code", "words"), CASES, ids=[f"{c[0]}-{c[1]}-{c[3]}" for c in CASES]
)
def test_a_request_that_its_model_forbids_is_refused(service, operation, params, code, words):
    call = requests.call(service, operation, params)
    error = refused(call)
    assert (error.code, words in error.message) == (code, True), error.message
    answer = call.refuse(error)
    assert 400 <= answer.status < 500
    assert code.encode() in answer.body or code in str(answer.headers)


TYPES = [
    ("dynamodb", "CreateTable", {"TableName": 5}, "NUMBER_VALUE cannot be converted to String"),
    ("dynamodb", "GetItem", {"TableName": "abc", "Key": []}, "Start of list found where not expected."),
    ("dynamodb", "GetItem", {"TableName": "abc", "Key": {}, "ConsistentRead": "true"}, "STRING_VALUE"),
    ("dynamodb", "Query", {"TableName": "abc", "Limit": "5"}, "STRING_VALUE cannot be converted to Integer"),
    ("dynamodb", "Query", {"TableName": "abc", "Limit": 5.5}, "DECIMAL_VALUE cannot be converted to Integer"),
    (
        "dynamodb",
        "Query",
        {"TableName": "abc", "Limit": 1 << 31},
        "NUMBER_VALUE cannot be converted to Integer",
    ),
    (
        "dynamodb",
        "Query",
        {"TableName": "abc", "Limit": True},
        "BOOLEAN_VALUE cannot be converted to Integer",
    ),
    (
        "kms",
        "Encrypt",
        {"KeyId": "k", "Plaintext": "no base 64!"},
        "STRING_VALUE cannot be converted to Blob",
    ),
    ("glue", "GetTags", {"ResourceArn": {"a": 1}}, "Start of structure or map found where not expected."),
    ("redshift-data", "DescribeStatement", {"Id": []}, "Start of list found where not expected."),
]


@pytest.mark.parametrize(("service", "operation", "body", "words"), TYPES)
def test_json_of_another_type_is_not_guessed_at(service, operation, body, words):
    error = refused(requests.document(service, operation, body))
    assert (error.code, words in error.message) == ("SerializationException", True), error.message


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'"text"', b"\xff\xfe", b"[" * 100_000],
    ids=["open", "list", "text", "bytes", "brackets"],
)
def test_a_body_that_is_no_json_object_is_refused(body):
    assert refused(requests.document("dynamodb", "ListTables", body)).code == "SerializationException"


def test_xml_that_is_none_is_refused():
    call = requests.raw("s3", method="PUT", path="/abc?versioning", body=b"<VersioningConfiguration>")
    assert refused(call).code == "MalformedXML"


def test_a_number_in_a_query_string_must_be_one():
    body = (
        b"Action=CreateRole&Version=2010-05-08&RoleName=r&AssumeRolePolicyDocument=d&MaxSessionDuration=long"
    )
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    error = refused(requests.raw("iam", headers=headers, body=body))
    assert (error.code, error.message) == ("MalformedInput", "Invalid integer at 'maxSessionDuration'")


def test_a_secret_is_never_shown():
    shown = refused(
        requests.call("secretsmanager", "CreateSecret", {"Name": "", "SecretString": "x" * 65_537})
    )
    assert "xxx" not in shown.message
    assert "Value at 'secretString'" in shown.message
    variables = {"FunctionName": "f", "Role": ROLE, "Code": {}, "Environment": {"Variables": {"A": "hidden"}}}
    assert "hidden" not in refused(requests.call("lambda", "CreateFunction", variables)).message


VALID = [
    ("dynamodb", "PutItem", {"TableName": "abc", "Item": {"k": {"S": "1"}, "l": {"L": [{"NULL": True}]}}}),
    ("iam", "CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": "{}",
                           "Tags": [{"Key": "é", "Value": ""}]}),
    ("ec2", "CreateSecurityGroup", {"GroupName": "g", "Description": "to the VPC (443), all"}),
    ("rds", "CreateDBInstance", {"DBInstanceIdentifier": "a-b", "DBInstanceClass": "c", "Engine": "mysql"}),
    ("s3", "PutBucketVersioning", {"Bucket": "abc", "VersioningConfiguration": {"Status": "Enabled"}}),
    ("s3", "PutObject", {"Bucket": "abc", "Key": "k" * 1024, "Body": b"x", "Metadata": {"a": "b"}}),
    ("s3", "CreateBucket", {"Bucket": "manifest-bucket-054158074701"}),
    ("s3", "DeleteObjects", {"Bucket": "abc", "Delete": {"Objects": [{"Key": "k"}]}}),
    ("sqs", "CreateQueue", {"QueueName": "orders.fifo"}),
    ("glue", "CreateConnection", {"ConnectionInput": {
        "Name": "c", "ConnectionType": "REDSHIFT", "ConnectionProperties": {"ENFORCE_SSL": "true"}}}),
    ("events", "PutEvents", {"Entries": [{"Source": "a", "DetailType": "b", "Detail": "{}",
                                          "Time": datetime(2026, 1, 1, tzinfo=UTC)}]}),
    ("lambda", "Invoke", {"FunctionName": "f", "Payload": b'{"k": 1}'}),
    ("logs", "PutLogEvents", {"logGroupName": "/aws-glue/jobs/output", "logStreamName": "s",
                              "logEvents": [{"timestamp": 1, "message": "m"}]}),
    ("cloudwatch", "PutMetricData", {"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": 1.5}]}),
]  # fmt: skip


@pytest.mark.parametrize(("service", "operation", "params"), VALID, ids=[f"{v[0]}-{v[1]}" for v in VALID])
def test_what_a_model_allows_passes_and_is_read_as_it_was_written(service, operation, params):
    call = requests.call(service, operation, params)
    models.check(call)
    read = call.params()
    for name, value in params.items():
        if name not in ("Body", "Metadata", "Entries"):  # a stream, in capitals as headers are, a naive time
            assert read[name] == value


@pytest.mark.parametrize(
    ("service", "target", "code"),
    [
        ("dynamodb", {"X-Amz-Target": "DynamoDB_20120810.MakeCoffee"}, "UnknownOperationException"),
        ("iam", {"Content-Type": "application/x-www-form-urlencoded"}, "InvalidAction"),
    ],
)
def test_an_operation_that_no_model_has_is_refused(service, target, code):
    environ = {"REQUEST_METHOD": "PATCH", "PATH_INFO": "/", "dpctl.body": b"Action=MakeCoffee"}
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in target.items()}
    error = models.unknown(service, environ)
    assert error.code == code
    assert "MakeCoffee" in error.message


def test_an_operation_behind_another_prefix_is_known():
    """AWS's SDK for Go, and with it Terraform's provider, names CloudTrail's operations like this."""
    prefix = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"{prefix}.DescribeTrails"}
    call = requests.raw("cloudtrail", headers=headers, body=b'{"trailNameList": ["t"]}')
    models.check(call)
    assert (call.operation, call.parameters["trailNameList"]) == ("DescribeTrails", ["t"])
    headers["X-Amz-Target"] = f"{prefix}.CreateTrail"
    assert refused(requests.raw("cloudtrail", headers=headers, body=b"{}")).code == "ValidationException"


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        (r"[\w+=,.@-]+", "a b", False),
        (r"[\w+=,.@-]+", "é", False),  # Java's \w is of ASCII
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "é 1", True),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*", "a\U0001f600", True),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "a\n", False),
        (r"abc", "abcd", False),  # the whole value
    ],
)
def test_patterns_are_those_of_java(pattern, value, fits):
    assert expressions.matches(pattern, value) is fits


def test_every_pattern_of_the_services_can_be_read():
    services = {
        operation.partition(":")[0] for one in differences.DIFFERENCES for operation in one.operations
    }
    for service in sorted(services | {case[0] for case in CASES}):
        model = requests.service_model(service)
        for name in model.shape_names:
            pattern = model.shape_for(name).metadata.get("pattern")
            if pattern:
                expressions.matches(pattern, "")


@pytest.mark.parametrize("one", differences.DIFFERENCES, ids=lambda one: f"{one.operations[0]}-{one.path}")
def test_a_difference_speaks_of_a_member_that_is_there(one):
    for operation in one.operations:
        service, _, name = operation.partition(":")
        shape = requests.service_model(service).operation_model(name).input_shape
        for part in one.path.split("."):
            if part == "member":
                shape = shape.member
            elif part == "key" and shape.type_name == "map":
                shape = shape.key
            else:
                shape = next(m for n, m in shape.members.items() if n[:1].lower() + n[1:] == part)
    assert one.source.startswith("https://")


# One operation of each protocol, whose required members are made up by type; the rest comes and goes.
SHAPES = ["dynamodb:UpdateTable", "iam:CreatePolicy", "ec2:CreateVpcEndpoint", "lambda:PublishVersion",
          "s3:PutBucketCors", "glue:CreateTrigger", "stepfunctions:CreateStateMachine"]  # fmt: skip


TEXTS = ["a", "abc", "a-1", "true", "{}", "/", "/p/", "1" * 12, "vpce-0a1b2c3d", "default", "a" * 36,
         "arn:aws:iam::054158074701:role/r", "arn:aws:kms:ap-south-1:054158074701:key/k"]  # fmt: skip


def values(shape, depth=0):
    """Values that a model allows, as boto3 takes them."""
    facts = shape.metadata
    least, most = facts.get("min", 0), facts.get("max")
    match shape.type_name:
        case "structure":
            members = {n: m for n, m in shape.members.items() if n in facts.get("required", ()) or depth < 2}
            if shape.is_tagged_union:
                return st.sampled_from(sorted(members)).flatmap(
                    lambda n: st.fixed_dictionaries({n: values(members[n], depth + 1)})
                )
            required = {n: values(m, depth + 1) for n, m in members.items() if n in facts.get("required", ())}
            optional = {n: values(m, depth + 1) for n, m in members.items() if n not in required}
            return st.fixed_dictionaries(required, optional=optional)
        case "list":
            size = max(least, 1)
            return st.lists(
                values(shape.member, depth + 1), min_size=size, max_size=max(size, min(most or 2, 2))
            )
        case "map":
            size = max(least, 1)
            return st.dictionaries(
                values(shape.key, depth + 1), values(shape.value, depth + 1), min_size=size, max_size=size + 1
            )
        case "string":
            if shape.enum:
                return st.sampled_from(sorted(shape.enum))
            if facts.get("pattern"):
                known = [text for text in TEXTS if expressions.matches(facts["pattern"], text)]
                fitting = [text for text in known if least <= len(text) <= (most or len(text))]
                return st.sampled_from(fitting) if fitting else st.nothing()
            return st.text("abcxyz09", min_size=max(least, 1), max_size=max(least, 1) + 3)
        case "boolean":
            return st.booleans()
        case "integer" | "long":
            return st.integers(least, most if most is not None else least + 100)
        case "float" | "double":
            return st.just(float(least))
        case "blob":
            return st.binary(min_size=max(least, 1), max_size=max(least, 1) + 3)
        case "timestamp":
            return st.just(datetime(2026, 1, 1, tzinfo=UTC))
    raise AssertionError(shape.type_name)


@pytest.mark.parametrize("name", SHAPES)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_what_boto3_writes_of_a_valid_value_is_valid(name, data):
    service, _, operation = name.partition(":")
    shape = requests.service_model(service).operation_model(operation).input_shape
    params = data.draw(values(shape))
    call = requests.call(service, operation, params)
    assert list(shapes.violations(call.model.input_shape, call.parameters, name)) == []
    for member in shape.metadata.get("required", ()):
        if shape.members[member].serialization.get("location") != "uri":
            less = requests.call(service, operation, {n: v for n, v in params.items() if n != member})
            found = list(shapes.violations(less.model.input_shape, less.parameters, name))
            assert [one.kind for one in found if one.member == member] == ["missing"], json.dumps(member)


@pytest.mark.parametrize(
    ("operation", "name", "known"),
    [
        ("DescribeVpcs", "VpcId.1", True),
        ("DescribeVpcs", "Filter.12.Value.3", True),
        ("DescribeVpcs", "MaxResults", True),
        ("DescribeVpcs", "Version", True),
        ("DescribeVpcs", "X-Amz-Date", True),
        ("DescribeVpcs", "VpcIds.1", False),  # the member's name, which is not written so
        ("DescribeVpcs", "Filter.1.Values.1", False),
        ("DescribeVpcs", "Filter.x.Value.1", False),
        ("DescribeVpcs", "Colour", False),
        ("DescribeVpcs", "vpcId.1", False),
        ("CreateVpc", "TagSpecification.1.Tag.1.Key", True),
        ("CreateVpc", "TagSpecification.1.Tag.1.Colour", False),
        ("AuthorizeSecurityGroupIngress", "IpPermissions.1.IpRanges.1.CidrIp", True),
        ("AuthorizeSecurityGroupIngress", "IpPermissions.1.IpRanges.1.CidrIp.1", False),
    ],
)
def test_ec2_knows_its_parameters(operation, name, known):
    shape = requests.service_model("ec2").operation_model(operation).input_shape
    assert parameters.unknown(shape, [name]) == (None if known else name)


def test_ec2_refuses_a_parameter_that_it_does_not_know():
    body = b"Action=DescribeVpcs&Version=2016-11-15&Colour=red"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    call = requests.raw("ec2", headers=headers, body=body)
    error = refused(call)
    assert (error.code, error.status) == ("UnknownParameter", 400)
    assert error.message == "The parameter Colour is not recognized"
