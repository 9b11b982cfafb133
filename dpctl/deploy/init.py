"""``terraform init``: when it is needed, one at a time, from nothing where what is there may be broken."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dpctl.deploy import offline, workdir
from dpctl.deploy.changes import Stream
from dpctl.deploy.failures import Failures, TerraformFailed, named
from dpctl.deploy.plan import Step
from dpctl.deploy.session import Session
from dpctl.deploy.terraform import Finished
from dpctl.deploy.workdir import WorkDir
from dpctl.errors import Interrupted

LOCK_HINT = "   # or, where a provider's version or this platform is new: dpctl providers lock"
_LOCKED = re.compile(r'^provider "([^"]+)" \{\n\s*version\s*=\s*"([^"]+)"', re.MULTILINE)

Watch = Callable[[str, Stream], None]


@dataclass(frozen=True)
class Init:
    """Initialises the work directories of one run."""

    session: Session

    @property
    def failures(self) -> Failures:
        """Tells what went wrong."""
        return Failures(self.session)

    def run(self, step: Step, work: WorkDir, watch: Watch, *, force: bool = False) -> bool:
        """Run ``terraform init`` unless the last one still holds; returns whether it ran.

        One at a time: the plugin cache that units share can't be written by two.
        """
        with self.session.init_lock:
            mark = workdir.needs_init(work, self.session.terraform.signature)
            if mark is None and not force:
                return False
            fetched = _to_fetch(work, self.session.terraform.environ)
            watch(f"init, fetching {', '.join(fetched)}" if fetched else "init", Stream())
            used = (work.path / ".terraform").exists()
            finished = self._once(work, ())
            if finished.code != 0 and not work.locked and (work.path / workdir.LOCK_FILE).exists():
                finished = self._once(work, ("-upgrade",))  # the versions asked for have changed
            if finished.code != 0 and used and not self.session.processes.interrupted.is_set():
                workdir.forget_init(work)  # what is there may be broken
                workdir.seed_lock(workdir.committed_lock(step.unit.directory, work.source), work.path)
                finished = self._once(work, ())
            if self.session.processes.interrupted.is_set():
                raise Interrupted("terraform init was interrupted.", hint=self.session.onward)
            if finished.code != 0:
                if trouble := self.failures.of_state(step, work):
                    raise trouble
                raise TerraformFailed(
                    f"terraform init failed (exit {finished.code}).",
                    why=finished.tail,
                    hint=self._hint(work),
                )
            if mark is not None:
                workdir.mark_init(work, mark)
            return True

    def _hint(self, work: WorkDir) -> str:
        terraform = self.session.terraform
        found = offline.hint(terraform.name, terraform.environ, named(work.log))
        return found + (LOCK_HINT if work.locked else "")

    def _once(self, work: WorkDir, flags: Sequence[str]) -> Finished:
        arguments = ["init", "-input=false", "-no-color", "-reconfigure", *flags]
        return self.session.terraform.stream(arguments, work=work, on_event=lambda _event: None)


def _to_fetch(work: WorkDir, environ: Mapping[str, str]) -> list[str]:
    """The providers of the lock file that are not on this machine yet, which can take minutes."""
    cache = environ.get("TF_PLUGIN_CACHE_DIR")
    try:
        text = (work.path / workdir.LOCK_FILE).read_text(encoding="utf-8")
    except OSError:
        return []
    if not cache:  # a mirror, or a configuration of the user's own
        return []
    return [
        f"{name.partition('/')[2]} {version}"
        for name, version in _LOCKED.findall(text)
        if not (Path(cache) / name / version).is_dir()
    ]
