resource "aws_cloudwatch_log_group" "state_machine" {
  #checkov:skip=CKV_AWS_158:CloudWatch encrypts logs at rest; they hold keys of items, no values
  name              = "/aws/vendedlogs/states/${var.name}"
  retention_in_days = var.log_retention_days
}

locals {
  settings = {
    bucket             = var.bucket
    prefix             = var.state_prefix
    workflow           = var.workflow_name
    queue_url          = var.dead_letter_queue_url
    retry_seconds      = 5
    retry_most_seconds = 300
    retries            = var.retries
  }
}

resource "aws_sfn_state_machine" "log_event" {
  name       = var.name
  role_arn   = var.role_arn
  type       = "STANDARD"
  definition = templatefile("${path.module}/log_event.asl.json.tftpl", local.settings)

  logging_configuration {
    log_destination        = "${aws_cloudwatch_log_group.state_machine.arn}:*"
    include_execution_data = true
    level                  = "ERROR"
  }

  tracing_configuration {
    enabled = true
  }

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [encryption_configuration, publish, tags]
  }
}

# No key depends on the next event: keys that wait while nothing runs are found by the clock.
resource "aws_sfn_state_machine" "sweeper" {
  name       = var.sweeper_name
  role_arn   = var.role_arn
  type       = "STANDARD"
  definition = templatefile("${path.module}/sweeper.asl.json.tftpl", local.settings)

  logging_configuration {
    log_destination        = "${aws_cloudwatch_log_group.state_machine.arn}:*"
    include_execution_data = true
    level                  = "ERROR"
  }

  tracing_configuration {
    enabled = true
  }
}

resource "aws_scheduler_schedule" "sweeper" {
  #checkov:skip=CKV_AWS_297:the input holds no secret; the scheduler encrypts with a key of AWS
  name                = var.sweeper_name
  description         = "Starts the workflow when keys wait and nothing runs"
  schedule_expression = "rate(${var.sweep_minutes} minute${var.sweep_minutes == 1 ? "" : "s"})"
  state               = var.enabled ? "ENABLED" : "DISABLED"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_sfn_state_machine.sweeper.arn
    role_arn = var.sweeper_role_arn
    input    = "{}"

    retry_policy {
      maximum_event_age_in_seconds = 300
      maximum_retry_attempts       = 3
    }
  }
}

locals {
  alarms = merge(
    {
      for metric, text in {
        ExecutionsFailed   = "An event could not be recorded, or the workflow not started; it is in the dead-letter queue."
        ExecutionsTimedOut = "An event could not be recorded for an hour."
        ExecutionsAborted  = "Somebody stopped an execution; its event may not be recorded."
        } : "${var.name}-${metric}" => {
        metric = metric, text = text, machine = aws_sfn_state_machine.log_event.arn
      }
    },
    {
      "${var.sweeper_name}-ExecutionsFailed" = {
        metric  = "ExecutionsFailed"
        text    = "The sweeper could not look for keys, or not start the workflow: keys may wait for the next event."
        machine = aws_sfn_state_machine.sweeper.arn
      }
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "failed" {
  for_each = local.alarms

  alarm_name          = each.key
  alarm_description   = each.value.text
  namespace           = "AWS/States"
  metric_name         = each.value.metric
  dimensions          = { StateMachineArn = each.value.machine }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
}
