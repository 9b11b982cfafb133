# Both modes, and gluejob on and off, with a provider that makes nothing.

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
}

variables {
  account_id                 = "054158074701"
  region                     = "ap-south-1"
  project                    = "data-pipeline"
  environment                = "dev"
  runtime_dir                = "../../runtime"
  source_bucket              = "manifest-bucket-054158074701"
  redshift_namespace_arn     = "arn:aws:redshift-serverless:ap-south-1:054158074701:namespace/1"
  glue_assets_bucket         = "assets"
  glue_role_arn              = "arn:aws:iam::054158074701:role/GlueFullAccessRole"
  redshift_workgroup_name    = "default-workgroup"
  redshift_workgroup_arn     = "arn:aws:redshift-serverless:ap-south-1:054158074701:workgroup/1"
  redshift_database          = "dev"
  redshift_secret_arn        = "arn:aws:secretsmanager:ap-south-1:054158074701:secret:test/redshift-AbCdEf"
  redshift_commands_role_arn = "arn:aws:iam::054158074701:role/Commands"
  database_secret_arn        = "arn:aws:secretsmanager:ap-south-1:054158074701:secret:test/dbaccess-AbCdEf"
  mysql                      = { database = "orders" }
  mysql_endpoint             = "database-1.rds.amazonaws.com"
  mysql_port                 = 3306
  mysql_database             = "orders"
  private_subnets            = [{ id = "subnet-a", az = "ap-south-1a" }]
  database_security_group_id = "sg-database"
  glue = {
    jobs = { gluejob = { enabled = false, type = "glueetl", glue_version = "5.0", worker_type = "G.1X", number_of_workers = 10, source = "mysql" } }
  }
  tables = {
    order_files = {
      columns = [{ name = "partkey", type = "varchar(64)" }]
      load    = { source = "s3", prefix = "it's\\here/", format = "csv", ignore_header = 1, delimiter = "'", compression = "gzip" }
    }
    orders = {
      columns = [{ name = "partkey", type = "varchar(64)" }]
      load    = { source = "dynamodb" }
    }
  }
}

run "auto_copy_makes_an_integration_and_no_schedule" {
  command = plan

  assert {
    condition     = module.redshift_autocopy.schedule_names == {} && output.job_names == {}
    error_message = "Nothing is scheduled, and gluejob is off."
  }
}

run "auto_copy_refuses_a_bucket_with_a_dot" {
  command = plan

  variables {
    source_bucket = "my.bucket"
  }

  expect_failures = [var.source_bucket]
}

run "scheduled_copies_are_quoted_and_replace_what_was_there" {
  module {
    source = "./redshift-autocopy"
  }

  command = plan

  variables {
    name_prefix        = ""
    mode               = "scheduled"
    cron               = "cron(0 * * * ? *)"
    timezone           = "UTC"
    scheduler_role_arn = "arn:aws:iam::054158074701:role/scheduler"
    alarm_topic_arn    = "arn:aws:sns:ap-south-1:054158074701:alarms"
    tables = {
      order_files = {
        schema = "public"
        load   = { prefix = "it's\\here/", format = "csv", ignore_header = 1, delimiter = "'", compression = "gzip" }
      }
    }
  }

  assert {
    condition     = output.copy_statements["order_files"] == "COPY \"public\".\"order_files\" FROM 's3://manifest-bucket-054158074701/it''s\\\\here/' IAM_ROLE 'arn:aws:iam::054158074701:role/Commands' FORMAT AS CSV DELIMITER AS '''' GZIP IGNOREHEADER AS 1"
    error_message = "COPY must be quoted for Redshift."
  }
  assert {
    condition     = jsondecode(aws_scheduler_schedule.copy["order_files"].target[0].input).Sqls[0] == "DELETE FROM \"public\".\"order_files\""
    error_message = "The rows of earlier runs go in the same transaction."
  }
  assert {
    condition     = endswith(jsondecode(aws_scheduler_schedule.copy["order_files"].target[0].input).ClientToken, "-<aws.scheduler.scheduled-time>")
    error_message = "A repeated call must be the same statement."
  }
  assert {
    condition     = strcontains(aws_scheduler_schedule.copy["order_files"].target[0].input, "<aws.scheduler.scheduled-time>")
    error_message = "The scheduler's own name must stand in the input unescaped."
  }
}

run "who_sends_a_copy_reads_a_secret_with_a_key_of_its_own" {
  module {
    source = "./iam"
  }

  command = plan

  variables {
    name_prefix           = ""
    scheduled             = true
    schedule_group_arn    = "arn:aws:scheduler:ap-south-1:054158074701:schedule-group/s3-redshift"
    dead_letter_queue_arn = "arn:aws:sqs:ap-south-1:054158074701:s3-redshift-dead-letters"
    gluejob               = true
    names                 = { scheduler = "Scheduler", kms_key_arns = ["arn:aws:kms:ap-south-1:054158074701:key/0b5e"] }
  }

  assert {
    condition     = [for s in jsondecode(aws_iam_role_policy.scheduler[0].policy).Statement : s.Resource if s.Sid == "UseKeys"] == [["arn:aws:kms:ap-south-1:054158074701:key/0b5e"]]
    error_message = "The Data API reads the secret as its caller."
  }
  assert {
    condition     = alltrue([for p in [aws_iam_role_policy.scheduler[0], aws_iam_role_policy.glue[0], aws_iam_role_policy.redshift_commands[0]] : startswith(p.name, "dpctl-")])
    error_message = "A policy of ours has a name that the owner may have given one."
  }
}

run "gluejob_reads_mysql_through_its_connection" {
  command = apply

  variables {
    glue = {
      jobs = { gluejob = { type = "glueetl", glue_version = "5.0", worker_type = "G.1X", number_of_workers = 10, source = "mysql", table = "orders" } }
    }
  }

  assert {
    condition     = output.job_names == { gluejob = "gluejob" }
    error_message = "gluejob can be switched on."
  }
}

run "gluejob_without_mysql_is_refused" {
  command = plan

  variables {
    mysql = null
    glue = {
      jobs = { gluejob = { type = "glueetl", glue_version = "5.0", worker_type = "G.1X", number_of_workers = 10, source = "mysql", table = "orders" } }
    }
  }

  expect_failures = [var.glue]
}

run "without_mysql_the_layer_still_stands" {
  command = apply

  variables {
    mysql          = null
    mysql_endpoint = null
    mysql_port     = null
    mysql_database = null
    s3_to_redshift = { mode = "scheduled" }
  }

  assert {
    condition     = output.mode == "scheduled" && output.integration_arn == null && keys(output.schedule_names) == ["order_files"]
    error_message = "Mode scheduled has a schedule for each table from S3, and no integration."
  }
}
