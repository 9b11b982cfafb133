variable "name_prefix" {
  description = "What every name starts with."
  type        = string
}

variable "region" {
  description = "The AWS region."
  type        = string
}

variable "runtime_dir" {
  description = "The directory of the scripts."
  type        = string
}

variable "job" {
  description = "gluejob, as in env.yaml; null without it."
  type = object({
    enabled           = bool
    type              = string
    glue_version      = string
    worker_type       = optional(string)
    number_of_workers = optional(number)
    timeout_minutes   = optional(number)
    arguments         = optional(map(string), {})
    schedule          = optional(string)
    source            = string
    table             = optional(string)
  })
}

variable "connection_name" {
  description = "The base name of the MySQL connection."
  type        = string
}

variable "mysql" {
  description = "Where MySQL is; null without it."
  type        = object({ endpoint = string, port = number, database = string })
}

variable "tables" {
  description = "The Redshift tables of env.yaml."
  type = map(object({
    schema  = string
    columns = list(object({ name = string, type = string, nullable = bool }))
    key     = list(string)
    version = optional(string)
    load = optional(object({
      source        = string
      prefix        = optional(string)
      format        = string
      ignore_header = number
      delimiter     = optional(string)
      compression   = optional(string)
      null_as       = optional(string)
      date_format   = optional(string)
      time_format   = optional(string)
      jsonpaths     = optional(string)

      mode             = optional(string)
      source_table     = optional(string)
      watermark        = optional(string)
      overlap          = optional(number)
      partition_column = optional(string)
      on_error         = optional(string)
      schedule         = optional(string)
    }))
  }))
}

variable "source_bucket" {
  description = "The bucket that new files arrive in."
  type        = string
}

variable "bucket" {
  description = "The bucket of scripts and staged rows."
  type        = string
}

variable "role_arn" {
  description = "The role the job runs as."
  type        = string
}

variable "database_secret_arn" {
  description = "ARN of the secret with MySQL's user and password."
  type        = string
}

variable "redshift_commands_role_arn" {
  description = "The role COPY uses."
  type        = string
}

variable "redshift_workgroup_name" {
  description = "The workgroup that runs the statements."
  type        = string
}

variable "redshift_database" {
  description = "The database the statements run in."
  type        = string
}

variable "redshift_secret_arn" {
  description = "ARN of the secret with Redshift's user and password."
  type        = string
}

variable "private_subnets" {
  description = "The private subnets with their zones; the connection uses the first."
  type        = list(object({ id = string, az = string }))
}

variable "database_security_group_id" {
  description = "The security group of the databases, which the connection shares."
  type        = string
}

variable "alarm_topic_arn" {
  description = "Where alarms go."
  type        = string
}
