# The foundation of the pipeline: what the other three layers stand on.
#
# What env.yaml names by id (VPC, subnets, security groups, the trail's key) is looked up and never changed. What it
# names by name (buckets, secrets, trail, table, databases, roles) is managed: imported where it stands, created where
# it does not. See docs/decisions/0010-by-id-or-by-name.md.

data "aws_partition" "current" {}

locals {
  partition = data.aws_partition.current.partition
  label     = "${var.project}-${var.environment}"

  # Names with the prefix.
  names = {
    source_bucket      = "${var.name_prefix}${var.storage.source_bucket}"
    glue_assets_bucket = "${var.name_prefix}${var.storage.glue_assets_bucket}"
    trail_bucket       = "${var.name_prefix}${var.storage.trail_bucket}"
    export_bucket      = "${var.name_prefix}${var.storage.export_bucket}"
    trail              = "${var.name_prefix}${var.audit.trail}"
    table              = "${var.name_prefix}${var.databases.dynamodb.table}"
  }

  # ARNs that follow from names, so that policies can be read in the first plan, before anything is there.
  trail_arn        = "arn:${local.partition}:cloudtrail:${var.region}:${var.account_id}:trail/${local.names.trail}"
  orders_table_arn = "arn:${local.partition}:dynamodb:${var.region}:${var.account_id}:table/${local.names.table}"

  # Where AWS manages a password, it keeps the secret too.
  redshift_password_managed = var.databases.redshift.managed_password
  mysql_password_managed    = try(var.databases.mysql.managed_password, false)
  redshift_secret_arn       = local.redshift_password_managed ? module.databases.redshift_managed_secret_arn : module.secrets.arns["redshift"]
  database_secret_arn       = local.mysql_password_managed ? module.databases.mysql_managed_secret_arn : module.secrets.arns["database"]
}

module "networking" {
  source = "./networking"

  label           = local.label
  region          = var.region
  vpc             = merge(var.network.vpc, { name = "${var.name_prefix}${var.network.vpc.name}" })
  private_subnets = var.network.private_subnets
  public_subnets  = var.network.public_subnets
  security_groups = var.network.security_groups
  egress          = var.network.egress
}

module "storage" {
  source = "./storage"

  buckets = {
    source      = local.names.source_bucket
    glue_assets = local.names.glue_assets_bucket
    trail       = local.names.trail_bucket
  }
  account_id         = var.account_id
  region             = var.region
  partition          = local.partition
  trail_arn          = local.trail_arn
  log_retention_days = var.storage.log_retention_days
  auto_copy          = var.s3_to_redshift.mode == "auto_copy"
  manage_options     = coalesce(var.storage.options, var.name_prefix == "" ? "existing" : "managed") == "managed"
  protect            = var.adoption.protect
  more_statements    = var.storage.more_statements
}

module "secrets" {
  source = "./secrets"

  names = merge(
    local.redshift_password_managed ? {} : { redshift = "${var.name_prefix}${var.secrets.redshift}" },
    local.mysql_password_managed ? {} : { database = "${var.name_prefix}${var.secrets.database}" },
  )
}

module "audit" {
  source = "./audit"

  label            = local.label
  trail            = local.names.trail
  trail_arn        = local.trail_arn
  trail_bucket     = module.storage.trail_bucket
  orders_table_arn = local.orders_table_arn
  kms_key_arn      = var.audit.kms_key_arn
  more_selectors   = var.audit.more_selectors
  account_id       = var.account_id
  partition        = local.partition
}

module "databases" {
  source = "./databases"

  label               = local.label
  subnet_ids          = module.networking.private_subnets[*].id
  security_group_id   = module.networking.database_security_group_id
  deletion_protection = var.adoption.protect ? var.databases.deletion_protection : null
  protect             = var.adoption.protect
  dynamodb            = merge(var.databases.dynamodb, { table = local.names.table })
  mysql = var.databases.mysql == null ? null : merge(var.databases.mysql, {
    identifier = "${var.name_prefix}${var.databases.mysql.identifier}"
  })
  redshift = merge(var.databases.redshift, {
    namespace = "${var.name_prefix}${var.databases.redshift.namespace}"
    workgroup = "${var.name_prefix}${var.databases.redshift.workgroup}"
  })
  redshift_role_arns        = distinct(concat([module.iam.redshift_commands_role_arn], module.iam.redshift_s3_role_arns, var.databases.redshift.more_roles))
  redshift_default_role_arn = module.iam.redshift_commands_role_arn
}

module "iam" {
  source = "./iam"

  names = {
    glue              = "${var.name_prefix}${var.iam.glue}"
    redshift_commands = "${var.name_prefix}${var.iam.redshift_commands}"
    redshift_s3       = [for name in var.iam.redshift_s3 : "${var.name_prefix}${name}"]
  }
  exclusive = var.iam.exclusive

  kms_key_arns = var.iam.kms_key_arns

  account_id = var.account_id
  region     = var.region
  partition  = local.partition
  bucket_arns = {
    source      = "arn:${local.partition}:s3:::${local.names.source_bucket}"
    glue_assets = "arn:${local.partition}:s3:::${local.names.glue_assets_bucket}"
    export      = "arn:${local.partition}:s3:::${local.names.export_bucket}"
  }
  secret_arns   = { redshift = local.redshift_secret_arn, database = local.database_secret_arn }
  workgroup_arn = module.databases.redshift_workgroup_arn
  network = {
    vpc_id            = module.networking.vpc_id
    subnet_ids        = module.networking.private_subnets[*].id
    security_group_id = module.networking.database_security_group_id
  }
  glue = {
    workflow = "${var.name_prefix}${var.glue.workflow}"
    connections = [
      "${var.name_prefix}${var.glue.connection.name}",
      "${var.name_prefix}${var.glue.mysql_connection}",
    ]
    jobs = [for name in keys(var.glue.jobs) : "${var.name_prefix}${name}"]
  }
}
