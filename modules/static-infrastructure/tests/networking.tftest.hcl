# What is created, what is only looked up, and how the private subnets get out.

mock_provider "aws" {
  mock_data "aws_vpc" {
    defaults = { id = "vpc-0c12017fa98cbab0d", cidr_block = "10.11.0.0/16", enable_dns_support = true, enable_dns_hostnames = true }
  }
  mock_data "aws_route_tables" {
    defaults = { ids = ["rtb-0aaaaaaaaaaaaaaaa"] }
  }
  mock_data "aws_route_table" {
    defaults = { id = "rtb-0bbbbbbbbbbbbbbbb" }
  }
  mock_data "aws_internet_gateway" {
    defaults = { id = "igw-0cccccccccccccccc" }
  }
}

override_data {
  target = data.aws_subnet.private["ap-south-1a"]
  values = { id = "subnet-0c293c5fb7629213a", availability_zone = "ap-south-1a", cidr_block = "10.11.128.0/20" }
}

override_data {
  target = data.aws_subnet.private["ap-south-1b"]
  values = { id = "subnet-07a5f68e689cfa8d0", availability_zone = "ap-south-1b", cidr_block = "10.11.144.0/20" }
}

variables {
  label  = "data-pipeline-dev"
  region = "ap-south-1"
  vpc    = { id = "vpc-0c12017fa98cbab0d", name = "dbhost-vpc", cidr = "10.11.0.0/16" }
  private_subnets = [
    { id = "subnet-0c293c5fb7629213a", az = "ap-south-1a", cidr = "10.11.128.0/20" },
    { id = "subnet-07a5f68e689cfa8d0", az = "ap-south-1b", cidr = "10.11.144.0/20" },
  ]
  security_groups = { database = "sg-0537128325078f598" }
}

run "adopts_what_has_an_id" {
  command = plan
  module { source = "./networking" }

  assert {
    condition     = length(aws_vpc.this) + length(aws_subnet.private) + length(aws_security_group.database) + length(aws_route_table.private) == 0
    error_message = "A VPC, subnet, group or route table is created beside the ones that stand."
  }

  assert {
    condition     = output.private_subnets[*].id == ["subnet-0c293c5fb7629213a", "subnet-07a5f68e689cfa8d0"]
    error_message = "The subnets are not those of the ids, in their order."
  }

  assert {
    condition     = keys(aws_vpc_endpoint_route_table_association.gateway) == ["dynamodb/rtb-0aaaaaaaaaaaaaaaa", "s3/rtb-0aaaaaaaaaaaaaaaa"]
    error_message = "Two subnets with one route table must give one association to each gateway endpoint."
  }

  assert {
    condition     = keys(aws_vpc_endpoint.interface) == ["glue", "kms", "logs", "redshift-data", "secretsmanager", "sts"]
    error_message = "An interface endpoint that Glue needs is missing."
  }

  assert {
    condition     = alltrue([for e in aws_vpc_endpoint.interface : e.private_dns_enabled && length(e.subnet_ids) == 2])
    error_message = "Interface endpoints need private DNS and every private subnet."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.self.from_port == 0 && aws_vpc_security_group_ingress_rule.self.to_port == 65535 && aws_vpc_security_group_ingress_rule.self.security_group_id == aws_vpc_security_group_ingress_rule.self.referenced_security_group_id
    error_message = "Glue needs a group that lets all TCP in from itself."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.endpoints_from_vpc[0].cidr_ipv4 == "10.11.0.0/16"
    error_message = "In a VPC that others use, private DNS sends them to the endpoints too: they must be let in."
  }

  assert {
    condition     = length(aws_nat_gateway.this) + length(aws_internet_gateway.this) + length(aws_route.nat) == 0
    error_message = "There is no NAT gateway with egress = endpoints."
  }
}

run "uses_the_main_route_table_where_a_subnet_has_none" {
  command = plan
  module { source = "./networking" }

  override_data {
    target = data.aws_route_tables.explicit["ap-south-1b"]
    values = { ids = [] }
  }

  assert {
    condition     = output.private_subnets[*].route_table_id == ["rtb-0aaaaaaaaaaaaaaaa", "rtb-0bbbbbbbbbbbbbbbb"]
    error_message = "A subnet without a route table of its own uses the main one."
  }
}

