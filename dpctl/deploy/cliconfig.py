"""What Terraform is told from outside: its CLI configuration, and the environment of its processes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from dpctl.aws import Aws
from dpctl.errors import UsageError

MIRROR = "DPCTL_PROVIDER_MIRROR"
# read by Terraform itself, and at odds with dpctl: the state's key follows the live tree, not a workspace
DROPPED = ("TF_WORKSPACE", "TF_DATA_DIR", "TF_INPUT", "TERRAFORM_CONFIG")


def environment(aws: Aws, folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of every Terraform process of a run; writes the CLI configuration under ``folder``.

    In the sandbox every ``AWS_*`` variable of the user is left out, so that no profile, role or endpoint of
    theirs can lead a call away from this machine. Raises UsageError when the provider mirror is not there.
    """
    own = {name: value for name, value in environ.items() if name not in DROPPED}
    if aws.sandboxed:
        own = {name: value for name, value in own.items() if not name.startswith("AWS_")}
        own["AWS_CONFIG_FILE"] = own["AWS_SHARED_CREDENTIALS_FILE"] = str(folder / "no-aws-config")
    own |= aws.environment
    own |= {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}
    own.setdefault("AWS_REGION", aws.region)
    _provider_sources(own, folder)
    return own


def _provider_sources(own: dict[str, str], folder: Path) -> None:
    remembered = folder / "terraform.rc"
    mirror = own.get(MIRROR)
    if mirror:
        own["TF_CLI_CONFIG_FILE"] = str(_write(remembered, Path(mirror)))
        return
    if not Path(own.get("TF_CLI_CONFIG_FILE", folder)).is_file():
        own.pop("TF_CLI_CONFIG_FILE", None)  # Terraform would warn about it in every command
        if MIRROR not in own and remembered.is_file():
            # a mirror that was named once holds for this repository, until the variable is set to nothing
            own["TF_CLI_CONFIG_FILE"] = str(remembered)
            return
    if "TF_PLUGIN_CACHE_DIR" not in own:
        cache = folder / "plugins"
        cache.mkdir(parents=True, exist_ok=True)
        own["TF_PLUGIN_CACHE_DIR"] = str(cache)
        # lock files are dpctl's own, one a work directory: without this each downloads the provider again
        own["TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE"] = "1"


def _write(path: Path, mirror: Path) -> Path:
    folders = (path.relative_to(mirror) for path in mirror.glob("*/*/*") if path.is_dir())
    providers = sorted(str(path) for path in folders if "." in path.parts[0])
    if not providers:
        raise UsageError(
            f"There are no providers in {mirror}.",
            why=f"{MIRROR} names a folder that holds registry.terraform.io/hashicorp/aws/...",
            hint=f"terraform providers mirror DIR, then {MIRROR}=DIR",
        )
    names = json.dumps(providers)
    text = (
        "provider_installation {\n"
        f"  filesystem_mirror {{\n    path    = {json.dumps(str(mirror))}\n    include = {names}\n  }}\n"
        f"  direct {{\n    exclude = {names}\n  }}\n"
        "}\n"
    )
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return path
