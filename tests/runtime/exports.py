"""An export of a DynamoDB table in S3, as DynamoDB writes it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from typing import Any

WHEN = "2025-06-15T15:06:40Z"
TAKEN = 1_750_000_000_000  # the same, in epoch ms
Items = Iterable[dict[str, Any]]


def write(s3: Any, bucket: str, folder: str, table: str, parts: Iterable[Items], **summary: str) -> str:
    """Write a full export with a file for each part; gives its address. ``table`` is the table's ARN."""
    files = []
    for number, part in enumerate(parts):
        lines = [json.dumps({"Item": item}) + "\n" for item in part]
        key = f"{folder}/data/file{number}.json.gz"
        s3.put_object(Bucket=bucket, Key=key, Body=gzip.compress("".join(lines).encode()))
        files.append({"itemCount": len(lines), "dataFileS3Key": key})
    listed = "".join(json.dumps(file) + "\n" for file in files)
    s3.put_object(Bucket=bucket, Key=f"{folder}/manifest-files.json", Body=listed.encode())
    said = {
        "tableArn": table,
        "exportTime": WHEN,
        "s3Bucket": bucket,
        "manifestFilesS3Key": f"{folder}/manifest-files.json",
        "outputFormat": "DYNAMODB_JSON",
        "exportType": "FULL_EXPORT",
    } | summary
    s3.put_object(Bucket=bucket, Key=f"{folder}/manifest-summary.json", Body=json.dumps(said).encode())
    return f"s3://{bucket}/{folder}/"
