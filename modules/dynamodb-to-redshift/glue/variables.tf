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

variable "glue" {
  description = "The workflow, the connection and the jobs, as in env.yaml."
  type = object({
    workflow = string
    connection = object({
      name           = string
      subnet         = optional(string)
      security_group = optional(string)
      manage         = optional(bool)
    })
    start_trigger = optional(string)
    jobs = map(object({
      enabled           = bool
      type              = string
      glue_version      = string
      max_capacity      = optional(number)
      worker_type       = optional(string)
      number_of_workers = optional(number)
      timeout_minutes   = optional(number)
      arguments         = optional(map(string), {})
      schedule          = optional(string)
    }))
  })
}

variable "batch" {
  description = "How many keys, or how many seconds, make a load."
  type = object({
    size           = number
    window_seconds = number
  })
}

variable "dynamodb" {
  description = "The DynamoDB table's key."
  type = object({
    hash_key      = string
    hash_key_type = string
  })
}

variable "target" {
  description = "The Redshift table that follows the DynamoDB table."
  type = object({
    schema  = string
    name    = string
    columns = list(object({ name = string, type = string, nullable = bool }))
    key     = list(string)
    version = string
  })
}

variable "bucket" {
  description = "The bucket of scripts, keys and staged rows."
  type        = string
}

variable "state_prefix" {
  description = "The prefix of keys and staged rows, with its slash."
  type        = string
}

variable "dead_letter_queue_url" {
  description = "The queue that is told of items that cannot be loaded."
  type        = string
}

variable "orders_table_name" {
  description = "The DynamoDB table."
  type        = string
}

variable "role_arn" {
  description = "The role the jobs run as."
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

variable "load_as" {
  description = "Who GlueTestjob signs in as: admin by the secret, or loader, the database user of its role."
  type        = string
  default     = "admin"
  nullable    = false
}

variable "redshift_secret_arn" {
  description = "ARN of the secret with Redshift's user and password."
  type        = string
}

variable "redshift_endpoint" {
  description = "The workgroup's host name."
  type        = string
}

variable "redshift_port" {
  description = "The workgroup's port."
  type        = number
}

variable "private_subnets" {
  description = "The private subnets with their zones; the first is the connection's default."
  type        = list(object({ id = string, az = string }))
}

variable "database_security_group_id" {
  description = "The security group of the databases: the connection's default."
  type        = string
}

variable "alarm_topic_arn" {
  description = "Where alarms go."
  type        = string
}
