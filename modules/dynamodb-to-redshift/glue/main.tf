# Jobs over the same table: GlueTestjob loads what changed, DynamotoRedshift loads everything, Reconcile compares.

locals {
  folders = { GlueTestjob = "glue_shell", DynamotoRedshift = "glue_etl", Reconcile = "glue_etl" }
  jobs    = { for name, job in var.glue.jobs : name => job if job.enabled && contains(keys(local.folders), name) }
  # Reconcile, and the full load from an export, import GlueTestjob, whose rules make rows of items: by this
  # name, whatever the prefix.
  rules_key = "scripts/${var.name_prefix}rules/GlueTestjob.py"
  # A job's own libraries stand before ours.
  extra_files = { for name in ["DynamotoRedshift", "Reconcile"] : name => join(",", distinct(compact(concat(
    split(",", try(var.glue.jobs[name].arguments["--extra-py-files"], "")),
    ["s3://${var.bucket}/${local.rules_key}"],
  )))) }
  sign_in = var.load_as == "loader" ? {} : { "--secret_arn" = var.redshift_secret_arn }

  # What both scripts are told; they call Redshift through the Data API, so neither needs the connection.
  common_arguments = {
    "--bucket"        = var.bucket
    "--prefix"        = var.state_prefix
    "--region"        = var.region
    "--table_name"    = var.orders_table_name
    "--workgroup"     = var.redshift_workgroup_name
    "--database"      = var.redshift_database
    "--copy_role_arn" = var.redshift_commands_role_arn
    "--target"        = jsonencode(var.target)
  }
  # What jobs on Spark are told.
  etl_arguments = {
    "--workflow"                         = aws_glue_workflow.orders.name
    "--hash_key"                         = var.dynamodb.hash_key
    "--job-language"                     = "python"
    "--TempDir"                          = "s3://${var.bucket}/temporary/"
    "--enable-metrics"                   = "true"
    "--enable-continuous-cloudwatch-log" = "true"
    "--continuous-log-logGroup"          = aws_cloudwatch_log_group.etl.name
  }
  arguments = {
    GlueTestjob = merge(local.sign_in, {
      "--hash_key"                  = var.dynamodb.hash_key
      "--hash_key_type"             = var.dynamodb.hash_key_type
      "--dead_letter_queue"         = var.dead_letter_queue_url
      "--batch_size"                = tostring(var.batch.size)
      "--window_seconds"            = tostring(var.batch.window_seconds)
      "--run_seconds"               = tostring(floor(coalesce(try(var.glue.jobs["GlueTestjob"].timeout_minutes, null), 60) * 45))
      "--additional-python-modules" = "boto3>=1.34.0"
      "--job-language"              = "python"
    })
    DynamotoRedshift = merge(local.etl_arguments, {
      "--secret_arn"     = var.redshift_secret_arn
      "--extra-py-files" = local.extra_files["DynamotoRedshift"]
    })
    Reconcile = merge(local.sign_in, local.etl_arguments, {
      "--hash_key_type"  = var.dynamodb.hash_key_type
      "--extra-py-files" = local.extra_files["Reconcile"]
    })
  }

  subnet_id = coalesce(var.glue.connection.subnet, var.private_subnets[0].id)
}

resource "aws_s3_object" "script" {
  #checkov:skip=CKV_AWS_186:the bucket encrypts by default, and scripts hold no data
  for_each = local.jobs

  bucket       = var.bucket
  key          = "scripts/${var.name_prefix}${each.key}.py"
  content      = file("${var.runtime_dir}/${local.folders[each.key]}/${each.key}.py")
  content_type = "text/x-python"
  source_hash  = filesha256("${var.runtime_dir}/${local.folders[each.key]}/${each.key}.py")

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [metadata, storage_class, tags]
  }
}

resource "aws_s3_object" "rules" {
  #checkov:skip=CKV_AWS_186:see the script
  count = length(setintersection(keys(local.jobs), ["Reconcile", "DynamotoRedshift"])) > 0 ? 1 : 0

  bucket       = var.bucket
  key          = local.rules_key
  content      = file("${var.runtime_dir}/glue_shell/GlueTestjob.py")
  content_type = "text/x-python"
  source_hash  = filesha256("${var.runtime_dir}/glue_shell/GlueTestjob.py")
}

