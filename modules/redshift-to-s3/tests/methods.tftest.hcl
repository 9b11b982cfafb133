# Every method of a schedule, with a provider that makes nothing.

mock_provider "aws" {
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::054158074701:role/mock" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:ap-south-1:054158074701:mock" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:ap-south-1:054158074701:mock" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:ap-south-1:054158074701:function:redshift-unload" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:ap-south-1:054158074701:log-group:mock" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::exports" }
  }
}

variables {
  account_id              = "054158074701"
  region                  = "ap-south-1"
  project                 = "data-pipeline"
  environment             = "dev"
  runtime_dir             = "../../runtime"
  export_bucket           = "exports"
  glue_assets_bucket      = "assets"
  glue_role_arn           = "arn:aws:iam::054158074701:role/GlueFullAccessRole"
  redshift_workgroup_name = "default-workgroup"
  redshift_workgroup_arn  = "arn:aws:redshift-serverless:ap-south-1:054158074701:workgroup/1"
  redshift_database       = "dev"
  redshift_secret_arn     = "arn:aws:secretsmanager:ap-south-1:054158074701:secret:test/redshift-AbCdEf"
  unload_role_arn         = "arn:aws:iam::054158074701:role/RedshiftS3role"
  tables = {
    orders = {
      columns = [{ name = "partkey", type = "varchar(64)" }, { name = "order_date", type = "date" }]
      unload  = { prefix = "orders/", max_file_size_mb = 256, partition_by = ["order_date"], where = "note <> 'it''s\\n'" }
    }
    items = {
      columns = [{ name = "id", type = "bigint" }]
      unload  = { prefix = "items/", format = "csv", header = true, compression = "gzip" }
    }
  }
  schedules = [
    { name = "by-lambda", tables = ["orders", "items"], cron = "cron(0 1 * * ? *)" },
    { name = "by-glue", tables = ["orders"], cron = "rate(1 hour)", method = "glue", flexible_window_minutes = 0 },
    { name = "by-redshift", tables = ["orders"], cron = "rate(1 hour)", method = "data_api" },
    { name = "by-redshift-at-once", tables = ["orders", "items"], cron = "rate(1 hour)", method = "data_api" },
  ]
}

run "every_method" {
  command = apply

  assert {
    condition     = local.statements["orders"] == "UNLOAD ('SELECT \"partkey\", \"order_date\" FROM \"public\".\"orders\" WHERE note <> ''it''''s\\\\n''')\nTO 's3://exports/orders/run=__RUN__/'\nIAM_ROLE 'arn:aws:iam::054158074701:role/RedshiftS3role'\nFORMAT AS PARQUET\nPARTITION BY (\"order_date\")\nMANIFEST\nVERBOSE\nMAXFILESIZE AS 256 MB"
    error_message = "UNLOAD must be quoted for Redshift."
  }
  assert {
    condition     = strcontains(local.statements["items"], "FORMAT AS CSV\nMANIFEST\nVERBOSE\nHEADER\nGZIP")
    error_message = "UNLOAD carries the options of env.yaml."
  }
  assert {
    condition     = output.function_name == "redshift-unload" && output.job_name == "redshift-unload"
    error_message = "The function and the job are there when a schedule uses them."
  }
  assert {
    condition     = length(output.schedule_names) == 4
    error_message = "One schedule for each entry."
  }
}

run "who_calls_redshift_reads_a_secret_with_a_key_of_its_own" {
  module {
    source = "./iam"
  }

  command = plan

  variables {
    name_prefix           = ""
    names                 = { scheduler = "Scheduler", unload_lambda = "Unload", kms_key_arns = ["arn:aws:kms:ap-south-1:054158074701:key/0b5e"] }
    schedule_group_arn    = "arn:aws:scheduler:ap-south-1:054158074701:schedule-group/redshift-s3"
    dead_letter_queue_arn = "arn:aws:sqs:ap-south-1:054158074701:dead-letters"
    function_arn          = "arn:aws:lambda:ap-south-1:054158074701:function:redshift-unload"
    job_arn               = "arn:aws:glue:ap-south-1:054158074701:job/redshift-unload"
    calls_redshift        = true
    log_group_arn         = "arn:aws:logs:ap-south-1:054158074701:log-group:/aws/lambda/redshift-unload"
  }

  assert {
    condition     = [for s in jsondecode(aws_iam_role_policy.scheduler.policy).Statement : s.Resource if s.Sid == "UseKeys"] == [["arn:aws:kms:ap-south-1:054158074701:key/0b5e"]]
    error_message = "The Data API reads the secret as its caller."
  }
  assert {
    condition     = jsondecode(aws_iam_role_policy.keys[0].policy).Statement[0].Resource == ["arn:aws:kms:ap-south-1:054158074701:key/0b5e"]
    error_message = "The function reads the secret too."
  }
  assert {
    condition     = alltrue([for p in [aws_iam_role_policy.scheduler, aws_iam_role_policy.unload_lambda, aws_iam_role_policy.glue[0], aws_iam_role_policy.keys[0]] : startswith(p.name, "dpctl-")])
    error_message = "A policy of ours has a name that the owner may have given one."
  }
}

