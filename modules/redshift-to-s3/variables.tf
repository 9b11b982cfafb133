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

variable "export_bucket" {
  description = "The base name of the bucket that dumps go to; this layer makes it."
  type        = string
  nullable    = false
}

variable "schedules" {
  description = "When which tables are dumped, and by what: `lambda`, `glue` or `data_api`."
  type = list(object({
    name                    = string
    tables                  = list(string)
    cron                    = string
    timezone                = optional(string, "Asia/Kolkata")
    method                  = optional(string, "lambda")
    flexible_window_minutes = optional(number, 15)
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for schedule in var.schedules : alltrue([for table in schedule.tables : try(var.tables[table].unload, null) != null])])
    error_message = "Every table of a schedule must be one of tables, and have unload."
  }

  validation {
    condition     = alltrue([for schedule in var.schedules : contains(["lambda", "glue", "data_api"], schedule.method)])
    error_message = "A schedule's method is lambda, glue or data_api."
  }

  validation {
    condition     = alltrue([for schedule in var.schedules : schedule.method != "data_api" || length(schedule.tables) <= 40])
    error_message = "method: data_api takes at most 40 tables, the most that one call of the Data API takes."
  }
}

variable "iam" {
  description = "The names of this layer's roles."
  type = object({
    scheduler     = optional(string, "RedshiftSchedulerRole")
    unload_lambda = optional(string, "LambdaRedshiftUnloadRole")
    kms_key_arns  = optional(list(string), [])
  })
  default  = {}
  nullable = false
}

variable "tables" {
  description = "The Redshift tables of env.yaml; those with `unload` can be dumped."
  type = map(object({
    schema = optional(string, "public")
    columns = list(object({
      name     = string
      type     = string
      nullable = optional(bool, true)
    }))
    key     = optional(list(string), [])
    version = optional(string)
    unload = optional(object({
      prefix           = string
      format           = optional(string, "parquet")
      partition_by     = optional(list(string), [])
      max_file_size_mb = optional(number)
      header           = optional(bool, false)
      compression      = optional(string)
      where            = optional(string)
    }))
  }))
  nullable = false
}

variable "alarm_email" {
  description = "Who is told of alarms; null for nobody (the topic is there either way)."
  type        = string
  default     = null
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

variable "unload_role_arn" {
  description = "The role, attached to the namespace, that UNLOAD writes with."
  type        = string
  nullable    = false
}
