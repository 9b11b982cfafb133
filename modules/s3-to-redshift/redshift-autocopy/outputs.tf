output "integration_arn" {
  description = "ARN of the S3 event integration; null in mode `scheduled`."
  value       = one(aws_redshift_integration.s3[*].arn)
}

output "schedule_names" {
  description = "The schedules' names, by table; empty in mode `auto_copy`."
  value       = { for name, schedule in aws_scheduler_schedule.copy : name => schedule.name }
}

output "copy_statements" {
  description = "The COPY of each table, as the schedules send it; empty in mode `auto_copy`."
  value       = local.copies
}
