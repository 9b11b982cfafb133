locals {
  schedules = { for schedule in var.schedules : schedule.name => schedule }
  time      = "<aws.scheduler.scheduled-time>" # the scheduler puts the time here, the same for every retry

  targets = {
    for name, schedule in local.schedules : name => {
      lambda = {
        arn = var.function_arn
        input = {
          schedule       = name
          scheduled_time = local.time
          statements     = { for table in schedule.tables : table => var.statements[table] }
        }
      }
      glue = {
        arn = "arn:aws:scheduler:::aws-sdk:glue:startJobRun"
        input = {
          JobName = var.job_name
          Arguments = {
            "--schedule"       = name
            "--scheduled_time" = local.time
            "--statements"     = jsonencode({ for table in schedule.tables : table => var.statements[table] })
          }
        }
      }
      # One transaction: either all tables are dumped, or the failed statement is reported.
      data_api = {
        arn = "arn:aws:scheduler:::aws-sdk:redshiftdata:${length(schedule.tables) == 1 ? "executeStatement" : "batchExecuteStatement"}"
        input = merge(
          {
            WorkgroupName = var.redshift_workgroup_name
            Database      = var.redshift_database
            SecretArn     = var.redshift_secret_arn
            StatementName = "unload-${name}"
            ClientToken   = "${substr(sha256("unload-${name}"), 0, 16)}-${local.time}" # at most 64 characters
            WithEvent     = true
          },
          { for key, value in {
            Sql  = replace(var.statements[schedule.tables[0]], var.run_mark, local.time)
            Sqls = [for table in schedule.tables : replace(var.statements[table], var.run_mark, local.time)]
          } : key => value if(key == "Sql") == (length(schedule.tables) == 1) },
        )
      }
    }[schedule.method]
  }
}

resource "aws_scheduler_schedule_group" "dumps" {
  name = "${var.name_prefix}redshift-s3"
}

resource "aws_scheduler_schedule" "dump" {
  #checkov:skip=CKV_AWS_297:the input holds no secret; the scheduler encrypts with a key of AWS
  for_each = local.schedules

  name                         = "${var.name_prefix}${each.key}"
  group_name                   = aws_scheduler_schedule_group.dumps.name
  schedule_expression          = each.value.cron
  schedule_expression_timezone = each.value.timezone

  flexible_time_window {
    mode                      = each.value.flexible_window_minutes == 0 ? "OFF" : "FLEXIBLE"
    maximum_window_in_minutes = each.value.flexible_window_minutes == 0 ? null : each.value.flexible_window_minutes
  }

  target {
    arn      = local.targets[each.key].arn
    role_arn = var.role_arn
    # jsonencode writes < and > as escapes; the scheduler looks for its own names as they stand.
    input = replace(replace(jsonencode(local.targets[each.key].input), "\\u003c", "<"), "\\u003e", ">")

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 10
    }

    dead_letter_config {
      arn = var.dead_letter_queue_arn
    }
  }
}

# The scheduler counts a statement that was accepted as a success; this rule sees how it ended.
resource "aws_cloudwatch_event_rule" "failed_statements" {
  name        = "${var.name_prefix}redshift-s3-failed-statements"
  description = "UNLOAD statements of schedules that failed"
  event_pattern = jsonencode({
    source      = ["aws.redshift-data"]
    detail-type = ["Redshift Data Statement Status Change"]
    detail = {
      state         = ["FAILED", "ABORTED"]
      statementName = [{ prefix = "unload-" }]
    }
  })
}

resource "aws_cloudwatch_event_target" "failed_statements" {
  rule      = aws_cloudwatch_event_rule.failed_statements.name
  target_id = "alarms"
  arn       = var.alarm_topic_arn
}
