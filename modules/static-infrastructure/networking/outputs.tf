output "vpc_id" {
  description = "The VPC's id."
  value       = local.vpc_id
}

output "private_subnets" {
  description = "The private subnets: id, az, cidr and route_table_id of each, in the order given."
  value       = local.private_subnets
}

output "database_security_group_id" {
  description = "The security group of Redshift, MySQL and Glue."
  value       = local.database_security_group_id
}

output "endpoint_security_group_id" {
  description = "The security group of the interface endpoints; null with a NAT gateway."
  value       = one(aws_security_group.endpoints[*].id)
}
