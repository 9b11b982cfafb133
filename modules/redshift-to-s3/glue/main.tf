# The same code as the Lambda function, for dumps that take longer than its fifteen minutes.

locals {
  script = "${var.runtime_dir}/lambda_unload/handler.py"
  count  = var.enabled ? 1 : 0
}

resource "aws_s3_object" "script" {
  #checkov:skip=CKV_AWS_186:the bucket encrypts by default, and scripts hold no data
  count = local.count

  bucket       = var.bucket
  key          = "scripts/${var.name}.py"
  content      = file(local.script)
  content_type = "text/x-python"
  source_hash  = filesha256(local.script)
}

resource "aws_glue_job" "unload" {
  #checkov:skip=CKV_AWS_195:buckets and logs encrypt by default; a security configuration would need a key of its own
  count = local.count

  name         = var.name
  description  = "Runs the UNLOAD statements of a schedule"
  role_arn     = var.role_arn
  max_capacity = 0.0625
  timeout      = 720
  max_retries  = 1 # a repeated run continues with the statements of the first

  command {
    name            = "pythonshell"
    script_location = "s3://${var.bucket}/${aws_s3_object.script[0].key}"
    python_version  = "3.9"
  }

  execution_property {
    max_concurrent_runs = 20 # schedules may fire together
  }

  default_arguments = {
    "--region"                    = var.region
    "--workgroup"                 = var.redshift_workgroup_name
    "--database"                  = var.redshift_database
    "--secret_arn"                = var.redshift_secret_arn
    "--additional-python-modules" = "boto3>=1.34.0"
  }
}

resource "aws_cloudwatch_event_rule" "failed_runs" {
  count = local.count

  name        = "${var.name}-failed-runs"
  description = "Runs of the dump job that did not succeed"
  event_pattern = jsonencode({
    source      = ["aws.glue"]
    detail-type = ["Glue Job State Change"]
    detail      = { jobName = [aws_glue_job.unload[0].name], state = ["FAILED", "TIMEOUT", "ERROR"] }
  })
}

resource "aws_cloudwatch_event_target" "failed_runs" {
  count = local.count

  rule      = aws_cloudwatch_event_rule.failed_runs[0].name
  target_id = "alarms"
  arn       = var.alarm_topic_arn
}
