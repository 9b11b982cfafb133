output "job_name" {
  description = "The job's name; null when no schedule uses it."
  value       = one(aws_glue_job.unload[*].name)
}
