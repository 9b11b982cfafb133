output "mode" {
  description = "How new files get into Redshift: `auto_copy` or `scheduled`."
  value       = var.s3_to_redshift.mode
}

output "integration_arn" {
  description = "ARN of the S3 event integration; null in mode `scheduled`."
  value       = module.redshift_autocopy.integration_arn
}

output "copy_role_arn" {
  description = "The role that COPY and COPY JOB use."
  value       = var.redshift_commands_role_arn
}

output "schedule_names" {
  description = "The schedules that run COPY, by table; empty in mode `auto_copy`."
  value       = module.redshift_autocopy.schedule_names
}

output "job_names" {
  description = "The Glue jobs of this layer."
  value       = module.glue.job_names
}

output "alarm_topic_arn" {
  description = "The topic the alarms of this layer go to."
  value       = module.alarms.topic_arn
}
