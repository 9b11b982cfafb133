# The statements of the buckets' policies.

locals {
  tls_only = {
    for key, arn in local.arns : key => {
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [arn, "${arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }
  }

  added = { for key, statement in local.tls_only : key => [for one in [statement] : one if var.protect] }
  # A bucket has one policy: the owner's statements stand in it beside ours.
  owners = { for key, arn in local.arns : key => [for text in lookup(var.more_statements, key, []) : jsondecode(text)] }

  # AWS: CloudTrail user guide, "Amazon S3 bucket policy for CloudTrail"; the statements' names are AWS's own.
  trail_delivery = [
    {
      Sid       = "AWSCloudTrailAclCheck20150319"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:GetBucketAcl"
      Resource  = local.arns.trail
      Condition = { StringEquals = { "aws:SourceArn" = var.trail_arn } }
    },
    {
      Sid       = "AWSCloudTrailWrite20150319"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${local.arns.trail}/AWSLogs/${var.account_id}/*"
      Condition = {
        StringEquals = {
          "aws:SourceArn" = var.trail_arn
          "s3:x-amz-acl"  = "bucket-owner-full-control"
        }
      }
    },
  ]

  # AWS: Redshift developer guide, "Creating an S3 event integration".
  auto_copy = !var.auto_copy ? [] : [
    {
      Sid       = "RedshiftWatchesNewFiles"
      Effect    = "Allow"
      Principal = { Service = "redshift.amazonaws.com" }
      Action    = ["s3:GetBucketLocation", "s3:GetBucketNotification", "s3:PutBucketNotification"]
      Resource  = local.arns.source
      Condition = {
        ArnLike      = { "aws:SourceArn" = "arn:${var.partition}:redshift:${var.region}:${var.account_id}:integration:*" }
        StringEquals = { "aws:SourceAccount" = var.account_id }
      }
    },
  ]

  # concat() would need one shape for all statements; JSON knows no such rule.
  statements = {
    source      = flatten([local.added.source, local.auto_copy, local.owners.source])
    glue_assets = flatten([local.added.glue_assets, local.owners.glue_assets])
    trail       = flatten([local.added.trail, local.trail_delivery, local.owners.trail])
  }
}
