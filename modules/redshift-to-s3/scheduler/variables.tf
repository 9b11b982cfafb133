variable "name_prefix" {
  description = "What every name starts with."
  type        = string
}

variable "schedules" {
  description = "The schedules, as in env.yaml."
  type = list(object({
    name                    = string
    tables                  = list(string)
    cron                    = string
    timezone                = string
    method                  = string
    flexible_window_minutes = number
  }))
}

variable "statements" {
  description = "The UNLOAD of each table."
  type        = map(string)
}

variable "run_mark" {
  description = "The text in the statements that stands for the run's time."
  type        = string
}

variable "role_arn" {
  description = "The role the schedules run with."
  type        = string
}

variable "function_arn" {
  description = "ARN of the Lambda function; null without one."
  type        = string
}

variable "job_name" {
  description = "The Glue job; null without one."
  type        = string
}

variable "dead_letter_queue_arn" {
  description = "Where a call goes that could not be made."
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
