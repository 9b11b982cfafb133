# From tables in Redshift to files in the export bucket, by the clock.

locals {
  # an included file does not see the unit's other includes, so the layer reads the values itself
  env = yamldecode(file(find_in_parent_folders("env.yaml")))

  # what stands before the names that the mocks take from env.yaml
  environment = basename(dirname(find_in_parent_folders("env.yaml")))
  prefix      = try(local.env.naming, "existing") == "prefixed" ? "${local.env.project}-${local.environment}-" : ""
  role        = "arn:aws:iam::${local.env.account_id}:role"
  glue        = try(local.env.iam.glue, "GlueFullAccessRole")
}

terraform {
  source = "../../../modules//redshift-to-s3"
}

dependency "static" {
  config_path = "../static"

  # The values of env.yaml, and ids of the right shape, so that the layer can be planned before static is applied.
  mock_outputs_allowed_terraform_commands = ["validate", "plan"]
  mock_outputs = {
    glue_assets_bucket      = "${local.prefix}${local.env.storage.glue_assets_bucket}"
    glue_role_arn           = "${local.role}${try(local.env.iam.paths["${local.prefix}${local.glue}"], "/")}${local.prefix}${local.glue}"
    redshift_workgroup_name = "${local.prefix}${local.env.databases.redshift.workgroup}"
    redshift_workgroup_arn  = "arn:aws:redshift-serverless:${local.env.region}:${local.env.account_id}:workgroup/00000000-0000-0000-0000-000000000000"
    redshift_database       = try(local.env.databases.redshift.database, "dev")
    redshift_secret_arn     = "arn:aws:secretsmanager:${local.env.region}:${local.env.account_id}:secret:mock-redshift-AbCdEf"
    redshift_s3_role_arns   = [for name in try(local.env.iam.redshift_s3, ["RedshiftS3role"]) : "${local.role}${try(local.env.iam.paths["${local.prefix}${name}"], "/")}${local.prefix}${name}"]
  }
}

inputs = {
  runtime_dir   = "${dirname(find_in_parent_folders("terragrunt.hcl"))}/runtime"
  export_bucket = local.env.storage.export_bucket
  schedules     = try(local.env.schedules, [])
  iam           = try(local.env.iam, {})
  tables        = local.env.tables
  alarm_email   = try(local.env.alarm_email, null)

  glue_assets_bucket      = dependency.static.outputs.glue_assets_bucket
  glue_role_arn           = dependency.static.outputs.glue_role_arn
  redshift_workgroup_name = dependency.static.outputs.redshift_workgroup_name
  redshift_workgroup_arn  = dependency.static.outputs.redshift_workgroup_arn
  redshift_database       = dependency.static.outputs.redshift_database
  redshift_secret_arn     = dependency.static.outputs.redshift_secret_arn
  unload_role_arn         = dependency.static.outputs.redshift_s3_role_arns[0]
}
