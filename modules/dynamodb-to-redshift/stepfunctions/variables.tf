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

variable "sweeper_name" {
  description = "The name of the sweeper: its state machine and its schedule."
  type        = string
}

variable "sweeper_role_arn" {
  description = "The role the schedule starts the sweeper with."
  type        = string
}

variable "sweep_minutes" {
  description = "How often the sweeper looks for keys that wait while nothing runs."
  type        = number
}

variable "enabled" {
  description = "Whether the sweeper looks at all."
  type        = bool
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
