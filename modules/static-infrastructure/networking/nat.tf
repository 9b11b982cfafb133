# egress = "nat": the private subnets reach everything through one NAT gateway.

locals {
  nat = var.egress == "nat" ? { this = true } : {}

  # Public subnets that stand have a way out; those that are created get one.
  public_routes = var.egress == "nat" && length(local.created_public) > 0 ? 1 : 0
  internet_gateway_id = one(concat(
    [for gateway in aws_internet_gateway.this : gateway.id],
    data.aws_internet_gateway.adopted[*].id,
  ))
}

# A VPC has one internet gateway at most. That of an adopted VPC serves others: it is looked up, and never ours to delete.
data "aws_internet_gateway" "adopted" {
  count = var.vpc.id != null ? local.public_routes : 0

  filter {
    name   = "attachment.vpc-id"
    values = [local.vpc_id]
  }
}

resource "aws_internet_gateway" "this" {
  for_each = { for key, value in local.nat : key => value if var.vpc.id == null }
  vpc_id   = local.vpc_id

  tags = { Name = var.label }
}

resource "aws_route_table" "public" {
  count  = local.public_routes
  vpc_id = local.vpc_id

  tags = { Name = "${var.label}-public" }
}

resource "aws_route" "public" {
  count                  = length(aws_route_table.public)
  route_table_id         = aws_route_table.public[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = local.internet_gateway_id
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
