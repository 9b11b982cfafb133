# From a new file in the source bucket to rows in Redshift: auto-copy, or a scheduled COPY.

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
  source = "../../../modules//s3-to-redshift"
}

dependency "static" {
  config_path = "../static"

  # The values of env.yaml, and ids of the right shape, so that the layer can be planned before static is applied.
  mock_outputs_allowed_terraform_commands = ["validate", "plan"]
  mock_outputs = {
    source_bucket              = "${local.prefix}${local.env.storage.source_bucket}"
    redshift_namespace_arn     = "arn:aws:redshift-serverless:${local.env.region}:${local.env.account_id}:namespace/00000000-0000-0000-0000-000000000000"
    glue_assets_bucket         = "${local.prefix}${local.env.storage.glue_assets_bucket}"
    glue_role_arn              = "${local.role}${try(local.env.iam.paths["${local.prefix}${local.glue}"], "/")}${local.prefix}${local.glue}"
    redshift_workgroup_name    = "${local.prefix}${local.env.databases.redshift.workgroup}"
    redshift_workgroup_arn     = "arn:aws:redshift-serverless:${local.env.region}:${local.env.account_id}:workgroup/00000000-0000-0000-0000-000000000000"
    redshift_database          = try(local.env.databases.redshift.database, "dev")
    redshift_secret_arn        = "arn:aws:secretsmanager:${local.env.region}:${local.env.account_id}:secret:mock-redshift-AbCdEf"
    redshift_commands_role_arn = "${local.role}${try(local.env.iam.paths["${local.prefix}${local.commands}"], "/")}${local.prefix}${local.commands}"
    database_secret_arn        = "arn:aws:secretsmanager:${local.env.region}:${local.env.account_id}:secret:mock-database-AbCdEf"
    mysql_endpoint             = "mock.rds.amazonaws.com"
    mysql_port                 = try(local.env.databases.mysql.port, 3306)
    mysql_database             = try(local.env.databases.mysql.database, "mock")
    private_subnets            = [for index, subnet in local.env.network.private_subnets : { id = try(coalesce(subnet.id), format("subnet-%017d", index)), az = subnet.az }]
    database_security_group_id = try(coalesce(local.env.network.security_groups.database), "sg-00000000000000000")
  }
}

inputs = {
  runtime_dir    = "${dirname(find_in_parent_folders("terragrunt.hcl"))}/runtime"
  s3_to_redshift = try(local.env.s3_to_redshift, {})
  mysql          = local.env.databases.mysql
  glue           = local.env.glue
  iam            = try(local.env.iam, {})
  tables         = local.env.tables
  alarm_email    = try(local.env.alarm_email, null)

  source_bucket              = dependency.static.outputs.source_bucket
  redshift_namespace_arn     = dependency.static.outputs.redshift_namespace_arn
  glue_assets_bucket         = dependency.static.outputs.glue_assets_bucket
  glue_role_arn              = dependency.static.outputs.glue_role_arn
  redshift_workgroup_name    = dependency.static.outputs.redshift_workgroup_name
  redshift_workgroup_arn     = dependency.static.outputs.redshift_workgroup_arn
  redshift_database          = dependency.static.outputs.redshift_database
  redshift_secret_arn        = dependency.static.outputs.redshift_secret_arn
  redshift_commands_role_arn = dependency.static.outputs.redshift_commands_role_arn
  database_secret_arn        = dependency.static.outputs.database_secret_arn
  mysql_endpoint             = try(dependency.static.outputs.mysql_endpoint, null)
  mysql_port                 = try(dependency.static.outputs.mysql_port, null)
  mysql_database             = try(dependency.static.outputs.mysql_database, null)
  private_subnets            = dependency.static.outputs.private_subnets
  database_security_group_id = dependency.static.outputs.database_security_group_id
}
