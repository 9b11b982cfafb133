variable "name_prefix" {
  description = "What every name starts with: nothing, or `<project>-<env>-`."
  type        = string
  default     = ""
  nullable    = false
}

variable "account_id" {
  description = "The AWS account, twelve digits."
  type        = string
  nullable    = false
}

variable "region" {
  description = "The AWS region."
  type        = string
  nullable    = false
}

variable "project" {
  description = "The project, as in env.yaml."
  type        = string
  nullable    = false
}

variable "environment" {
  description = "The environment, as in `live/<environment>`."
  type        = string
  nullable    = false
}

variable "runtime_dir" {
  description = "The directory that holds the code AWS runs (`runtime/`)."
  type        = string
  nullable    = false
}

variable "dynamodb" {
  description = "The DynamoDB table's key, as in env.yaml."
  type = object({
    hash_key      = string
    hash_key_type = optional(string, "S")
  })
  nullable = false
}

variable "capture" {
  description = "Where writes are seen (`source`), and by what; `batch` says when the next load begins."
  type = object({
    source        = optional(string, "stream")
    sweep_minutes = optional(number, 5)
    function      = optional(string, "CaptureStream")
    rule          = optional(string, "dynamodb-insert")
    target        = optional(string, "state-machine")
    state_machine = optional(string, "LogEvent")
    events        = optional(list(string), ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"])
    batch = optional(object({
      size           = optional(number, 20000)
      window_seconds = optional(number, 300)
    }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["stream", "cloudtrail", "both"], var.capture.source)
    error_message = "capture.source is stream, cloudtrail or both."
  }

  validation {
    condition     = var.capture.source == "cloudtrail" || var.orders_stream_arn != null
    error_message = "capture.source needs the table's stream: orders_stream_arn."
  }
}

variable "glue" {
  description = "Glue's workflow, its connection to Redshift and the jobs, as in env.yaml."
  type = object({
    workflow = string
    connection = object({
      name           = string
      subnet         = optional(string)
      security_group = optional(string)
      manage         = optional(bool)
    })
    start_trigger = optional(string)
    jobs = map(object({
      enabled           = optional(bool, true)
      type              = string
      glue_version      = string
      max_capacity      = optional(number)
      worker_type       = optional(string)
      number_of_workers = optional(number)
      timeout_minutes   = optional(number)
      arguments         = optional(map(string), {})
      schedule          = optional(string)
      source            = optional(string, "dynamodb")
      table             = optional(string)
    }))
  })
  nullable = false

  validation {
    condition     = var.glue.connection.subnet == null || contains(var.private_subnets[*].id, coalesce(var.glue.connection.subnet, "-"))
    error_message = "glue.connection.subnet must be one of the private subnets: elsewhere its interfaces cannot reach STS."
  }
}

variable "iam" {
  description = "The names of this layer's roles."
  type = object({
    step_functions           = optional(string, "LogEventRole")
    events_to_step_functions = optional(string, "EventBridgeInvokeStepFunctions")
    events_to_glue           = optional(string, "EventBridgeInvokeGlue")
    kms_key_arns             = optional(list(string), [])
    sweeper                  = optional(string, "CaptureSweeperRole")
    capture_lambda           = optional(string, "CaptureStreamRole")
  })
  default  = {}
  nullable = false
}

variable "tables" {
  description = "The Redshift tables of env.yaml; the one with `load.source: dynamodb` is the target."
  type = map(object({
    schema = optional(string, "public")
    columns = list(object({
      name     = string
      type     = string
      nullable = optional(bool, true)
    }))
    key     = optional(list(string), [])
    version = optional(string)
    load = optional(object({
      source        = string
      prefix        = optional(string)
      format        = optional(string, "parquet")
      ignore_header = optional(number, 0)
      delimiter     = optional(string)
      compression   = optional(string)
      null_as       = optional(string)
      date_format   = optional(string)
      time_format   = optional(string)
      jsonpaths     = optional(string)
    }))
  }))
  nullable = false

  validation {
    condition = length([
      for table in var.tables : table
      if try(table.load.source, "") == "dynamodb" && length(table.key) == 1 && table.version != null
    ]) == 1 && length([for table in var.tables : table if try(table.load.source, "") == "dynamodb"]) == 1
    error_message = "Exactly one table has load.source: dynamodb, and it needs one key column and a version column."
  }
}

variable "alarm_email" {
  description = "Who is told of alarms; null for nobody (the topic is there either way)."
  type        = string
  default     = null
}

variable "orders_table_name" {
  description = "The DynamoDB table that is followed."
  type        = string
  nullable    = false
}

variable "orders_table_arn" {
  description = "ARN of the DynamoDB table."
  type        = string
  nullable    = false
}

variable "orders_stream_arn" {
  description = "ARN of the table's stream; null where capture.source is cloudtrail."
  type        = string
  default     = null
}

variable "glue_assets_bucket" {
  description = "The bucket of Glue's scripts and temporary files."
  type        = string
  nullable    = false
}

variable "glue_role_arn" {
  description = "The role the Glue jobs run as."
  type        = string
  nullable    = false
}

variable "redshift_workgroup_name" {
  description = "The workgroup that runs the statements."
  type        = string
  nullable    = false
}

variable "redshift_workgroup_arn" {
  description = "ARN of the workgroup."
  type        = string
  nullable    = false
}

variable "redshift_database" {
  description = "The database the statements run in."
  type        = string
  nullable    = false
}

variable "load_as" {
  description = "Who loads sign in as (env.yaml: databases.redshift.load_as): admin by the secret, or loader, the database user of the job's role."
  type        = string
  default     = "admin"
  nullable    = false

  validation {
    condition     = contains(["admin", "loader"], var.load_as)
    error_message = "load_as must be admin or loader."
  }
}

variable "redshift_secret_arn" {
  description = "The secret with the user and password the Data API signs in with."
  type        = string
  nullable    = false
}

variable "redshift_commands_role_arn" {
  description = "The role, attached to the namespace, that COPY and UNLOAD use."
  type        = string
  nullable    = false
}

variable "redshift_endpoint" {
  description = "The workgroup's host name."
  type        = string
  nullable    = false
}

variable "redshift_port" {
  description = "The workgroup's port."
  type        = number
  nullable    = false
}

variable "private_subnets" {
  description = "The private subnets with their availability zones; the first is the default."
  type        = list(object({ id = string, az = string }))
  nullable    = false
}

variable "database_security_group_id" {
  description = "The security group of the databases, which Glue's interfaces share."
  type        = string
  nullable    = false
}
