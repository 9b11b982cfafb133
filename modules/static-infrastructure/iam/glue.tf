# What Glue's jobs may do. Split by subject: a role's policy is easier to read, and to hold against a refusal, in parts.

locals {
  glue_arn = "arn:${var.partition}:glue:${var.region}:${var.account_id}"
  ec2_arn  = "arn:${var.partition}:ec2:${var.region}:${var.account_id}"

  glue_policies = {
    storage = [
      {
        Effect   = "Allow"
        Action   = ["s3:GetBucketLocation", "s3:ListBucket"]
        Resource = [local.s3_arns.source.bucket, local.s3_arns.glue_assets.bucket]
      },
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = [local.s3_arns.source.objects]
      },
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = [local.s3_arns.glue_assets.objects]
      },
      {
        # Pending keys, staged rows and temporary files; a drain removes the keys it has taken. Scripts and packages
        # are not a job's to write.
        Effect   = "Allow"
        Action   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"]
        Resource = [for folder in ["capture", "gluejob", "temporary"] : "${local.s3_arns.glue_assets.bucket}/${folder}/*"]
      },
    ]

    orders = [
      {
        Effect   = "Allow"
        Action   = ["dynamodb:BatchGetItem", "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"]
        Resource = [var.orders_table_arn]
      },
    ]

    redshift = [
      {
        Effect   = "Allow"
        Action   = ["redshift-data:BatchExecuteStatement", "redshift-data:ExecuteStatement", "redshift-serverless:GetCredentials", "redshift-serverless:GetWorkgroup"]
        Resource = [var.workgroup_arn]
      },
      {
        # A statement has no ARN. AWS lets a caller see and cancel only what its own role has started.
        Effect    = "Allow"
        Action    = ["redshift-data:CancelStatement", "redshift-data:DescribeStatement", "redshift-data:GetStatementResult"]
        Resource  = ["*"]
        Condition = { StringEquals = { "redshift-data:statement-owner-iam-userid" = "$${aws:userid}" } }
      },
    ]

    secrets = [
      {
        Effect = "Allow"
        Action = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
        Resource = distinct(concat([
          var.secret_arns.redshift,
          var.secret_arns.database,
          ], [
          # The ones that Glue itself makes for these connections.
          for name in var.glue.connections :
          "arn:${var.partition}:secretsmanager:${var.region}:${var.account_id}:secret:glue!${var.account_id}-${replace(name, " ", "")}-*"
        ]))
      },
    ]

    glue = [
      {
        Effect   = "Allow"
        Action   = ["glue:GetConnection", "glue:GetConnections"]
        Resource = concat(["${local.glue_arn}:catalog"], [for name in var.glue.connections : "${local.glue_arn}:connection/${name}"])
      },
      {
        Effect   = "Allow"
        Action   = ["glue:GetJob", "glue:GetJobRun", "glue:GetJobRuns"]
        Resource = [for name in var.glue.jobs : "${local.glue_arn}:job/${name}"]
      },
      {
        Effect   = "Allow"
        Action   = ["glue:GetWorkflow", "glue:GetWorkflowRun", "glue:GetWorkflowRunProperties", "glue:PutWorkflowRunProperties"]
        Resource = ["${local.glue_arn}:workflow/${var.glue.workflow}"]
      },
    ]

    logs = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["arn:${var.partition}:logs:${var.region}:${var.account_id}:log-group:/aws-glue/*"]
      },
      {
        # A metric has no ARN: the namespace is the only bound that CloudWatch knows.
        Effect    = "Allow"
        Action    = ["cloudwatch:PutMetricData"]
        Resource  = ["*"]
        Condition = { StringEquals = { "cloudwatch:namespace" = "Glue" } }
      },
    ]

    network = [
      {
        # EC2's lists take no resource.
        Effect = "Allow"
        Action = [
          "ec2:DescribeNetworkInterfaces", "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
          "ec2:DescribeVpcAttribute", "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs",
        ]
        Resource = ["*"]
      },
      {
        # A network interface has no id before it is created: subnet and group are what bounds it.
        Effect = "Allow"
        Action = ["ec2:CreateNetworkInterface"]
        Resource = concat(
          ["${local.ec2_arn}:network-interface/*", "${local.ec2_arn}:security-group/${var.network.security_group_id}"],
          [for id in var.network.subnet_ids : "${local.ec2_arn}:subnet/${id}"],
        )
      },
      {
        Effect    = "Allow"
        Action    = ["ec2:DeleteNetworkInterface"]
        Resource  = ["${local.ec2_arn}:network-interface/*"]
        Condition = { ArnEquals = { "ec2:Vpc" = "${local.ec2_arn}:vpc/${var.network.vpc_id}" } }
      },
      {
        # Glue marks the interfaces it makes, and deletes the marked ones.
        Effect    = "Allow"
        Action    = ["ec2:CreateTags", "ec2:DeleteTags"]
        Resource  = ["${local.ec2_arn}:network-interface/*"]
        Condition = { "ForAllValues:StringEquals" = { "aws:TagKeys" = ["aws-glue-service-resource"] } }
      },
    ]
  }
}

resource "aws_iam_role_policy" "glue" {
  for_each = toset(keys(local.glue_policies))
  name     = "dpctl-${each.key}" # not a name that somebody may have given a policy of their own
  role     = aws_iam_role.this[var.names.glue].name
  policy   = jsonencode({ Version = "2012-10-17", Statement = local.glue_policies[each.key] })
}
