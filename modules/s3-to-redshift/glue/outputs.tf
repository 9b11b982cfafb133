output "job_names" {
  description = "The jobs' names, by their name in env.yaml; empty when gluejob is off."
  value       = { for job in aws_glue_job.gluejob : "gluejob" => job.name }
}

output "connection_name" {
  description = "The MySQL connection; null without MySQL."
  value       = one(aws_glue_connection.mysql[*].name)
}
