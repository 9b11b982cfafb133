variable "buckets" {
  description = "The buckets' full names: source (what comes in), glue_assets (scripts, staged rows, temporary files), trail (logs)."
  type        = object({ source = string, glue_assets = string, trail = string })

  validation {
    condition     = alltrue([for name in values(var.buckets) : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", name))])
    error_message = "A bucket's name, prefix included, is 3 to 63 of a-z, 0-9, hyphen and dot, starting and ending with a letter or digit."
  }

  validation {
    condition     = length(distinct(values(var.buckets))) == 3
    error_message = "The three buckets must have different names."
  }

  validation {
    condition     = !var.auto_copy || !strcontains(var.buckets.source, ".")
    error_message = "Redshift's auto-copy does not take a source bucket with a dot in its name."
  }
}

variable "account_id" {
  description = "The account that owns the buckets."
  type        = string
}

variable "region" {
  description = "The region of the buckets."
  type        = string
}

variable "partition" {
  description = "The partition of ARNs: aws everywhere but in China and GovCloud."
  type        = string
  default     = "aws"
}

variable "trail_arn" {
  description = "The trail that may write to the trail bucket."
  type        = string
}

variable "log_retention_days" {
  description = "Days after which the trail's logs are deleted."
  type        = number
  default     = 365

  validation {
    condition     = var.log_retention_days >= 1 && floor(var.log_retention_days) == var.log_retention_days
    error_message = "log_retention_days must be a whole number of days, one or more."
  }
}

variable "auto_copy" {
  description = "Whether Redshift's S3 event integration may watch the source bucket."
  type        = bool
  default     = false
}

variable "manage_options" {
  description = "Whether encryption, lifecycle and ownership are set here; false leaves them as they stand."
  type        = bool
  default     = true
}

variable "protect" {
  description = "Whether versioning, the public access block and the TLS-only statement are added."
  type        = bool
  default     = true
}

variable "more_statements" {
  description = "The owner's statements in the buckets' policies, each as JSON, by the bucket's key."
  type        = map(list(string))
  default     = {}
}
