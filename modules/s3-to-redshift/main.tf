# New files in the source bucket become rows: Redshift watches the bucket (auto_copy), or a schedule runs COPY.

locals {
  tables = { for name, table in var.tables : name => table if try(table.load.source, "") == "s3" }
}

module "iam" {
  source = "./iam"

  name_prefix                = var.name_prefix
  account_id                 = var.account_id
  names                      = var.iam
  scheduled                  = var.s3_to_redshift.mode == "scheduled"
  schedule_group_arn         = "arn:aws:scheduler:${var.region}:${var.account_id}:schedule-group/${var.name_prefix}s3-redshift"
  dead_letter_queue_arn      = "arn:aws:sqs:${var.region}:${var.account_id}:${var.name_prefix}s3-redshift-dead-letters"
  gluejob                    = try(var.glue.jobs["gluejob"].enabled, false)
  glue_assets_bucket         = var.glue_assets_bucket
  glue_role_arn              = var.glue_role_arn
  redshift_commands_role_arn = var.redshift_commands_role_arn
  redshift_workgroup_arn     = var.redshift_workgroup_arn
  redshift_secret_arn        = var.redshift_secret_arn
}

module "redshift_autocopy" {
  source = "./redshift-autocopy"

  name_prefix                = var.name_prefix
  account_id                 = var.account_id
  mode                       = var.s3_to_redshift.mode
  cron                       = var.s3_to_redshift.cron
  timezone                   = var.s3_to_redshift.timezone
  tables                     = local.tables
  source_bucket              = var.source_bucket
  redshift_namespace_arn     = var.redshift_namespace_arn
  redshift_workgroup_name    = var.redshift_workgroup_name
  redshift_database          = var.redshift_database
  redshift_secret_arn        = var.redshift_secret_arn
  redshift_commands_role_arn = var.redshift_commands_role_arn
  scheduler_role_arn         = module.iam.scheduler_role_arn
  alarm_topic_arn            = module.alarms.topic_arn
}

module "glue" {
  source = "./glue"

  name_prefix                = var.name_prefix
  region                     = var.region
  runtime_dir                = var.runtime_dir
  job                        = try(var.glue.jobs["gluejob"], null)
  connection_name            = var.glue.mysql_connection
  mysql                      = var.mysql == null ? null : { endpoint = var.mysql_endpoint, port = var.mysql_port, database = var.mysql_database }
  tables                     = var.tables
  source_bucket              = var.source_bucket
  bucket                     = var.glue_assets_bucket
  role_arn                   = var.glue_role_arn
  database_secret_arn        = var.database_secret_arn
  redshift_commands_role_arn = var.redshift_commands_role_arn
  redshift_workgroup_name    = var.redshift_workgroup_name
  redshift_database          = var.redshift_database
  redshift_secret_arn        = var.redshift_secret_arn
  private_subnets            = var.private_subnets
  database_security_group_id = var.database_security_group_id
  alarm_topic_arn            = module.alarms.topic_arn
}
