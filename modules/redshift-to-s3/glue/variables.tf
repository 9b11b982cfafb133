variable "enabled" {
  description = "Whether a schedule uses the job."
  type        = bool
}

variable "name" {
  description = "The job's name."
  type        = string
}

variable "region" {
  description = "The AWS region."
  type        = string
}

variable "runtime_dir" {
  description = "The directory that holds lambda_unload/."
  type        = string
}

variable "bucket" {
  description = "The bucket the script is uploaded to."
  type        = string
}

variable "role_arn" {
  description = "The role the job runs as."
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
