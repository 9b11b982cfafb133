# What is this environment's own goes here; the layer itself is live/_envcommon/redshift-s3.hcl.
include "root" {
  path = find_in_parent_folders("terragrunt.hcl")
}

include "layer" {
  path = "${dirname(find_in_parent_folders("terragrunt.hcl"))}/live/_envcommon/${basename(get_terragrunt_dir())}.hcl"
}
