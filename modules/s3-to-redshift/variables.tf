variable "name_prefix" {
  description = "What every name starts with: nothing, or `<project>-<env>-`."
  type        = string
  default     = ""
  nullable    = false
}

variable "account_id" {
  description = "The AWS account, twelve digits."
  type        = string
  nullable    = false
}

variable "region" {
  description = "The AWS region."
  type        = string
  nullable    = false
}

variable "project" {
  description = "The project, as in env.yaml."
  type        = string
  nullable    = false
}

variable "environment" {
  description = "The environment, as in `live/<environment>`."
  type        = string
  nullable    = false
}

variable "runtime_dir" {
  description = "The directory that holds the code AWS runs (`runtime/`)."
  type        = string
  nullable    = false
}

variable "s3_to_redshift" {
  description = "How new files get in: `auto_copy` (Redshift watches the bucket) or `scheduled` (a COPY by the clock)."
  type = object({
    mode     = optional(string, "auto_copy")
    cron     = optional(string, "cron(0 * * * ? *)")
    timezone = optional(string, "UTC")
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["auto_copy", "scheduled"], var.s3_to_redshift.mode)
    error_message = "s3_to_redshift.mode is auto_copy or scheduled."
  }
}

variable "mysql" {
  description = "MySQL, as in env.yaml; null without it."
  type        = object({ database = string })
  default     = null
}

variable "glue" {
  description = "The MySQL connection's name and the jobs, as in env.yaml; this layer makes `gluejob`."
  type = object({
    mysql_connection = optional(string, "Jdbc connection mysql")
    jobs = map(object({
      enabled           = optional(bool, true)
      type              = string
      glue_version      = string
      max_capacity      = optional(number)
      worker_type       = optional(string)
      number_of_workers = optional(number)
      timeout_minutes   = optional(number)
      arguments         = optional(map(string), {})
      schedule          = optional(string)
      source            = optional(string, "dynamodb")
      table             = optional(string)
    }))
  })
  nullable = false

  validation {
    condition     = !try(var.glue.jobs["gluejob"].enabled, false) || var.glue.jobs["gluejob"].source != "mysql" || var.mysql != null
    error_message = "gluejob reads MySQL (source: mysql), but databases.mysql is null."
  }

  validation {
    condition = !try(var.glue.jobs["gluejob"].enabled, false) || anytrue([
      for name, table in var.tables : name == coalesce(var.glue.jobs["gluejob"].table, name)
      && (var.glue.jobs["gluejob"].source == "mysql" && (var.glue.jobs["gluejob"].table != null || try(table.load.source, "") == "mysql") || try(table.load.source, "") == "s3")
    ])
    error_message = "gluejob needs a table: one with load.source: s3 or mysql, as its own source is, or any that glue.jobs.gluejob.table names (mysql only)."
  }
}

variable "iam" {
  description = "The names of the roles; this layer's scheduler role adds `-copy`."
  type = object({
    scheduler    = optional(string, "RedshiftSchedulerRole")
    kms_key_arns = optional(list(string), [])
  })
  default  = {}
  nullable = false
}

variable "tables" {
  description = "The Redshift tables of env.yaml; those with `load.source: s3` are loaded here."
  type = map(object({
    schema = optional(string, "public")
    columns = list(object({
      name     = string
      type     = string
      nullable = optional(bool, true)
    }))
    key     = optional(list(string), [])
    version = optional(string)
    load = optional(object({
      source        = string
      prefix        = optional(string)
      format        = optional(string, "parquet")
      ignore_header = optional(number, 0)
      delimiter     = optional(string)
      compression   = optional(string)
      null_as       = optional(string)
      date_format   = optional(string)
      time_format   = optional(string)
      jsonpaths     = optional(string)

      mode             = optional(string, "full")
      source_table     = optional(string)
      watermark        = optional(string)
      overlap          = optional(number)
      partition_column = optional(string)
      on_error         = optional(string, "refuse")
      schedule         = optional(string)
    }))
  }))
  nullable = false
}

variable "alarm_email" {
  description = "Who is told of alarms; null for nobody (the topic is there either way)."
  type        = string
  default     = null
}

variable "source_bucket" {
  description = "The bucket that new files arrive in."
  type        = string
  nullable    = false

  validation {
    condition     = var.s3_to_redshift.mode == "scheduled" || !strcontains(var.source_bucket, ".")
    error_message = "An S3 event integration takes no bucket with a dot in its name; use s3_to_redshift.mode: scheduled."
  }
}

variable "redshift_namespace_arn" {
  description = "ARN of the namespace."
  type        = string
  nullable    = false
}

variable "glue_assets_bucket" {
  description = "The bucket of Glue's scripts and temporary files."
  type        = string
  nullable    = false
}

variable "glue_role_arn" {
  description = "The role the Glue jobs run as."
  type        = string
  nullable    = false
}

variable "redshift_workgroup_name" {
  description = "The workgroup that runs the statements."
  type        = string
  nullable    = false
}

variable "redshift_workgroup_arn" {
  description = "ARN of the workgroup."
  type        = string
  nullable    = false
}

variable "redshift_database" {
  description = "The database the statements run in."
  type        = string
  nullable    = false
}

variable "redshift_secret_arn" {
  description = "The secret with the user and password the Data API signs in with."
  type        = string
  nullable    = false
}

variable "redshift_commands_role_arn" {
  description = "The role, attached to the namespace, that COPY and UNLOAD use."
  type        = string
  nullable    = false
}

variable "database_secret_arn" {
  description = "The secret with the user and password of MySQL."
  type        = string
  nullable    = false
}

variable "mysql_endpoint" {
  description = "MySQL's host name; null without MySQL."
  type        = string
  default     = null
}

variable "mysql_port" {
  description = "MySQL's port; null without MySQL."
  type        = number
  default     = null
}

variable "mysql_database" {
  description = "MySQL's database; null without MySQL."
  type        = string
  default     = null
}

variable "private_subnets" {
  description = "The private subnets with their availability zones; the first is the default."
  type        = list(object({ id = string, az = string }))
  nullable    = false
}

variable "database_security_group_id" {
  description = "The security group of the databases, which Glue's interfaces share."
  type        = string
  nullable    = false
}
