output "function_name" {
  description = "The function's name; null when no schedule uses it."
  value       = one(aws_lambda_function.unload[*].function_name)
}

output "function_arn" {
  description = "ARN of the function; null when no schedule uses it."
  value       = one(aws_lambda_function.unload[*].arn)
}

output "log_group_arn" {
  description = "ARN of the function's log group; null when no schedule uses it."
  value       = one(aws_cloudwatch_log_group.function[*].arn)
}
