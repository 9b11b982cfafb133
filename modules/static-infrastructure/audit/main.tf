# The trail whose data events start the pipeline: without the selector below, no write to the table is ever seen.

locals {
  kms_key_arn = coalesce(var.kms_key_arn, one(aws_kms_key.trail[*].arn))
}

resource "aws_cloudtrail" "this" {
  #checkov:skip=CKV_AWS_252: The events go to EventBridge, which is where the pipeline listens.
  #checkov:skip=CKV2_AWS_10: The events go to EventBridge; a copy in CloudWatch Logs would be paid for and not read.
  name                          = var.trail
  s3_bucket_name                = var.trail_bucket
  kms_key_id                    = local.kms_key_arn
  enable_logging                = true
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true

  advanced_event_selector {
    name = "Writes to the Orders table"

    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }

    field_selector {
      field  = "resources.type"
      equals = ["AWS::DynamoDB::Table"]
    }

    field_selector {
      field  = "resources.ARN"
      equals = [var.orders_table_arn]
    }

    # Reads are data events too, and paid for each.
    field_selector {
      field  = "readOnly"
      equals = ["false"]
    }
  }

  # What the owner selects beside it.
  dynamic "advanced_event_selector" {
    for_each = var.more_selectors

    content {
      name = advanced_event_selector.value.name

      dynamic "field_selector" {
        for_each = advanced_event_selector.value.fields

        content {
          field           = field_selector.value.field
          equals          = field_selector.value.equals
          not_equals      = field_selector.value.not_equals
          starts_with     = field_selector.value.starts_with
          not_starts_with = field_selector.value.not_starts_with
          ends_with       = field_selector.value.ends_with
          not_ends_with   = field_selector.value.not_ends_with
        }
      }
    }
  }

  # CloudTrail tries the key when it is given.
  depends_on = [aws_kms_key_policy.trail]

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [
      cloud_watch_logs_group_arn,
      cloud_watch_logs_role_arn,
      enable_log_file_validation,
      include_global_service_events,
      insight_selector,
      is_multi_region_trail,
      is_organization_trail,
      s3_key_prefix,
      sns_topic_name,
      tags,
    ]
  }
}

# --- The key, where env.yaml names none ---

resource "aws_kms_key" "trail" {
  #checkov:skip=CKV2_AWS_64: The policy is the resource below.
  count                   = var.kms_key_arn == null ? 1 : 0
  description             = "The logs of the trail ${var.trail}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

resource "aws_kms_alias" "trail" {
  count         = length(aws_kms_key.trail)
  name          = "alias/${var.label}-trail"
  target_key_id = aws_kms_key.trail[0].key_id
}

# AWS: CloudTrail user guide, "Configure AWS KMS key policies for CloudTrail".
resource "aws_kms_key_policy" "trail" {
  count  = length(aws_kms_key.trail)
  key_id = aws_kms_key.trail[0].key_id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # In a key's policy the resource is the key itself, and this statement is what lets IAM policies count at all.
        Sid       = "Administration"
        Effect    = "Allow"
        Principal = { AWS = "arn:${var.partition}:iam::${var.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "TrailEncrypts"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "kms:GenerateDataKey*"
        Resource  = "*"
        Condition = {
          StringEquals = { "aws:SourceArn" = var.trail_arn }
          StringLike   = { "kms:EncryptionContext:aws:cloudtrail:arn" = "arn:${var.partition}:cloudtrail:*:${var.account_id}:trail/*" }
        }
      },
      {
        Sid       = "TrailLooksAtTheKey"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "kms:DescribeKey"
        Resource  = "*"
        Condition = { StringEquals = { "aws:SourceArn" = var.trail_arn } }
      },
    ]
  })
}
