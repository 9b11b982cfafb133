# Writes reach EventBridge through CloudTrail, which must log data events of the table (static layer).
resource "aws_cloudwatch_event_rule" "writes" {
  name        = var.rule_name
  description = "Successful writes to the DynamoDB table"
  state       = var.enabled ? "ENABLED" : "DISABLED"
  event_pattern = jsonencode({
    source      = ["aws.dynamodb"]
    detail-type = ["AWS API Call via CloudTrail"]
    detail = {
      eventSource = ["dynamodb.amazonaws.com"]
      eventName   = var.events
      errorCode   = [{ exists = false }] # failed writes are logged too
      resources   = { ARN = [var.orders_table_arn] }
    }
  })

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [description, role_arn, tags]
  }
}

resource "aws_cloudwatch_event_target" "state_machine" {
  rule      = aws_cloudwatch_event_rule.writes.name
  target_id = var.target_id
  arn       = var.state_machine_arn
  role_arn  = var.role_arn

  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }

  dead_letter_config {
    arn = aws_sqs_queue.dead_letters.arn
  }
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.rule_name}-dead-letters"
  message_retention_seconds = 1209600 # 14 days, the most
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "EventsThatCouldNotBeDelivered"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.dead_letters.arn
      Condition = { ArnEquals = { "aws:SourceArn" = var.rule_arn } }
    }]
  })
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  alarm_name          = aws_sqs_queue.dead_letters.name
  alarm_description   = "Events or items wait in the dead-letter queue: they have not reached Redshift."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead_letters.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "failed_invocations" {
  alarm_name          = "${var.rule_name}-failed-invocations"
  alarm_description   = "The rule could not start the state machine."
  namespace           = "AWS/Events"
  metric_name         = "FailedInvocations"
  dimensions          = { RuleName = aws_cloudwatch_event_rule.writes.name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
}
