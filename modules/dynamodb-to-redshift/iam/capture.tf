# What makes the capture run without events: the sweeper's schedule, and the function that follows the stream.

resource "aws_iam_role" "sweeper" {
  name = "${var.name_prefix}${var.names.sweeper}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.account_id }
        ArnLike      = { "aws:SourceArn" = var.schedule_arn }
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

resource "aws_iam_role_policy" "sweeper" {
  name = "dpctl-start"
  role = aws_iam_role.sweeper.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "states:StartExecution", Resource = var.sweeper_arn }]
  })
}

resource "aws_iam_role" "stream" {
  count = var.from_stream ? 1 : 0

  name = "${var.name_prefix}${var.names.capture_lambda}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
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

resource "aws_iam_role_policy" "stream" {
  count = var.from_stream ? 1 : 0

  name = "dpctl-capture"
  role = aws_iam_role.stream[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadTheStream"
        Effect   = "Allow"
        Action   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
        Resource = var.orders_stream_arn
      },
      {
        # This action takes no resource (Service Authorization Reference, DynamoDB).
        Sid      = "FindTheStream"
        Effect   = "Allow"
        Action   = "dynamodb:ListStreams"
        Resource = "*"
      },
      {
        Sid      = "RecordKeys"
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = ["${local.state_arn}pending/*", "${local.state_arn}dead-letter/*"]
      },
      {
        Sid      = "StartTheWorkflow"
        Effect   = "Allow"
        Action   = "glue:StartWorkflowRun"
        Resource = var.workflow_arn
      },
      {
        Sid      = "KeepRecords"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = var.dead_letter_queue_arn
      },
      {
        Sid      = "Log"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "arn:aws:logs:${var.region}:${var.account_id}:log-group:/aws/lambda/${var.function_name}:*"
      },
    ]
  })
}

# Customer keys of the table, whose stream is encrypted with its key, and of the bucket; where env.yaml names any.
resource "aws_iam_role_policy" "stream_keys" {
  count = var.from_stream && length(var.names.kms_key_arns) > 0 ? 1 : 0

  name = "dpctl-keys"
  role = aws_iam_role.stream[0].id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = var.names.kms_key_arns }]
  })
}
