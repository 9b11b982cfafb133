variable "name_prefix" {
  description = "Stands before every name: empty where the names are kept as they are, else <project>-<environment>-."
  type        = string
  default     = ""

  validation {
    condition     = var.name_prefix == "" || can(regex("^[a-z][a-z0-9-]*-$", var.name_prefix))
    error_message = "name_prefix must be empty, or lower case letters, digits and hyphens ending in a hyphen."
  }
}

variable "account_id" {
  description = "The AWS account that everything is in."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be twelve digits."
  }
}

variable "region" {
  description = "The AWS region that everything is in."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be the name of a region, as ap-south-1 is."
  }
}

variable "project" {
  description = "The project: with the environment it names what env.yaml gives no name, such as endpoints."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}$", var.project))
    error_message = "project must be 2 to 24 lower case letters, digits and hyphens, starting with a letter."
  }
}

variable "environment" {
  description = "The environment's name: the folder under live/."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*$", var.environment))
    error_message = "environment must be lower case letters, digits and hyphens, starting with a letter."
  }
}

variable "network" {
  description = "The network (env.yaml: network). What carries an id is used as it stands; the rest is created."
  type = object({
    vpc             = object({ id = optional(string), name = string, cidr = string })
    private_subnets = list(object({ id = optional(string), az = string, cidr = string }))
    public_subnets  = optional(list(object({ id = optional(string), az = string, cidr = string })), [])
    security_groups = optional(object({
      database = optional(string)
      others   = optional(list(string), [])
    }), {})
    egress = optional(string, "endpoints")
  })

  validation {
    condition     = contains(["endpoints", "nat", "none"], var.network.egress)
    error_message = "network.egress must be endpoints, nat or none."
  }
}

variable "storage" {
  description = "The buckets' names before the prefix, how many days the trail's logs are kept, and whether the buckets' options are managed or left as they stand (env.yaml: storage)."
  type = object({
    source_bucket      = string
    glue_assets_bucket = string
    trail_bucket       = string
    export_bucket      = string
    log_retention_days = optional(number, 365)
    options            = optional(string)
    more_statements    = optional(map(list(string)), {})
  })
}

variable "secrets" {
  description = "The secrets' names before the prefix (env.yaml: secrets). Their values are never managed here."
  type        = object({ redshift = string, database = string })
}

variable "audit" {
  description = "The trail's name before the prefix, and the key of its logs; without a key one is created (env.yaml: audit)."
  type = object({
    trail       = string
    kms_key_arn = optional(string)
    more_selectors = optional(list(object({
      name = string
      fields = list(object({
        field           = string
        equals          = optional(list(string))
        not_equals      = optional(list(string))
        starts_with     = optional(list(string))
        not_starts_with = optional(list(string))
        ends_with       = optional(list(string))
        not_ends_with   = optional(list(string))
      }))
    })), [])
  })
}

variable "databases" {
  description = "The Orders table, MySQL (null leaves it out) and Redshift Serverless (env.yaml: databases)."
  type = object({
    deletion_protection = optional(bool, true)
    dynamodb = object({
      table            = string
      hash_key         = string
      hash_key_type    = optional(string, "S")
      billing_mode     = optional(string, "PAY_PER_REQUEST")
      stream_view_type = optional(string, "NEW_IMAGE")
    })
    mysql = optional(object({
      identifier            = string
      database              = string
      port                  = optional(number, 3306)
      username              = optional(string, "admin")
      managed_password      = optional(bool, false)
      engine_version        = optional(string, "8.0")
      instance_class        = optional(string, "db.t4g.micro")
      allocated_storage_gib = optional(number, 20)
      multi_az              = optional(bool, false)
    }))
    redshift = object({
      namespace        = string
      workgroup        = string
      database         = optional(string, "dev")
      admin_user       = optional(string, "admin")
      managed_password = optional(bool, false)
      base_capacity    = optional(number, 128)
      max_capacity     = optional(number)
      port             = optional(number, 5439)

      publicly_accessible = optional(bool, false)
      more_roles          = optional(list(string), [])
      limit_usd_month     = optional(number)
      limit_action        = optional(string, "deactivate")
      rpu_hour_usd        = optional(number)
    })
  })
}

variable "iam" {
  description = "The names, before the prefix, of the roles that the layers share; exclusive takes every other managed policy from them (env.yaml: iam)."
  type = object({
    exclusive         = optional(bool, false)
    kms_key_arns      = optional(list(string), [])
    glue              = optional(string, "GlueFullAccessRole")
    redshift_commands = optional(string, "RedshiftCommandsRole")
    redshift_s3       = optional(list(string), ["RedshiftS3role"])
  })
  default = {}
}

variable "glue" {
  description = "The names, before the prefix, of the Glue workflow, connections and jobs that the Glue role is scoped to (env.yaml: glue)."
  type = object({
    workflow         = string
    connection       = object({ name = string })
    mysql_connection = optional(string, "Jdbc connection mysql")
    jobs             = map(object({ enabled = optional(bool, true) }))
  })
}

variable "s3_to_redshift" {
  description = "How files get into Redshift (env.yaml: s3_to_redshift): auto_copy lets Redshift's integration watch the source bucket."
  type        = object({ mode = optional(string, "auto_copy") })
  default     = {}

  validation {
    condition     = contains(["auto_copy", "scheduled"], var.s3_to_redshift.mode)
    error_message = "s3_to_redshift.mode must be auto_copy or scheduled."
  }
}

variable "adoption" {
  description = "How what stands is adopted (env.yaml: adoption): protect adds what protects and takes nothing."
  type        = object({ protect = optional(bool, true) })
  default     = {}
  nullable    = false
}
