output "step_functions_role_arn" {
  description = "ARN of the state machine's role; known when its policy is there too."
  value       = aws_iam_role.step_functions.arn
  depends_on  = [aws_iam_role_policy.step_functions]
}

output "events_to_step_functions_role_arn" {
  description = "ARN of the role the rule starts the state machine with."
  value       = aws_iam_role.events["step_functions"].arn
}

output "events_to_glue_role_arn" {
  description = "ARN of the role the rule may notify the workflow with."
  value       = aws_iam_role.events["glue"].arn
}

output "sweeper_role_arn" {
  description = "The role of the sweeper's schedule."
  value       = aws_iam_role.sweeper.arn
}

output "stream_role_arn" {
  description = "The role of the function that follows the stream; null where there is none."
  value       = one(aws_iam_role.stream[*].arn)
}
