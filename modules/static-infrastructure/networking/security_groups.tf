# Security groups. Rules are resources of their own, so that the rules a group already has are left alone.

locals {
  database_security_group_id = coalesce(var.security_groups.database, one(aws_security_group.database[*].id))
}

# Looked up so that an id that is not in this VPC ends the plan, and not a job at night.
data "aws_security_group" "adopted" {
  for_each = toset(compact(concat([var.security_groups.database], var.security_groups.others)))
  id       = each.value
  vpc_id   = local.vpc_id
}

resource "aws_security_group" "database" {
  #checkov:skip=CKV2_AWS_5: Redshift, MySQL and Glue wear it: see the databases module, and the layers above.
  count       = var.security_groups.database == null ? 1 : 0
  name        = "${var.label}-database"
  description = "Redshift, MySQL and the network interfaces of Glue"
  vpc_id      = local.vpc_id

  tags = { Name = "${var.label}-database" }
}

# Glue refuses a connection unless one of its groups lets all TCP in from itself; 5439 and 3306 are in it.
resource "aws_vpc_security_group_ingress_rule" "self" {
  #checkov:skip=CKV_AWS_24: From the group itself, not from anywhere.
  #checkov:skip=CKV_AWS_25: From the group itself, not from anywhere.
  #checkov:skip=CKV_AWS_260: From the group itself, not from anywhere.
  security_group_id            = local.database_security_group_id
  referenced_security_group_id = local.database_security_group_id
  description                  = "Glue, Redshift and MySQL among themselves"
  ip_protocol                  = "tcp"
  from_port                    = 0
  to_port                      = 65535
}

resource "aws_vpc_security_group_egress_rule" "self" {
  security_group_id            = local.database_security_group_id
  referenced_security_group_id = local.database_security_group_id
  description                  = "Glue, Redshift and MySQL among themselves"
  ip_protocol                  = "tcp"
  from_port                    = 0
  to_port                      = 65535
}

data "aws_ec2_managed_prefix_list" "gateway" {
  for_each = local.gateways
  name     = "com.amazonaws.${var.region}.${each.key}"
}

resource "aws_vpc_security_group_egress_rule" "gateway" {
  for_each          = local.gateways
  security_group_id = local.database_security_group_id
  prefix_list_id    = data.aws_ec2_managed_prefix_list.gateway[each.key].id
  description       = "HTTPS to ${each.key}"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "internet" {
  count             = var.egress == "nat" ? 1 : 0
  security_group_id = local.database_security_group_id
  cidr_ipv4         = "0.0.0.0/0"
  description       = "HTTPS to the services of AWS through the NAT gateway"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

# --- The interface endpoints' group ---

resource "aws_security_group" "endpoints" {
  count       = var.egress == "endpoints" ? 1 : 0
  name        = "${var.label}-endpoints"
  description = "The interface endpoints of AWS services"
  vpc_id      = local.vpc_id

  tags = { Name = "${var.label}-endpoints" }
}

resource "aws_vpc_security_group_egress_rule" "endpoints" {
  count                        = length(aws_security_group.endpoints)
  security_group_id            = local.database_security_group_id
  referenced_security_group_id = aws_security_group.endpoints[0].id
  description                  = "HTTPS to the interface endpoints"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_security_group_ingress_rule" "endpoints_from_database" {
  count                        = length(aws_security_group.endpoints)
  security_group_id            = aws_security_group.endpoints[0].id
  referenced_security_group_id = local.database_security_group_id
  description                  = "HTTPS from Glue"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

# With private DNS an endpoint answers for its service in the whole VPC. In a VPC that others use too, they
# would be cut off from STS, KMS and the rest if only our own group were let in.
resource "aws_vpc_security_group_ingress_rule" "endpoints_from_vpc" {
  count             = var.vpc.id != null ? length(aws_security_group.endpoints) : 0
  security_group_id = aws_security_group.endpoints[0].id
  cidr_ipv4         = var.vpc.cidr
  description       = "HTTPS from whatever else is in the VPC"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
