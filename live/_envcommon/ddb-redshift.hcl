# From a write to the DynamoDB table to the row in Redshift: event, state machine, workflow, job.

locals {
  # an included file does not see the unit's other includes, so the layer reads the values itself
  env = yamldecode(file(find_in_parent_folders("env.yaml")))

  # what stands before the names that the mocks take from env.yaml
  environment = basename(dirname(find_in_parent_folders("env.yaml")))
  prefix      = try(local.env.naming, "existing") == "prefixed" ? "${local.env.project}-${local.environment}-" : ""
  role        = "arn:aws:iam::${local.env.account_id}:role"
  glue        = try(local.env.iam.glue, "GlueFullAccessRole")
  commands    = try(local.env.iam.redshift_commands, "RedshiftCommandsRole")
}

terraform {
  source = "../../../modules//dynamodb-to-redshift"
}

dependency "static" {
  config_path = "../static"

  # The values of env.yaml, and ids of the right shape, so that the layer can be planned before static is applied.
  mock_outputs_allowed_terraform_commands = ["validate", "plan"]
  mock_outputs = {
    orders_table_name          = "${local.prefix}${local.env.databases.dynamodb.table}"
    orders_stream_arn          = "arn:aws:dynamodb:${local.env.region}:${local.env.account_id}:table/${local.prefix}${local.env.databases.dynamodb.table}/stream/2026-01-01T00:00:00.000"
    orders_table_arn           = "arn:aws:dynamodb:${local.env.region}:${local.env.account_id}:table/${local.prefix}${local.env.databases.dynamodb.table}"
    glue_assets_bucket         = "${local.prefix}${local.env.storage.glue_assets_bucket}"
    glue_role_arn              = "${local.role}${try(local.env.iam.paths["${local.prefix}${local.glue}"], "/")}${local.prefix}${local.glue}"
    redshift_workgroup_name    = "${local.prefix}${local.env.databases.redshift.workgroup}"
    redshift_workgroup_arn     = "arn:aws:redshift-serverless:${local.env.region}:${local.env.account_id}:workgroup/00000000-0000-0000-0000-000000000000"
    redshift_database          = try(local.env.databases.redshift.database, "dev")
    redshift_secret_arn        = "arn:aws:secretsmanager:${local.env.region}:${local.env.account_id}:secret:mock-redshift-AbCdEf"
    redshift_commands_role_arn = "${local.role}${try(local.env.iam.paths["${local.prefix}${local.commands}"], "/")}${local.prefix}${local.commands}"
    redshift_endpoint          = "${local.prefix}${local.env.databases.redshift.workgroup}.${local.env.account_id}.${local.env.region}.redshift-serverless.amazonaws.com"
    redshift_port              = try(local.env.databases.redshift.port, 5439)
    private_subnets            = [for index, subnet in local.env.network.private_subnets : { id = try(coalesce(subnet.id), format("subnet-%017d", index)), az = subnet.az }]
    database_security_group_id = try(coalesce(local.env.network.security_groups.database), "sg-00000000000000000")
  }
}

inputs = {
  runtime_dir = "${dirname(find_in_parent_folders("terragrunt.hcl"))}/runtime"
  dynamodb    = local.env.databases.dynamodb
  capture     = try(local.env.capture, {})
  glue        = local.env.glue
  iam         = try(local.env.iam, {})
  tables      = local.env.tables
  alarm_email = try(local.env.alarm_email, null)
  load_as     = try(local.env.databases.redshift.load_as, "admin")

  orders_table_name          = dependency.static.outputs.orders_table_name
  orders_stream_arn          = dependency.static.outputs.orders_stream_arn
  orders_table_arn           = dependency.static.outputs.orders_table_arn
  glue_assets_bucket         = dependency.static.outputs.glue_assets_bucket
  glue_role_arn              = dependency.static.outputs.glue_role_arn
  redshift_workgroup_name    = dependency.static.outputs.redshift_workgroup_name
  redshift_workgroup_arn     = dependency.static.outputs.redshift_workgroup_arn
  redshift_database          = dependency.static.outputs.redshift_database
  redshift_secret_arn        = dependency.static.outputs.redshift_secret_arn
  redshift_commands_role_arn = dependency.static.outputs.redshift_commands_role_arn
  redshift_endpoint          = dependency.static.outputs.redshift_endpoint
  redshift_port              = dependency.static.outputs.redshift_port
  private_subnets            = dependency.static.outputs.private_subnets
  database_security_group_id = dependency.static.outputs.database_security_group_id
}
