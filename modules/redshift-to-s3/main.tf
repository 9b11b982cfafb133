# Tables are dumped by the clock: a schedule calls the Lambda function, the Glue job or Redshift itself.

locals {
  group_arn         = "arn:aws:scheduler:${var.region}:${var.account_id}:schedule-group/${var.name_prefix}redshift-s3"
  uses_lambda       = anytrue([for schedule in var.schedules : schedule.method == "lambda"])
  uses_glue         = anytrue([for schedule in var.schedules : schedule.method == "glue"])
  uses_data_api     = anytrue([for schedule in var.schedules : schedule.method == "data_api"])
  dead_letters_name = "${var.name_prefix}redshift-s3-dead-letters"
}

module "iam" {
  source = "./iam"

  name_prefix            = var.name_prefix
  account_id             = var.account_id
  names                  = var.iam
  schedule_group_arn     = local.group_arn
  function_arn           = local.uses_lambda ? "arn:aws:lambda:${var.region}:${var.account_id}:function:${var.name_prefix}redshift-unload" : null
  job_arn                = local.uses_glue ? "arn:aws:glue:${var.region}:${var.account_id}:job/${var.name_prefix}redshift-unload" : null
  calls_redshift         = local.uses_data_api
  dead_letter_queue_arn  = aws_sqs_queue.dead_letters.arn
  glue_role_arn          = var.glue_role_arn
  redshift_workgroup_arn = var.redshift_workgroup_arn
  redshift_secret_arn    = var.redshift_secret_arn
  log_group_arn          = module.lambda.log_group_arn
}

module "lambda" {
  source = "./lambda"

  enabled                 = local.uses_lambda
  name                    = "${var.name_prefix}redshift-unload"
  runtime_dir             = var.runtime_dir
  bucket                  = var.glue_assets_bucket
  role_arn                = module.iam.unload_lambda_role_arn
  dead_letter_queue_arn   = aws_sqs_queue.dead_letters.arn
  redshift_workgroup_name = var.redshift_workgroup_name
  redshift_database       = var.redshift_database
  redshift_secret_arn     = var.redshift_secret_arn
  alarm_topic_arn         = module.alarms.topic_arn
}

module "glue" {
  source = "./glue"

  enabled                 = local.uses_glue
  name                    = "${var.name_prefix}redshift-unload"
  region                  = var.region
  runtime_dir             = var.runtime_dir
  bucket                  = var.glue_assets_bucket
  role_arn                = var.glue_role_arn
  redshift_workgroup_name = var.redshift_workgroup_name
  redshift_database       = var.redshift_database
  redshift_secret_arn     = var.redshift_secret_arn
  alarm_topic_arn         = module.alarms.topic_arn
}

module "scheduler" {
  source = "./scheduler"

  name_prefix             = var.name_prefix
  schedules               = var.schedules
  statements              = local.statements
  run_mark                = local.run_mark
  role_arn                = module.iam.scheduler_role_arn
  function_arn            = module.lambda.function_arn
  job_name                = module.glue.job_name
  dead_letter_queue_arn   = aws_sqs_queue.dead_letters.arn
  redshift_workgroup_name = var.redshift_workgroup_name
  redshift_database       = var.redshift_database
  redshift_secret_arn     = var.redshift_secret_arn
  alarm_topic_arn         = module.alarms.topic_arn
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = local.dead_letters_name
  message_retention_seconds = 1209600 # 14 days, the most
  sqs_managed_sse_enabled   = true
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  alarm_name          = local.dead_letters_name
  alarm_description   = "A scheduled dump could not be started, or failed after its last retry."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead_letters.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [module.alarms.topic_arn]
}
