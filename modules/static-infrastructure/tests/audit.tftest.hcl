# The trail, and the key of its logs.

mock_provider "aws" {}

variables {
  label            = "data-pipeline-dev"
  trail            = "data-events"
  trail_bucket     = "aws-cloudtrail-logs-054158074701-f4621182"
  trail_arn        = "arn:aws:cloudtrail:ap-south-1:054158074701:trail/data-events"
  orders_table_arn = "arn:aws:dynamodb:ap-south-1:054158074701:table/Orders"
  account_id       = "054158074701"
}

run "a_key_that_stands_is_used" {
  command = plan
  module { source = "./audit" }

  variables {
    kms_key_arn = "arn:aws:kms:ap-south-1:054158074701:key/f0e1f63d-890f-4db1-be25-1b87157c2119"
  }

  assert {
    condition     = length(aws_kms_key.trail) == 0 && aws_cloudtrail.this.kms_key_id == var.kms_key_arn
    error_message = "A key is created beside the one that stands."
  }

  assert {
    condition     = aws_cloudtrail.this.is_multi_region_trail && aws_cloudtrail.this.enable_log_file_validation && aws_cloudtrail.this.enable_logging
    error_message = "The trail must be on, in all regions, with validated logs."
  }

  assert {
    condition = { for s in one(aws_cloudtrail.this.advanced_event_selector).field_selector : s.field => join(",", s.equals) } == {
      "eventCategory"  = "Data"
      "resources.type" = "AWS::DynamoDB::Table"
      "resources.ARN"  = "arn:aws:dynamodb:ap-south-1:054158074701:table/Orders"
      "readOnly"       = "false"
    }
    error_message = "The trail must record the writes to the Orders table, and nothing else."
  }
}

run "a_key_is_created_where_none_is_named" {
  command = plan
  module { source = "./audit" }

  assert {
    condition     = aws_kms_key.trail[0].enable_key_rotation && aws_kms_alias.trail[0].name == "alias/data-pipeline-dev-trail"
    error_message = "The created key must rotate, and have an alias."
  }
}

run "refuses_an_alias_for_a_key" {
  command = plan
  module { source = "./audit" }

  variables {
    kms_key_arn = "arn:aws:kms:ap-south-1:054158074701:alias/trail"
  }
  expect_failures = [var.kms_key_arn]
}
