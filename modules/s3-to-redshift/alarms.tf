module "alarms" {
  source = "../alarms"

  name       = "${var.name_prefix}s3-redshift-alarms"
  account_id = var.account_id
  email      = var.alarm_email
}

# Until the topic had a module of its own, its resources were the layer's.
moved {
  from = aws_sns_topic.alarms
  to   = module.alarms.aws_sns_topic.this
}

moved {
  from = aws_sns_topic_policy.alarms
  to   = module.alarms.aws_sns_topic_policy.this
}

moved {
  from = aws_sns_topic_subscription.email
  to   = module.alarms.aws_sns_topic_subscription.email
}
