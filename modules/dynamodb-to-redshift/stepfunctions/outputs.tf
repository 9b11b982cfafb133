output "state_machine_arn" {
  description = "ARN of the state machine."
  value       = aws_sfn_state_machine.log_event.arn
}

output "sweeper_arn" {
  description = "ARN of the sweeper's state machine."
  value       = aws_sfn_state_machine.sweeper.arn
}
