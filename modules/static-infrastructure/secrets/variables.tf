variable "names" {
  description = "The secrets' full names by what they are for."
  type        = map(string)

  validation {
    condition     = alltrue([for name in values(var.names) : can(regex("^[A-Za-z0-9/_+=.@-]{1,512}$", name))])
    error_message = "A secret's name is 1 to 512 letters, digits and /_+=.@-."
  }
}

variable "recovery_window_days" {
  description = "Days in which a deleted secret can be restored."
  type        = number
  default     = 30

  validation {
    condition     = var.recovery_window_days >= 7 && var.recovery_window_days <= 30
    error_message = "recovery_window_days must be 7 to 30: that is what Secrets Manager takes."
  }
}
