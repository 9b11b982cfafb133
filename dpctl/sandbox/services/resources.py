"""The account as permissions see it: what a name stands for, and which policy a resource has of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from dpctl.sandbox.account import Account
from dpctl.sandbox.services import propagation
from dpctl.sandbox.services.redshift_store import Serverless

# Keys of AWS's own: everybody in the account may use them through the service they belong to (KMS developer
# guide).
AWS_OWNED = ("alias/aws/", "aws/")


class Known:
    """Looks things up in the account; see `dpctl.sandbox.access.needs.Lookups`."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.account_id, self.region = account.account_id, account.region

    def named(self, kind: str, name: str) -> str | None:
        """The ARN, or the id in it, of what has a name; None where there is none."""
        with self._account.lock:
            found: str | None = getattr(self, f"_{kind.replace(' ', '_')}")(name)
            return found

    def _role(self, name: str) -> str | None:
        return next((one.arn for one in self._iam.roles.values() if one.name == name), None)

    def _user(self, name: str) -> str | None:
        return next((one.arn for one in self._iam.users.values() if one.name == name), None)

    def _workgroup(self, name: str) -> str | None:
        found = self._account.store(Serverless).workgroups.get(name)
        return str(found["workgroupArn"]) if found else None

    def _namespace(self, name: str) -> str | None:
        found = self._account.store(Serverless).namespaces.get(name)
        return str(found["namespaceArn"]) if found else None

    def _function(self, name: str) -> str:
        return name.split(":function:")[-1].split(":")[0]

    def _queue(self, url: str) -> str:
        return url.rsplit("/", 1)[-1]

    def _secret(self, name: str) -> str | None:
        found = self._account.backend("secretsmanager").secrets.get(name)
        return str(found.arn) if found else None

    def _key(self, name: str) -> str | None:
        """A customer's key; for one of AWS's own nobody needs a permission."""
        if name.removeprefix(self._account.arn("kms", "")).startswith(AWS_OWNED):
            return None
        kms = self._account.backend("kms")
        found = kms.keys.get(kms.any_id_to_key_id(name))
        return str(found.arn) if found else None

    def _secret_key(self, name: str) -> str | None:
        found = self._account.backend("secretsmanager").secrets.get(name)
        return self._key(found.kms_key_id) if found and found.kms_key_id else None

    def _queue_key(self, url: str) -> str | None:
        found = self._account.backend("sqs").queues.get(self._queue(url))
        return self._key(found.kms_master_key_id) if found and found.kms_master_key_id else None

    def _bucket_key(self, name: str) -> str | None:
        found = self._account.backend("s3").buckets.get(name)
        rules = (found.encryption or {}).get("Rule") if found else None
        first = (rules[0] if isinstance(rules, list) else rules) or {}
        default = first.get("ApplyServerSideEncryptionByDefault", {})
        return self._key(default["KMSMasterKeyID"]) if default.get("KMSMasterKeyID") else None

    def _object_key(self, path: str) -> str | None:
        bucket, _, key = path.partition("/")
        found = self._account.backend("s3").buckets.get(bucket)
        item = found.keys.get(key) if found else None
        return self._key(item.kms_key_id) if item is not None and getattr(item, "kms_key_id", None) else None

    def is_object(self, bucket: str, key: str) -> bool:
        """Whether a bucket has an object of this name."""
        with self._account.lock:
            found = self._account.backend("s3").buckets.get(bucket)
            return found is None or found.keys.get(key) is not None

    def policy(self, arn: str) -> Mapping[str, Any] | None:
        """The policy that a resource has of its own; None for none."""
        service = arn.split(":")[2] if arn.count(":") >= 5 else ""
        with self._account.lock:
            found = getattr(self, f"_{service}_policy", lambda _: None)(arn.split(":", 5)[-1])
        return document(found) if found else None

    def _s3_policy(self, name: str) -> Any:
        found = self._account.backend("s3").buckets.get(name.partition("/")[0])
        return found.policy if found else None

    def _sqs_policy(self, name: str) -> Any:
        found = self._account.backend("sqs").queues.get(name)
        return found.policy if found else None

    def _sns_policy(self, name: str) -> Any:
        found = self._account.backend("sns").topics.get(self._account.arn("sns", name))
        return found.policy if found else None

    def _kms_policy(self, name: str) -> Any:
        found = self._account.backend("kms").keys.get(name.removeprefix("key/"))
        return found.policy if found else None

    def _secretsmanager_policy(self, name: str) -> Any:
        found = self._account.backend("secretsmanager").secrets.get(self._account.arn("secretsmanager", name))
        return found.policy if found else None

    def _lambda_policy(self, name: str) -> Any:
        for function in self._account.backend("awslambda").list_functions():
            if name.split(":")[:2] == ["function", function.function_name]:
                return {"Version": "2012-10-17", "Statement": function.policy.statements}
        return None

    def _iam_policy(self, name: str) -> Any:
        """Of a role: whom it trusts."""
        known = propagation.roles(self._account)
        role = next((one for arn, one in known.items() if arn.split(":", 5)[-1] == name), None)
        return role.assume_role_policy_document if role else None

    @property
    def _iam(self) -> Any:
        return self._account.backend("iam")


def document(text: Any) -> Mapping[str, Any]:
    """A policy as it is kept: JSON, sometimes as bytes or percent-encoded. Raises ValueError."""
    if isinstance(text, Mapping):
        return text
    plain = text.decode() if isinstance(text, bytes) else str(text)
    found = json.loads(unquote(plain) if plain.lstrip().startswith("%7B") else plain)
    return found if isinstance(found, Mapping) else {}
