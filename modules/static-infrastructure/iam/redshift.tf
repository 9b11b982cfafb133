# What Redshift may do when it runs COPY and UNLOAD, and reads the Data Catalog.

locals {
  redshift_s3_statements = [
    {
      Effect   = "Allow"
      Action   = ["s3:GetBucketLocation", "s3:ListBucket"]
      Resource = [for arns in values(local.s3_arns) : arns.bucket]
    },
    {
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = [local.s3_arns.source.objects, local.s3_arns.glue_assets.objects]
    },
    {
      # DeleteObject: UNLOAD with CLEANPATH empties its prefix first. The bucket holds nothing but dumps.
      Effect   = "Allow"
      Action   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
      Resource = [local.s3_arns.export.objects]
    },
  ]

  commands_policies = {
    storage = local.redshift_s3_statements

    catalog = [
      {
        # External schemas read table definitions; nothing here creates any.
        Effect = "Allow"
        Action = ["glue:GetDatabase", "glue:GetDatabases", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables"]
        Resource = [
          "${local.glue_arn}:catalog",
          "${local.glue_arn}:database/*",
          "${local.glue_arn}:table/*",
        ]
      },
    ]
  }
}

resource "aws_iam_role_policy" "redshift_commands" {
  for_each = toset(keys(local.commands_policies))
  name     = "dpctl-${each.key}"
  role     = aws_iam_role.this[var.names.redshift_commands].name
  policy   = jsonencode({ Version = "2012-10-17", Statement = local.commands_policies[each.key] })
}

resource "aws_iam_role_policy" "redshift_s3" {
  for_each = toset(var.names.redshift_s3)
  name     = "dpctl-storage"
  role     = aws_iam_role.this[each.key].name
  policy   = jsonencode({ Version = "2012-10-17", Statement = local.redshift_s3_statements })
}

# Customer keys, where env.yaml names any: what is encrypted with them is read and written by these roles.
resource "aws_iam_role_policy" "keys" {
  for_each = length(var.kms_key_arns) > 0 ? local.services : {}
  name     = "dpctl-keys"
  role     = aws_iam_role.this[each.key].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = var.kms_key_arns
    }]
  })
}
