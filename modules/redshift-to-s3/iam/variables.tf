variable "name_prefix" {
  description = "What every role's name starts with."
  type        = string
}

variable "account_id" {
  description = "The AWS account, for the roles' trust."
  type        = string
}

variable "names" {
  description = "The names of the roles."
  type        = object({ scheduler = string, unload_lambda = string, kms_key_arns = optional(list(string), []) })
}

variable "schedule_group_arn" {
  description = "ARN of the group of schedules that may use the scheduler role."
  type        = string
}

variable "function_arn" {
  description = "ARN of the Lambda function; null without one."
  type        = string
}

variable "job_arn" {
  description = "ARN of the Glue job; null without one."
  type        = string
}

variable "calls_redshift" {
  description = "Whether a schedule calls Redshift itself."
  type        = bool
}

variable "dead_letter_queue_arn" {
  description = "ARN of the queue for dumps that could not be started."
  type        = string
}

variable "glue_role_arn" {
  description = "The role of the Glue job, which gets a policy for this layer's work."
  type        = string
}

variable "redshift_workgroup_arn" {
  description = "ARN of the workgroup the statements run in."
  type        = string
}

variable "redshift_secret_arn" {
  description = "ARN of the secret with Redshift's user and password."
  type        = string
}

variable "log_group_arn" {
  description = "ARN of the function's log group; null without a function."
  type        = string
}
