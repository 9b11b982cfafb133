# mode auto_copy: S3 tells Redshift of new objects. The bucket's side of the permission is its policy, which the
# static layer owns; `dpctl autocopy` makes the COPY JOBs, for which there is no resource.

locals {
  watched    = var.mode == "auto_copy" ? 1 : 0
  bucket_arn = "arn:aws:s3:::${var.source_bucket}"
}

# Not aws_redshiftserverless_resource_policy: that one is for sharing snapshots, and ignores this policy
# (hashicorp/terraform-provider-aws issue 42859).
resource "aws_redshift_resource_policy" "namespace" {
  count = local.watched

  resource_arn = var.redshift_namespace_arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { Service = "redshift.amazonaws.com" }
        Action    = "redshift:AuthorizeInboundIntegration"
        Resource  = var.redshift_namespace_arn
        Condition = { StringEquals = { "aws:SourceArn" = local.bucket_arn } }
      },
      {
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${var.account_id}:root" }
        Action    = "redshift:CreateInboundIntegration"
        Resource  = var.redshift_namespace_arn
        Condition = { StringEquals = { "aws:SourceArn" = local.bucket_arn } }
      },
    ]
  })
}

resource "aws_redshift_integration" "s3" {
  count = local.watched

  integration_name = "${var.name_prefix}s3-redshift"
  description      = "New objects of the source bucket, for COPY JOBs"
  source_arn       = local.bucket_arn
  target_arn       = var.redshift_namespace_arn

  depends_on = [aws_redshift_resource_policy.namespace]
}
