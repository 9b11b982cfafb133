output "scheduler_role_arn" {
  description = "ARN of the schedules' role; known when its policy is there too."
  value       = aws_iam_role.scheduler.arn
  depends_on  = [aws_iam_role_policy.scheduler]
}

output "unload_lambda_role_arn" {
  description = "ARN of the function's role; known when its policy is there too."
  value       = aws_iam_role.unload_lambda.arn
  depends_on  = [aws_iam_role_policy.unload_lambda]
}
