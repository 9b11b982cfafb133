# The Orders table, and Redshift Serverless. MySQL is in mysql.tf.

resource "aws_dynamodb_table" "orders" {
  #checkov:skip=CKV_AWS_119: DynamoDB's own key: a customer key would have to be granted to every reader of a table that stands.
  #checkov:skip=CKV2_AWS_16: Billed by request: there is no capacity to scale.
  name                        = var.dynamodb.table
  billing_mode                = var.dynamodb.billing_mode
  hash_key                    = var.dynamodb.hash_key
  stream_enabled              = true
  stream_view_type            = var.dynamodb.stream_view_type
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = var.dynamodb.hash_key
    type = var.dynamodb.hash_key_type
  }

  dynamic "point_in_time_recovery" {
    for_each = var.protect ? [true] : []

    content {
      enabled = true
    }
  }

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [
      attribute,
      billing_mode,
      global_secondary_index,
      local_secondary_index,
      on_demand_throughput,
      read_capacity,
      replica,
      server_side_encryption,
      table_class,
      tags,
      ttl,
      write_capacity,
    ]
  }
}

resource "aws_redshiftserverless_namespace" "this" {
  #checkov:skip=CKV_AWS_282: Redshift's own key: changing the key of a namespace that stands takes it offline to encrypt it anew.
  namespace_name       = var.redshift.namespace
  db_name              = var.redshift.database
  iam_roles            = var.redshift_role_arns
  default_iam_role_arn = var.redshift_default_role_arn

  # Setting either would take the password of a namespace that stands away from whoever uses it.
  admin_username        = var.redshift.managed_password ? var.redshift.admin_user : null
  manage_admin_password = var.redshift.managed_password ? true : null

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [admin_password_secret_kms_key_id, default_iam_role_arn, kms_key_id, log_exports, tags]
  }
}

resource "aws_redshiftserverless_workgroup" "this" {
  namespace_name      = aws_redshiftserverless_namespace.this.namespace_name
  workgroup_name      = var.redshift.workgroup
  base_capacity       = var.redshift.base_capacity
  max_capacity        = var.redshift.max_capacity
  port                = var.redshift.port
  subnet_ids          = var.subnet_ids
  security_group_ids  = [var.security_group_id]
  publicly_accessible = var.redshift.publicly_accessible

  # With it on, COPY and UNLOAD leave through the subnets, and a workgroup needs three zones instead of two.
  enhanced_vpc_routing = false

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [config_parameter, enhanced_vpc_routing, price_performance_target, tags, track_name]
  }
}

# A month's compute in dollars, as RPU-hours: the price is us-east-1's list price where env.yaml has none.
resource "aws_redshiftserverless_usage_limit" "compute" {
  count = var.redshift.limit_usd_month == null ? 0 : 1

  resource_arn  = aws_redshiftserverless_workgroup.this.arn
  usage_type    = "serverless-compute"
  period        = "monthly"
  amount        = max(1, floor(var.redshift.limit_usd_month / coalesce(var.redshift.rpu_hour_usd, 0.375)))
  breach_action = var.redshift.limit_action
}
