locals {
  package = "${var.runtime_dir}/lambda_capture.zip" # runtime/package.py makes it
}

resource "aws_s3_object" "package" {
  #checkov:skip=CKV_AWS_186:the bucket encrypts by default, and the package holds no data
  bucket         = var.bucket
  key            = "lambda/${var.name}.zip"
  content_base64 = filebase64(local.package)
  source_hash    = filesha256(local.package)
}

resource "aws_cloudwatch_log_group" "function" {
  #checkov:skip=CKV_AWS_158:CloudWatch encrypts logs at rest; they hold counts, no keys and no values
  name              = "/aws/lambda/${var.name}"
  retention_in_days = 365

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [kms_key_id, log_group_class, retention_in_days, tags]
  }
}

resource "aws_lambda_function" "capture" {
  #checkov:skip=CKV_AWS_115:the stream's shards bound how many run at once
  #checkov:skip=CKV_AWS_116:a stream's failures go to the mapping's destination
  #checkov:skip=CKV_AWS_117:S3 and Glue need no VPC
  #checkov:skip=CKV_AWS_173:the environment holds names, no secrets
  #checkov:skip=CKV_AWS_272:the package comes from this repository, by its hash
  #checkov:skip=CKV_AWS_50:a trace for each batch would cost more than the function
  function_name    = var.name
  description      = "Records the keys of changed items, and asks for a run"
  role             = var.role_arn
  runtime          = "python3.13"
  architectures    = ["arm64"]
  handler          = "handler.handler"
  timeout          = 60
  memory_size      = 256
  s3_bucket        = var.bucket
  s3_key           = aws_s3_object.package.key
  source_code_hash = filebase64sha256(local.package)

  environment {
    variables = {
      BUCKET   = var.bucket
      PREFIX   = var.state_prefix
      TABLE    = var.table_name
      WORKFLOW = var.workflow_name
      QUEUE    = var.dead_letter_queue_url
    }
  }

  depends_on = [aws_cloudwatch_log_group.function]
}

# TRIM_HORIZON: what was written in the last 24 hours is read again, which is harmless, and nothing is missed.
resource "aws_lambda_event_source_mapping" "stream" {
  event_source_arn                   = var.stream_arn
  function_name                      = aws_lambda_function.capture.arn
  enabled                            = var.enabled
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = 5000
  maximum_batching_window_in_seconds = min(var.window_seconds, 30)
  bisect_batch_on_function_error     = true
  function_response_types            = ["ReportBatchItemFailures"]
  maximum_retry_attempts             = -1    # an outage of S3 is waited out
  maximum_record_age_in_seconds      = 72000 # of the 24 hours that a stream keeps

  destination_config {
    on_failure {
      destination_arn = var.dead_letter_queue_arn
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = {
    errors = { metric = "Errors", statistic = "Sum", threshold = 0, text = "Changes could not be recorded; they are tried again." }
    late   = { metric = "IteratorAge", statistic = "Maximum", threshold = 600000, text = "Changes wait in the stream for over 10 minutes; it keeps them for 24 hours." }
  }

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.text
  namespace           = "AWS/Lambda"
  metric_name         = each.value.metric
  dimensions          = { FunctionName = aws_lambda_function.capture.function_name }
  statistic           = each.value.statistic
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
}
