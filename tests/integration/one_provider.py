"""One AWS provider for all Terraform commands of a test: loading it is half of what each of them costs.

It is the same program from the same mirror, started as its authors start it in a debugger; Terraform is told
where it listens (developer.hashicorp.com/terraform/plugin/debugging). dpctl hands no such variable on, so a
script stands between the two.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PROGRAM = "registry.terraform.io/hashicorp/aws/*/*/terraform-provider-aws_v*"
STARTED = re.compile(r"TF_REATTACH_PROVIDERS='(.*)'")
SECONDS = 120.0


@contextmanager
def one_provider(folder: Path, sandbox: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Variables for dpctl with which Terraform uses one provider, of the sandbox with those variables.

    There are none where the provider can't be had from a mirror; then all is as ever.
    """
    mirror, terraform = os.environ.get("DPCTL_PROVIDER_MIRROR"), shutil.which("terraform")
    found = sorted(Path(mirror).glob(PROGRAM)) if mirror else []
    if not found or terraform is None:
        yield {}
        return
    # AWS_CA_BUNDLE least of all: with it the provider can't be configured twice
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environ |= sandbox
    log = folder / "provider.log"
    with log.open("w") as out:
        provider = subprocess.Popen([found[-1], "-debug"], stdout=out, stderr=out, env=environ)
    try:
        script = folder / "terraform-with-one-provider"
        script.write_text(
            f"#!/bin/sh\nTF_REATTACH_PROVIDERS='{_place(log, provider)}' exec {terraform} \"$@\"\n"
        )
        script.chmod(0o755)
        yield {"DPCTL_TERRAFORM": str(script)}
    finally:
        provider.terminate()
        provider.wait()


def _place(log: Path, provider: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + SECONDS
    while not (said := STARTED.search(log.read_text())):
        assert provider.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    return said[1]
