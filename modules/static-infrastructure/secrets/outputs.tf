output "arns" {
  description = "The secrets' ARNs by what they are for."
  value       = { for key, secret in aws_secretsmanager_secret.this : key => secret.arn }
}
