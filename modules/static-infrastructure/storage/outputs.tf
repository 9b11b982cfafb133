output "source_bucket" {
  description = "Name of the bucket that source files land in."
  value       = aws_s3_bucket.this["source"].bucket
}

output "source_bucket_arn" {
  description = "ARN of the bucket that source files land in."
  value       = aws_s3_bucket.this["source"].arn
}

output "glue_assets_bucket" {
  description = "Name of the bucket of Glue's scripts, staged rows and temporary files."
  value       = aws_s3_bucket.this["glue_assets"].bucket
}

output "glue_assets_bucket_arn" {
  description = "ARN of the bucket of Glue's scripts, staged rows and temporary files."
  value       = aws_s3_bucket.this["glue_assets"].arn
}

output "trail_bucket" {
  description = "Name of the bucket of the trail's logs; known once the trail may write to it."
  value       = aws_s3_bucket_policy.this["trail"].bucket
}
