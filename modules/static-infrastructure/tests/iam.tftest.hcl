# Who may take the roles, and that none may write to more than the pipeline's own.

mock_provider "aws" {}

variables {
  names         = { glue = "GlueFullAccessRole", redshift_commands = "AmazonRedshift-CommandsAccessRole-20260201T170319", redshift_s3 = ["RedshiftS3role", "S3RoleforRedshift"] }
  account_id    = "054158074701"
  region        = "ap-south-1"
  bucket_arns   = { source = "arn:aws:s3:::source", glue_assets = "arn:aws:s3:::assets", export = "arn:aws:s3:::export" }
  secret_arns   = { redshift = "arn:aws:secretsmanager:ap-south-1:054158074701:secret:test/redshift-AbCdEf", database = "arn:aws:secretsmanager:ap-south-1:054158074701:secret:test/dbaccess-AbCdEf" }
  workgroup_arn = "arn:aws:redshift-serverless:ap-south-1:054158074701:workgroup/00000000-0000-0000-0000-000000000000"
  network       = { vpc_id = "vpc-0c12017fa98cbab0d", subnet_ids = ["subnet-0c293c5fb7629213a"], security_group_id = "sg-0537128325078f598" }
  glue          = { workflow = "Glue-EventBridge-Workflow", connections = ["Redshift connection"], jobs = ["GlueTestjob"] }
}

run "trust_is_the_plans_and_for_this_account_only" {
  command = plan
  module { source = "./iam" }

  assert {
    condition = { for name, role in aws_iam_role.this : name => jsondecode(role.assume_role_policy).Statement[0].Principal.Service } == {
      "GlueFullAccessRole"                                = ["glue.amazonaws.com"]
      "AmazonRedshift-CommandsAccessRole-20260201T170319" = ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com", "events.amazonaws.com", "scheduler.redshift.amazonaws.com"]
      "RedshiftS3role"                                    = ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]
      "S3RoleforRedshift"                                 = ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]
    }
    error_message = "The services that may take the roles are not those of the account."
  }

  assert {
    condition     = alltrue([for role in aws_iam_role.this : jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "054158074701"])
    error_message = "A service may take a role for another account."
  }
}

run "writes_name_what_they_write_to" {
  command = plan
  module { source = "./iam" }

  assert {
    condition = sort(distinct(flatten([
      for p in concat(values(aws_iam_role_policy.glue), values(aws_iam_role_policy.redshift_commands), values(aws_iam_role_policy.redshift_s3)) : [
        for s in jsondecode(p.policy).Statement : [
          for action in s.Action : action if contains(s.Resource, "*") && !startswith(action, "ec2:Describe")
        ]
      ]
      ]))) == tolist([
      "cloudwatch:PutMetricData", "redshift-data:CancelStatement", "redshift-data:DescribeStatement", "redshift-data:GetStatementResult",
    ])
    error_message = "An action is allowed on everything that is not among the explained ones."
  }

  assert {
    condition = alltrue(flatten([
      for p in concat(values(aws_iam_role_policy.glue), values(aws_iam_role_policy.redshift_commands), values(aws_iam_role_policy.redshift_s3)) : [
        for s in jsondecode(p.policy).Statement : [for action in s.Action : !strcontains(action, "*")]
      ]
    ]))
    error_message = "Actions are named, not matched."
  }

  assert {
    condition     = [for s in jsondecode(aws_iam_role_policy.redshift_s3["RedshiftS3role"].policy).Statement : s.Resource if contains(s.Action, "s3:PutObject")] == [["arn:aws:s3:::export/*"]]
    error_message = "Redshift's roles may write to the export bucket only."
  }
}

run "secrets_and_scripts_are_not_everybodys" {
  command = plan
  module { source = "./iam" }

  assert {
    condition = [for s in jsondecode(aws_iam_role_policy.glue["secrets"].policy).Statement : s.Resource] == [[
      "arn:aws:secretsmanager:ap-south-1:054158074701:secret:test/redshift-AbCdEf",
      "arn:aws:secretsmanager:ap-south-1:054158074701:secret:test/dbaccess-AbCdEf",
      "arn:aws:secretsmanager:ap-south-1:054158074701:secret:glue!054158074701-Redshiftconnection-*",
    ]]
    error_message = "Glue reads the secrets of its own connections, not every one that Glue has made."
  }
  assert {
    condition     = !anytrue([for p in concat(values(aws_iam_role_policy.redshift_commands), values(aws_iam_role_policy.redshift_s3)) : strcontains(p.policy, "secretsmanager")])
    error_message = "Redshift's roles read no secret."
  }
  assert {
    condition = flatten([for s in jsondecode(aws_iam_role_policy.glue["storage"].policy).Statement : s.Resource if contains(s.Action, "s3:PutObject")]) == [
      "arn:aws:s3:::assets/temporary/*",
    ]
    error_message = "Glue writes neither scripts nor the function's package; a layer's folders are the layer's."
  }
  assert {
    condition     = alltrue([for p in concat(values(aws_iam_role_policy.glue), values(aws_iam_role_policy.redshift_commands), values(aws_iam_role_policy.redshift_s3)) : startswith(p.name, "dpctl-")])
    error_message = "A policy of ours has a name that the owner may have given one."
  }
  assert {
    condition     = length(aws_iam_role_policy.keys) == 0
    error_message = "No key is named, and one is granted."
  }
}

run "customer_keys_are_granted_to_every_role" {
  command = plan
  module { source = "./iam" }

  variables {
    kms_key_arns = ["arn:aws:kms:ap-south-1:054158074701:key/0b5e"]
  }

  assert {
    condition     = toset(keys(aws_iam_role_policy.keys)) == toset(keys(aws_iam_role.this))
    error_message = "A role lacks the key."
  }
  assert {
    condition     = alltrue([for p in aws_iam_role_policy.keys : jsondecode(p.policy).Statement[0] == { Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = ["arn:aws:kms:ap-south-1:054158074701:key/0b5e"] }])
    error_message = "The key is granted to read and to write with, and nothing else is."
  }
}

run "managed_policies_stay_unless_the_roles_are_exclusive" {
  command = plan
  module { source = "./iam" }

  assert {
    condition     = length(aws_iam_role_policy_attachments_exclusive.this) == 0
    error_message = "Policies that stand are detached unasked."
  }
}

run "exclusive_roles_lose_managed_policies" {
  command = plan
  module { source = "./iam" }

  variables {
    exclusive = true
  }

  assert {
    condition     = length(aws_iam_role_policy_attachments_exclusive.this) == 4 && alltrue([for a in aws_iam_role_policy_attachments_exclusive.this : length(a.policy_arns) == 0])
    error_message = "Every role must lose its managed policies."
  }
}

run "refuses_a_name_that_is_too_long_with_its_prefix" {
  command = plan
  module { source = "./iam" }

  variables {
    names = { glue = "data-pipeline-prod-a-role-with-a-name-that-does-not-fit-in-sixty-four", redshift_commands = "commands", redshift_s3 = ["s3"] }
  }
  expect_failures = [var.names]
}
