"""What Terraform is told from outside: its CLI configuration, and the environment of its processes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from dpctl.aws import Aws
from dpctl.errors import UsageError

MIRROR = "DPCTL_PROVIDER_MIRROR"
# What of TF_* may reach Terraform: where providers come from, credentials, logs, and inputs (which win over
# the live tree's, as they do for Terragrunt, and are said). Anything else changes what a run means: arguments
# of its own (TF_CLI_ARGS_plan=-destroy), another state (TF_WORKSPACE), another folder, another provider.
# Source: developer.hashicorp.com/terraform/cli/config/environment-variables, and the programs' own sources.
HANDED_ON = (
    *("TF_VAR_", "TF_TOKEN_", "TF_LOG", "TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_", "TF_REGISTRY_"),
    *("TF_APPEND_USER_AGENT", "TF_STATE_PERSIST_INTERVAL", "TF_ENCRYPTION", "TF_PROVIDER_DOWNLOAD_RETRY"),
)
OWN = frozenset({"TF_IN_AUTOMATION", "TF_INPUT"})  # set below, whatever the shell says
ALIASES = frozenset({"TERRAFORM_CONFIG"})  # the old name of TF_CLI_CONFIG_FILE


def dropped(environ: Mapping[str, str]) -> list[str]:
    """The variables that Terraform would read and is not given, because they change what a run means."""
    return sorted(
        name
        for name, value in environ.items()
        if value and name not in OWN and name.startswith("TF_") and not name.startswith(HANDED_ON)
    )


def environment(aws: Aws, folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of every Terraform process of a run; writes the CLI configuration under ``folder``.

    In the sandbox every ``AWS_*`` variable of the user is left out, so that no profile, role or endpoint of
    theirs can lead a call away from this machine. Raises UsageError when the provider mirror is not there.
    """
    left_out = {*dropped(environ), *OWN, *ALIASES}
    own = {name: value for name, value in environ.items() if name not in left_out}
    if aws.sandboxed:
        own = {name: value for name, value in own.items() if not name.startswith("AWS_")}
        own["AWS_CONFIG_FILE"] = own["AWS_SHARED_CREDENTIALS_FILE"] = str(folder / "no-aws-config")
    exported = aws.exported()
    if exported:
        own.pop("AWS_PROFILE", None)
    own |= exported | dict(aws.environment)
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
