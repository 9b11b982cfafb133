# What every job of Glue may do; what only the jobs of one layer need is granted by that layer, and nothing twice.
# Split by subject: a role's policy is easier to read, and to hold against a refusal, in parts.

locals {
  glue_arn = "arn:${var.partition}:glue:${var.region}:${var.account_id}"
  ec2_arn  = "arn:${var.partition}:ec2:${var.region}:${var.account_id}"

  glue_policies = {
    storage = [
      {
        # Glue's scripts, and what the jobs keep in their folders. Where nobody may list, what is missing is refused.
        Effect   = "Allow"
        Action   = ["s3:GetBucketLocation", "s3:ListBucket"]
        Resource = [local.s3_arns.glue_assets.bucket]
      },
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = [local.s3_arns.glue_assets.objects]
      },
      {
        # What Glue's own libraries put aside (--TempDir). The folders that a layer's jobs write to are granted there.
        Effect   = "Allow"
        Action   = ["s3:DeleteObject", "s3:PutObject"]
        Resource = ["${local.s3_arns.glue_assets.bucket}/temporary/*"]
      },
    ]

    redshift = [
      {
        Effect   = "Allow"
        Action   = ["redshift-data:BatchExecuteStatement"]
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
        Action = ["secretsmanager:GetSecretValue"]
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
        Action   = ["glue:GetConnection"]
        Resource = concat(["${local.glue_arn}:catalog"], [for name in var.glue.connections : "${local.glue_arn}:connection/${name}"])
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
          "ec2:DescribeVpcAttribute", "ec2:DescribeVpcEndpoints",
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
