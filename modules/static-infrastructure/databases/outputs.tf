output "orders_table_name" {
  description = "Name of the Orders table."
  value       = aws_dynamodb_table.orders.name
}

output "orders_table_arn" {
  description = "ARN of the Orders table."
  value       = aws_dynamodb_table.orders.arn
}

output "orders_stream_arn" {
  description = "ARN of the Orders table's stream."
  value       = aws_dynamodb_table.orders.stream_arn
}

output "mysql_endpoint" {
  description = "Host name of MySQL; null without it."
  value       = one(aws_db_instance.mysql[*].address)
}

output "mysql_port" {
  description = "Port of MySQL; null without it."
  value       = one(aws_db_instance.mysql[*].port)
}

output "mysql_database" {
  description = "Name of MySQL's database; null without MySQL."
  value       = try(var.mysql.database, null)
}

output "mysql_managed_secret_arn" {
  description = "ARN of the secret that RDS manages for MySQL; null where env.yaml's secret holds the password."
  value       = try(one(aws_db_instance.mysql[*].master_user_secret[0].secret_arn), null)
}

output "redshift_namespace_id" {
  description = "Id of the namespace."
  value       = aws_redshiftserverless_namespace.this.namespace_id
}

output "redshift_namespace_arn" {
  description = "ARN of the namespace."
  value       = aws_redshiftserverless_namespace.this.arn
}

output "redshift_namespace_name" {
  description = "Name of the namespace."
  value       = aws_redshiftserverless_namespace.this.namespace_name
}

output "redshift_managed_secret_arn" {
  description = "ARN of the secret that Redshift manages for the admin; empty or null where env.yaml's secret holds the password."
  value       = aws_redshiftserverless_namespace.this.admin_password_secret_arn
}

output "redshift_workgroup_name" {
  description = "Name of the workgroup."
  value       = aws_redshiftserverless_workgroup.this.workgroup_name
}

output "redshift_workgroup_arn" {
  description = "ARN of the workgroup."
  value       = aws_redshiftserverless_workgroup.this.arn
}

output "redshift_endpoint" {
  description = "Host name of the workgroup's endpoint."
  value       = aws_redshiftserverless_workgroup.this.endpoint[0].address
}

output "redshift_port" {
  description = "Port of the workgroup's endpoint."
  value       = aws_redshiftserverless_workgroup.this.port
}

output "redshift_database" {
  description = "Name of Redshift's database."
  value       = aws_redshiftserverless_namespace.this.db_name
}
