variable "label" {
  description = "<project>-<environment>: names what env.yaml gives no name, such as endpoints and route tables."
  type        = string
}

variable "region" {
  description = "The region, which the endpoints' service names carry."
  type        = string
}

variable "vpc" {
  description = "The VPC: used as it stands where it has an id, created with this name and CIDR where it has none."
  type        = object({ id = optional(string), name = string, cidr = string })

  validation {
    condition     = can(cidrnetmask(var.vpc.cidr))
    error_message = "vpc.cidr must be an IPv4 network, as 10.11.0.0/16 is."
  }
}

variable "private_subnets" {
  description = "The private subnets, each in a zone of its own; those without an id are created."
  type        = list(object({ id = optional(string), az = string, cidr = string }))

  validation {
    condition     = length(distinct(var.private_subnets[*].az)) == length(var.private_subnets) && length(var.private_subnets) >= 2
    error_message = "private_subnets must be two or more, each in a zone of its own: Redshift Serverless and RDS need that."
  }

  validation {
    condition     = var.vpc.id != null || alltrue([for s in var.private_subnets : s.id == null])
    error_message = "private_subnets has a subnet with an id, but the VPC has none: a subnet can't be in a VPC that is yet to be created."
  }
}

variable "public_subnets" {
  description = "The public subnets; the NAT gateway stands in the first one. Those without an id are created."
  type        = list(object({ id = optional(string), az = string, cidr = string }))
  default     = []

  validation {
    condition     = var.egress != "nat" || length(var.public_subnets) > 0
    error_message = "egress = \"nat\" needs a public subnet to put the NAT gateway in."
  }

  validation {
    condition     = length(distinct(var.public_subnets[*].az)) == length(var.public_subnets)
    error_message = "public_subnets must each be in a zone of its own."
  }
}

variable "security_groups" {
  description = "database: the security group of Redshift, MySQL and Glue, created where it has no id. others: groups that stand in the VPC and are only looked up."
  type        = object({ database = optional(string), others = optional(list(string), []) })
  default     = {}

  validation {
    condition     = var.vpc.id != null || (var.security_groups.database == null && length(var.security_groups.others) == 0)
    error_message = "security_groups has an id, but the VPC has none: a group can't be in a VPC that is yet to be created."
  }
}

variable "egress" {
  description = "How the private subnets reach AWS's services: endpoints (interface endpoints), nat (a NAT gateway), or none (they don't: for jobs outside the VPC)."
  type        = string
  default     = "endpoints"

  validation {
    condition     = contains(["endpoints", "nat", "none"], var.egress)
    error_message = "egress must be endpoints, nat or none."
  }
}
