# The chain's settings, with a provider that makes nothing.

mock_provider "aws" {
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::054158074701:role/mock" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:ap-south-1:054158074701:mock", id = "https://sqs/mock" }
  }
  mock_resource "aws_sfn_state_machine" {
    defaults = { arn = "arn:aws:states:ap-south-1:054158074701:stateMachine:LogEvent" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:ap-south-1:054158074701:mock" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:ap-south-1:054158074701:function:CaptureStream" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:ap-south-1:054158074701:log-group:mock" }
  }
}

variables {
  account_id                 = "054158074701"
  region                     = "ap-south-1"
  project                    = "data-pipeline"
  environment                = "dev"
  runtime_dir                = "../../runtime"
  orders_table_name          = "Orders"
  orders_table_arn           = "arn:aws:dynamodb:ap-south-1:054158074701:table/Orders"
  orders_stream_arn          = "arn:aws:dynamodb:ap-south-1:054158074701:table/Orders/stream/2026-01-01T00:00:00.000"
  glue_assets_bucket         = "assets"
  glue_role_arn              = "arn:aws:iam::054158074701:role/GlueFullAccessRole"
  redshift_workgroup_name    = "default-workgroup"
  redshift_workgroup_arn     = "arn:aws:redshift-serverless:ap-south-1:054158074701:workgroup/1"
  redshift_database          = "dev"
  redshift_secret_arn        = "arn:aws:secretsmanager:ap-south-1:054158074701:secret:test/redshift-AbCdEf"
  redshift_commands_role_arn = "arn:aws:iam::054158074701:role/Commands"
  redshift_endpoint          = "default-workgroup.054158074701.ap-south-1.redshift-serverless.amazonaws.com"
  redshift_port              = 5439
  private_subnets            = [{ id = "subnet-a", az = "ap-south-1a" }, { id = "subnet-b", az = "ap-south-1b" }]
  database_security_group_id = "sg-database"
  dynamodb                   = { hash_key = "PartKey" }
  glue = {
    workflow   = "Glue-EventBridge-Workflow"
    connection = { name = "Redshift connection", subnet = "subnet-b", manage = true }
    jobs = {
      GlueTestjob      = { type = "pythonshell", glue_version = "3.0", max_capacity = 0.0625 }
      DynamotoRedshift = { type = "glueetl", glue_version = "5.0", worker_type = "G.1X", number_of_workers = 10 }
      gluejob          = { type = "glueetl", glue_version = "5.0", worker_type = "G.1X", number_of_workers = 10 }
    }
  }
  tables = {
    orders = {
      key     = ["partkey"]
      version = "_version"
      columns = [{ name = "partkey", type = "varchar(64)", nullable = false }, { name = "_version", type = "bigint" }]
      load    = { source = "dynamodb" }
    }
  }
}

run "rule_follows_successful_writes_to_the_table" {
  module {
    source = "./eventbridge"
  }

  command = plan

  variables {
    rule_name         = "dynamodb-insert"
    rule_arn          = "arn:aws:events:ap-south-1:054158074701:rule/dynamodb-insert"
    enabled           = true
    target_id         = "Id1"
    events            = ["PutItem", "DeleteItem"]
    state_machine_arn = "arn:aws:states:ap-south-1:054158074701:stateMachine:LogEvent"
    role_arn          = "arn:aws:iam::054158074701:role/events"
    alarm_topic_arn   = "arn:aws:sns:ap-south-1:054158074701:alarms"
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.writes.event_pattern).detail.eventName == ["PutItem", "DeleteItem"]
    error_message = "The pattern must name the events of env.yaml."
  }
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.writes.event_pattern).detail.errorCode[0].exists == false
    error_message = "Failed writes must not match."
  }
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.writes.event_pattern).detail.resources.ARN == [var.orders_table_arn]
    error_message = "Only writes to the table match."
  }
  assert {
    condition     = aws_cloudwatch_event_target.state_machine.retry_policy[0].maximum_event_age_in_seconds == 86400
    error_message = "Delivery is tried for a day."
  }
}

