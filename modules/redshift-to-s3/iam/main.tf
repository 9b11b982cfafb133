locals {
  # What the function does: run statements and follow its own.
  run_statements = [
    {
      Sid      = "RunStatements"
      Effect   = "Allow"
      Action   = "redshift-data:ExecuteStatement"
      Resource = var.redshift_workgroup_arn
    },
    {
      # This action takes no resource; the condition leaves a caller its own statements.
      Sid       = "FollowOwnStatements"
      Effect    = "Allow"
      Action    = "redshift-data:DescribeStatement"
      Resource  = "*"
      Condition = { StringEquals = { "redshift-data:statement-owner-iam-userid" = "$${aws:userid}" } }
    },
    {
      Sid      = "SignIn"
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = var.redshift_secret_arn
    },
  ]
}

resource "aws_iam_role" "scheduler" {
  name = "${var.name_prefix}${var.names.scheduler}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = {
          "aws:SourceAccount" = var.account_id
          "aws:SourceArn"     = var.schedule_group_arn
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

resource "aws_iam_role_policy" "scheduler" {
  name = "dpctl-start-dumps"
  role = aws_iam_role.scheduler.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{ Sid = "KeepFailedCalls", Effect = "Allow", Action = ["sqs:SendMessage"], Resource = var.dead_letter_queue_arn }],
      var.function_arn == null ? [] : [
        { Sid = "InvokeTheFunction", Effect = "Allow", Action = ["lambda:InvokeFunction"], Resource = var.function_arn },
      ],
      var.job_arn == null ? [] : [
        { Sid = "StartTheJob", Effect = "Allow", Action = ["glue:StartJobRun"], Resource = var.job_arn },
      ],
      !var.calls_redshift ? [] : [
        {
          Sid      = "CallRedshift"
          Effect   = "Allow"
          Action   = ["redshift-data:ExecuteStatement", "redshift-data:BatchExecuteStatement"]
          Resource = var.redshift_workgroup_arn
        },
        { Sid = "SignIn", Effect = "Allow", Action = ["secretsmanager:GetSecretValue"], Resource = var.redshift_secret_arn },
      ],
      # The Data API reads the secret as who calls it, and the secret may have a key of the customer's.
      !var.calls_redshift || length(var.names.kms_key_arns) == 0 ? [] : [
        { Sid = "UseKeys", Effect = "Allow", Action = ["kms:Decrypt"], Resource = var.names.kms_key_arns },
      ],
    )
  })
}

resource "aws_iam_role" "unload_lambda" {
  name = "${var.name_prefix}${var.names.unload_lambda}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
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

resource "aws_iam_role_policy" "unload_lambda" {
  name = "dpctl-unload"
  role = aws_iam_role.unload_lambda.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.run_statements, [
      {
        Sid      = "KeepFailedEvents"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = var.dead_letter_queue_arn
      },
      {
        # X-Ray takes no resource (service authorization reference).
        Sid      = "Trace"
        Effect   = "Allow"
        Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
        Resource = "*"
      },
      ], var.log_group_arn == null ? [] : [
      {
        Sid      = "Log"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${var.log_group_arn}:*"
      },
    ])
  })
}

# The job: runs statements one by one. What every job may do is granted to the role where it is made.
resource "aws_iam_role_policy" "glue" {
  count = var.job_arn == null ? 0 : 1

  name = "dpctl-${var.name_prefix}redshift-s3"
  role = element(split("/", var.glue_role_arn), -1)
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "RunStatements"
      Effect   = "Allow"
      Action   = "redshift-data:ExecuteStatement"
      Resource = var.redshift_workgroup_arn
    }]
  })
}

# Customer keys, where env.yaml names any.
resource "aws_iam_role_policy" "keys" {
  count = length(var.names.kms_key_arns) > 0 ? 1 : 0
  name  = "dpctl-keys"
  role  = aws_iam_role.unload_lambda.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = var.names.kms_key_arns }]
  })
}
