"""The account that moto plays, and policies that say little."""

from __future__ import annotations

import json

REGION, ACCOUNT = "ap-south-1", "123456789012"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
ALLOW = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