run "jobs_are_as_the_plan_says" {
  module {
    source = "./glue"
  }

  command = plan

  variables {
    name_prefix           = ""
    batch                 = { size = 100, window_seconds = 300 }
    dynamodb              = { hash_key = "PartKey", hash_key_type = "S" }
    target                = { schema = "public", name = "orders", columns = [], key = ["partkey"], version = "_version" }
    bucket                = "assets"
    state_prefix          = "capture/"
    dead_letter_queue_url = "https://sqs/mock"
    role_arn              = "arn:aws:iam::054158074701:role/GlueFullAccessRole"
    alarm_topic_arn       = "arn:aws:sns:ap-south-1:054158074701:alarms"
    glue = {
      workflow   = "Glue-EventBridge-Workflow"
      connection = { name = "Redshift connection", subnet = "subnet-b", manage = true }
      jobs = {
        GlueTestjob      = { enabled = true, type = "pythonshell", glue_version = "3.0", max_capacity = 0.0625, timeout_minutes = 60 }
        DynamotoRedshift = { enabled = true, type = "glueetl", glue_version = "5.0", worker_type = "G.1X", number_of_workers = 10, timeout_minutes = 60 }
      }
    }
  }

  assert {
    condition     = aws_glue_job.this["GlueTestjob"].max_capacity == 0.0625 && aws_glue_job.this["GlueTestjob"].glue_version == "3.0"
    error_message = "GlueTestjob is a python shell job of 0.0625 DPU."
  }
  assert {
    condition     = one(aws_glue_job.this["GlueTestjob"].command).python_version == "3.9" && aws_glue_job.this["GlueTestjob"].connections == null
    error_message = "GlueTestjob runs Python 3.9, without a connection."
  }
  assert {
    condition     = aws_glue_job.this["DynamotoRedshift"].number_of_workers == 10 && aws_glue_job.this["DynamotoRedshift"].worker_type == "G.1X"
    error_message = "DynamotoRedshift has 10 workers of G.1X."
  }
  assert {
    condition     = aws_glue_connection.redshift[0].physical_connection_requirements[0].availability_zone == "ap-south-1b"
    error_message = "The connection's zone is that of its subnet."
  }
  assert {
    condition     = aws_glue_connection.redshift[0].connection_properties["JDBC_ENFORCE_SSL"] == "true"
    error_message = "The connection is encrypted."
  }
  assert {
    condition     = aws_glue_workflow.orders.max_concurrent_runs == 1
    error_message = "The state machine relies on one run at a time."
  }
  assert {
    condition     = aws_glue_trigger.start[0].type == "EVENT" && one(aws_glue_trigger.start[0].event_batching_condition).batch_size == 100
    error_message = "The workflow starts with an event trigger."
  }
}

run "a_loader_has_no_secret" {
  module {
    source = "./glue"
  }

  command = plan

  variables {
    load_as               = "loader"
    name_prefix           = ""
    batch                 = { size = 100, window_seconds = 300 }
    dynamodb              = { hash_key = "PartKey", hash_key_type = "S" }
    target                = { schema = "public", name = "orders", columns = [], key = ["partkey"], version = "_version" }
    bucket                = "assets"
    state_prefix          = "capture/"
    dead_letter_queue_url = "https://sqs/mock"
    role_arn              = "arn:aws:iam::054158074701:role/GlueFullAccessRole"
    alarm_topic_arn       = "arn:aws:sns:ap-south-1:054158074701:alarms"
    glue = {
      workflow   = "Glue-EventBridge-Workflow"
      connection = { name = "Redshift connection", subnet = "subnet-b", manage = true }
      jobs = {
        GlueTestjob      = { enabled = true, type = "pythonshell", glue_version = "3.0", max_capacity = 0.0625, timeout_minutes = 60 }
        DynamotoRedshift = { enabled = true, type = "glueetl", glue_version = "5.0", worker_type = "G.1X", number_of_workers = 10, timeout_minutes = 60 }
      }
    }
  }

  assert {
    condition     = !contains(keys(aws_glue_job.this["GlueTestjob"].default_arguments), "--secret_arn") && contains(keys(aws_glue_job.this["DynamotoRedshift"].default_arguments), "--secret_arn")
    error_message = "GlueTestjob signs in as its role; the full load makes tables, and needs the admin user."
  }
}

