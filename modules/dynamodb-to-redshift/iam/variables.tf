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
  type = object({
    step_functions           = string
    events_to_step_functions = string
    events_to_glue           = string
    kms_key_arns             = optional(list(string), [])
    sweeper                  = string
    capture_lambda           = string
  })
}

variable "rule_arn" {
  description = "ARN of the rule that may use the events roles."
  type        = string
}

variable "state_machine_arn" {
  description = "ARN of the state machine that may use its role."
  type        = string
}

variable "workflow_arn" {
  description = "ARN of the Glue workflow."
  type        = string
}

variable "dead_letter_queue_arn" {
  description = "ARN of the queue for events that could not be handled."
  type        = string
}

variable "bucket" {
  description = "The bucket that holds keys and staged rows."
  type        = string
}

variable "state_prefix" {
  description = "The prefix of keys and staged rows, with its slash."
  type        = string
}

variable "orders_table_arn" {
  description = "ARN of the DynamoDB table."
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
  description = "ARN of the workgroup the jobs run statements in."
  type        = string
}

variable "load_as" {
  description = "Who GlueTestjob signs in as: admin by the secret, or loader, the database user of its role."
  type        = string
  default     = "admin"
  nullable    = false
}

variable "region" {
  description = "The AWS region."
  type        = string
}

variable "sweeper_arn" {
  description = "ARN of the sweeper's state machine."
  type        = string
}

variable "schedule_arn" {
  description = "ARN of the schedule that starts the sweeper."
  type        = string
}

variable "from_stream" {
  description = "Whether the table's stream is followed."
  type        = bool
}

variable "function_name" {
  description = "The function that follows the stream."
  type        = string
}

variable "orders_stream_arn" {
  description = "ARN of the table's stream; null where it is not followed."
  type        = string
}

variable "reconcile" {
  description = "Whether the job Reconcile is on, which scans the table."
  type        = bool
  default     = false
}
