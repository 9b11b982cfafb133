variable "rule_name" {
  description = "The rule's name."
  type        = string
}

variable "rule_arn" {
  description = "ARN the rule will have, for the queue's policy."
  type        = string
}

variable "target_id" {
  description = "The id of the state machine among the rule's targets."
  type        = string
}

variable "enabled" {
  description = "Whether writes are followed at all."
  type        = bool
}

variable "events" {
  description = "The DynamoDB operations that are followed."
  type        = list(string)
}

variable "orders_table_arn" {
  description = "ARN of the table whose writes are followed."
  type        = string
}

variable "state_machine_arn" {
  description = "ARN of the state machine that gets the events."
  type        = string
}

variable "role_arn" {
  description = "The role the rule starts the state machine with."
  type        = string
}

variable "alarm_topic_arn" {
  description = "Where alarms go."
  type        = string
}
