"""What keeps data and who may: buckets, roles, keys, secrets, tables, databases, the trail."""

from __future__ import annotations

from tests.functional.deploy.resources.account import ALLOW, REGION, TRUST
from tests.functional.deploy.resources.network import make_vpc

BLOCK = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
SSE = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
LIFECYCLE = {"Rules": [{"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 9}}]}
OWNERSHIP = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
CORS = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://a.example"]}]}


def make_bucket(world):
    s3 = world.client("s3")
    s3.create_bucket(Bucket="bucket-b", CreateBucketConfiguration={"LocationConstraint": REGION})
    return s3


def bucket(world):
    make_bucket(world)
    return {"bucket": "bucket-b"}, "bucket-b"


def of_bucket(method, **params):
    def make(world):
        getattr(make_bucket(world), method)(Bucket="bucket-b", **params)
        return {"bucket": "bucket-b"}, "bucket-b"

    return make


def s3_object(world):
    make_bucket(world).put_object(Bucket="bucket-b", Key="scripts/x.py", Body=b"x")
    return {"bucket": "bucket-b", "key": "scripts/x.py"}, "bucket-b/scripts/x.py"


def make_role(world):
    iam = world.client("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    return iam


def role(world):
    make_role(world)
    return {"name": "r"}, "r"


def role_policy(world):
    make_role(world).put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=ALLOW)
    return {"role": "r", "name": "p"}, "r:p"


def make_policy(world):
    return world.client("iam").create_policy(PolicyName="p", PolicyDocument=ALLOW)["Policy"]["Arn"]


def policy(world):
    return {"name": "p"}, make_policy(world)


def attachment(world):
    arn = make_policy(world)
    make_role(world).attach_role_policy(RoleName="r", PolicyArn=arn)
    return {"role": "r", "policy_arn": arn}, f"r/{arn}"


def exclusive(world):
    make_role(world)
    return {"role_name": "r"}, "r"


def make_key(world):
    return world.client("kms").create_key(Description="the trail's key")["KeyMetadata"]["KeyId"]


def kms_key(world):
    return {"description": "the trail's key"}, make_key(world)


def kms_key_policy(world):
    key = make_key(world)
    return {"key_id": key}, key


def kms_alias(world):
    world.client("kms").create_alias(AliasName="alias/trail", TargetKeyId=make_key(world))
    return {"name": "alias/trail"}, "alias/trail"


def make_secret(world):
    return world.client("secretsmanager").create_secret(Name="test/redshift", SecretString="hunter2")


def secret(world):
    return {"name": "test/redshift"}, make_secret(world)["ARN"]


def secret_version(world):
    made = make_secret(world)
    return {"secret_id": made["ARN"]}, f"{made['ARN']}|{made['VersionId']}"


def secret_policy(world):
    arn = make_secret(world)["ARN"]
    world.client("secretsmanager").put_resource_policy(SecretId=arn, ResourcePolicy=ALLOW)
    return {"secret_arn": arn}, arn


def dynamodb_table(world):
    world.client("dynamodb").create_table(
        TableName="Orders",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return {"name": "Orders"}, "Orders"


def db_instance(world):
    world.client("rds").create_db_instance(
        DBInstanceIdentifier="d",
        DBInstanceClass="db.t4g.micro",
        Engine="mysql",
        AllocatedStorage=20,
        MasterUsername="admin",
        MasterUserPassword="hunter22",
    )
    return {"identifier": "d"}, "d"


def db_subnet_group(world):
    ec2, vpc_id = make_vpc(world)
    place = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.11.0.0/20")["Subnet"]["SubnetId"]
    world.client("rds").create_db_subnet_group(
        DBSubnetGroupName="g", DBSubnetGroupDescription="g", SubnetIds=[place]
    )
    return {"name": "g"}, "g"


def db_parameter_group(world):
    world.client("rds").create_db_parameter_group(
        DBParameterGroupName="p", DBParameterGroupFamily="mysql8.0", Description="p"
    )
    return {"name": "p"}, "p"


def trail(world):
    s3 = world.client("s3")
    s3.create_bucket(Bucket="trail-logs", CreateBucketConfiguration={"LocationConstraint": REGION})
    made = world.client("cloudtrail").create_trail(Name="data-events", S3BucketName="trail-logs")
    return {"name": "data-events"}, made["TrailARN"]


MADE = [
    ("aws_s3_bucket", bucket),
    (
        "aws_s3_bucket_versioning",
        of_bucket("put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"}),
    ),
    (
        "aws_s3_bucket_server_side_encryption_configuration",
        of_bucket("put_bucket_encryption", ServerSideEncryptionConfiguration=SSE),
    ),
    (
        "aws_s3_bucket_public_access_block",
        of_bucket("put_public_access_block", PublicAccessBlockConfiguration=BLOCK),
    ),
    ("aws_s3_bucket_policy", of_bucket("put_bucket_policy", Policy=ALLOW)),
    (
        "aws_s3_bucket_lifecycle_configuration",
        of_bucket("put_bucket_lifecycle_configuration", LifecycleConfiguration=LIFECYCLE),
    ),
    (
        "aws_s3_bucket_ownership_controls",
        of_bucket("put_bucket_ownership_controls", OwnershipControls=OWNERSHIP),
    ),
    ("aws_s3_bucket_cors_configuration", of_bucket("put_bucket_cors", CORSConfiguration=CORS)),
    ("aws_s3_object", s3_object),
    ("aws_iam_role", role),
    ("aws_iam_role_policy", role_policy),
    ("aws_iam_role_policy_attachment", attachment),
    ("aws_iam_role_policy_attachments_exclusive", exclusive),
    ("aws_iam_role_policies_exclusive", exclusive),
    ("aws_iam_policy", policy),
    ("aws_kms_key", kms_key),
    ("aws_kms_key_policy", kms_key_policy),
    ("aws_kms_alias", kms_alias),
    ("aws_secretsmanager_secret", secret),
    ("aws_secretsmanager_secret_version", secret_version),
    ("aws_secretsmanager_secret_policy", secret_policy),
    ("aws_dynamodb_table", dynamodb_table),
    ("aws_db_instance", db_instance),
    ("aws_db_subnet_group", db_subnet_group),
    ("aws_db_parameter_group", db_parameter_group),
    ("aws_cloudtrail", trail),
]
