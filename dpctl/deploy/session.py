"""What the units of one run share, made once at the top and handed down."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from dpctl.aws import Aws
from dpctl.config import Environment
from dpctl.deploy import cliconfig
from dpctl.deploy.outputs import Outputs
from dpctl.deploy.state import States
from dpctl.deploy.terraform import Processes, Program, Terraform, find

FOLDER = ".dpctl"


@dataclass
class Session:
    """The handles of a run. ``environ`` is the environment of the live tree's functions (``get_env``)."""

    environment: Environment
    aws: Aws
    terraform: Program
    processes: Processes
    states: States
    outputs: Outputs
    folder: Path
    environ: Mapping[str, str]
    allow_destroy: tuple[str, ...] = ()
    adopt: bool = True
    init_lock: Lock = field(default_factory=Lock)


def open_session(
    environment: Environment,
    aws: Aws,
    *,
    terraform: str | None = None,
    allow_destroy: tuple[str, ...] = (),
    adopt: bool = True,
) -> Session:
    """Find Terraform and put the handles together. Raises ToolMissing; talks to nobody."""
    folder = environment.root.resolve() / FOLDER
    environ = dict(os.environ)
    processes = Processes()
    tool = find(terraform, environ)
    states = States(aws)
    return Session(
        environment=environment,
        aws=aws,
        terraform=Terraform(tool, cliconfig.environment(aws, folder, environ), processes),
        processes=processes,
        states=states,
        outputs=Outputs(states, folder, environ, aws.sandboxed),
        folder=folder,
        environ=environ,
        allow_destroy=allow_destroy,
        adopt=adopt,
    )