run "nothing_of_the_account_is_reserved" {
  module {
    source = "./lambda"
  }

  command = plan

  variables {
    name                  = "redshift-unload"
    enabled               = true
    bucket                = "assets"
    role_arn              = "arn:aws:iam::054158074701:role/Unload"
    dead_letter_queue_arn = "arn:aws:sqs:ap-south-1:054158074701:dead-letters"
    alarm_topic_arn       = "arn:aws:sns:ap-south-1:054158074701:alarms"
  }

  assert {
    condition     = aws_lambda_function.unload[0].reserved_concurrent_executions == -1
    error_message = "A new account has ten executions, and AWS keeps all of them unreserved."
  }
}

run "inputs_of_the_targets" {
  module {
    source = "./scheduler"
  }

  command = plan

  variables {
    name_prefix           = ""
    statements            = { orders = "UNLOAD ('a') TO 's3://exports/orders/run=__RUN__/'", items = "UNLOAD ('b') TO 's3://exports/items/run=__RUN__/'" }
    run_mark              = "__RUN__"
    role_arn              = "arn:aws:iam::054158074701:role/scheduler"
    function_arn          = "arn:aws:lambda:ap-south-1:054158074701:function:redshift-unload"
    job_name              = "redshift-unload"
    dead_letter_queue_arn = "arn:aws:sqs:ap-south-1:054158074701:dead"
    alarm_topic_arn       = "arn:aws:sns:ap-south-1:054158074701:alarms"
    schedules = [
      { name = "by-lambda", tables = ["orders", "items"], cron = "cron(0 1 * * ? *)", timezone = "Asia/Kolkata", method = "lambda", flexible_window_minutes = 15 },
      { name = "by-glue", tables = ["orders"], cron = "rate(1 hour)", timezone = "UTC", method = "glue", flexible_window_minutes = 0 },
      { name = "by-redshift", tables = ["orders"], cron = "rate(1 hour)", timezone = "UTC", method = "data_api", flexible_window_minutes = 0 },
      { name = "at-once", tables = ["orders", "items"], cron = "rate(1 hour)", timezone = "UTC", method = "data_api", flexible_window_minutes = 0 },
    ]
  }

  assert {
    condition     = aws_scheduler_schedule.dump["by-lambda"].schedule_expression_timezone == "Asia/Kolkata" && aws_scheduler_schedule.dump["by-lambda"].flexible_time_window[0].maximum_window_in_minutes == 15
    error_message = "The schedule has its zone and window."
  }
  assert {
    condition     = sort(keys(jsondecode(aws_scheduler_schedule.dump["by-lambda"].target[0].input).statements)) == tolist(["items", "orders"])
    error_message = "The function gets a statement for each table."
  }
  assert {
    condition     = jsondecode(jsondecode(aws_scheduler_schedule.dump["by-glue"].target[0].input).Arguments["--statements"]).orders == var.statements["orders"]
    error_message = "The job gets its statements as JSON."
  }
  assert {
    condition     = aws_scheduler_schedule.dump["by-redshift"].target[0].arn == "arn:aws:scheduler:::aws-sdk:redshiftdata:executeStatement" && jsondecode(aws_scheduler_schedule.dump["by-redshift"].target[0].input).Sql == "UNLOAD ('a') TO 's3://exports/orders/run=<aws.scheduler.scheduled-time>/'"
    error_message = "Redshift is called with the run's time in the location."
  }
  assert {
    condition     = aws_scheduler_schedule.dump["at-once"].target[0].arn == "arn:aws:scheduler:::aws-sdk:redshiftdata:batchExecuteStatement" && length(jsondecode(aws_scheduler_schedule.dump["at-once"].target[0].input).Sqls) == 2
    error_message = "Several tables are one batch."
  }
  assert {
    condition     = alltrue([for schedule in aws_scheduler_schedule.dump : schedule.target[0].dead_letter_config[0].arn == var.dead_letter_queue_arn && schedule.target[0].retry_policy[0].maximum_retry_attempts == 10])
    error_message = "Every schedule is retried, and has a dead-letter queue."
  }
}

run "what_no_schedule_uses_is_not_there" {
  command = apply

  variables {
    schedules = [{ name = "by-redshift", tables = ["orders"], cron = "rate(1 hour)", method = "data_api" }]
  }

  assert {
    condition     = output.function_name == null && output.job_name == null
    error_message = "Neither function nor job without a schedule for them."
  }
}

run "a_schedule_of_a_table_without_unload_is_refused" {
  command = plan

  variables {
    schedules = [{ name = "x", tables = ["nothing"], cron = "rate(1 hour)" }]
  }

  expect_failures = [var.schedules]
}
