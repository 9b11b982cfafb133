# The foundation: network, buckets, secrets, trail, databases and the roles that they share.

locals {
  # an included file does not see the unit's other includes, so the layer reads the values itself
  env = yamldecode(file(find_in_parent_folders("env.yaml")))
}

terraform {
  source = "../../../modules//static-infrastructure"
}

inputs = {
  network        = local.env.network
  storage        = local.env.storage
  secrets        = local.env.secrets
  audit          = local.env.audit
  databases      = local.env.databases
  iam            = try(local.env.iam, {})
  glue           = local.env.glue
  s3_to_redshift = try(local.env.s3_to_redshift, {})
  adoption       = try(local.env.adoption, {})
}
