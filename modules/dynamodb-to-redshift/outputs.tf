output "rule_arn" {
  description = "ARN of the rule that catches the writes."
  value       = module.eventbridge.rule_arn
}

output "state_machine_arn" {
  description = "ARN of the state machine that records keys and starts the workflow."
  value       = module.stepfunctions.state_machine_arn
}

output "workflow_name" {
  description = "The Glue workflow that loads the recorded keys."
  value       = module.glue.workflow_name
}

output "connection_name" {
  description = "The Glue connection to Redshift."
  value       = module.glue.connection_name
}

output "job_names" {
  description = "The Glue jobs of this layer."
  value       = module.glue.job_names
}

output "dead_letter_queue_url" {
  description = "Where events end that could not be delivered to the state machine."
  value       = module.eventbridge.dead_letter_queue_url
}

output "state_location" {
  description = "S3 location of pending, staged, archived and dead-letter keys."
  value       = module.glue.state_location
}

output "alarm_topic_arn" {
  description = "The topic the alarms of this layer go to."
  value       = module.alarms.topic_arn
}

output "capture_function" {
  description = "The function that follows the table's stream; null where CloudTrail alone is the source."
  value       = one(module.stream[*].function_name)
}

output "sweeper_arn" {
  description = "ARN of the state machine that starts the workflow for keys that wait."
  value       = module.stepfunctions.sweeper_arn
}
