output "glue_role_arn" {
  description = "ARN of the Glue jobs' role."
  value       = aws_iam_role.this[var.names.glue].arn
}

output "glue_role_name" {
  description = "Name of the Glue jobs' role."
  value       = aws_iam_role.this[var.names.glue].name
}

output "redshift_commands_role_arn" {
  description = "ARN of the role that COPY and UNLOAD run with."
  value       = aws_iam_role.this[var.names.redshift_commands].arn
}

output "redshift_commands_role_name" {
  description = "Name of the role that COPY and UNLOAD run with."
  value       = aws_iam_role.this[var.names.redshift_commands].name
}

output "redshift_s3_role_arns" {
  description = "ARNs of the further roles for reading and writing S3, in the order given."
  value       = [for name in var.names.redshift_s3 : aws_iam_role.this[name].arn]
}
