# mode scheduled: the scheduler sends both statements of a table as one transaction, after which the table holds
# what the prefix holds. A COPY alone would append every file again at every run.

locals {
  scheduled = var.mode == "scheduled" ? var.tables : {}

  formats = {
    parquet = "FORMAT AS PARQUET"
    orc     = "FORMAT AS ORC"
    csv     = "FORMAT AS CSV"
    json    = "FORMAT AS JSON 'auto'"
    text    = null
  }
  # Identifiers double their quotes; Redshift's literals read a backslash as an escape, so it is doubled too.
  names = { for name, table in local.scheduled : name =>
    "\"${replace(table.schema, "\"", "\"\"")}\".\"${replace(name, "\"", "\"\"")}\""
  }
  literals = { for name, table in local.scheduled : name => { for key, value in {
    source      = "s3://${var.source_bucket}/${coalesce(table.load.prefix, "")}"
    delimiter   = table.load.delimiter
    null_as     = table.load.null_as
    date_format = table.load.date_format
    time_format = table.load.time_format
    jsonpaths   = table.load.jsonpaths
  } : key => value == null ? null : "'${replace(replace(value, "\\", "\\\\"), "'", "''")}'" } }
  copies = { for name, table in local.scheduled : name => join(" ", compact([
    "COPY ${local.names[name]} FROM ${local.literals[name].source} IAM_ROLE '${var.redshift_commands_role_arn}'",
    table.load.format == "json" && table.load.jsonpaths != null ? "FORMAT AS JSON ${local.literals[name].jsonpaths}" : local.formats[table.load.format],
    table.load.delimiter == null ? null : "DELIMITER AS ${local.literals[name].delimiter}",
    table.load.compression == null ? null : upper(table.load.compression),
    table.load.date_format == null ? null : "DATEFORMAT AS ${local.literals[name].date_format}",
    table.load.ignore_header == 0 ? null : "IGNOREHEADER AS ${table.load.ignore_header}",
    table.load.null_as == null ? null : "NULL AS ${local.literals[name].null_as}",
    table.load.time_format == null ? null : "TIMEFORMAT AS ${local.literals[name].time_format}",
  ])) }
}

resource "aws_scheduler_schedule_group" "copy" {
  count = var.mode == "scheduled" ? 1 : 0

  name = "${var.name_prefix}s3-redshift"
}

resource "aws_scheduler_schedule" "copy" {
  #checkov:skip=CKV_AWS_297:the statement holds no secret; the scheduler encrypts with a key of AWS
  for_each = local.scheduled

  name                         = "${var.name_prefix}copy-${each.key}"
  group_name                   = aws_scheduler_schedule_group.copy[0].name
  schedule_expression          = var.cron
  schedule_expression_timezone = var.timezone

  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = 15
  }

  target {
    arn      = "arn:aws:scheduler:::aws-sdk:redshiftdata:batchExecuteStatement"
    role_arn = var.scheduler_role_arn
    # jsonencode writes < and > as escapes; the scheduler looks for its own names as they stand.
    input = replace(replace(jsonencode({
      WorkgroupName = var.redshift_workgroup_name
      Database      = var.redshift_database
      SecretArn     = var.redshift_secret_arn
      StatementName = "copy-${each.key}"
      Sqls          = ["DELETE FROM ${local.names[each.key]}", local.copies[each.key]]
      ClientToken   = "${substr(sha256("copy-${each.key}"), 0, 16)}-<aws.scheduler.scheduled-time>"
      WithEvent     = true
    }), "\\u003c", "<"), "\\u003e", ">")

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 10
    }

    dead_letter_config {
      arn = aws_sqs_queue.dead_letters[0].arn
    }
  }
}

resource "aws_sqs_queue" "dead_letters" {
  count = var.mode == "scheduled" ? 1 : 0

  name                      = "${var.name_prefix}s3-redshift-dead-letters"
  message_retention_seconds = 1209600 # 14 days, the most
  sqs_managed_sse_enabled   = true
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  count = var.mode == "scheduled" ? 1 : 0

  alarm_name          = aws_sqs_queue.dead_letters[0].name
  alarm_description   = "A scheduled COPY could not be sent to Redshift."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead_letters[0].name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
}

# The scheduler counts a statement that was accepted as a success; this rule sees how it ended.
resource "aws_cloudwatch_event_rule" "failed_statements" {
  count = var.mode == "scheduled" ? 1 : 0

  name        = "${var.name_prefix}s3-redshift-failed-statements"
  description = "Scheduled COPY statements that failed"
  event_pattern = jsonencode({
    source      = ["aws.redshift-data"]
    detail-type = ["Redshift Data Statement Status Change"]
    detail = {
      state         = ["FAILED", "ABORTED"]
      statementName = [for name in keys(local.scheduled) : "copy-${name}"]
    }
  })
}

resource "aws_cloudwatch_event_target" "failed_statements" {
  count = var.mode == "scheduled" ? 1 : 0

  rule      = aws_cloudwatch_event_rule.failed_statements[0].name
  target_id = "alarms"
  arn       = var.alarm_topic_arn
}
