# The databases as the plan lists them, and what is left alone in databases that stand.

mock_provider "aws" {
  mock_resource "aws_redshiftserverless_workgroup" {
    defaults = { endpoint = [{ address = "default-workgroup.example", port = 5439, vpc_endpoint = [] }] }
  }
}

variables {
  label             = "data-pipeline-dev"
  subnet_ids        = ["subnet-0c293c5fb7629213a", "subnet-07a5f68e689cfa8d0"]
  security_group_id = "sg-0537128325078f598"
  dynamodb          = { table = "Orders", hash_key = "PartKey", hash_key_type = "S", billing_mode = "PAY_PER_REQUEST", stream_view_type = "NEW_IMAGE" }
  mysql = {
    identifier     = "database-1", database = "orders", port = 3306, username = "admin", managed_password = false
    engine_version = "8.0", instance_class = "db.t4g.micro", allocated_storage_gib = 20, multi_az = false
  }
  redshift = {
    namespace        = "test-redshift", workgroup = "default-workgroup", database = "dev", admin_user = "admin"
    managed_password = false, base_capacity = 128, port = 5439
  }
  redshift_role_arns        = ["arn:aws:iam::054158074701:role/commands", "arn:aws:iam::054158074701:role/s3"]
  redshift_default_role_arn = "arn:aws:iam::054158074701:role/commands"
}

run "the_table_is_the_plans" {
  command = plan
  module { source = "./databases" }

  assert {
    condition     = aws_dynamodb_table.orders.name == "Orders" && aws_dynamodb_table.orders.hash_key == "PartKey" && aws_dynamodb_table.orders.billing_mode == "PAY_PER_REQUEST"
    error_message = "Name, key or billing of the table is not that of the account."
  }

  assert {
    condition     = aws_dynamodb_table.orders.stream_enabled && aws_dynamodb_table.orders.stream_view_type == "NEW_IMAGE"
    error_message = "The table's stream must carry new images."
  }

  assert {
    condition     = aws_dynamodb_table.orders.point_in_time_recovery[0].enabled && aws_dynamodb_table.orders.deletion_protection_enabled
    error_message = "The table must be recoverable, and refuse to be deleted."
  }
}

run "redshift_is_the_plans_and_keeps_its_password" {
  command = plan
  module { source = "./databases" }

  assert {
    condition     = aws_redshiftserverless_workgroup.this.base_capacity == 128 && aws_redshiftserverless_workgroup.this.port == 5439 && !aws_redshiftserverless_workgroup.this.publicly_accessible
    error_message = "Size, port or reach of the workgroup is not that of the account."
  }

  assert {
    condition     = aws_redshiftserverless_namespace.this.default_iam_role_arn == var.redshift_default_role_arn && length(aws_redshiftserverless_namespace.this.iam_roles) == 2
    error_message = "The namespace must have the roles, one of them the default."
  }

  assert {
    condition     = aws_redshiftserverless_namespace.this.manage_admin_password == null && aws_redshiftserverless_namespace.this.admin_user_password == null
    error_message = "The password of a namespace that stands must be left alone."
  }
}

run "managed_passwords" {
  command = plan
  module { source = "./databases" }

  variables {
    mysql = {
      identifier     = "database", database = "orders", port = 3306, username = "admin", managed_password = true
      engine_version = "8.0", instance_class = "db.t4g.micro", allocated_storage_gib = 20, multi_az = false
    }
    redshift = {
      namespace        = "redshift", workgroup = "redshift", database = "prod", admin_user = "admin"
      managed_password = true, base_capacity = 8, port = 5439
    }
  }

  assert {
    condition     = aws_redshiftserverless_namespace.this.manage_admin_password && aws_db_instance.mysql[0].manage_master_user_password
    error_message = "Created databases must get a password that nobody has to type."
  }
}

run "mysql_can_be_left_out" {
  command = plan
  module { source = "./databases" }

  variables {
    mysql = null
  }

  assert {
    condition     = length(aws_db_instance.mysql) + length(aws_db_subnet_group.mysql) == 0 && output.mysql_endpoint == null && output.mysql_port == null && output.mysql_database == null
    error_message = "mysql = null must leave nothing of MySQL."
  }
}

run "deletion_protection_can_be_lifted" {
  command = plan
  module { source = "./databases" }

  variables {
    deletion_protection = false
  }

  assert {
    condition     = !aws_dynamodb_table.orders.deletion_protection_enabled && !aws_db_instance.mysql[0].deletion_protection
    error_message = "deletion_protection must reach the table and MySQL."
  }
}

run "refuses_a_size_that_redshift_does_not_have" {
  command = plan
  module { source = "./databases" }

  variables {
    redshift = {
      namespace        = "redshift", workgroup = "redshift", database = "dev", admin_user = "admin"
      managed_password = false, base_capacity = 100, port = 5439
    }
  }
  expect_failures = [var.redshift]
}

run "refuses_a_port_that_redshift_does_not_take" {
  command = plan
  module { source = "./databases" }

  variables {
    redshift = {
      namespace        = "redshift", workgroup = "redshift", database = "dev", admin_user = "admin"
      managed_password = false, base_capacity = 8, port = 5460
    }
  }
  expect_failures = [var.redshift]
}

run "no_limit_where_none_is_asked_for" {
  command = plan
  module { source = "./databases" }

  assert {
    condition     = length(aws_redshiftserverless_usage_limit.compute) == 0
    error_message = "A limit that nobody asked for would stop somebody's queries."
  }
}

run "a_limit_in_dollars_is_one_in_rpu_hours" {
  command = plan
  module { source = "./databases" }

  variables {
    redshift = {
      namespace        = "redshift", workgroup = "redshift", database = "prod", admin_user = "admin"
      managed_password = true, base_capacity = 8, port = 5439, limit_usd_month = 500, rpu_hour_usd = 0.4
    }
  }

  assert {
    condition     = aws_redshiftserverless_usage_limit.compute[0].amount == 1250 && aws_redshiftserverless_usage_limit.compute[0].breach_action == "deactivate" && aws_redshiftserverless_usage_limit.compute[0].period == "monthly"
    error_message = "500 dollars at 0.40 an RPU-hour are 1,250 RPU-hours a month."
  }
}

run "refuses_a_limit_of_nothing" {
  command = plan
  module { source = "./databases" }

  variables {
    redshift = {
      namespace        = "redshift", workgroup = "redshift", database = "prod", admin_user = "admin"
      managed_password = true, base_capacity = 8, port = 5439, limit_usd_month = 0
    }
  }

  expect_failures = [var.redshift]
}
