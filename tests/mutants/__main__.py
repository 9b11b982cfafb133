"""``make mutants``: Cosmic Ray changes one thing in a module that decides, and its tests have to fail.

Each module is mutated in a copy of the repository, two at a time. A survivor is a change that no test
noticed; docs/mutants.md lists each with its reason. Fails below LEAST percent, and on a survivor that is not
listed.

    python -m tests.mutants [--sample N] [--only guard] [--seed 1]
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkItem, WorkResult

from tests.mutants.modules import TARGETS, Target

ROOT = Path(__file__).parents[2]
LISTED = ROOT / "docs/mutants.md"
LEAST = 90
# A union in an annotation is never evaluated, so a change of its | is no change.
CONFIG = """[cosmic-ray]
module-path = "{module}"
timeout = 120.0
excluded-modules = []
test-command = "{python} -m pytest -x -q -n 0 -p no:cacheprovider -p no:randomly {tests}"

[cosmic-ray.distributor]
name = "local"

[cosmic-ray.filters.operators-filter]
exclude-operators = ["core/ReplaceBinaryOperator_BitOr_.*"]
"""


@dataclass(frozen=True)
class Survivor:
    """A change that no test noticed: the line as it is, and as it was."""

    module: str
    before: str
    after: str

    @property
    def listed(self) -> str:
        """How docs/mutants.md names it."""
        return f"`{self.before}` -> `{self.after}`"


def main() -> int:
    """Mutate, count, and say what survived."""
    asked = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    asked.add_argument("--sample", type=int, default=0, help="at most so many mutants of a module")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--only", default="", help="modules whose path holds this")
    given = asked.parse_args()
    wanted = [target for target in TARGETS if given.only in target.module]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda target: mutate(target, given.sample, given.seed), wanted))
    listed = LISTED.read_text(encoding="utf-8") if LISTED.is_file() else ""
    killed = sum(count for count, _, _ in found)
    total = sum(count for _, count, _ in found)
    fresh = [one for _, _, survivors in found for one in survivors if one.listed not in listed]
    for one in fresh:
        _say(f"survived, and is not in docs/mutants.md: {one.module}\n  {one.listed}")
    share = 100 * killed / max(total, 1)
    _say(f"{killed} of {total} killed ({share:.0f}%), {len(fresh)} survivors to explain")
    return 1 if fresh or killed * 100 < LEAST * total else 0


def mutate(target: Target, sample: int, seed: int) -> tuple[int, int, list[Survivor]]:
    """How many mutants of a module were killed, of how many, and the others."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder) / "repository"
        _copy(copy)
        config, session = copy / "mutants.toml", copy / "mutants.sqlite"
        tests = " ".join(target.tests)
        config.write_text(CONFIG.format(module=target.module, python=sys.executable, tests=tests))
        tool = Path(sys.executable).with_name("cosmic-ray")
        _run(copy, tool, "baseline", str(config))
        _run(copy, tool, "init", str(config), str(session))
        _run(copy, tool.with_name("cr-filter-operators"), str(session), str(config))
        _leave_out(session, sample, seed)
        _run(copy, tool, "exec", str(config), str(session))
        killed, total, survivors = _counted(session, target.module)
        _say(f"{target.module}: {killed} of {total} killed")
        return killed, total, survivors


def _copy(copy: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in tracked.stdout.splitlines():
        source = ROOT / name
        if source.is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy / name, follow_symlinks=False)


def _run(copy: Path, *command: object) -> None:
    done = subprocess.run([str(part) for part in command], cwd=copy, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{command[:2]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _leave_out(session: Path, sample: int, seed: int) -> None:
    """Skip all but a sample of what is still to do."""
    with use_db(str(session), WorkDB.Mode.open) as db:
        pending = sorted(db.pending_work_items, key=_place)
        if not sample or sample >= len(pending):
            return
        kept = {item.job_id for item in random.Random(seed).sample(pending, sample)}
        skipped = WorkResult(worker_outcome=WorkerOutcome.SKIPPED, output="not in the sample")
        for item in pending:
            if item.job_id not in kept:
                db.set_result(item.job_id, skipped)


def _place(item: WorkItem) -> tuple[tuple[int, int], str, int]:
    """Where a mutant is: job ids are new every time, and a seed has to choose the same ones again."""
    one = item.mutations[0]
    return one.start_pos, one.operator_name, one.occurrence


def _counted(session: Path, module: str) -> tuple[int, int, list[Survivor]]:
    killed, survivors = 0, []
    with use_db(str(session), WorkDB.Mode.open) as db:
        for _, result in db.completed_work_items:
            if result.worker_outcome == WorkerOutcome.SKIPPED:
                continue
            if result.test_outcome == TestOutcome.SURVIVED:
                survivors.append(Survivor(module, *_lines(result.diff)))
            else:
                killed += 1
    return killed, killed + len(survivors), survivors


def _lines(diff: str) -> tuple[str, str]:
    """The first line that a diff takes away, and the one it puts there."""
    lines = diff.splitlines()
    gone = [line[1:].strip() for line in lines if line.startswith("-") and not line.startswith("---")]
    come = [line[1:].strip() for line in lines if line.startswith("+") and not line.startswith("+++")]
    return (gone or [""])[0], (come or [""])[0]


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
