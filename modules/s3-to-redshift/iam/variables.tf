variable "name_prefix" {
  description = "What every role's name starts with."
  type        = string
}

variable "account_id" {
  description = "The AWS account, for the roles' trust."
  type        = string
}

variable "names" {
  description = "The names of the roles, and the customer keys that they may use."
  type        = object({ scheduler = string, kms_key_arns = optional(list(string), []) })
}

variable "scheduled" {
  description = "Whether schedules run COPY, and so need a role."
  type        = bool
}

variable "schedule_group_arn" {
  description = "ARN of the group of schedules that may use the scheduler role."
  type        = string
}

variable "dead_letter_queue_arn" {
  description = "ARN of the queue for schedules that could not be run."
  type        = string
}

variable "gluejob" {
  description = "Whether gluejob is on, which stages rows."
  type        = bool
}

variable "glue_assets_bucket" {
  description = "The bucket of scripts and staged rows."
  type        = string
}

variable "glue_role_arn" {
  description = "The role of the Glue jobs, which gets a policy for this layer's work."
  type        = string
}

variable "redshift_commands_role_arn" {
  description = "The role COPY uses, which gets a policy for this layer's work."
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
