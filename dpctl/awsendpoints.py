"""Endpoints that the user's settings name in AWS's place: which, for what, and whether they go together.

A setting for one service alone (a sandbox's address left in AWS_ENDPOINT_URL_S3) would keep the state in one
place and the resources in another. Sources: AWS SDKs reference guide, "Service-specific endpoints";
Terraform's AWS provider and S3 backend, which also read AWS_S3_ENDPOINT and its like.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from dpctl.errors import AccessError

_OF_SDK = re.compile(r"AWS_ENDPOINT_URL(?:_(?P<service>[A-Z0-9_]+))?")
_OF_TERRAFORM = re.compile(r"(?:TF_)?AWS_(?P<service>[A-Z0-9]+(?:_[A-Z0-9]+)*)_ENDPOINT")
# Named like them, and none: where an instance asks for its role, and switches between AWS's own endpoints.
_NO_ENDPOINT = frozenset(
    {
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "TF_AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "AWS_USE_FIPS_ENDPOINT",
        "AWS_USE_DUALSTACK_ENDPOINT",
        "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT",
    }
)
# AWS's own names, among them those of interface endpoints and of FIPS.
_OF_AWS = re.compile(r"(?:.+\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws|aws\.dev|c2s\.ic\.gov|sc2s\.sgov\.gov)")


@dataclass(frozen=True)
class Endpoint:
    """One setting: where it stands, the service it is for (empty: all), and the URL."""

    place: str
    service: str
    url: str

    @property
    def of_aws(self) -> bool:
        """Whether it still leads to AWS."""
        return _OF_AWS.fullmatch((urlsplit(self.url).hostname or "").lower()) is not None


def configured(
    environ: Mapping[str, str], profile: Mapping[str, Any], services: Mapping[str, Any]
) -> list[Endpoint]:
    """Every endpoint of the environment and of a profile with its section of services, in a stable order."""
    if environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return []
    found = []
    for name, url in sorted(environ.items()):
        match = _OF_SDK.fullmatch(name) or _OF_TERRAFORM.fullmatch(name)
        if match and url and name not in _NO_ENDPOINT:
            found.append(Endpoint(name, (match["service"] or "").lower(), url))
    if profile.get("endpoint_url"):
        found.append(Endpoint("endpoint_url of the profile", "", str(profile["endpoint_url"])))
    for service, settings in sorted(services.items()):
        if isinstance(settings, Mapping) and settings.get("endpoint_url"):
            place = f"endpoint_url of {service} in the profile"
            found.append(Endpoint(place, service, str(settings["endpoint_url"])))
    return found


def check(found: list[Endpoint]) -> None:
    """Raise AccessError where some services would go to AWS and others elsewhere, or two ways elsewhere."""
    elsewhere = [one for one in found if not one.of_aws]
    if not elsewhere:
        return
    general = {_address(one.url) for one in elsewhere if not one.service}
    single = {_address(one.url) for one in elsewhere if one.service}
    if single and (not general or len(general | single) > 1):
        raise AccessError(
            "The endpoints that are set lead to different places.",
            why="\n".join(f"{one.place} = {told(one.url)}" for one in elsewhere)
            + "\nState and resources would be kept apart: one in AWS, the other somewhere else.",
            hint=f"unset {elsewhere[0].place}" if " " not in elsewhere[0].place else "another AWS_PROFILE",
        )


def told(url: str) -> str:
    """A URL for messages, without what may stand before the host or behind the path."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or "?"
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ""
    return f"{parts.scheme}://{host}{port}{parts.path}"


def _address(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()
