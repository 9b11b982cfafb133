variable "name" {
  description = "The state machine's name."
  type        = string
}

variable "role_arn" {
  description = "The role the state machine runs as."
  type        = string
}

variable "bucket" {
  description = "The bucket keys are recorded in."
  type        = string
}

variable "state_prefix" {
  description = "The prefix of the recorded keys, with its slash."
  type        = string
}

variable "workflow_name" {
  description = "The Glue workflow that loads the recorded keys."
  type        = string
}

variable "dead_letter_queue_url" {
  description = "Where an event goes that could not be recorded."
  type        = string
}

variable "look_again_seconds" {
  description = "How long to wait, while a run is active, before looking whether it took the key."
  type        = number
  default     = 60
}

variable "retries" {
  description = "How often a failing call is repeated; with growing pauses of at most 5 minutes, 30 times are about 2 hours."
  type        = number
  default     = 30
}

variable "log_retention_days" {
  description = "How long the state machine's log is kept."
  type        = number
  default     = 365
}

variable "alarm_topic_arn" {
  description = "Where alarms go."
  type        = string
}
