locals {
  bucket_arn = "arn:aws:s3:::${var.bucket}"
  state_arn  = "${local.bucket_arn}/${var.state_prefix}"
}

# The state machine: writes a key, starts the workflow.
resource "aws_iam_role" "step_functions" {
  name = "${var.name_prefix}${var.names.step_functions}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "states.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.account_id }
        ArnLike      = { "aws:SourceArn" = [var.state_machine_arn, var.sweeper_arn] }
      }
    }]
  })

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [
      description,
      force_detach_policies,
      max_session_duration,
      path,
      permissions_boundary,
      tags,
    ]
  }
}

resource "aws_iam_role_policy" "step_functions" {
  name = "dpctl-log-event"
  role = aws_iam_role.step_functions.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "RecordKeys"
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = "${local.state_arn}pending/*"
      },
      {
        Sid       = "LookForKeys"
        Effect    = "Allow"
        Action    = "s3:ListBucket"
        Resource  = local.bucket_arn
        Condition = { StringLike = { "s3:prefix" = "${var.state_prefix}pending/*" } }
      },
      {
        Sid      = "StartTheWorkflow"
        Effect   = "Allow"
        Action   = "glue:StartWorkflowRun"
        Resource = var.workflow_arn
      },
      {
        Sid      = "KeepEvents"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = var.dead_letter_queue_arn
      },
      {
        # These actions take no resource (Step Functions developer guide, logging and tracing).
        Sid    = "LogAndTrace"
        Effect = "Allow"
        Action = [
          "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
          "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies",
          "logs:DescribeLogGroups", "xray:PutTraceSegments", "xray:PutTelemetryRecords",
          "xray:GetSamplingRules", "xray:GetSamplingTargets",
        ]
        Resource = "*"
      },
    ]
  })
}

# The rule: starts the state machine, and may notify the workflow.
resource "aws_iam_role" "events" {
  for_each = {
    step_functions = var.names.events_to_step_functions
    glue           = var.names.events_to_glue
  }

  name = "${var.name_prefix}${each.value}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = {
          "aws:SourceAccount" = var.account_id
          "aws:SourceArn"     = var.rule_arn
        }
      }
    }]
  })

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [
      description,
      force_detach_policies,
      max_session_duration,
      path,
      permissions_boundary,
      tags,
    ]
  }
}

resource "aws_iam_role_policy" "events" {
  for_each = {
    step_functions = { action = "states:StartExecution", resource = var.state_machine_arn }
    glue           = { action = "glue:NotifyEvent", resource = var.workflow_arn }
  }

  name = "dpctl-start"
  role = aws_iam_role.events[each.key].id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = each.value.action, Resource = each.value.resource }]
  })
}

# The jobs: read the items, stage them. What every job may do is granted to the role where it is made.
resource "aws_iam_role_policy" "glue" {
  name = "dpctl-${var.name_prefix}ddb-redshift"
  role = element(split("/", var.glue_role_arn), -1)
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid      = "ReadItems"
        Effect   = "Allow"
        Action   = "dynamodb:BatchGetItem"
        Resource = var.orders_table_arn
      },
      {
        Sid      = "MoveKeysAndStageRows"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:DeleteObject"]
        Resource = "${local.state_arn}*"
      },
      {
        Sid      = "LoadAgain"
        Effect   = "Allow"
        Action   = "glue:StartWorkflowRun"
        Resource = var.workflow_arn
      },
      {
        Sid      = "TellOfDeadLetters"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = var.dead_letter_queue_arn
      },
      ], !var.reconcile ? [] : [{
        Sid      = "ScanToCompare"
        Effect   = "Allow"
        Action   = "dynamodb:Scan"
        Resource = var.orders_table_arn
        }], var.load_as != "loader" ? [] : [{
        # The Data API asks for a password in the role's name (management guide, "Authorizing access to the Data API").
        Sid      = "SignInAsTheRole"
        Effect   = "Allow"
        Action   = "redshift-serverless:GetCredentials"
        Resource = var.redshift_workgroup_arn
    }])
  })
}

# COPY: reads the staged rows, and the table itself for a full load.
resource "aws_iam_role_policy" "redshift_commands" {
  name = "dpctl-${var.name_prefix}ddb-redshift"
  role = element(split("/", var.redshift_commands_role_arn), -1)
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadStagedRows"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "${local.state_arn}staging/*"
      },
      {
        Sid       = "ListStagedRows"
        Effect    = "Allow"
        Action    = "s3:ListBucket"
        Resource  = local.bucket_arn
        Condition = { StringLike = { "s3:prefix" = "${var.state_prefix}staging/*" } }
      },
      {
        Sid      = "ReadTheTable"
        Effect   = "Allow"
        Action   = ["dynamodb:Scan", "dynamodb:DescribeTable"]
        Resource = var.orders_table_arn
      },
    ]
  })
}

# Customer keys, where env.yaml names any.
resource "aws_iam_role_policy" "keys" {
  count = length(var.names.kms_key_arns) > 0 ? 1 : 0
  name  = "dpctl-keys"
  role  = aws_iam_role.step_functions.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = var.names.kms_key_arns }]
  })
}
