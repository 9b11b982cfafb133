variable "name" {
  description = "The function's name."
  type        = string
}

variable "runtime_dir" {
  description = "The directory of the packages."
  type        = string
}

variable "role_arn" {
  description = "The role the function runs as."
  type        = string
}

variable "enabled" {
  description = "Whether the stream is followed."
  type        = bool
}

variable "stream_arn" {
  description = "ARN of the table's stream."
  type        = string
}

variable "table_name" {
  description = "The DynamoDB table."
  type        = string
}

variable "window_seconds" {
  description = "How long the next load waits after the last one."
  type        = number
}

variable "bucket" {
  description = "The bucket of packages and keys."
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

variable "dead_letter_queue_arn" {
  description = "Where it is told of records that could not be recorded in time."
  type        = string
}

variable "alarm_topic_arn" {
  description = "Where alarms go."
  type        = string
}

variable "dead_letter_queue_url" {
  description = "The queue that is told of records without a key."
  type        = string
}
