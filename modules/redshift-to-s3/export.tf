# The bucket of the dumps. Every run writes a folder of its own; nothing here deletes a finished dump.
resource "aws_s3_bucket" "export" {
  #checkov:skip=CKV_AWS_18:CloudTrail records who reads; access logs would need one more bucket
  #checkov:skip=CKV_AWS_21:a run never overwrites another, so there are no older versions to keep
  #checkov:skip=CKV_AWS_144:dumps can be made again from Redshift
  #checkov:skip=CKV_AWS_145:S3's own key encrypts by default; a KMS key would have to be shared with every reader
  #checkov:skip=CKV2_AWS_62:nothing waits for the dumps
  bucket = "${var.name_prefix}${var.export_bucket}"
}

resource "aws_s3_bucket_public_access_block" "export" {
  bucket = aws_s3_bucket.export.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "export" {
  bucket = aws_s3_bucket.export.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "export" {
  bucket = aws_s3_bucket.export.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "export" {
  bucket = aws_s3_bucket.export.id

  rule {
    id     = "unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  rule {
    id     = "older-dumps-are-read-seldom"
    status = "Enabled"

    filter {}

    transition {
      days          = 30
      storage_class = "STANDARD_IA"
    }
  }
}

resource "aws_s3_bucket_policy" "export" {
  bucket = aws_s3_bucket.export.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "EncryptedConnectionsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.export.arn, "${aws_s3_bucket.export.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })

  depends_on = [aws_s3_bucket_public_access_block.export]
}
