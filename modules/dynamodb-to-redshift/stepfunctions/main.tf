resource "aws_cloudwatch_log_group" "state_machine" {
  #checkov:skip=CKV_AWS_158:CloudWatch encrypts logs at rest; they hold keys of items, no values
  name              = "/aws/vendedlogs/states/${var.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_sfn_state_machine" "log_event" {
  name     = var.name
  role_arn = var.role_arn
  type     = "STANDARD"
  definition = templatefile("${path.module}/log_event.asl.json.tftpl", {
    bucket             = var.bucket
    prefix             = var.state_prefix
    workflow           = var.workflow_name
    queue_url          = var.dead_letter_queue_url
    retry_seconds      = 5
    retry_most_seconds = 300
    retries            = var.retries
    look_again_seconds = var.look_again_seconds
  })

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

resource "aws_cloudwatch_metric_alarm" "failed" {
  for_each = {
    ExecutionsFailed   = "An event could not be recorded, or the workflow not started; it is in the dead-letter queue."
    ExecutionsTimedOut = "A key was waiting for a day and no run took it."
    ExecutionsAborted  = "Somebody stopped an execution; its key may wait for the next event."
  }

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value
  namespace           = "AWS/States"
  metric_name         = each.key
  dimensions          = { StateMachineArn = aws_sfn_state_machine.log_event.arn }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
}
