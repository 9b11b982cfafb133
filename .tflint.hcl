# tflint --init installs the plugin; pre-commit runs it where tflint is on PATH.
plugin "aws" {
  enabled = true
  version = "0.38.0"
  source  = "github.com/terraform-linters/tflint-ruleset-aws"
}
