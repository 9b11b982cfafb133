"""What is never shown: values that the name beside them calls a secret, and logins inside of URLs.

Terraform marks its own secrets; job arguments, environment variables and run properties are plain maps to it,
and people keep passwords there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

SECRET = re.compile(
    r"passw|pwd|passphrase|secret|token|credential|(?:api|private|access)[-_]?key", re.IGNORECASE
)
# a name that ends so tells where a secret is, or what becomes of it
ABOUT = re.compile(
    r"(?:arn|id|name|prefix|path|type|days|manager|source|version|label|time)s?(?:\.\$)?$", re.IGNORECASE
)
# values that are worked out elsewhere: ARNs, JSONPath and JSONata, the scheduler's and CloudFormation's
REFERENCES = ("arn:", "$", "{%", "<aws.", "{{resolve:")
_IN_QUERY = re.compile(r"((?:password|pwd|accesskey|secretkey|token)=)[^&;\s\"']*", re.IGNORECASE)
_LOGIN = re.compile(r"//[^/@\s:]+:[^/@\s]+@")


def named(key: str) -> bool:
    """Whether what has this name is a secret."""
    return bool(SECRET.search(key)) and not ABOUT.search(key)


def text(value: str, mark: str) -> str:
    """A text without the logins that people put into URLs."""
    return _LOGIN.sub(f"//{mark}@", _IN_QUERY.sub(rf"\g<1>{mark}", value))


def without_secrets(value: Any, mark: str, key: str = "") -> Any:
    """A value with ``mark`` in place of each secret; ``key`` is its name. Texts of JSON are looked into."""
    if isinstance(value, Mapping):
        return {name: without_secrets(item, mark, str(name)) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(item, mark, key) for item in value]
    if not isinstance(value, str) or not value:
        return value
    if named(key) and not value.startswith(REFERENCES):
        return mark
    return _inside(value, mark) if value.lstrip().startswith(("{", "[")) else text(value, mark)


def _inside(value: str, mark: str) -> str:
    try:
        said = json.loads(value)
    except ValueError:
        return text(value, mark)
    shown = without_secrets(said, mark)
    return value if shown == said else json.dumps(shown)
