# The ways to AWS's services. S3 and DynamoDB by gateway endpoints, which are free, whatever the egress;
# the others by interface endpoints, which are paid by zone and hour, where there is no NAT gateway.

locals {
  gateways   = toset(["s3", "dynamodb"])
  interfaces = var.egress == "endpoints" ? toset(["glue", "kms", "logs", "redshift-data", "secretsmanager", "sts"]) : toset([])

  gateway_routes = {
    for pair in setproduct(local.gateways, keys(local.route_tables)) :
    "${pair[0]}/${pair[1]}" => { service = pair[0], route_table_id = local.route_tables[pair[1]] }
  }
}

# Route tables are associated one by one: an endpoint that stands may serve others, which must keep their routes.
resource "aws_vpc_endpoint" "gateway" {
  for_each          = local.gateways
  vpc_id            = local.vpc_id
  service_name      = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type = "Gateway"

  tags = { Name = "${var.label}-${each.key}" }
}

resource "aws_vpc_endpoint_route_table_association" "gateway" {
  for_each        = local.gateway_routes
  vpc_endpoint_id = aws_vpc_endpoint.gateway[each.value.service].id
  route_table_id  = each.value.route_table_id
}

resource "aws_vpc_endpoint" "interface" {
  for_each            = local.interfaces
  vpc_id              = local.vpc_id
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = local.private_subnets[*].id
  security_group_ids  = [aws_security_group.endpoints[0].id]

  tags = { Name = "${var.label}-${each.key}" }
}
