# The secrets, never their values: those are put there by people, or stand already, and never pass through Terraform.

resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV_AWS_149: The account's own key for secrets: a customer key would have to be granted to every reader of secrets that stand.
  #checkov:skip=CKV2_AWS_57: A rotation needs a function that knows the database; where passwords are managed, AWS rotates them.
  for_each                = var.names
  name                    = each.value
  recovery_window_in_days = var.recovery_window_days

  lifecycle {
    # The owner's: docs/adoption.md.
    ignore_changes = [description, kms_key_id, replica, tags]
  }
}
