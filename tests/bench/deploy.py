"""A run of dpctl with nothing to change, against `terraform init && terraform apply` of the same units."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dpctl import sandbox
from dpctl.aws import Aws
from dpctl.config import load_environment
from dpctl.deploy import cliconfig
from dpctl.sandbox import pages
from tests.bench import Figure, children
from tests.conftest import provider_mirror
from tests.integration.conftest import Workspace, copy_tree

ROUNDS = 3
LAYERS = ("static", "ddb-redshift", "s3-redshift", "redshift-s3")


def figures() -> Iterator[Figure]:
    """dev is applied once in its sandbox; then both are timed in turns, ``ROUNDS`` times."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = copy_tree(Path(__file__).resolve().parents[2], Path(folder))
        mirror = provider_mirror()
        if mirror:
            os.environ["DPCTL_PROVIDER_MIRROR"] = str(mirror)
        try:
            yield from _adoption(workspace)
            checked, began = _checking_seconds(workspace), time.perf_counter()
            first = workspace.dpctl("--sandbox", "apply", "--env", "dev", "--yes")
            if first.code:
                sys.exit(first.stderr)
            seconds = time.perf_counter() - began
            share = seconds / (seconds - _checking_seconds(workspace) + checked)
            yield Figure("four-layer apply / the same less the checks of its requests", share, "at most 1.15")
            yield from _ratios(workspace)
        finally:
            workspace.dpctl("sandbox", "stop", "--env", "dev")


def _checking_seconds(workspace: Workspace) -> float:
    """The time that the sandbox has spent on checking requests: what it adds to a run, at most."""
    running = sandbox.status(load_environment(workspace.root, "dev"))
    assert running is not None
    return float(pages.ask(running, "info")["checking_seconds"])


def _adoption(workspace: Workspace) -> Iterator[Figure]:
    """What looking for what exists adds to the first plan of static, which adopts the most."""
    plan = ("--sandbox", "plan", "--env", "dev", "--layer", "static")
    log = workspace.root / ".dpctl/logs/dev/static-sandbox.log"
    seconds, plans = [], []
    workspace.dpctl(*plan, "--no-adopt")  # warm: the sandbox is started, providers are linked
    for options in (("--no-adopt",), ()):
        began, before = time.perf_counter(), log.read_text().count("$ terraform plan")
        workspace.dpctl(*plan, *options)
        seconds.append(time.perf_counter() - began)
        plans.append(log.read_text().count("$ terraform plan") - before)
    yield Figure("plans that adoption adds to a first plan of static", plans[1] - plans[0], "at most 1")
    yield Figure("seconds that adoption adds to it", seconds[1] - seconds[0], "at most 15")
    yield Figure("first plan of static with adoption / without", seconds[1] / seconds[0], "at most 2.5")


def _ratios(workspace: Workspace) -> Iterator[Figure]:
    environment = load_environment(workspace.root, "dev")
    running = sandbox.status(environment)
    assert running is not None
    aws = Aws(environment.config.region, running.environment())
    plain = Plain(workspace.root, cliconfig.environment(aws, workspace.root / ".dpctl", os.environ))
    for layers, goal in ((("static",), "at most 0.9"), (LAYERS, "at most 0.55")):
        plain.apply(layers)  # warm: providers are linked, modules installed
        options = [word for layer in layers for word in ("--layer", layer)]
        ours, theirs = _turns(lambda o=options: _apply(workspace, *o), lambda n=layers: plain.apply(n))
        what = f"no-change apply of {len(layers)} unit(s) / terraform init && apply of each in turn"
        yield Figure(what, ours / theirs, goal)
    ours, theirs = _turns(lambda: _apply(workspace), lambda: plain.plan(LAYERS))
    yield Figure(
        "no-change apply of 4 units / bare terraform plan of each, two at a time",
        ours / theirs,
        "at most 1.15",
    )
    before = _started(workspace)
    used = children()
    quick, _ = _turns(lambda: _apply(workspace, "--changed-only"), lambda: None)
    used = (children() - used) / ROUNDS
    yield Figure("apply --changed-only with nothing changed, 4 units (s)", quick, "under 1, quiet machine")
    yield Figure("the same in CPU seconds", used, "under 1")
    yield Figure("Terraform commands that those runs started", _started(workspace) - before, "0")


def _turns(ours: Callable[[], None], theirs: Callable[[], None]) -> tuple[float, float]:
    """The median seconds of both, run in turns: what slows one down slows the other."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for run, found in zip((ours, theirs), times, strict=True):
            began = time.perf_counter()
            run()
            found.append(time.perf_counter() - began)
    return statistics.median(times[0]), statistics.median(times[1])


def _apply(workspace: Workspace, *options: str) -> None:
    done = workspace.dpctl("--sandbox", "apply", "--env", "dev", "--yes", *options)
    if done.code:
        sys.exit(done.stderr)


def _started(workspace: Workspace) -> int:
    """How many Terraform commands the logs tell of."""
    logs = (workspace.root / ".dpctl" / "logs").rglob("*.log")
    return sum(log.read_text(encoding="utf-8").count("\n$ ") for log in logs)


class Plain:
    """Terraform as a person runs it, in dpctl's work directories but with data of its own."""

    def __init__(self, root: Path, environ: dict[str, str]) -> None:
        self.root = root
        self.environ = environ
        self.terraform = shutil.which("terraform") or sys.exit("the bench needs terraform on the PATH")

    def apply(self, layers: tuple[str, ...]) -> None:
        """``terraform init && terraform apply -auto-approve`` in each unit, one after the other."""
        for layer in layers:
            self._run(layer, "init", "-input=false")
            self._run(layer, "apply", "-input=false", "-auto-approve")

    def plan(self, layers: tuple[str, ...]) -> None:
        """``terraform plan`` in each unit, two at a time, as dpctl does it."""
        with ThreadPoolExecutor(max_workers=2) as pool:
            list(pool.map(lambda layer: self._run(layer, "plan", "-input=false"), layers))

    def _run(self, layer: str, *words: str) -> None:
        shadow = self.root / ".dpctl/units/dev" / f"{layer}-sandbox"
        [generated] = shadow.rglob("backend.tf")
        environ = {**self.environ, "TF_DATA_DIR": str(self.root / "plain" / layer)}
        subprocess.run(
            [str(self.terraform), *words],
            cwd=generated.parent,
            env=environ,
            check=True,
            stdout=subprocess.DEVNULL,
        )
