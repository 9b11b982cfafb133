variable "label" {
  description = "<project>-<environment>: names MySQL's subnet group."
  type        = string
}

variable "subnet_ids" {
  description = "The private subnets of Redshift and MySQL."
  type        = list(string)
}

variable "security_group_id" {
  description = "The security group of Redshift and MySQL."
  type        = string
}

variable "deletion_protection" {
  description = "Whether the table and MySQL refuse to be deleted. To delete them: set it to false, apply, destroy."
  type        = bool
  default     = true
}

variable "protect" {
  description = "Whether point-in-time recovery of the table is turned on."
  type        = bool
  default     = true
}

variable "dynamodb" {
  description = "The Orders table: its full name, its hash key and what its stream carries."
  type = object({
    table            = string
    hash_key         = string
    hash_key_type    = string
    billing_mode     = string
    stream_view_type = string
  })

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{3,255}$", var.dynamodb.table))
    error_message = "A table's name, prefix included, is 3 to 255 letters, digits and _.-."
  }

  validation {
    condition     = contains(["S", "N", "B"], var.dynamodb.hash_key_type)
    error_message = "dynamodb.hash_key_type must be S, N or B."
  }

  validation {
    condition     = var.dynamodb.billing_mode == "PAY_PER_REQUEST"
    error_message = "dynamodb.billing_mode must be PAY_PER_REQUEST: there are no settings here for provisioned capacity."
  }

  validation {
    condition     = contains(["NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"], var.dynamodb.stream_view_type)
    error_message = "dynamodb.stream_view_type must be NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES or KEYS_ONLY."
  }
}

variable "mysql" {
  description = "The MySQL instance, identifier with its prefix; null leaves it out. All but the identifier counts only when it is created."
  type = object({
    identifier            = string
    database              = string
    port                  = number
    username              = string
    managed_password      = bool
    engine_version        = string
    instance_class        = string
    allocated_storage_gib = number
    multi_az              = bool
  })
  default = null

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9])*$", try(var.mysql.identifier, "none"))) && length(try(var.mysql.identifier, "none")) <= 63
    error_message = "mysql.identifier, prefix included, is 1 to 63 of a-z, 0-9 and single hyphens, starting with a letter."
  }
}

variable "redshift" {
  description = "Redshift Serverless: namespace and workgroup with their prefix, database, size in RPU and port."
  type = object({
    namespace        = string
    workgroup        = string
    database         = string
    admin_user       = string
    managed_password = bool
    base_capacity    = number
    max_capacity     = optional(number)
    port             = number

    publicly_accessible = optional(bool, false)
    limit_usd_month     = optional(number)
    limit_action        = optional(string, "deactivate")
    rpu_hour_usd        = optional(number)
  })

  validation {
    condition     = coalesce(var.redshift.limit_usd_month, 1) > 0 && coalesce(var.redshift.rpu_hour_usd, 1) > 0
    error_message = "redshift.limit_usd_month and redshift.rpu_hour_usd must be above 0."
  }

  validation {
    condition     = contains(["log", "emit-metric", "deactivate"], var.redshift.limit_action)
    error_message = "redshift.limit_action must be log, emit-metric or deactivate."
  }

  validation {
    condition     = alltrue([for name in [var.redshift.namespace, var.redshift.workgroup] : can(regex("^[a-z0-9-]{3,64}$", name))])
    error_message = "redshift.namespace and redshift.workgroup, prefix included, are 3 to 64 of a-z, 0-9 and hyphen."
  }

  # AWS: Redshift management guide, "Compute capacity for Amazon Redshift Serverless".
  validation {
    condition     = contains([4], var.redshift.base_capacity) || (var.redshift.base_capacity >= 8 && var.redshift.base_capacity <= 512 && var.redshift.base_capacity % 8 == 0) || (var.redshift.base_capacity > 512 && var.redshift.base_capacity <= 1024 && var.redshift.base_capacity % 32 == 0)
    error_message = "redshift.base_capacity must be 4, a multiple of 8 from 8 to 512, or a multiple of 32 up to 1024 RPU."
  }

  validation {
    condition     = coalesce(var.redshift.max_capacity, var.redshift.base_capacity) >= var.redshift.base_capacity
    error_message = "redshift.max_capacity must not be below redshift.base_capacity."
  }

  validation {
    condition     = (var.redshift.port >= 5431 && var.redshift.port <= 5455) || (var.redshift.port >= 8191 && var.redshift.port <= 8215)
    error_message = "redshift.port must be 5431 to 5455 or 8191 to 8215: Redshift Serverless takes no others."
  }
}

variable "redshift_role_arns" {
  description = "The roles that the namespace may use in COPY and UNLOAD."
  type        = list(string)
}

variable "redshift_default_role_arn" {
  description = "The role that IAM_ROLE default means; one of redshift_role_arns."
  type        = string
}
