# The buckets of the pipeline, but for the export bucket: that belongs to the layer that writes to it.

locals {
  arns = { for key, name in var.buckets : key => "arn:${var.partition}:s3:::${name}" }

  # Encryption, lifecycle and ownership are set here, or left as they stand; what protects is added, or not.
  options   = { for key, bucket in aws_s3_bucket.this : key => bucket if var.manage_options }
  protected = { for key, bucket in aws_s3_bucket.this : key => bucket if var.protect }

  # Beside the rule that every bucket has (see aws_s3_bucket_lifecycle_configuration below).
  expirations = {
    source = []
    glue_assets = [
      { id = "temporary", prefix = "temporary/", days = 14 },
      # What the layer ddb-redshift has loaded. Pending keys and dead letters stay until somebody takes them.
      { id = "staging", prefix = "capture/staging/", days = 14 },
      { id = "archive", prefix = "capture/archive/", days = 90 },
    ]
    trail = [{ id = "logs", prefix = "", days = var.log_retention_days }]
  }
}

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_18: Access logs of these buckets would cost more than the data; the trail can select them.
  #checkov:skip=CKV_AWS_144: The buckets hold what can be loaded again; a copy in another region is not worth its price.
  #checkov:skip=CKV_AWS_145: S3's own keys: a customer key would have to be granted to every reader of buckets that stand.
  #checkov:skip=CKV2_AWS_62: Redshift's auto-copy owns the notifications of the source bucket and refuses others.
  for_each = var.buckets
  bucket   = each.value

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [tags]
  }
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.options
  bucket   = each.value.bucket

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each                = local.protected
  bucket                  = each.value.bucket
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.options
  bucket   = each.value.bucket

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = local.protected
  bucket   = each.value.bucket

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = local.options
  bucket   = each.value.bucket

  rule {
    id     = "leftovers"
    status = "Enabled"
    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }

    noncurrent_version_expiration {
      noncurrent_days = 30
    }

    # A deleted object leaves a marker, which outlives its last version unless it is told not to.
    expiration {
      expired_object_delete_marker = true
    }
  }

  # Every event is an object here that is soon deleted: its versions are kept for a day.
  dynamic "rule" {
    for_each = each.key == "glue_assets" ? ["capture/pending/"] : []

    content {
      id     = "pending"
      status = "Enabled"

      filter {
        prefix = rule.value
      }

      expiration {
        expired_object_delete_marker = true
      }

      noncurrent_version_expiration {
        noncurrent_days = 1
      }
    }
  }

  dynamic "rule" {
    for_each = local.expirations[each.key]

    content {
      id     = rule.value.id
      status = "Enabled"

      filter {
        prefix = rule.value.prefix
      }

      expiration {
        days = rule.value.days
      }
    }
  }

  # Rules about noncurrent versions are taken only once there are versions.
  depends_on = [aws_s3_bucket_versioning.this]
}

# A bucket has one policy: whoever else needs a statement in it gets it here.
resource "aws_s3_bucket_policy" "this" {
  for_each = { for key, bucket in aws_s3_bucket.this : key => bucket if length(local.statements[key]) > 0 }
  bucket   = each.value.bucket
  policy   = jsonencode({ Version = "2012-10-17", Statement = local.statements[each.key] })

  depends_on = [aws_s3_bucket_public_access_block.this]
}
