# What Redshift may do when it runs COPY and UNLOAD, and reads the Data Catalog. What the jobs of a layer stage for it
# is granted by that layer, and nothing twice.

locals {
  commands_policies = {
    # COPY: of files that arrive, and of dumps.
    storage = [
      {
        Effect   = "Allow"
        Action   = ["s3:GetBucketLocation", "s3:ListBucket"]
        Resource = [local.s3_arns.source.bucket, local.s3_arns.export.bucket]
      },
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = [local.s3_arns.source.objects, local.s3_arns.export.objects]
      },
    ]

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

# UNLOAD: the first of the roles, which dpctl and the dumps use. What others may do is their owner's affair.
resource "aws_iam_role_policy" "redshift_s3" {
  for_each = toset(slice(var.names.redshift_s3, 0, 1))
  name     = "dpctl-storage"
  role     = aws_iam_role.this[each.key].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["s3:GetBucketLocation", "s3:ListBucket"]
        Resource = [local.s3_arns.export.bucket]
      },
      {
        # DeleteObject: UNLOAD with CLEANPATH empties its prefix first. The bucket holds nothing but dumps.
        Effect   = "Allow"
        Action   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        Resource = [local.s3_arns.export.objects]
      },
    ]
  })
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
