output "export_bucket" {
  description = "The bucket that dumps go to."
  value       = aws_s3_bucket.export.id
}

output "export_bucket_arn" {
  description = "ARN of the bucket that dumps go to."
  value       = aws_s3_bucket.export.arn
}

output "schedule_names" {
  description = "The schedules, by their name in env.yaml."
  value       = module.scheduler.schedule_names
}

output "function_name" {
  description = "The Lambda function; null when no schedule uses `method: lambda`."
  value       = module.lambda.function_name
}

output "job_name" {
  description = "The Glue job; null when no schedule uses `method: glue`."
  value       = module.glue.job_name
}

output "alarm_topic_arn" {
  description = "The topic the alarms of this layer go to."
  value       = module.alarms.topic_arn
}
