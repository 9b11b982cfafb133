variable "name_prefix" {
  description = "What every name starts with."
  type        = string
}

variable "account_id" {
  description = "The AWS account."
  type        = string
}

variable "mode" {
  description = "`auto_copy`: Redshift watches the bucket. `scheduled`: a COPY by the clock."
  type        = string

  validation {
    condition     = contains(["auto_copy", "scheduled"], var.mode)
    error_message = "The mode is auto_copy or scheduled."
  }
}

variable "cron" {
  description = "When COPY runs in mode `scheduled`."
  type        = string
}

variable "timezone" {
  description = "The time zone of `cron`."
  type        = string
}

variable "tables" {
  description = "The tables that are loaded from S3."
  type = map(object({
    schema = string
    load = object({
      prefix        = optional(string)
      format        = string
      ignore_header = number
      delimiter     = optional(string)
      compression   = optional(string)
      null_as       = optional(string)
      date_format   = optional(string)
      time_format   = optional(string)
      jsonpaths     = optional(string)
    })
  }))
}

variable "source_bucket" {
  description = "The bucket that new files arrive in."
  type        = string
}

variable "redshift_namespace_arn" {
  description = "ARN of the namespace the integration ends in."
  type        = string
}

variable "redshift_workgroup_name" {
  description = "The workgroup that runs COPY."
  type        = string
}

variable "redshift_database" {
  description = "The database COPY runs in."
  type        = string
}

variable "redshift_secret_arn" {
  description = "ARN of the secret with Redshift's user and password."
  type        = string
}

variable "redshift_commands_role_arn" {
  description = "The role COPY uses."
  type        = string
}

variable "scheduler_role_arn" {
  description = "The role of the schedules; null in mode `auto_copy`."
  type        = string
}

variable "alarm_topic_arn" {
  description = "Where alarms go."
  type        = string
}
