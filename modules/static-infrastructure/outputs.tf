output "vpc_id" {
  description = "The VPC that the databases live in."
  value       = module.networking.vpc_id
}

output "private_subnet_ids" {
  description = "The private subnets' ids, in the order of env.yaml."
  value       = module.networking.private_subnets[*].id
}

output "private_subnets" {
  description = "The private subnets: id, az, cidr and route_table_id of each, in the order of env.yaml."
  value       = module.networking.private_subnets
}

output "database_security_group_id" {
  description = "The security group of Redshift, MySQL and Glue's network interfaces."
  value       = module.networking.database_security_group_id
}

output "endpoint_security_group_id" {
  description = "The security group of the interface endpoints; null where egress is by NAT."
  value       = module.networking.endpoint_security_group_id
}

output "source_bucket" {
  description = "The bucket that source files land in."
  value       = module.storage.source_bucket
}

output "source_bucket_arn" {
  description = "ARN of the bucket that source files land in."
  value       = module.storage.source_bucket_arn
}

output "glue_assets_bucket" {
  description = "The bucket of Glue's scripts, staged rows and temporary files."
  value       = module.storage.glue_assets_bucket
}

output "glue_assets_bucket_arn" {
  description = "ARN of the bucket of Glue's scripts, staged rows and temporary files."
  value       = module.storage.glue_assets_bucket_arn
}

output "trail_bucket" {
  description = "The bucket of the trail's logs."
  value       = module.storage.trail_bucket
}

output "trail_arn" {
  description = "ARN of the trail that records the writes to the Orders table."
  value       = module.audit.trail_arn
}

output "kms_key_arn" {
  description = "ARN of the key that the trail's logs are encrypted with."
  value       = module.audit.kms_key_arn
}

output "redshift_secret_arn" {
  description = "ARN of the secret with Redshift's credentials: the one named in env.yaml, or the one Redshift manages."
  value       = local.redshift_secret_arn
}

output "database_secret_arn" {
  description = "ARN of the secret with the MySQL credentials: the one named in env.yaml, or the one RDS manages."
  value       = local.database_secret_arn
}

output "orders_table_name" {
  description = "Name of the DynamoDB table that orders land in."
  value       = module.databases.orders_table_name
}

output "orders_table_arn" {
  description = "ARN of the DynamoDB table that orders land in."
  value       = module.databases.orders_table_arn
}

output "orders_stream_arn" {
  description = "ARN of the table's stream."
  value       = module.databases.orders_stream_arn
}

output "mysql_endpoint" {
  description = "Host name of the MySQL instance; null without MySQL."
  value       = module.databases.mysql_endpoint
}

output "mysql_port" {
  description = "Port of the MySQL instance; null without MySQL."
  value       = module.databases.mysql_port
}

output "mysql_database" {
  description = "Name of the MySQL database; null without MySQL."
  value       = module.databases.mysql_database
}

output "redshift_namespace_id" {
  description = "Id of the Redshift Serverless namespace."
  value       = module.databases.redshift_namespace_id
}

output "redshift_namespace_arn" {
  description = "ARN of the Redshift Serverless namespace."
  value       = module.databases.redshift_namespace_arn
}

output "redshift_namespace_name" {
  description = "Name of the Redshift Serverless namespace."
  value       = module.databases.redshift_namespace_name
}

output "redshift_workgroup_name" {
  description = "Name of the Redshift Serverless workgroup."
  value       = module.databases.redshift_workgroup_name
}

output "redshift_workgroup_arn" {
  description = "ARN of the Redshift Serverless workgroup."
  value       = module.databases.redshift_workgroup_arn
}

output "redshift_endpoint" {
  description = "Host name of the workgroup's endpoint."
  value       = module.databases.redshift_endpoint
}

output "redshift_port" {
  description = "Port of the workgroup's endpoint."
  value       = module.databases.redshift_port
}

output "redshift_database" {
  description = "Redshift's database."
  value       = module.databases.redshift_database
}

output "glue_role_arn" {
  description = "ARN of the Glue jobs' role."
  value       = module.iam.glue_role_arn
}

output "glue_role_name" {
  description = "Name of the Glue jobs' role, for the policies that a layer adds."
  value       = module.iam.glue_role_name
}

output "redshift_commands_role_arn" {
  description = "ARN of the role that COPY, UNLOAD and COPY JOB run with: the namespace's default role."
  value       = module.iam.redshift_commands_role_arn
}

output "redshift_commands_role_name" {
  description = "Name of the role that COPY, UNLOAD and COPY JOB run with, for the policies that a layer adds."
  value       = module.iam.redshift_commands_role_name
}

output "redshift_s3_role_arns" {
  description = "ARNs of the namespace's further roles for reading and writing S3."
  value       = module.iam.redshift_s3_role_arns
}
