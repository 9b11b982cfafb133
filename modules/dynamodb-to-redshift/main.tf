# The chain from a write to the DynamoDB table to the row in Redshift:
# rule -> state machine, or stream -> function (records the key) -> workflow -> job (reads the items, merges them).

locals {
  rule_name          = "${var.name_prefix}${var.capture.rule}"
  state_machine_name = "${var.name_prefix}${var.capture.state_machine}"
  sweeper_name       = "${local.state_machine_name}Sweeper"
  function_name      = "${var.name_prefix}${var.capture.function}"
  enabled            = try(var.glue.jobs["GlueTestjob"].enabled, false) # without the job, keys would pile up
  from_trail         = contains(["cloudtrail", "both"], var.capture.source)
  from_stream        = contains(["stream", "both"], var.capture.source)
  workflow_name      = "${var.name_prefix}${var.glue.workflow}"

  # Built from names, because the roles must be there before what they are for.
  rule_arn          = "arn:aws:events:${var.region}:${var.account_id}:rule/${local.rule_name}"
  state_machine_arn = "arn:aws:states:${var.region}:${var.account_id}:stateMachine:${local.state_machine_name}"
  sweeper_arn       = "arn:aws:states:${var.region}:${var.account_id}:stateMachine:${local.sweeper_name}"
  # Scheduler gives the schedule's group as aws:SourceArn (its guide, "Confused deputy prevention").
  schedule_arn = "arn:aws:scheduler:${var.region}:${var.account_id}:schedule-group/default"
  workflow_arn = "arn:aws:glue:${var.region}:${var.account_id}:workflow/${local.workflow_name}"

  state_prefix = "capture/" # in the bucket of Glue's assets: pending, staging, archive, dead-letter
  target = one([
    for name, table in var.tables : {
      schema  = table.schema
      name    = name
      columns = table.columns
      key     = table.key
      version = table.version
    } if try(table.load.source, "") == "dynamodb"
  ])
}

module "iam" {
  source = "./iam"

  name_prefix                = var.name_prefix
  account_id                 = var.account_id
  names                      = var.iam
  rule_arn                   = local.rule_arn
  state_machine_arn          = local.state_machine_arn
  sweeper_arn                = local.sweeper_arn
  schedule_arn               = local.schedule_arn
  function_name              = local.function_name
  from_stream                = local.from_stream
  orders_stream_arn          = var.orders_stream_arn
  region                     = var.region
  workflow_arn               = local.workflow_arn
  dead_letter_queue_arn      = module.eventbridge.dead_letter_queue_arn
  bucket                     = var.glue_assets_bucket
  state_prefix               = local.state_prefix
  orders_table_arn           = var.orders_table_arn
  glue_role_arn              = var.glue_role_arn
  redshift_commands_role_arn = var.redshift_commands_role_arn
  redshift_workgroup_arn     = var.redshift_workgroup_arn
  load_as                    = var.load_as
  reconcile                  = try(var.glue.jobs["Reconcile"].enabled, false)
}

module "eventbridge" {
  source = "./eventbridge"

  rule_name         = local.rule_name
  rule_arn          = local.rule_arn
  target_id         = var.capture.target
  enabled           = local.enabled && local.from_trail
  events            = var.capture.events
  orders_table_arn  = var.orders_table_arn
  state_machine_arn = module.stepfunctions.state_machine_arn
  role_arn          = module.iam.events_to_step_functions_role_arn
  alarm_topic_arn   = module.alarms.topic_arn
}

module "stepfunctions" {
  source = "./stepfunctions"

  name                  = local.state_machine_name
  sweeper_name          = local.sweeper_name
  sweeper_role_arn      = module.iam.sweeper_role_arn
  sweep_minutes         = var.capture.sweep_minutes
  enabled               = local.enabled
  role_arn              = module.iam.step_functions_role_arn
  bucket                = var.glue_assets_bucket
  state_prefix          = local.state_prefix
  workflow_name         = module.glue.workflow_name
  dead_letter_queue_url = module.eventbridge.dead_letter_queue_url
  alarm_topic_arn       = module.alarms.topic_arn
}

module "stream" {
  source = "./stream"
  count  = local.from_stream ? 1 : 0

  name                  = local.function_name
  runtime_dir           = var.runtime_dir
  role_arn              = module.iam.stream_role_arn
  enabled               = local.enabled
  stream_arn            = var.orders_stream_arn
  table_name            = var.orders_table_name
  window_seconds        = var.capture.batch.window_seconds
  bucket                = var.glue_assets_bucket
  state_prefix          = local.state_prefix
  workflow_name         = module.glue.workflow_name
  dead_letter_queue_arn = module.eventbridge.dead_letter_queue_arn
  dead_letter_queue_url = module.eventbridge.dead_letter_queue_url
  alarm_topic_arn       = module.alarms.topic_arn
}

module "glue" {
  source = "./glue"

  name_prefix                = var.name_prefix
  region                     = var.region
  runtime_dir                = var.runtime_dir
  glue                       = var.glue
  batch                      = var.capture.batch
  dynamodb                   = var.dynamodb
  target                     = local.target
  bucket                     = var.glue_assets_bucket
  state_prefix               = local.state_prefix
  dead_letter_queue_url      = module.eventbridge.dead_letter_queue_url
  orders_table_name          = var.orders_table_name
  role_arn                   = var.glue_role_arn
  redshift_commands_role_arn = var.redshift_commands_role_arn
  redshift_workgroup_name    = var.redshift_workgroup_name
  redshift_database          = var.redshift_database
  redshift_secret_arn        = var.redshift_secret_arn
  load_as                    = var.load_as
  redshift_endpoint          = var.redshift_endpoint
  redshift_port              = var.redshift_port
  private_subnets            = var.private_subnets
  database_security_group_id = var.database_security_group_id
  alarm_topic_arn            = module.alarms.topic_arn
}
