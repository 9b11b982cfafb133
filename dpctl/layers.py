"""The four layers by name: a folder of each environment, and a page of docs/layers."""

from __future__ import annotations

STATIC = "static"
"""The network, the warehouse, buckets, secrets and roles that the others stand on."""
CAPTURE = "ddb-redshift"
"""From the table in DynamoDB to Redshift."""
COPIES = "s3-redshift"
"""From files in S3 to Redshift."""
DUMPS = "redshift-s3"
"""From Redshift to files in S3."""
LAYERS = (STATIC, CAPTURE, COPIES, DUMPS)
"""All of them, in the order of the pipeline."""
