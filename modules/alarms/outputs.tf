output "topic_arn" {
  description = "The topic; it may be published to once its policy is there."
  value       = aws_sns_topic_policy.this.arn
}
