"""The databases: the Orders table, MySQL, and Redshift Serverless."""

from __future__ import annotations

from dpctl.sandbox.replica.seed import Seed


def fill(seed: Seed) -> None:
    """Make the databases of the static layer."""
    _dynamodb(seed)
    _mysql(seed)
    _redshift(seed)


def _dynamodb(seed: Seed) -> None:
    table = seed.config.databases.dynamodb
    seed.client("dynamodb").create_table(
        TableName=table.table,
        BillingMode=table.billing_mode,
        KeySchema=[{"AttributeName": table.hash_key, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": table.hash_key, "AttributeType": table.hash_key_type}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": table.stream_view_type},
    )


def _mysql(seed: Seed) -> None:
    mysql, rds = seed.config.databases.mysql, seed.client("rds")
    if mysql is None:
        return
    group = f"default-{seed.vpc}"  # the name that the RDS console gives
    rds.create_db_subnet_group(
        DBSubnetGroupName=group,
        DBSubnetGroupDescription="Created from the RDS Management Console",
        SubnetIds=seed.subnets,
    )
    rds.create_db_instance(
        DBInstanceIdentifier=mysql.identifier,
        DBInstanceClass=mysql.instance_class,
        Engine="mysql",
        EngineVersion=mysql.engine_version,
        DBName=mysql.database,
        MasterUsername=mysql.username,
        MasterUserPassword=seed.password("mysql"),
        AllocatedStorage=mysql.allocated_storage_gib,
        StorageType="gp3",
        StorageEncrypted=True,
        Port=mysql.port,
        MultiAZ=mysql.multi_az,
        DBSubnetGroupName=group,
        VpcSecurityGroupIds=[seed.group],
        BackupRetentionPeriod=7,
        PubliclyAccessible=False,
    )


def _redshift(seed: Seed) -> None:
    redshift = seed.config.databases.redshift
    client, names = seed.client("redshift-serverless"), seed.config.iam
    client.create_namespace(
        namespaceName=redshift.namespace,
        adminUsername=redshift.admin_user,
        adminUserPassword=seed.password("redshift"),
        dbName=redshift.database,
        defaultIamRoleArn=seed.role_arn(names.redshift_commands),
        iamRoles=[seed.role_arn(name) for name in (names.redshift_commands, *names.redshift_s3)],
    )
    client.create_workgroup(
        workgroupName=redshift.workgroup,
        namespaceName=redshift.namespace,
        baseCapacity=redshift.base_capacity,
        port=redshift.port,
        subnetIds=seed.subnets,
        securityGroupIds=[seed.group],
        # It was made by hand before January 2025, when require_ssl was not yet the default.
        configParameters=[{"parameterKey": "require_ssl", "parameterValue": "false"}],
    )
