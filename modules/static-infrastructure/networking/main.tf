# The network. What env.yaml names by id is looked up and never changed; what it gives no id is created.

locals {
  adopted_private = { for s in var.private_subnets : s.az => s if s.id != null }
  created_private = { for s in var.private_subnets : s.az => s if s.id == null }
  adopted_public  = { for s in var.public_subnets : s.az => s if s.id != null }
  created_public  = { for s in var.public_subnets : s.az => s if s.id == null }

  vpc_id = var.vpc.id != null ? data.aws_vpc.adopted[0].id : aws_vpc.this[0].id

  # An adopted subnet without a route table of its own uses the VPC's main one.
  adopted_route_tables = {
    for az in keys(local.adopted_private) :
    az => one(concat(data.aws_route_tables.explicit[az].ids, [for t in data.aws_route_table.main : t.id if length(data.aws_route_tables.explicit[az].ids) == 0]))
  }

  # Two subnets may share a route table: one entry each, under keys that are known before anything is created.
  route_tables = merge(
    { for id in distinct(values(local.adopted_route_tables)) : id => id },
    { for az, table in aws_route_table.private : az => table.id },
  )

  private_subnets = [
    for s in var.private_subnets : {
      id             = s.id != null ? data.aws_subnet.private[s.az].id : aws_subnet.private[s.az].id
      az             = s.az
      cidr           = s.cidr
      route_table_id = s.id != null ? local.adopted_route_tables[s.az] : aws_route_table.private[s.az].id
    }
  ]

  first_public_id = var.egress != "nat" ? null : (
    var.public_subnets[0].id != null ? var.public_subnets[0].id : aws_subnet.public[var.public_subnets[0].az].id
  )
}

# --- VPC ---

data "aws_vpc" "adopted" {
  count = var.vpc.id != null ? 1 : 0
  id    = var.vpc.id

  lifecycle {
    postcondition {
      condition     = self.cidr_block == var.vpc.cidr
      error_message = "${var.vpc.id} has the CIDR ${self.cidr_block}, and env.yaml says ${var.vpc.cidr}."
    }

    postcondition {
      condition     = self.enable_dns_support && self.enable_dns_hostnames
      error_message = "${var.vpc.id} must have DNS support and DNS hostnames on: without them the private names of the endpoints don't resolve."
    }
  }
}

resource "aws_vpc" "this" {
  #checkov:skip=CKV2_AWS_11: Flow logs cost by traffic and belong to whoever watches the account, not to this pipeline.
  count                = var.vpc.id == null ? 1 : 0
  cidr_block           = var.vpc.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = var.vpc.name }
}

# Nothing uses the group that every VPC starts with: without rules it can't be used by mistake.
resource "aws_default_security_group" "this" {
  count  = var.vpc.id == null ? 1 : 0
  vpc_id = aws_vpc.this[0].id
}

# --- Subnets and their route tables ---

data "aws_subnet" "private" {
  for_each = local.adopted_private
  id       = each.value.id
  vpc_id   = local.vpc_id

  lifecycle {
    postcondition {
      condition     = self.availability_zone == each.value.az && self.cidr_block == each.value.cidr
      error_message = "${each.value.id} is ${self.cidr_block} in ${self.availability_zone}, and env.yaml says ${each.value.cidr} in ${each.value.az}."
    }
  }
}

data "aws_route_tables" "explicit" {
  for_each = local.adopted_private
  vpc_id   = local.vpc_id

  filter {
    name   = "association.subnet-id"
    values = [each.value.id]
  }
}

data "aws_route_table" "main" {
  count  = length(local.adopted_private) > 0 ? 1 : 0
  vpc_id = local.vpc_id

  filter {
    name   = "association.main"
    values = ["true"]
  }
}

resource "aws_subnet" "private" {
  for_each          = local.created_private
  vpc_id            = local.vpc_id
  availability_zone = each.value.az
  cidr_block        = each.value.cidr

  tags = { Name = "${var.label}-private-${each.key}" }
}

resource "aws_route_table" "private" {
  for_each = local.created_private
  vpc_id   = local.vpc_id

  tags = { Name = "${var.label}-private-${each.key}" }
}

resource "aws_route_table_association" "private" {
  for_each       = local.created_private
  subnet_id      = aws_subnet.private[each.key].id
  route_table_id = aws_route_table.private[each.key].id
}

resource "aws_subnet" "public" {
  for_each          = local.created_public
  vpc_id            = local.vpc_id
  availability_zone = each.value.az
  cidr_block        = each.value.cidr

  tags = { Name = "${var.label}-public-${each.key}" }
}
