output "scheduler_role_arn" {
  description = "ARN of the role the schedules run with; null in mode `auto_copy`."
  value       = one(aws_iam_role.scheduler[*].arn)
  depends_on  = [aws_iam_role_policy.scheduler]
}