run "creates_what_has_no_id" {
  command = plan
  module { source = "./networking" }

  variables {
    vpc             = { name = "vpc", cidr = "10.20.0.0/16" }
    private_subnets = [{ az = "ap-south-1a", cidr = "10.20.128.0/20" }, { az = "ap-south-1b", cidr = "10.20.144.0/20" }]
    security_groups = {}
  }

  assert {
    condition     = aws_vpc.this[0].enable_dns_hostnames && aws_vpc.this[0].enable_dns_support
    error_message = "Without DNS names in the VPC the endpoints' private names don't resolve."
  }

  assert {
    condition     = length(aws_subnet.private) == 2 && length(aws_route_table.private) == 2 && length(aws_security_group.database) == 1
    error_message = "Subnets, route tables and the databases' group must be created."
  }

  assert {
    condition     = length(aws_vpc_endpoint_route_table_association.gateway) == 4 && length(aws_vpc_security_group_ingress_rule.endpoints_from_vpc) == 0
    error_message = "Each created route table gets both gateway endpoints, and only our own group reaches the endpoints."
  }
}

run "nat_instead_of_interface_endpoints" {
  command = plan
  module { source = "./networking" }

  variables {
    egress         = "nat"
    public_subnets = [{ az = "ap-south-1a", cidr = "10.11.0.0/24" }]
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) == 0 && length(aws_vpc_endpoint.gateway) == 2 && output.endpoint_security_group_id == null
    error_message = "With a NAT gateway the paid endpoints go, and the free ones stay."
  }

  assert {
    condition     = keys(aws_route.nat) == ["rtb-0aaaaaaaaaaaaaaaa"] && aws_route.nat["rtb-0aaaaaaaaaaaaaaaa"].destination_cidr_block == "0.0.0.0/0"
    error_message = "Each route table of the private subnets gets one default route."
  }

  assert {
    condition     = length(aws_internet_gateway.this) == 0 && aws_route.public[0].gateway_id == "igw-0cccccccccccccccc"
    error_message = "The internet gateway of a VPC that stands serves others: it must not become ours."
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.internet[0].to_port == 443
    error_message = "Glue's group must be let out to the NAT gateway."
  }
}

run "neither_where_no_job_runs_in_the_vpc" {
  command = plan
  module { source = "./networking" }

  variables {
    egress = "none"
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) + length(aws_nat_gateway.this) + length(aws_route.nat) == 0 && length(aws_vpc_endpoint.gateway) == 2
    error_message = "What is paid by the hour goes, and the free gateway endpoints stay."
  }
}

run "nat_in_a_vpc_that_is_created" {
  command = plan
  module { source = "./networking" }

  variables {
    vpc             = { name = "vpc", cidr = "10.20.0.0/16" }
    private_subnets = [{ az = "ap-south-1a", cidr = "10.20.128.0/20" }, { az = "ap-south-1b", cidr = "10.20.144.0/20" }]
    public_subnets  = [{ az = "ap-south-1a", cidr = "10.20.0.0/24" }]
    security_groups = {}
    egress          = "nat"
  }

  assert {
    condition     = length(aws_internet_gateway.this) == 1 && length(aws_route.public) == 1 && keys(aws_route.nat) == ["ap-south-1a", "ap-south-1b"]
    error_message = "A created VPC needs an internet gateway, a public route, and a route to the NAT gateway in each private table."
  }
}

run "refuses_nat_without_a_public_subnet" {
  command = plan
  module { source = "./networking" }

  variables {
    egress = "nat"
  }
  expect_failures = [var.public_subnets]
}

run "refuses_two_subnets_in_one_zone" {
  command = plan
  module { source = "./networking" }

  variables {
    vpc             = { name = "vpc", cidr = "10.20.0.0/16" }
    private_subnets = [{ az = "ap-south-1a", cidr = "10.20.128.0/20" }, { az = "ap-south-1a", cidr = "10.20.144.0/20" }]
    security_groups = {}
  }
  expect_failures = [var.private_subnets]
}

run "refuses_ids_in_a_vpc_that_is_created" {
  command = plan
  module { source = "./networking" }

  variables {
    vpc = { name = "vpc", cidr = "10.11.0.0/16" }
  }
  expect_failures = [var.private_subnets, var.security_groups]
}

run "refuses_a_vpc_that_env_yaml_describes_wrongly" {
  command = plan
  module { source = "./networking" }

  override_data {
    target = data.aws_vpc.adopted[0]
    values = { id = "vpc-0c12017fa98cbab0d", cidr_block = "10.12.0.0/16", enable_dns_support = true, enable_dns_hostnames = true }
  }
  expect_failures = [data.aws_vpc.adopted]
}

run "refuses_a_vpc_without_dns_names" {
  command = plan
  module { source = "./networking" }

  override_data {
    target = data.aws_vpc.adopted[0]
    values = { id = "vpc-0c12017fa98cbab0d", cidr_block = "10.11.0.0/16", enable_dns_support = true, enable_dns_hostnames = false }
  }
  expect_failures = [data.aws_vpc.adopted]
}