run "the_comparison_is_a_job_of_its_own" {
  module {
    source = "./glue"
  }

  command = plan

  variables {
    load_as               = "loader"
    name_prefix           = "data-pipeline-prod-"
    batch                 = { size = 100, window_seconds = 300 }
    dynamodb              = { hash_key = "PartKey", hash_key_type = "S" }
    target                = { schema = "public", name = "orders", columns = [], key = ["partkey"], version = "_version" }
    bucket                = "assets"
    state_prefix          = "capture/"
    dead_letter_queue_url = "https://sqs/mock"
    role_arn              = "arn:aws:iam::054158074701:role/GlueFullAccessRole"
    alarm_topic_arn       = "arn:aws:sns:ap-south-1:054158074701:alarms"
    glue = {
      workflow   = "Glue-EventBridge-Workflow"
      connection = { name = "Redshift connection", subnet = "subnet-b", manage = true }
      jobs = {
        GlueTestjob = { enabled = true, type = "pythonshell", glue_version = "3.0", max_capacity = 0.0625 }
        Reconcile   = { enabled = true, type = "glueetl", glue_version = "5.0", worker_type = "G.1X", number_of_workers = 2, schedule = "cron(30 20 ? * SAT *)", arguments = { "--fix" = "true" } }
      }
    }
  }

  assert {
    condition     = aws_glue_trigger.schedule["Reconcile"].schedule == "cron(30 20 ? * SAT *)"
    error_message = "It runs by its schedule."
  }
  assert {
    condition     = aws_glue_job.this["Reconcile"].default_arguments["--fix"] == "true" && !contains(keys(aws_glue_job.this["Reconcile"].default_arguments), "--secret_arn")
    error_message = "The owner's arguments reach it, and it signs in as GlueTestjob does."
  }
  assert {
    condition     = endswith(aws_glue_job.this["Reconcile"].default_arguments["--extra-py-files"], "/GlueTestjob.py") && aws_s3_object.rules[0].content == file("../../runtime/glue_shell/GlueTestjob.py")
    error_message = "It imports GlueTestjob by this name, whatever the prefix."
  }
}

run "everything_is_composed" {
  command = apply

  assert {
    condition     = output.job_names == { GlueTestjob = "GlueTestjob", DynamotoRedshift = "DynamotoRedshift" }
    error_message = "gluejob belongs to the layer s3-redshift."
  }
  assert {
    condition     = output.state_location == "s3://assets/capture/"
    error_message = "Keys are recorded in the bucket of Glue's assets."
  }
}

run "both_sources_run_while_one_takes_over" {
  command = apply

  variables {
    capture = { source = "both" }
  }

  assert {
    condition     = output.capture_function == "CaptureStream"
    error_message = "The stream is followed."
  }
}

run "cloudtrail_alone_needs_no_stream" {
  command = apply

  variables {
    capture           = { source = "cloudtrail" }
    orders_stream_arn = null
  }

  assert {
    condition     = output.capture_function == null
    error_message = "Nothing follows the stream."
  }
}

run "the_stream_needs_its_arn" {
  command = plan

  variables {
    capture           = { source = "stream" }
    orders_stream_arn = null
  }

  expect_failures = [var.capture]
}

run "the_stream_is_followed_without_loss" {
  module {
    source = "./stream"
  }

  command = plan

  variables {
    name                  = "CaptureStream"
    role_arn              = "arn:aws:iam::054158074701:role/capture"
    enabled               = true
    stream_arn            = "arn:aws:dynamodb:ap-south-1:054158074701:table/Orders/stream/2026-01-01T00:00:00.000"
    table_name            = "Orders"
    window_seconds        = 300
    bucket                = "assets"
    state_prefix          = "capture/"
    workflow_name         = "workflow"
    dead_letter_queue_arn = "arn:aws:sqs:ap-south-1:054158074701:mock"
    dead_letter_queue_url = "https://sqs/mock"
    alarm_topic_arn       = "arn:aws:sns:ap-south-1:054158074701:alarms"
  }

  assert {
    condition     = aws_lambda_event_source_mapping.stream.starting_position == "TRIM_HORIZON"
    error_message = "What was written before the mapping was there must be read too."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.stream.bisect_batch_on_function_error && contains(aws_lambda_event_source_mapping.stream.function_response_types, "ReportBatchItemFailures")
    error_message = "A failure must not hold up the rest of its batch."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.stream.destination_config[0].on_failure[0].destination_arn == var.dead_letter_queue_arn
    error_message = "What fails for good must be told."
  }
}

run "a_connection_outside_the_private_subnets_is_refused" {
  command = plan

  variables {
    glue = {
      workflow   = "w"
      connection = { name = "Redshift connection", subnet = "subnet-public" }
      jobs       = {}
    }
  }

  expect_failures = [var.glue]
}

run "exactly_one_table_follows_dynamodb" {
  command = plan

  variables {
    tables = {}
  }

  expect_failures = [var.tables]
}
