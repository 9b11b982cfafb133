output "function_name" {
  description = "The function that records the keys of changed items."
  value       = aws_lambda_function.capture.function_name
}

output "mapping_id" {
  description = "The id of the mapping from the stream to the function."
  value       = aws_lambda_event_source_mapping.stream.uuid
}
