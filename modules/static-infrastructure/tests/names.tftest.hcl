# The whole module: names with a prefix, and where the passwords are.

mock_provider "aws" {
  mock_resource "aws_redshiftserverless_workgroup" {
    defaults = { endpoint = [{ address = "redshift.example", port = 5439, vpc_endpoint = [] }] }
  }
}

override_data {
  target = data.aws_partition.current
  values = { partition = "aws" }
}

variables {
  name_prefix = "data-pipeline-prod-"
  account_id  = "111122223333"
  region      = "ap-south-1"
  project     = "data-pipeline"
  environment = "prod"
  network = {
    vpc             = { name = "vpc", cidr = "10.20.0.0/16" }
    private_subnets = [{ az = "ap-south-1a", cidr = "10.20.128.0/20" }, { az = "ap-south-1b", cidr = "10.20.144.0/20" }]
  }
  storage = { source_bucket = "source", glue_assets_bucket = "glue", trail_bucket = "trail", export_bucket = "exports" }
  secrets = { redshift = "redshift", database = "dbaccess" }
  audit   = { trail = "data-events" }
  databases = {
    dynamodb = { table = "Orders", hash_key = "PartKey" }
    mysql    = { identifier = "database", database = "orders", managed_password = true }
    redshift = { namespace = "redshift", workgroup = "redshift", managed_password = true, base_capacity = 8 }
  }
  iam  = { glue = "GlueRole", redshift_commands = "CommandsRole", redshift_s3 = ["S3Role"] }
  glue = { workflow = "orders", connection = { name = "redshift" }, jobs = { GlueTestjob = {} } }
}

run "every_name_has_the_prefix" {
  command = plan

  assert {
    condition = alltrue([
      for name in [
        output.source_bucket, output.glue_assets_bucket, output.trail_bucket, output.orders_table_name, output.redshift_namespace_name,
        output.redshift_workgroup_name, output.glue_role_name, output.redshift_commands_role_name,
      ] : startswith(name, "data-pipeline-prod-")
    ])
    error_message = "A name lacks its prefix."
  }
}

run "managed_passwords_need_no_secrets_of_ours" {
  command = plan

  assert {
    condition     = length(module.secrets.arns) == 0
    error_message = "A secret is made that nobody will fill."
  }
}

run "passwords_in_secrets_of_ours" {
  command = plan

  variables {
    databases = {
      dynamodb = { table = "Orders", hash_key = "PartKey" }
      mysql    = null
      redshift = { namespace = "redshift", workgroup = "redshift" }
    }
  }

  assert {
    condition     = keys(module.secrets.arns) == ["database", "redshift"] && output.mysql_endpoint == null
    error_message = "Both secrets are there, with and without MySQL."
  }
}

run "refuses_a_prefix_that_does_not_end_in_a_hyphen" {
  command = plan

  variables {
    name_prefix = "data-pipeline-prod"
  }
  expect_failures = [var.name_prefix]
}

run "refuses_a_short_account_and_an_unknown_mode" {
  command = plan

  variables {
    account_id     = "1111"
    s3_to_redshift = { mode = "sometimes" }
  }
  expect_failures = [var.account_id, var.s3_to_redshift]
}
