# MySQL is a source that the pipeline reads, and in dev it was there first.

resource "aws_db_subnet_group" "mysql" {
  count      = var.mysql == null ? 0 : 1
  name       = "${var.label}-mysql"
  subnet_ids = var.subnet_ids
}

resource "aws_db_instance" "mysql" {
  #checkov:skip=CKV_AWS_118: Enhanced monitoring is for whoever runs the database; the pipeline only reads it.
  #checkov:skip=CKV_AWS_129: So are its logs.
  #checkov:skip=CKV_AWS_157: A second zone doubles the price: mysql.multi_az in env.yaml turns it on.
  #checkov:skip=CKV_AWS_161: Glue's JDBC connections log in with a password, not with IAM.
  #checkov:skip=CKV_AWS_293: databases.deletion_protection in env.yaml is true unless somebody says otherwise.
  #checkov:skip=CKV_AWS_353: Performance Insights is for whoever runs the database.
  #checkov:skip=CKV2_AWS_30: So is the logging of queries.
  #checkov:skip=CKV2_AWS_69: TLS is asked for by the client: JDBC_ENFORCE_SSL in the Glue connection.
  count      = var.mysql == null ? 0 : 1
  identifier = var.mysql.identifier

  engine                      = "mysql"
  engine_version              = var.mysql.engine_version
  instance_class              = var.mysql.instance_class
  allocated_storage           = var.mysql.allocated_storage_gib
  multi_az                    = var.mysql.multi_az
  db_name                     = var.mysql.database
  port                        = var.mysql.port
  username                    = var.mysql.username
  manage_master_user_password = var.mysql.managed_password ? true : null
  storage_encrypted           = true
  storage_type                = "gp3"
  publicly_accessible         = false
  db_subnet_group_name        = aws_db_subnet_group.mysql[0].name
  vpc_security_group_ids      = [var.security_group_id]
  backup_retention_period     = 7
  copy_tags_to_snapshot       = true
  auto_minor_version_upgrade  = true

  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = false
  final_snapshot_identifier = "${var.mysql.identifier}-final"

  lifecycle {
    # What is above counts when the instance is created. Of one that stands it would resize the machine, change
    # its network or its password, or (user name, database, encryption) replace it: that is for its owners,
    # in RDS. RDS itself changes version and storage too.
    ignore_changes = [
      allocated_storage,
      auto_minor_version_upgrade,
      backup_retention_period,
      ca_cert_identifier,
      copy_tags_to_snapshot,
      customer_owned_ip_enabled,
      database_insights_mode,
      db_name,
      db_subnet_group_name,
      dedicated_log_volume,
      delete_automated_backups,
      domain,
      domain_auth_secret_arn,
      domain_dns_ips,
      domain_iam_role_name,
      domain_ou,
      enabled_cloudwatch_logs_exports,
      engine_version,
      iam_database_authentication_enabled,
      instance_class,
      iops,
      maintenance_window,
      manage_master_user_password,
      max_allocated_storage,
      monitoring_interval,
      monitoring_role_arn,
      multi_az,
      network_type,
      option_group_name,
      parameter_group_name,
      performance_insights_enabled,
      performance_insights_kms_key_id,
      performance_insights_retention_period,
      port,
      publicly_accessible,
      replicate_source_db,
      storage_encrypted,
      storage_throughput,
      storage_type,
      tags,
      username,
      vpc_security_group_ids,
    ]
  }
}
