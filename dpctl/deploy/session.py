"""What the units of one run share, made once at the top and handed down."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from dpctl import private
from dpctl.aws import Aws
from dpctl.config import Environment
from dpctl.deploy import cliconfig, oldest
from dpctl.deploy.named import Named
from dpctl.deploy.outputs import Outputs
from dpctl.deploy.processes import Processes
from dpctl.deploy.state import States
from dpctl.deploy.terraform import Program, Terraform, find
from dpctl.errors import DpctlError

FOLDER = ".dpctl"
OWN = ("units", "logs", "runs", "outputs")  # what dpctl writes and deletes in, below FOLDER


@dataclass
class Session:
    """The handles of a run. ``environ`` is the environment of the live tree's functions (``get_env``).

    ``say`` tells a person what was found and put right on the way. ``line`` is what to type to do this run
    again, ``onward`` what goes on with it where it broke off.
    """

    environment: Environment
    aws: Aws
    terraform: Program
    processes: Processes
    states: States
    outputs: Outputs
    folder: Path
    environ: Mapping[str, str]
    allow_destroy: Named = field(default_factory=Named)
    accept: Named = field(default_factory=Named)
    adopt: bool = True
    say: Callable[[str], None] = lambda _text: None
    line: str = ""
    onward: str = ""
    init_lock: Lock = field(default_factory=Lock)

    @contextmanager
    def running(self, say: Callable[[str], None]) -> Iterator[None]:
        """While inside, signals stop Terraform in order, and no other dpctl works on the same directories.

        Raises DpctlError when one does already.
        """
        name = self.environment.name + ("-sandbox" if self.aws.sandboxed else "")
        with exclusive(self.folder / "runs" / f"{name}.lock", name), self.processes.guarded(say):
            yield


@contextmanager
def exclusive(path: Path, name: str) -> Iterator[None]:
    """Hold a lock file of this machine; the system lets it go when the process ends, however it ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise DpctlError(
                f"Another dpctl is at work on {name} (process {file.read().strip() or 'unknown'}).",
                why="Both would use the same work directories.",
                hint="wait until it is done",
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def open_session(
    environment: Environment,
    aws: Aws,
    *,
    terraform: str | None = None,
    allow_destroy: Sequence[str] = (),
    accept: Sequence[str] = (),
    adopt: bool = True,
    say: Callable[[str], None] = lambda _text: None,
    line: str = "",
    onward: str = "",
) -> Session:
    """Find Terraform and put the handles together; talks to nobody.

    ``onward`` is the same as ``line`` where nothing else is given.

    Raises ToolMissing (also for a Terraform that is too old), and UsageError where a link stands for a folder
    that dpctl writes in.
    """
    folder = private.folder(environment.root.resolve(), FOLDER)
    private.no_links(folder, OWN)
    environ = dict(os.environ)
    processes = Processes()
    tool = find(terraform, environ)
    oldest.check(tool, folder)
    if left_out := cliconfig.dropped(environ):
        say(f"Not handed to Terraform, because it changes what a run means: {', '.join(left_out)}")
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
        allow_destroy=Named(allow_destroy),
        accept=Named((*accept, *allow_destroy)),  # what may be destroyed may also be lost
        adopt=adopt,
        say=say,
        line=line,
        onward=onward or line,
    )
