output "trail_arn" {
  description = "ARN of the trail."
  value       = aws_cloudtrail.this.arn
}

output "kms_key_arn" {
  description = "ARN of the key of the trail's logs."
  value       = local.kms_key_arn
}
