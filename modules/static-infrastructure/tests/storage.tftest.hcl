# The buckets' settings, and who may do what to them.

mock_provider "aws" {}

variables {
  buckets    = { source = "manifest-bucket-054158074701", glue_assets = "aws-glue-assets-054158074701-ap-south-1", trail = "aws-cloudtrail-logs-054158074701-f4621182" }
  account_id = "054158074701"
  region     = "ap-south-1"
  trail_arn  = "arn:aws:cloudtrail:ap-south-1:054158074701:trail/data-events"
}

run "every_bucket_is_closed_encrypted_and_versioned" {
  command = plan
  module { source = "./storage" }

  assert {
    condition     = length(aws_s3_bucket.this) == 3 && alltrue([for b in aws_s3_bucket_public_access_block.this : b.block_public_acls && b.block_public_policy && b.ignore_public_acls && b.restrict_public_buckets])
    error_message = "A bucket is open to the public."
  }

  assert {
    condition     = alltrue([for v in aws_s3_bucket_versioning.this : v.versioning_configuration[0].status == "Enabled"])
    error_message = "A bucket is not versioned."
  }

  assert {
    condition = alltrue([
      for key, p in aws_s3_bucket_policy.this : anytrue([
        for s in jsondecode(p.policy).Statement : s.Effect == "Deny" && s.Action == "s3:*" && try(s.Condition.Bool["aws:SecureTransport"], "") == "false"
        && contains(flatten([s.Resource]), "arn:aws:s3:::${var.buckets[key]}/*")
      ])
    ])
    error_message = "A bucket may be read without TLS."
  }
}

run "only_this_trail_may_write_logs" {
  command = plan
  module { source = "./storage" }

  assert {
    condition = [
      for s in jsondecode(aws_s3_bucket_policy.this["trail"].policy).Statement : s.Condition.StringEquals["aws:SourceArn"] if s.Effect == "Allow"
    ] == [var.trail_arn, var.trail_arn]
    error_message = "CloudTrail's statements must name the trail."
  }

  assert {
    condition     = one([for r in aws_s3_bucket_lifecycle_configuration.this["trail"].rule : r.expiration[0].days if r.id == "logs"]) == 365
    error_message = "Logs must end after log_retention_days."
  }

  assert {
    condition = alltrue(flatten([
      for r in aws_s3_bucket_lifecycle_configuration.this["glue_assets"].rule : [for f in r.filter : !startswith("capture/pending/", coalesce(f.prefix, "none"))]
      if !contains(["leftovers", "pending"], r.id)
    ]))
    error_message = "A pending key must never expire: it is the only trace of a write that is yet to be loaded."
  }

  assert {
    condition     = one([for r in aws_s3_bucket_lifecycle_configuration.this["glue_assets"].rule : r.expiration[0].expired_object_delete_marker if r.id == "pending"])
    error_message = "Of pending keys only what is left of deleted ones may go: their markers and old versions."
  }
}

run "without_auto_copy_redshift_may_not_watch_the_bucket" {
  command = plan
  module { source = "./storage" }

  assert {
    condition     = length([for s in jsondecode(aws_s3_bucket_policy.this["source"].policy).Statement : s if s.Effect == "Allow"]) == 0
    error_message = "The source bucket's policy allows something."
  }
}

run "with_auto_copy_redshift_watches_for_this_account_only" {
  command = plan
  module { source = "./storage" }

  variables {
    auto_copy = true
  }

  assert {
    condition = one([
      for s in jsondecode(aws_s3_bucket_policy.this["source"].policy).Statement : s if s.Effect == "Allow"
      ]) == {
      Sid       = "RedshiftWatchesNewFiles"
      Effect    = "Allow"
      Principal = { Service = "redshift.amazonaws.com" }
      Action    = ["s3:GetBucketLocation", "s3:GetBucketNotification", "s3:PutBucketNotification"]
      Resource  = "arn:aws:s3:::manifest-bucket-054158074701"
      Condition = {
        ArnLike      = { "aws:SourceArn" = "arn:aws:redshift:ap-south-1:054158074701:integration:*" }
        StringEquals = { "aws:SourceAccount" = "054158074701" }
      }
    }
    error_message = "The integration's statement is not the one that Redshift asks for."
  }
}

run "refuses_a_dotted_source_bucket_with_auto_copy" {
  command = plan
  module { source = "./storage" }

  variables {
    buckets   = { source = "manifest.bucket", glue_assets = "assets", trail = "trail" }
    auto_copy = true
  }
  expect_failures = [var.buckets]
}

run "refuses_a_name_that_is_too_long_with_its_prefix" {
  command = plan
  module { source = "./storage" }

  variables {
    buckets = { source = "data-pipeline-prod-manifest-bucket-with-a-name-that-does-not-fit-in", glue_assets = "assets", trail = "trail" }
  }
  expect_failures = [var.buckets]
}
