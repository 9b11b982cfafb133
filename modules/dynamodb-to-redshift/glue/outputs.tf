output "workflow_name" {
  description = "The workflow's name."
  value       = aws_glue_workflow.orders.name
}

output "connection_name" {
  description = "The connection's name."
  value       = "${var.name_prefix}${var.glue.connection.name}"
}

output "job_names" {
  description = "The jobs' names, by their name in env.yaml."
  value       = { for name, job in aws_glue_job.this : name => job.name }
}

output "state_location" {
  description = "Where keys and staged rows are."
  value       = "s3://${var.bucket}/${var.state_prefix}"
}
