# The topic with and without somebody who is told, with a provider that makes nothing.

mock_provider "aws" {
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:ap-south-1:054158074701:alarms" }
  }
}

variables {
  name       = "alarms"
  account_id = "054158074701"
}

run "nobody_is_told" {
  assert {
    condition     = length(aws_sns_topic_subscription.email) == 0
    error_message = "No address, no subscription."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_sns_topic_policy.this.policy).Statement :
      statement.Resource == aws_sns_topic.this.arn && statement.Action == "sns:Publish"
    ])
    error_message = "The policy lets publish to this topic, and nothing else."
  }

  assert {
    condition     = jsondecode(aws_sns_topic_policy.this.policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "054158074701"
    error_message = "CloudWatch publishes for this account only."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_sns_topic_policy.this.policy).Statement : lookup(statement, "Condition", null)
      if statement.Principal.Service == "events.amazonaws.com"
    ] == [null]
    error_message = "EventBridge takes no condition in a topic's policy."
  }
}

run "an_address_is_told" {
  variables {
    email = "data@example.com"
  }

  assert {
    condition     = aws_sns_topic_subscription.email[0].endpoint == "data@example.com"
    error_message = "The address is subscribed."
  }
}
