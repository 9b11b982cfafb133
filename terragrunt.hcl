# What all units share. A unit includes this file, names its module, and picks its inputs from env.yaml.

locals {
  env_file    = find_in_parent_folders("env.yaml")
  env         = yamldecode(file(local.env_file))
  environment = basename(dirname(local.env_file))
  prefixed    = try(local.env.naming, "existing") == "prefixed"

  # Where the names already stand, the resources were there before us: adopting them must not retag them.
  tags = local.prefixed ? {
    Project     = local.env.project
    Environment = local.environment
    Layer       = basename(get_terragrunt_dir())
    ManagedBy   = "terraform"
  } : {}
}

remote_state {
  backend = "s3"

  generate = {
    path      = "backend.tf"
    if_exists = "overwrite_terragrunt"
  }

  config = {
    bucket       = "${local.env.project}-tfstate-${local.env.account_id}-${local.env.region}"
    key          = "${path_relative_to_include()}/terraform.tfstate"
    region       = local.env.region
    encrypt      = true
    use_lockfile = true
  }
}

generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOT
    provider "aws" {
      region              = "${local.env.region}"
      allowed_account_ids = ["${local.env.account_id}"]

      default_tags {
        tags = ${jsonencode(local.tags)}
      }
    }
  EOT
}

inputs = {
  name_prefix = local.prefixed ? "${local.env.project}-${local.environment}-" : ""
  account_id  = local.env.account_id
  region      = local.env.region
  project     = local.env.project
  environment = local.environment
}
