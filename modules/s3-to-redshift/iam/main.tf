locals {
  assets_arn = "arn:aws:s3:::${var.glue_assets_bucket}"
  staging    = "gluejob/staging"
}

# COPY of what gluejob stages; the files themselves are granted to the role where it is made.
resource "aws_iam_role_policy" "redshift_commands" {
  count = var.gluejob ? 1 : 0

  name = "dpctl-${var.name_prefix}s3-redshift"
  role = element(split("/", var.redshift_commands_role_arn), -1)
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadStagedRows"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "${local.assets_arn}/${local.staging}/*"
      },
      {
        Sid       = "ListStagedRows"
        Effect    = "Allow"
        Action    = "s3:ListBucket"
        Resource  = local.assets_arn
        Condition = { StringLike = { "s3:prefix" = "${local.staging}/*" } }
      },
    ]
  })
}

# gluejob: stages rows. What every job may do is granted to the role where it is made.
resource "aws_iam_role_policy" "glue" {
  count = var.gluejob ? 1 : 0

  name = "dpctl-${var.name_prefix}s3-redshift"
  role = element(split("/", var.glue_role_arn), -1)
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # Rows on their way, rows refused, results; and what Spark marks folders with, beside them.
        Sid      = "StageRows"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:DeleteObject"]
        Resource = "${local.assets_arn}/gluejob/*"
      },
    ]
  })
}

moved {
  from = aws_iam_role_policy.redshift_commands
  to   = aws_iam_role_policy.redshift_commands[0]
}

moved {
  from = aws_iam_role_policy.glue
  to   = aws_iam_role_policy.glue[0]
}

# The scheduler of mode `scheduled`: calls the Data API itself.
resource "aws_iam_role" "scheduler" {
  count = var.scheduled ? 1 : 0

  name = "${var.name_prefix}${var.names.scheduler}-copy"
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
  count = var.scheduled ? 1 : 0

  name = "dpctl-copy"
  role = aws_iam_role.scheduler[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid      = "RunStatements"
        Effect   = "Allow"
        Action   = "redshift-data:BatchExecuteStatement"
        Resource = var.redshift_workgroup_arn
      },
      {
        Sid      = "SignIn"
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = var.redshift_secret_arn
      },
      {
        Sid      = "KeepFailedCalls"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = var.dead_letter_queue_arn
      },
      ],
      # The Data API reads the secret as who calls it, and the secret may have a key of the customer's.
      length(var.names.kms_key_arns) == 0 ? [] : [
        { Sid = "UseKeys", Effect = "Allow", Action = "kms:Decrypt", Resource = var.names.kms_key_arns },
    ])
  })
}
