output "schedule_names" {
  description = "The schedules' names, by their name in env.yaml."
  value       = { for name, schedule in aws_scheduler_schedule.dump : name => schedule.name }
}
