# Secrets without values.

mock_provider "aws" {}

run "only_the_secrets_not_their_values" {
  command = plan
  module { source = "./secrets" }

  variables {
    names = { redshift = "test/redshift", database = "test/dbaccess" }
  }

  assert {
    condition     = aws_secretsmanager_secret.this["redshift"].name == "test/redshift" && aws_secretsmanager_secret.this["database"].name == "test/dbaccess"
    error_message = "The secrets' names are not those of the account."
  }
}

run "refuses_a_name_that_secrets_manager_refuses" {
  command = plan
  module { source = "./secrets" }

  variables {
    names = { redshift = "test redshift" }
  }
  expect_failures = [var.names]
}

run "refuses_a_recovery_window_that_secrets_manager_refuses" {
  command = plan
  module { source = "./secrets" }

  variables {
    names                = {}
    recovery_window_days = 3
  }
  expect_failures = [var.recovery_window_days]
}
