"""Discovery and graph of generated trees: seconds, memory, and whether time grows as the number of units."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.bench import Figure, children
from tests.bench.tree import generate

ROUNDS = 3

# Run in a process of its own, so that nothing is warm that a user's would not be.
PROBE = """
import json, resource, sys, time
from pathlib import Path
began = time.process_time()
from dpctl import livetree
from dpctl.graph import Graph
root = Path(sys.argv[1])
graph = Graph.build(livetree.load_all(livetree.discover(root, "dev")))
waves = graph.waves()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([time.process_time() - began, peak, sum(len(wave) for wave in waves)]))
"""


def probe(root: Path, cache: Path) -> list[float]:
    """CPU seconds, peak memory in MB, and units of one discovery in a new process, with a cache folder."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(root)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "XDG_CACHE_HOME": str(cache)},
    )
    return json.loads(done.stdout)


def yardstick(root: Path) -> float:
    """CPU seconds that PyYAML takes for as much text: reading in Python, on this machine, now."""
    size = sum(path.stat().st_size for path in root.rglob("*.hcl"))
    text = (Path(__file__).resolve().parents[2] / "live/dev/env.yaml").read_text(encoding="utf-8")
    began = time.process_time()
    for _ in range(size // len(text)):
        yaml.safe_load(text)
    return time.process_time() - began


def figures() -> Iterator[Figure]:
    """1,000 units in 10 layers, cold and warm; the growth from 250 units; Terragrunt, where there is one."""
    with tempfile.TemporaryDirectory() as folder:
        caches = [Path(folder) / f"cache-{number}" for number in range(ROUNDS)]
        small = generate(Path(folder) / "small", units=250, layers=10)
        large = generate(Path(folder) / "large", units=1000, layers=10)
        small_cold = min(probe(small, cache)[0] for cache in caches)
        cold, memory, units = min(probe(large, cache) for cache in caches)
        warm = min(probe(large, cache)[0] for cache in caches)
        small_warm = min(probe(small, cache)[0] for cache in caches)
        read = min(yardstick(large) for _ in caches)
        theirs = _terragrunt(large)
    yield Figure(f"{units:.0f} units, cold (CPU s)", cold, "under 1.8 on a quiet machine")
    yield Figure(f"{units:.0f} units, warm (CPU s)", warm, "under 0.83 on a quiet machine")
    yield Figure("cold / PyYAML's safe_load of as much text", cold / read, "at most 1")
    yield Figure("warm / PyYAML's safe_load of as much text", warm / read, "at most 0.5")
    if theirs:
        yield Figure("cold / terragrunt find --dag (CPU)", cold / theirs, "at most 0.75")
    yield Figure("memory (MB)", memory, "under 200")
    yield Figure("growth of time per growth of units, cold (250 to 1,000)", cold / small_cold / 4, "about 1")
    yield Figure("growth of time per growth of units, warm (250 to 1,000)", warm / small_warm / 4, "about 1")


def _terragrunt(root: Path) -> float:
    """CPU seconds of Terragrunt's own discovery with its graph; 0 where there is no Terragrunt."""
    program = os.environ.get("DPCTL_TERRAGRUNT") or shutil.which("terragrunt")
    if not program:
        return 0.0
    before = children()
    subprocess.run([program, "find", "--dag"], cwd=root / "live", capture_output=True, check=True)
    return children() - before
