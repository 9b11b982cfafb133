variable "enabled" {
  description = "Whether a schedule uses the function."
  type        = bool
}

variable "name" {
  description = "The function's name."
  type        = string
}

variable "runtime_dir" {
  description = "The directory that holds lambda_unload.zip."
  type        = string
}

variable "bucket" {
  description = "The bucket the package is uploaded to."
  type        = string
}

variable "role_arn" {
  description = "The role the function runs as."
  type        = string
}

variable "dead_letter_queue_arn" {
  description = "Where an event goes after the last failed try."
  type        = string
}

variable "redshift_workgroup_name" {
  description = "The workgroup that runs UNLOAD."
  type        = string
}

variable "redshift_database" {
  description = "The database UNLOAD runs in."
  type        = string
}

variable "redshift_secret_arn" {
  description = "ARN of the secret with Redshift's user and password."
  type        = string
}

variable "alarm_topic_arn" {
  description = "Where alarms go."
  type        = string
}

variable "reserved_concurrency" {
  description = "Executions that are kept for the function, and its limit; -1 for neither."
  type        = number
  default     = -1
}
