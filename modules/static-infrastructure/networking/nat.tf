# egress = "nat": the private subnets reach everything through one NAT gateway.

locals {
  nat = var.egress == "nat" ? { this = true } : {}
}

# A VPC has one internet gateway at most: an adopted VPC's own one is imported, not created.
resource "aws_internet_gateway" "this" {
  for_each = local.nat
  vpc_id   = local.vpc_id

  tags = { Name = var.label }
}

# Public subnets that stand have their own way out, and keep it.
resource "aws_route_table" "public" {
  count  = var.egress == "nat" && length(local.created_public) > 0 ? 1 : 0
  vpc_id = local.vpc_id

  tags = { Name = "${var.label}-public" }
}

resource "aws_route" "public" {
  count                  = length(aws_route_table.public)
  route_table_id         = aws_route_table.public[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this["this"].id
}

resource "aws_route_table_association" "public" {
  for_each       = var.egress == "nat" ? local.created_public : {}
  subnet_id      = aws_subnet.public[each.key].id
  route_table_id = aws_route_table.public[0].id
}

resource "aws_eip" "nat" {
  #checkov:skip=CKV2_AWS_19: It is the NAT gateway's.
  for_each = local.nat
  domain   = "vpc"

  tags = { Name = "${var.label}-nat" }
}

resource "aws_nat_gateway" "this" {
  for_each      = local.nat
  allocation_id = aws_eip.nat["this"].id
  subnet_id     = local.first_public_id

  tags       = { Name = var.label }
  depends_on = [aws_internet_gateway.this]
}

resource "aws_route" "nat" {
  for_each               = { for key, id in local.route_tables : key => id if var.egress == "nat" }
  route_table_id         = each.value
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this["this"].id
}
