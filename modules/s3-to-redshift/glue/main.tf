# gluejob loads one table from MySQL or from files; off unless env.yaml says `enabled: true`.

locals {
  enabled = try(var.job.enabled, false)
  source  = try(var.job.source, "s3") == "mysql" ? "mysql" : "s3"
  # Without `table` it is the first one (by name) that is loaded from there.
  table_name = local.enabled ? coalesce(var.job.table, try([for name, table in var.tables : name if try(table.load.source, "") == local.source][0], null), "-") : "-"
  table      = try(var.tables[local.table_name], null)

  # What the job may load from MySQL. A table that only `glue.jobs.gluejob.table` names is read as a whole.
  from_mysql = {
    for name, table in var.tables : name => {
      name    = name
      schema  = table.schema
      key     = table.key
      columns = table.columns
      load = try(table.load.source, "") != "mysql" ? { mode = length(table.key) > 0 ? "upsert" : "full" } : {
        for option in ["mode", "source_table", "watermark", "overlap", "partition_column", "on_error"] :
        option => table.load[option] if try(table.load[option], null) != null
      }
    } if try(table.load.source, "") == "mysql" || name == local.table_name
  }
  schedules = local.source == "mysql" && local.enabled ? {
    for name, table in var.tables : name => table.load.schedule if try(table.load.source, "") == "mysql" && try(table.load.schedule, null) != null
  } : {}
}

resource "aws_glue_connection" "mysql" {
  count = var.mysql == null ? 0 : 1

  name            = "${var.name_prefix}${var.connection_name}"
  connection_type = "JDBC"

  connection_properties = {
    JDBC_CONNECTION_URL = "jdbc:mysql://${var.mysql.endpoint}:${var.mysql.port}/${var.mysql.database}"
    JDBC_ENFORCE_SSL    = "true"
    SECRET_ID           = var.database_secret_arn
  }

  physical_connection_requirements {
    subnet_id              = var.private_subnets[0].id
    availability_zone      = var.private_subnets[0].az
    security_group_id_list = [var.database_security_group_id]
  }

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [description, match_criteria, tags]
  }
}

resource "aws_s3_object" "script" {
  #checkov:skip=CKV_AWS_186:the bucket encrypts by default, and scripts hold no data
  count = local.enabled ? 1 : 0

  bucket       = var.bucket
  key          = "scripts/${var.name_prefix}gluejob.py"
  content      = file("${var.runtime_dir}/glue_etl/gluejob.py")
  content_type = "text/x-python"
  source_hash  = filesha256("${var.runtime_dir}/glue_etl/gluejob.py")

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [metadata, storage_class, tags]
  }
}

# The tables that are loaded from MySQL: an argument of a job would be too short for them.
resource "aws_s3_object" "tables" {
  #checkov:skip=CKV_AWS_186:the bucket encrypts by default, and column names are no data
  count = local.enabled && local.source == "mysql" ? 1 : 0

  bucket       = var.bucket
  key          = "scripts/${var.name_prefix}gluejob.tables.json"
  content      = jsonencode(local.from_mysql)
  content_type = "application/json"

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [metadata, storage_class, tags]
  }
}

resource "aws_cloudwatch_log_group" "job" {
  #checkov:skip=CKV_AWS_158:CloudWatch encrypts logs at rest; they hold counts and ids, no rows
  count = local.enabled ? 1 : 0

  name              = "/aws-glue/jobs/${var.name_prefix}gluejob"
  retention_in_days = 365

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [kms_key_id, log_group_class, retention_in_days, tags]
  }
}

resource "aws_glue_job" "gluejob" {
  #checkov:skip=CKV_AWS_195:buckets and logs encrypt by default; a security configuration would need a key of its own
  count = local.enabled ? 1 : 0

  name              = "${var.name_prefix}gluejob"
  role_arn          = var.role_arn
  glue_version      = var.job.glue_version
  worker_type       = var.job.worker_type
  number_of_workers = var.job.number_of_workers
  execution_class   = "STANDARD"
  timeout           = var.job.timeout_minutes
  max_retries       = 0 # a table without a key is appended to: a person decides about a second run
  connections       = local.source == "mysql" ? aws_glue_connection.mysql[*].name : null

  command {
    name            = "glueetl"
    script_location = "s3://${var.bucket}/${aws_s3_object.script[0].key}"
    python_version  = "3"
  }

  execution_property {
    max_concurrent_runs = max(1, length(local.schedules)) # of one table a second run changes nothing
  }

  default_arguments = merge(var.job.arguments, {
    "--job-language"                     = "python"
    "--TempDir"                          = "s3://${var.bucket}/temporary/"
    "--enable-metrics"                   = "true"
    "--enable-continuous-cloudwatch-log" = "true"
    "--continuous-log-logGroup"          = aws_cloudwatch_log_group.job[0].name
    "--region"                           = var.region
    "--bucket"                           = var.bucket
    "--prefix"                           = "gluejob/"
    "--workgroup"                        = var.redshift_workgroup_name
    "--database"                         = var.redshift_database
    "--secret_arn"                       = var.redshift_secret_arn
    "--copy_role_arn"                    = var.redshift_commands_role_arn
    "--source"                           = local.source
    }, local.source == "mysql" ? {
    "--connection" = one(aws_glue_connection.mysql[*].name)
    "--tables"     = "s3://${var.bucket}/${aws_s3_object.tables[0].key}"
    "--table"      = local.table_name
    } : {
    "--target" = jsonencode({
      schema  = try(local.table.schema, "")
      name    = local.table_name
      columns = try(local.table.columns, [])
      key     = try(local.table.key, [])
    })
    "--location" = "s3://${var.source_bucket}/${try(local.table.load.prefix, "")}"
    "--format"   = jsonencode(try(local.table.load, {}))
  })

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [
      description,
      execution_class,
      job_run_queuing_enabled,
      maintenance_window,
      max_retries,
      non_overridable_arguments,
      notification_property,
      security_configuration,
      source_control_details,
      tags,
    ]
  }
}

resource "aws_glue_trigger" "schedule" {
  #checkov:skip=CKV_AWS_195:see the job
  count = local.enabled && try(var.job.schedule, null) != null ? 1 : 0

  name     = "${var.name_prefix}gluejob-schedule"
  type     = "SCHEDULED"
  schedule = var.job.schedule

  actions {
    job_name = aws_glue_job.gluejob[0].name
  }
}

# Tables with a schedule of their own.
resource "aws_glue_trigger" "table" {
  #checkov:skip=CKV_AWS_195:see the job
  for_each = local.schedules

  name     = "${var.name_prefix}gluejob-${each.key}"
  type     = "SCHEDULED"
  schedule = each.value

  actions {
    job_name  = aws_glue_job.gluejob[0].name
    arguments = { "--table" = each.key }
  }
}

resource "aws_cloudwatch_event_rule" "failed_runs" {
  count = local.enabled ? 1 : 0

  name        = "${var.name_prefix}gluejob-failed-runs"
  description = "Runs of gluejob that did not succeed"
  event_pattern = jsonencode({
    source      = ["aws.glue"]
    detail-type = ["Glue Job State Change"]
    detail      = { jobName = [aws_glue_job.gluejob[0].name], state = ["FAILED", "TIMEOUT", "ERROR"] }
  })
}

resource "aws_cloudwatch_event_target" "failed_runs" {
  count = local.enabled ? 1 : 0

  rule      = aws_cloudwatch_event_rule.failed_runs[0].name
  target_id = "alarms"
  arn       = var.alarm_topic_arn
}
