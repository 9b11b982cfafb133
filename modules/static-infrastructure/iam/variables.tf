variable "names" {
  description = "The roles' full names."
  type        = object({ glue = string, redshift_commands = string, redshift_s3 = list(string) })

  validation {
    condition     = alltrue([for name in concat([var.names.glue, var.names.redshift_commands], var.names.redshift_s3) : can(regex("^[A-Za-z0-9_+=,.@-]{1,64}$", name))])
    error_message = "A role's name, prefix included, is at most 64 letters, digits and +=,.@_-."
  }

  validation {
    condition     = length(distinct(concat([var.names.glue, var.names.redshift_commands], var.names.redshift_s3))) == 2 + length(var.names.redshift_s3)
    error_message = "The roles must have different names."
  }
}

variable "exclusive" {
  description = "Whether to detach the managed policies that were attached to the roles by hand."
  type        = bool
  default     = false
}

variable "account_id" {
  description = "The account: services may take these roles only on behalf of it."
  type        = string
}

variable "region" {
  description = "The region of the resources that the roles may use."
  type        = string
}

variable "partition" {
  description = "The partition of ARNs: aws everywhere but in China and GovCloud."
  type        = string
  default     = "aws"
}

variable "bucket_arns" {
  description = "The buckets: source and glue_assets are read, glue_assets and export are written."
  type        = object({ source = string, glue_assets = string, export = string })
}

variable "secret_arns" {
  description = "The secrets of Redshift and MySQL."
  type        = object({ redshift = string, database = string })
}

variable "workgroup_arn" {
  description = "The Redshift Serverless workgroup that Glue loads into."
  type        = string
}

variable "network" {
  description = "Where Glue may put its network interfaces."
  type        = object({ vpc_id = string, subnet_ids = list(string), security_group_id = string })
}

variable "glue" {
  description = "The full names of the Glue workflow, connections and jobs."
  type        = object({ workflow = string, connections = list(string), jobs = list(string) })
}

variable "kms_key_arns" {
  description = "Customer keys that the roles may use."
  type        = list(string)
  default     = []
}
