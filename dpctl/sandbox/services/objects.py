"""New objects in S3: Redshift's auto-copy hears of them through an integration."""

from __future__ import annotations

from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Answer, Call
from dpctl.sandbox.services import events, integrations, redshift_data


def created(account: Account, call: Call, answer: Answer) -> None:
    """Tell the engine of a new object in a bucket that an integration watches."""
    bucket, key = call.uri_params.get("Bucket", ""), call.uri_params.get("Key", "")
    if answer.status >= 300 or not integrations.feeds(account, bucket):
        return
    found = account.backend("s3").get_object(bucket, key)
    if found is not None:
        size, etag = found.size, found.etag.strip('"')
        events.later(account, lambda: redshift_data.engine(account).object_created(bucket, key, size, etag))


AFTER = {("s3", operation): created for operation in ("PutObject", "CopyObject", "CompleteMultipartUpload")}
