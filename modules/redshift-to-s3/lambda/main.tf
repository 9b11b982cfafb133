locals {
  package = "${var.runtime_dir}/lambda_unload.zip" # runtime/package.py makes it
  count   = var.enabled ? 1 : 0
}

resource "aws_s3_object" "package" {
  #checkov:skip=CKV_AWS_186:the bucket encrypts by default, and the package holds no data
  count = local.count

  bucket         = var.bucket
  key            = "lambda/${var.name}.zip"
  content_base64 = filebase64(local.package)
  source_hash    = filesha256(local.package)
}

resource "aws_cloudwatch_log_group" "function" {
  #checkov:skip=CKV_AWS_158:CloudWatch encrypts logs at rest; they hold counts and ids, no rows
  count = local.count

  name              = "/aws/lambda/${var.name}"
  retention_in_days = 365

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [kms_key_id, log_group_class, retention_in_days, tags]
  }
}

resource "aws_lambda_function" "unload" {
  #checkov:skip=CKV_AWS_117:the Data API needs no VPC
  #checkov:skip=CKV_AWS_173:the environment holds names, no secrets
  #checkov:skip=CKV_AWS_272:the package comes from this repository, by its hash
  count = local.count

  function_name    = var.name
  description      = "Runs the UNLOAD statements of a schedule"
  role             = var.role_arn
  runtime          = "python3.13"
  architectures    = ["arm64"]
  handler          = "handler.handler"
  timeout          = 900 # the most; a statement that takes longer is followed by the next try
  memory_size      = 256
  s3_bucket        = var.bucket
  s3_key           = aws_s3_object.package[0].key
  source_code_hash = filebase64sha256(local.package)

  # Off by default: AWS keeps 100 of an account's executions unreserved, and new accounts have 10.
  reserved_concurrent_executions = var.reserved_concurrency

  environment {
    variables = {
      WORKGROUP  = var.redshift_workgroup_name
      DATABASE   = var.redshift_database
      SECRET_ARN = var.redshift_secret_arn
    }
  }

  dead_letter_config {
    target_arn = var.dead_letter_queue_arn
  }

  tracing_config {
    mode = "Active"
  }

  depends_on = [aws_cloudwatch_log_group.function]
}

resource "aws_lambda_function_event_invoke_config" "unload" {
  count = local.count

  function_name                = aws_lambda_function.unload[0].function_name
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 21600
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  count = local.count

  alarm_name          = "${var.name}-errors"
  alarm_description   = "A dump failed for at least one table, or has not ended yet; the log says which."
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = aws_lambda_function.unload[0].function_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
}
