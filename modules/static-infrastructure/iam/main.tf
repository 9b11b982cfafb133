# The roles that the layers share. Who may take a role is here, what it may do in glue.tf and redshift.tf.
# A layer that needs more of a role adds a policy of its own to it.

locals {
  s3_arns = {
    for key, arn in var.bucket_arns : key => { bucket = arn, objects = "${arn}/*" }
  }

  # role => the services that may take it
  services = merge(
    {
      (var.names.glue) = ["glue.amazonaws.com"]
      (var.names.redshift_commands) = [
        "redshift.amazonaws.com",
        "redshift-serverless.amazonaws.com",
        "events.amazonaws.com",
        "scheduler.redshift.amazonaws.com",
      ]
    },
    # Serverless needs both (Redshift management guide, "Granting permissions to Amazon Redshift Serverless").
    { for name in var.names.redshift_s3 : name => ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"] },
  )
}

resource "aws_iam_role" "this" {
  for_each = local.services
  name     = each.key

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = each.value }
      Action    = "sts:AssumeRole"
      # A service acts for many accounts: it may take the role for this one only.
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [
      description,
      force_detach_policies,
      max_session_duration,
      path,
      permissions_boundary,
      tags,
    ]
  }
}

# What was attached by hand is taken away only where env.yaml asks for it: others may use the role.
# Inline policies are left alone: the other layers add theirs.
resource "aws_iam_role_policy_attachments_exclusive" "this" {
  for_each    = { for name, role in aws_iam_role.this : name => role if var.exclusive }
  role_name   = each.value.name
  policy_arns = []
}
