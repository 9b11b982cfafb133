variable "label" {
  description = "<project>-<environment>: names the key's alias."
  type        = string
}

variable "trail" {
  description = "The trail's full name."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]$", var.trail))
    error_message = "A trail's name is 3 to 128 letters, digits and ._-, starting and ending with a letter or digit."
  }
}

variable "trail_bucket" {
  description = "The bucket that the trail writes to; its policy must let it."
  type        = string
}

variable "trail_arn" {
  description = "The trail's ARN, which the key's policy names."
  type        = string
}

variable "orders_table_arn" {
  description = "The DynamoDB table whose writes are recorded."
  type        = string
}

variable "kms_key_arn" {
  description = "The key of the logs; null creates one."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key, not of an alias."
  }
}

variable "account_id" {
  description = "The account, whose administrators the key's policy leaves in charge."
  type        = string
}

variable "partition" {
  description = "The partition of ARNs: aws everywhere but in China and GovCloud."
  type        = string
  default     = "aws"
}

variable "more_selectors" {
  description = "The trail's other event selectors: they are kept."
  type = list(object({
    name = string
    fields = list(object({
      field           = string
      equals          = optional(list(string))
      not_equals      = optional(list(string))
      starts_with     = optional(list(string))
      not_starts_with = optional(list(string))
      ends_with       = optional(list(string))
      not_ends_with   = optional(list(string))
    }))
  }))
  default = []
}
