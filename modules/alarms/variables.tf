variable "name" {
  description = "The topic's name."
  type        = string
  nullable    = false
}

variable "account_id" {
  description = "The account whose alarms may be published."
  type        = string
  nullable    = false
}

variable "email" {
  description = "Who is told; null for nobody (the topic is there either way)."
  type        = string
  default     = null
}