resource "aws_glue_job" "this" {
  #checkov:skip=CKV_AWS_195:buckets and logs encrypt by default; a security configuration would need a key of its own
  for_each = local.jobs

  name              = "${var.name_prefix}${each.key}"
  role_arn          = var.role_arn
  glue_version      = each.value.glue_version
  max_capacity      = each.value.type == "pythonshell" ? each.value.max_capacity : null
  worker_type       = each.value.type == "glueetl" ? each.value.worker_type : null
  number_of_workers = each.value.type == "glueetl" ? each.value.number_of_workers : null
  execution_class   = each.value.type == "glueetl" ? "STANDARD" : null
  timeout           = each.value.timeout_minutes
  max_retries       = 1
  default_arguments = merge(each.value.arguments, local.common_arguments, local.arguments[each.key])

  command {
    name            = each.value.type
    script_location = "s3://${var.bucket}/${aws_s3_object.script[each.key].key}"
    python_version  = each.value.type == "pythonshell" ? "3.9" : "3"
  }

  execution_property {
    max_concurrent_runs = 1
  }

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [
      connections,
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

resource "aws_glue_workflow" "orders" {
  name                = "${var.name_prefix}${var.glue.workflow}"
  description         = "Loads the recorded keys into Redshift"
  max_concurrent_runs = 1 # a second start is refused: the run that is active looks again

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [default_run_properties, description, tags]
  }
}

# An event trigger can be started by StartWorkflowRun (the state machine), and by events that a rule sends.
resource "aws_glue_trigger" "start" {
  #checkov:skip=CKV_AWS_195:see the job
  count = contains(keys(local.jobs), "GlueTestjob") ? 1 : 0

  name          = coalesce(var.glue.start_trigger, "${var.name_prefix}${var.glue.workflow}-start")
  type          = "EVENT"
  workflow_name = aws_glue_workflow.orders.name

  event_batching_condition {
    batch_size   = min(var.batch.size, 100) # the most of Glue; the job keeps the pace
    batch_window = var.batch.window_seconds
  }

  actions {
    job_name = aws_glue_job.this["GlueTestjob"].name
  }

  lifecycle {
    # The owner's: docs/adoption.md. An import reads `enabled` as false, and putting it right would start the trigger.
    ignore_changes = [description, enabled, tags]
  }
}

resource "aws_glue_trigger" "schedule" {
  #checkov:skip=CKV_AWS_195:see the job
  for_each = { for name, job in local.jobs : name => job.schedule if job.schedule != null }

  name     = "${var.name_prefix}${each.key}-schedule"
  type     = "SCHEDULED"
  schedule = each.value

  actions {
    job_name = aws_glue_job.this[each.key].name
  }
}

# For jobs that open a connection of their own (Spark's JDBC writers, Glue Studio). It lives in a private
# subnet: there STS and Secrets Manager are reached through endpoints or NAT (static layer). One that stands is left as
# it is, whatever its type, unless env.yaml says `manage: true`; the doctor looks after it.
resource "aws_glue_connection" "redshift" {
  count           = coalesce(var.glue.connection.manage, var.name_prefix != "") ? 1 : 0
  name            = "${var.name_prefix}${var.glue.connection.name}"
  connection_type = "JDBC"

  connection_properties = {
    JDBC_CONNECTION_URL = "jdbc:redshift://${var.redshift_endpoint}:${var.redshift_port}/${var.redshift_database}"
    JDBC_ENFORCE_SSL    = "true"
    SECRET_ID           = var.redshift_secret_arn
  }

  physical_connection_requirements {
    subnet_id              = local.subnet_id
    availability_zone      = one([for subnet in var.private_subnets : subnet.az if subnet.id == local.subnet_id])
    security_group_id_list = [coalesce(var.glue.connection.security_group, var.database_security_group_id)]
  }

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [description, match_criteria, tags]
  }
}

resource "aws_cloudwatch_log_group" "etl" {
  #checkov:skip=CKV_AWS_158:CloudWatch encrypts logs at rest; they hold counts and ids, no rows
  name              = "/aws-glue/jobs/${var.name_prefix}DynamotoRedshift"
  retention_in_days = 365

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [kms_key_id, log_group_class, retention_in_days, tags]
  }
}

resource "aws_cloudwatch_event_rule" "failed_runs" {
  count = length(local.jobs) > 0 ? 1 : 0

  name        = "${var.name_prefix}${var.glue.workflow}-failed-runs"
  description = "Runs of this layer's jobs that did not succeed"
  event_pattern = jsonencode({
    source      = ["aws.glue"]
    detail-type = ["Glue Job State Change"]
    detail = {
      jobName = [for job in aws_glue_job.this : job.name]
      state   = ["FAILED", "TIMEOUT", "ERROR"]
    }
  })
}

resource "aws_cloudwatch_event_target" "failed_runs" {
  count = length(local.jobs) > 0 ? 1 : 0

  rule      = aws_cloudwatch_event_rule.failed_runs[0].name
  target_id = "alarms"
  arn       = var.alarm_topic_arn
}
