# The foundation: network, buckets, secrets, trail, databases and the roles that they share.

include "root" {
  path   = find_in_parent_folders("terragrunt.hcl")
  expose = true
}

terraform {
  source = "../../../modules//static-infrastructure"
}

inputs = {
  network        = include.root.locals.env.network
  storage        = include.root.locals.env.storage
  secrets        = include.root.locals.env.secrets
  audit          = include.root.locals.env.audit
  databases      = include.root.locals.env.databases
  iam            = try(include.root.locals.env.iam, {})
  glue           = include.root.locals.env.glue
  s3_to_redshift = try(include.root.locals.env.s3_to_redshift, {})
}
