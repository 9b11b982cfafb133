locals {
  source_arn = "arn:aws:s3:::${var.source_bucket}"
  assets_arn = "arn:aws:s3:::${var.glue_assets_bucket}"
  staging    = "gluejob/staging"
}

# COPY and COPY JOB: read the files, and nothing else.
resource "aws_iam_role_policy" "redshift_commands" {
  name = "dpctl-${var.name_prefix}s3-redshift"
  role = element(split("/", var.redshift_commands_role_arn), -1)
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadFiles"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = concat([for prefix in var.prefixes : "${local.source_arn}/${prefix}*"], ["${local.assets_arn}/${local.staging}/*"])
      },
      {
        Sid      = "ListFiles"
        Effect   = "Allow"
        Action   = ["s3:ListBucket", "s3:GetBucketLocation"]
        Resource = [local.source_arn, local.assets_arn]
      },
    ]
  })
}

# gluejob: reads MySQL, stages rows, runs COPY.
resource "aws_iam_role_policy" "glue" {
  name = "dpctl-${var.name_prefix}s3-redshift"
  role = element(split("/", var.glue_role_arn), -1)
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "StageRows"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
        Resource = "${local.assets_arn}/${local.staging}/*"
      },
      {
        Sid      = "KeepResults"
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = ["${local.assets_arn}/gluejob/rejected/*", "${local.assets_arn}/gluejob/results/*"]
      },
      {
        Sid      = "ReadScripts"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "${local.assets_arn}/scripts/*"
      },
      {
        Sid      = "RunStatements"
        Effect   = "Allow"
        Action   = ["redshift-data:ExecuteStatement", "redshift-data:BatchExecuteStatement"]
        Resource = var.redshift_workgroup_arn
      },
      {
        # These actions take no resource; the condition leaves a job its own statements.
        Sid       = "FollowOwnStatements"
        Effect    = "Allow"
        Action    = ["redshift-data:DescribeStatement", "redshift-data:GetStatementResult", "redshift-data:CancelStatement"]
        Resource  = "*"
        Condition = { StringEquals = { "redshift-data:statement-owner-iam-userid" = "$${aws:userid}" } }
      },
      {
        Sid      = "SignIn"
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = compact([var.redshift_secret_arn, var.database_secret_arn])
      },
    ]
  })
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
